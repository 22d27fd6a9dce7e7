"""The models: embedding, keyword encoding, extraction. All are batched, none blocks the event loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.domain.extraction import Extraction, Source

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sparse:
    """A sparse vector: parallel term ids and weights."""

    indices: tuple[int, ...]
    values: tuple[float, ...]


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
        """One extraction per source, in order. Deterministic for a local extractor. Raises Unavailable when the
        whole batch could not be read; then nothing of it was."""
        ...

    async def close(self) -> None: ...
