"""Measure the ranking on public question sets without a server: the same domain functions and recipes, exact
cosines instead of an index.

    python -m bench.offline --cache FILE locomo=PATH longmemeval=PATH beam=PATH musique=PATH time=PATH
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.domain.passages import passage_text
from app.domain.queries import SearchText, search_text
from app.domain.ranking import Scored, gather, neighbours, rank, united, unscored
from app.memory.retrieval.recipes import RECIPES, Arm, Recipe
from bench.datasets import READERS, Collection, Document, Question
from bench.models import Bm25, Matrix, MiniLM

CUTS = {"locomo": (5, 10, 20), "beam": (10, 20), "musique": (5, 10), "time": (10,)}


@dataclass(frozen=True, slots=True)
class Hit:
    ref: str
    score: float
    session_id: str | None
    position: int | None
    speaker: str | None
    sources: tuple[str, ...]


class Memory:
    """One collection, searched by a recipe as the service does it."""

    def __init__(self, collection: Collection, embedder: MiniLM) -> None:
        self._documents = collection.documents
        self._rows = {document.id: row for row, document in enumerate(collection.documents)}
        self._places = {(d.session_id, d.position): row for row, d in enumerate(collection.documents) if d.session_id}
        texts = [passage_text(document.speaker, document.text) for document in collection.documents]
        self._vectors: Matrix = embedder.embed(texts)
        self._keywords = Bm25(texts)
        self._embedder = embedder
        self._speakers = sorted({document.speaker for document in collection.documents if document.speaker})

    def read(self, query: str) -> SearchText:
        return search_text(query, self._speakers)

    def arms(self, text: SearchText) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """-> the dense and the keyword score of every document."""
        return self._vectors @ self._embedder.embed([text.dense])[0], self._keywords.scores(text.keyword)

    def search(self, query: str, recipe: Recipe) -> list[Scored]:
        text = self.read(query)
        dense, keyword = self.arms(text)
        candidates = gather(
            self._hits(_best(dense, recipe.pool) if Arm.DENSE in recipe.arms else (), dense),
            self._hits(_best(keyword, recipe.pool) if Arm.KEYWORD in recipe.arms else (), keyword, positive=True),
        )
        first = rank(candidates, recipe.weights, text.named)
        by_id = {candidate.id: candidate for candidate in candidates}
        places = neighbours([by_id[result.id] for result in first[: recipe.expand]], recipe.reach)
        rows = [self._rows[id] for id in unscored(candidates)]
        rows += [self._places[place] for place in places if place in self._places]
        more = gather(self._hits(rows, dense), self._hits(rows, keyword, positive=True))
        return rank(united(candidates, more), recipe.weights, text.named)

    def _hits(self, rows: Iterable[int], scores: NDArray[np.float32], *, positive: bool = False) -> list[Hit]:
        found = ((self._documents[row], float(scores[row])) for row in rows if scores[row] > 0 or not positive)
        return [Hit(d.id, score, d.session_id, d.position, d.speaker, (d.id,)) for d, score in found]


def _best(scores: NDArray[np.float32], limit: int) -> list[int]:
    return [int(row) for row in np.argsort(-scores, kind="stable")[:limit]]


def measure(
    question: Question, ranked: Sequence[str], documents: dict[str, Document], cuts: Sequence[int]
) -> list[float]:
    """Recall at each cut; of sessions, by their best episode: whether the first is right, whether five have all."""
    if question.by_session:
        sessions = list(dict.fromkeys(documents[id].session_id for id in ranked))
        return [float(sessions[0] in question.relevant), float(question.relevant <= set(sessions[:5]))]
    return [len(question.relevant & set(ranked[:cut])) / len(question.relevant) for cut in cuts]


def evaluate(
    collections: Sequence[Collection], memories: Sequence[Memory], search: Callable[[Memory, str], list[str]]
) -> NDArray[np.float64]:
    """-> one row of figures per answerable question, in order."""
    rows = []
    for collection, memory in zip(collections, memories, strict=True):
        documents = {document.id: document for document in collection.documents}
        rows += [
            measure(question, search(memory, question.text), documents, CUTS.get(collection.set, ()))
            for question in collection.questions
            if question.relevant
        ]
    return np.array(rows)


def single_arm(arm: int) -> Callable[[Memory, str], list[str]]:
    """The baseline: one arm alone, the query as it is."""

    def search(memory: Memory, query: str) -> list[str]:
        scores = memory.arms(SearchText(query, query, frozenset()))[arm]
        return [memory._documents[row].id for row in _best(scores, 200)]

    return search


def by_recipe(recipe: Recipe) -> Callable[[Memory, str], list[str]]:
    return lambda memory, query: [result.id for result in memory.search(query, recipe)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("sets", nargs="+", metavar="SET=PATH")
    arguments = parser.parse_args()
    embedder = MiniLM(arguments.cache)
    systems = {"dense alone": single_arm(0), "keyword alone": single_arm(1)}
    systems |= {f"recipe {name}": by_recipe(recipe) for name, recipe in RECIPES.items()}
    for entry in arguments.sets:
        name, _, path = entry.partition("=")
        collections = list(READERS[name](Path(path)))
        memories = [Memory(collection, embedder) for collection in collections]
        for system, search in systems.items():
            start = time.perf_counter()
            figures = evaluate(collections, memories, search)
            each = (time.perf_counter() - start) / len(figures) * 1000
            line = "  ".join(f"{value:5.1f}" for value in 100 * figures.mean(0))
            print(f"{name:12} {system:18} {line}   ({len(figures)} questions, {each:.1f} ms each)")


if __name__ == "__main__":
    main()
