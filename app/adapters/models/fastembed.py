"""The models of FastEmbed, for those who installed the extra."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any, Self

import numpy as np

from app.domain.errors import Unavailable
from app.ports.models import Vectors

BATCH = 16


class FastEmbedEmbedder:
    """See Embedder. Passages and queries have a thread each."""

    def __init__(self, model: Any, name: str) -> None:
        self._model = model
        self._name = name
        self._dimension = len(next(iter(model.query_embed("dimension"))))
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
        return f"fastembed:{self._name}/{self._dimension}"

    @property
    def dimension(self) -> int:
        return self._dimension

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        vectors = np.empty((len(texts), self._dimension), np.float32)
        loop = asyncio.get_running_loop()
        for start in range(0, len(texts), BATCH):
            batch = list(texts[start : start + BATCH])
            rows = await loop.run_in_executor(self._passages, self._embed, batch)
            vectors[start : start + BATCH] = rows
        return vectors

    async def embed_query(self, text: str) -> Vectors:
        loop = asyncio.get_running_loop()
        rows = await loop.run_in_executor(self._queries, lambda: _unit(self._model.query_embed(text)))
        one: Vectors = rows[0]
        return one

    def _embed(self, batch: list[str]) -> Vectors:
        return _unit(self._model.passage_embed(batch))

    async def close(self) -> None:
        self._passages.shutdown(wait=False, cancel_futures=True)
        self._queries.shutdown(wait=False, cancel_futures=True)


def _unit(rows: Iterable[Any]) -> Vectors:
    vectors = np.array(list(rows), np.float32)
    unit: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-12))
    return unit
