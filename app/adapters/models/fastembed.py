"""The models of FastEmbed, for those who installed the extra."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any, Self

import numpy as np

from app.domain.errors import Unavailable
from app.ports.models import Vectors

BATCH = 16

Embed = Callable[[list[str]], Iterable[Any]]


class FastEmbedEmbedder:
    """See Embedder. Passages and queries have a thread each."""

    def __init__(self, model: Any, name: str) -> None:
        self._model = model
        self._name = name
        # a release of FastEmbed may pool the same model otherwise, and then gives it another class
        self._pooling = type(getattr(model, "model", model)).__name__
        self._dimension = len(next(iter(model.query_embed("dimension"))))
        self._closed = False
        self._passages = ThreadPoolExecutor(1, thread_name_prefix="embed-passages")
        self._queries = ThreadPoolExecutor(1, thread_name_prefix="embed-query")

    @classmethod
    async def open(cls, name: str, threads: int = 1) -> Self:
        """Downloads the model unless FastEmbed has it. Raises Unavailable when the extra is not installed, or the
        model is not known or cannot be had."""
        try:
            fastembed = import_module("fastembed")
        except ImportError as error:
            raise Unavailable(
                f"EMBEDDER=fastembed:{name} needs the extra: pip install 'palimpsest[fastembed]'"
            ) from error
        try:
            model = await asyncio.to_thread(fastembed.TextEmbedding, model_name=name, threads=threads)
            return await asyncio.to_thread(cls, model, name)
        except Exception as error:
            raise Unavailable(f"FastEmbed cannot load {name}: {error}") from error

    @property
    def identity(self) -> str:
        return f"fastembed:{self._name}/{self._pooling}/{self._dimension}"

    @property
    def dimension(self) -> int:
        return self._dimension

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        vectors = np.empty((len(texts), self._dimension), np.float32)
        for start in range(0, len(texts), BATCH):
            batch = list(texts[start : start + BATCH])
            vectors[start : start + BATCH] = await self._on(self._passages, self._model.passage_embed, batch)
        return vectors

    async def embed_query(self, text: str) -> Vectors:
        one: Vectors = (await self._on(self._queries, self._model.query_embed, [text]))[0]
        return one

    async def close(self) -> None:
        """Idempotent. What was begun is finished."""
        self._closed = True
        self._passages.shutdown(wait=False)
        self._queries.shutdown(wait=False)

    async def _on(self, thread: ThreadPoolExecutor, embed: Embed, texts: list[str]) -> Vectors:
        if self._closed:
            raise Unavailable("the embedder is closed")
        try:
            return await asyncio.get_running_loop().run_in_executor(thread, lambda: _unit(embed(texts)))
        except Exception as error:
            raise Unavailable(f"the embedder {self.identity} failed: {error}") from error


def _unit(rows: Iterable[Any]) -> Vectors:
    vectors = np.array(list(rows), np.float32)
    unit: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-12))
    return unit
