"""Sentence embeddings on ONNX Runtime, without a deep-learning framework."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self, TypeVar

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from app.adapters.models.sentence_model import Pooling, SentenceModel, exported, minilm
from app.domain.errors import Unavailable
from app.ports.models import Vectors

BATCH_TEXTS = 16
BATCH_TOKENS = 1_024

A = TypeVar("A")
T = TypeVar("T")


class OnnxEmbedder:
    """See Embedder. Passages go through in small batches on one thread and queries on another, so that a query waits
    for no passage."""

    def __init__(self, model: SentenceModel, threads: int = 1) -> None:
        """Blocking: loads the model. `threads`: for each of the two. Raises Unavailable."""
        self._model = model
        self._tokenizer = _tokenizer(model)
        self._pad = (self._tokenizer.padding or {}).get("pad_id", 0)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(model.max_tokens)
        self._session = _session(model.model, threads)
        self._inputs = {entry.name for entry in self._session.get_inputs()}
        outputs = [entry.name for entry in self._session.get_outputs()]
        known = ("sentence_embedding", "last_hidden_state", "token_embeddings")
        self._output = next((name for name in known if name in outputs), outputs[0])
        self._dimension = len(self._embed([""])[0])
        self._closed = False
        self._passages = ThreadPoolExecutor(1, thread_name_prefix="embed-passages")
        self._queries = ThreadPoolExecutor(1, thread_name_prefix="embed-query")

    @classmethod
    async def open(cls, folder: Path | None = None, threads: int = 1) -> Self:
        """The built-in MiniLM, or the model exported to `folder`; loaded and warm. Raises Unavailable."""
        model = await asyncio.to_thread(lambda: minilm() if folder is None else exported(folder))
        return await asyncio.to_thread(cls, model, threads)

    @property
    def identity(self) -> str:
        return f"{self._model.name}/{self._model.pooling}/{self._model.max_tokens}"

    @property
    def dimension(self) -> int:
        return self._dimension

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        vectors = np.empty((len(texts), self._dimension), np.float32)
        prefixed = [self._model.passage_prefix + text for text in texts]
        tokens = await self._on(self._passages, self._tokenize, prefixed)
        for batch in _batches([len(each) for each in tokens]):
            vectors[batch] = await self._on(self._passages, self._run, [tokens[i] for i in batch])
        return vectors

    async def embed_query(self, text: str) -> Vectors:
        one: Vectors = (await self._on(self._queries, self._embed, [self._model.query_prefix + text]))[0]
        return one

    async def close(self) -> None:
        """Idempotent. What was begun is finished."""
        self._closed = True
        self._passages.shutdown(wait=False)
        self._queries.shutdown(wait=False)

    async def _on(self, thread: ThreadPoolExecutor, call: Callable[[A], T], argument: A) -> T:
        if self._closed:
            raise Unavailable("the embedder is closed")
        return await asyncio.get_running_loop().run_in_executor(thread, call, argument)

    def _embed(self, texts: list[str]) -> Vectors:
        return self._run(self._tokenize(texts))

    def _tokenize(self, texts: list[str]) -> list[list[int]]:
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(texts)]

    def _run(self, tokens: list[list[int]]) -> Vectors:
        longest = max(len(each) for each in tokens)
        ids = np.full((len(tokens), longest), self._pad, np.int64)
        mask = np.zeros_like(ids)
        for row, each in enumerate(tokens):
            ids[row, : len(each)] = each
            mask[row, : len(each)] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        try:
            (output,) = self._session.run(
                [self._output], {name: value for name, value in given.items() if name in self._inputs}
            )
        except Exception as error:
            raise Unavailable(f"the embedder {self.identity} failed: {error}") from error
        return _unit(_pooled(output.astype(np.float32, copy=False), mask, self._model.pooling))


def _tokenizer(model: SentenceModel) -> Tokenizer:
    try:
        return Tokenizer.from_file(str(model.tokenizer))
    except Exception as error:
        raise Unavailable(f"{model.tokenizer} is no tokenizer: {error}") from error


def _session(path: Path, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # the arena keeps the largest batch there ever was, and spinning threads take the cores that others need
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise Unavailable(f"{path} cannot be loaded: {error}") from error


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indices of texts of like length, at most 16 texts and, padded, about 1,024 tokens in a batch."""
    batch: list[int] = []
    for i in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        if batch and (len(batch) == BATCH_TEXTS or (len(batch) + 1) * lengths[i] > BATCH_TOKENS):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def _pooled(output: Vectors, mask: NDArray[np.int64], pooling: Pooling) -> Vectors:
    """`output`: [n, tokens, dimension], or [n, dimension] from a model that pools by itself."""
    if output.ndim == 2:
        return output
    if pooling is Pooling.CLS:
        first: Vectors = output[:, 0]
        return first
    weights = mask[..., np.newaxis].astype(np.float32)
    mean: Vectors = (output * weights).sum(axis=1) / weights.sum(axis=1)
    return mean


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = vectors / np.maximum(lengths, np.float32(1e-12))
    return unit
