"""Embeddings of any endpoint that speaks OpenAI's protocol."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
import openai

from app.domain.errors import Unavailable
from app.ports.models import Vectors

BATCH_TEXTS = 64
MAX_CHARACTERS = 8_000
"""Of each text; the rest of it is not embedded. Endpoints refuse a whole batch for one text beyond the model's
length, which is seldom under 8,000 tokens."""
RETRIES = 2


class OpenAIEmbedder:
    """See Embedder. Raises Unavailable when the endpoint is away, refuses, or answers with something else."""

    def __init__(self, client: openai.AsyncOpenAI, model: str, dimension: int) -> None:
        self._client = client
        self._model = model
        self._dimension = dimension

    @classmethod
    async def open(cls, model: str, *, base_url: str | None, api_key: str, timeout: float) -> Self:
        """`timeout`: seconds for each attempt."""
        return await cls.probing(
            openai.AsyncOpenAI(base_url=base_url, api_key=api_key, timeout=timeout, max_retries=RETRIES), model
        )

    @classmethod
    async def probing(cls, client: openai.AsyncOpenAI, model: str) -> Self:
        """Asks the endpoint for one embedding to learn the dimension. Closes the client in the end."""
        try:
            probe = await _embed(client, model, ["dimension"])
        except BaseException:
            await client.close()
            raise
        return cls(client, model, probe.shape[1])

    @property
    def identity(self) -> str:
        return f"openai:{self._model}/{self._dimension}/{MAX_CHARACTERS}"

    @property
    def dimension(self) -> int:
        return self._dimension

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        vectors = np.empty((len(texts), self._dimension), np.float32)
        for start in range(0, len(texts), BATCH_TEXTS):
            batch = await _embed(self._client, self._model, texts[start : start + BATCH_TEXTS])
            if batch.shape[1] != self._dimension:
                raise Unavailable(
                    f"the embeddings of {self._model} had {self._dimension} dimensions and now have {batch.shape[1]}"
                )
            vectors[start : start + BATCH_TEXTS] = batch
        return vectors

    async def embed_query(self, text: str) -> Vectors:
        one: Vectors = (await self.embed_passages([text]))[0]
        return one

    async def close(self) -> None:
        await self._client.close()


async def _embed(client: openai.AsyncOpenAI, model: str, texts: Sequence[str]) -> Vectors:
    """-> [n, dimension], unit length, in the order of the texts."""
    # an empty text is refused by some endpoints, and a space means as much
    wanted = [text[:MAX_CHARACTERS] or " " for text in texts]
    try:
        answer = await client.embeddings.create(model=model, input=wanted, encoding_format="float")
        rows = sorted(answer.data, key=lambda row: row.index)
        vectors = np.array([row.embedding for row in rows], np.float32)
    except openai.OpenAIError as error:
        raise Unavailable(f"the embeddings endpoint at {client.base_url} failed: {error}") from error
    except (AttributeError, TypeError, ValueError) as error:
        raise Unavailable(f"the answer of {client.base_url} holds no embeddings: {error}") from error
    if vectors.ndim != 2 or len(vectors) != len(texts):
        raise Unavailable(f"{client.base_url} answered {len(vectors)} embeddings for {len(texts)} texts")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.all(np.isfinite(lengths)):
        raise Unavailable(f"{client.base_url} answered embeddings that are not numbers")
    unit: Vectors = vectors / np.maximum(lengths, np.float32(1e-12))
    return unit
