"""The models: embedding, keyword encoding, extraction, conversation. None blocks the event loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from app.domain.episode import Json
from app.domain.extraction import Extraction, Source

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sparse:
    """A sparse vector: parallel term ids and weights."""

    indices: tuple[int, ...]
    values: tuple[float, ...]


NO_WORDS = Sparse((), ())


class Embedder(Protocol):
    """`identity` changes whenever the vectors would: model, quantisation, pooling. `dimension`: of each vector."""

    @property
    def identity(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """-> [n, dimension] float32, unit length, in the order of the texts. Raises Unavailable."""
        ...

    async def embed_query(self, text: str) -> Vectors:
        """-> [dimension] float32, unit length. Raises Unavailable."""
        ...

    async def close(self) -> None: ...


class KeywordEncoder(Protocol):
    """BM25 as sparse vectors: document weights carry term frequency and length, query weights are 1, and IDF is
    applied by the vector store. `identity` changes whenever the term ids or weights would."""

    @property
    def identity(self) -> str: ...

    def encode_passages(self, texts: Sequence[str]) -> list[Sparse]: ...

    def encode_query(self, text: str) -> Sparse: ...


class Extractor(Protocol):
    """`identity`: name and version; it is stored with everything derived. `uses_model`: a language model is behind
    it."""

    @property
    def identity(self) -> str: ...

    @property
    def uses_model(self) -> bool: ...

    async def extract(self, batch: Sequence[Source]) -> list[Extraction]:
        """One extraction per source, in order. Deterministic for a local extractor. Raises Unavailable, and
        ReadingFailed where the batch itself may be the reason; then nothing of it was read."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a language model is asked. `name`, `version`: of the wording; they are stored with what comes of it.
    `schema`: JSON Schema of the answer, an object; its bounds of length and patterns only lead a model, and an answer
    beyond them still fits. `max_tokens`: of the answer."""

    name: str
    version: int
    system: str
    user: str
    schema: Mapping[str, Json]
    max_tokens: int

    @property
    def identity(self) -> str:
        return f"{self.name}@{self.version}"

    @property
    def shape(self) -> Mapping[str, Json]:
        """The schema without its bounds."""
        return {key: _boundless(value) for key, value in self.schema.items()}


def _boundless(schema: Json) -> Json:
    if isinstance(schema, Mapping):
        return {key: _boundless(value) for key, value in schema.items() if key not in BOUNDS}
    return schema


BOUNDS = frozenset({"maxItems", "maxLength", "pattern"})


@dataclass(frozen=True, slots=True)
class Answer:
    """`value` fits the schema; whether it is true is for the asker to check. `calls`, `tokens`: what it took, with
    the repair of an answer that did not fit; tokens of questions and answers."""

    value: Mapping[str, Json]
    calls: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation with a model."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Completion:
    """`text`: word for word, whatever it is. `cut_off`: it ended where its tokens did. The tokens are those that the
    provider counted, or an estimate where it told none."""

    text: str
    cut_off: bool
    prompt_tokens: int
    completion_tokens: int


class ChatEndpoint(Protocol):
    """Where a language model answers: one call, in whatever form the answer comes."""

    @property
    def identity(self) -> str: ...

    async def check(self) -> None:
        """Asks nothing. Raises Unavailable while calls would be refused, for the last ones failed."""
        ...

    async def complete(self, prompt: Prompt, more: Sequence[Turn] = ()) -> Completion:
        """`more`: how the conversation went on after the prompt. Raises Unavailable when it is away or has too much
        to do, and BadAnswer when it refuses the question."""
        ...

    async def close(self) -> None: ...


class ChatModel(Protocol):
    """`identity`: provider's name of the model; it is stored with everything derived. `configured`: there is one to
    ask; otherwise every answer is Unavailable, and who can do without does not ask."""

    @property
    def identity(self) -> str: ...

    @property
    def configured(self) -> bool: ...

    async def check(self) -> None:
        """Asks nothing. Raises Unavailable while it is known to be away."""
        ...

    async def answer(self, tenant: str, prompt: Prompt) -> Answer:
        """On the account of a tenant. Raises Unavailable when the model is away or has too much to do, BudgetExhausted
        when the tenant has used up its tokens, and BadAnswer for an answer that did not fit, nor did its repair."""
        ...

    async def close(self) -> None: ...
