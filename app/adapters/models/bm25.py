"""BM25 as sparse vectors (Robertson and Zaragoza 2009), encoded by the engine that searches them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import qdrant_edge as edge

from app.ports.models import Sparse

AVERAGE_LENGTH = 50.0
"""In words that are not stop words. Messages have about 15 and windows of long ones about 70: measured on four sets of
real conversations, 40 to 60 is good on all, where the engine's 256 takes long texts for relevant ones."""

# Scripts that do not put spaces between words: Han, kana, Hangul, Thai, Lao, Burmese, Khmer.
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]+"
)


class Bm25Encoder:
    """English stop words and stems; letters without their accents; text of scripts without spaces as pairs of
    neighbouring characters, so that a word in it is found inside a sentence. Codes such as SR-2023-052 fall into
    their parts, which keep every digit."""

    def __init__(self) -> None:
        self._bm25 = edge.Bm25(
            edge.Bm25Config(
                avg_len=AVERAGE_LENGTH,
                tokenizer=edge.TokenizerType.Word,
                language="english",
                ascii_folding=True,
            )
        )

    @property
    def identity(self) -> str:
        return f"bm25-english-pairs/{AVERAGE_LENGTH:g}/1"

    def encode_passages(self, texts: Sequence[str]) -> list[Sparse]:
        return [_sparse(self._bm25.embed_document(_spaced(text))) for text in texts]

    def encode_query(self, text: str) -> Sparse:
        return _sparse(self._bm25.embed_query(_spaced(text)))


def _sparse(vector: edge.SparseVector) -> Sparse:
    return Sparse(tuple(vector.indices), tuple(vector.values))


def _spaced(text: str) -> str:
    return _UNSPACED.sub(lambda run: f" {_pairs(run[0])} ", text)


def _pairs(run: str) -> str:
    if len(run) == 1:
        return run
    return " ".join(run[i : i + 2] for i in range(len(run) - 1))
