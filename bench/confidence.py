"""How far the confidence of a reply can be trusted. Every question is asked of its own memory and of another one of
its set, with the speakers' names exchanged so that the names give nothing away.

    python -m bench.confidence --cache FILE locomo=PATH beam=PATH …
"""

from __future__ import annotations

import argparse
import math
import random
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.domain.ranking import confidence
from app.memory.retrieval.recipes import RECIPES
from bench.datasets import READERS, Collection, Question
from bench.models import MiniLM
from bench.offline import Memory

Asked = tuple[float, bool]
"""A confidence, and whether what was asked for was among the first ten results."""


def disguised(question: str, own: Collection, other: Collection) -> str:
    """The question with the names of its own speakers replaced by those of the other memory."""
    pairs = dict(zip(_speakers(own), _speakers(other), strict=False))
    if not pairs:
        return question
    pattern = "|".join(rf"\b{re.escape(name)}\b" for name in pairs)
    return re.sub(pattern, lambda match: pairs[match[0]], question)


def _speakers(collection: Collection) -> list[str]:
    return sorted({document.speaker for document in collection.documents if document.speaker} - {"user", "assistant"})


def _needed(question: Question, collection: Collection) -> set[str]:
    return {d.text for d in collection.documents if d.id in question.relevant or d.session_id in question.relevant}


def asked(collection: Collection, memory: Memory, query: str, question: Question | None) -> Asked:
    results = memory.search(query, RECIPES["default"])
    if question is None:
        return confidence(results), False
    sessions = {document.id: document.session_id for document in collection.documents}
    found = {sessions[result.id] if question.by_session else result.id for result in results[:10]}
    return confidence(results), bool(found & question.relevant)


def ask(collections: Sequence[Collection], memories: Sequence[Memory], chance: random.Random) -> list[Asked]:
    rows = []
    for collection, memory in zip(collections, memories, strict=True):
        for question in collection.questions:
            if not question.relevant or question.group == "adversarial":
                continue
            rows.append(asked(collection, memory, question.text, question))
            needed = _needed(question, collection)
            strangers = [
                (other, theirs)
                for other, theirs in zip(collections, memories, strict=True)
                if other is not collection and needed.isdisjoint(d.text for d in other.documents)
            ]
            if strangers:
                other, theirs = chance.choice(strangers)
                rows.append(asked(other, theirs, disguised(question.text, collection, other), None))
    return rows


def area(scores: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Under the receiver operating curve: how often a right one has the higher score, ties counting half."""
    wins = [float((scores[~right] < s).mean() + (scores[~right] == s).mean() / 2) for s in scores[right]]
    return float(np.mean(wins)) if wins and not right.all() else math.nan


def fitted(scores: NDArray[np.float64], right: NDArray[np.bool_], weight: NDArray[np.float64]) -> tuple[float, float]:
    """Slope and intercept, on the log odds, that would calibrate better: 1 and 0 when nothing is to be gained."""
    odds = np.log(scores / (1 - scores))
    design = np.stack([odds, np.ones_like(odds)], 1)
    line = np.array([1.0, 0.0])
    for _ in range(30):
        p = 1 / (1 + np.exp(-design @ line))
        hessian = (design * (weight * p * (1 - p))[:, None]).T @ design
        line = line + np.linalg.solve(hessian, design.T @ (weight * (right - p)))
    return float(line[0]), float(line[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("sets", nargs="+", metavar="SET=PATH")
    arguments = parser.parse_args()
    embedder, chance = MiniLM(arguments.cache), random.Random(7)
    scores, rights, weights = [], [], []
    for entry in arguments.sets:
        name, _, path = entry.partition("=")
        collections = list(READERS[name](Path(path)))
        rows = ask(collections, [Memory(collection, embedder) for collection in collections], chance)
        score, right = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
        print(f"{name:12} {len(rows):5} asked, {right.sum():4} found, area under the curve {area(score, right):.3f}")
        scores.append(score)
        rights.append(right)
        weights.append(np.where(right, 0.5 / max(1, right.sum()), 0.5 / max(1, (~right).sum())))
    score, right, weight = np.concatenate(scores), np.concatenate(rights), np.concatenate(weights)
    for low in np.arange(0, 1, 0.1):
        inside = (score >= low) & (score < low + 0.1)
        if inside.any():
            said, was = (np.average(values[inside], weights=weight[inside]) for values in (score, right))
            print(f"  said {said:.2f}  was {was:.2f}  ({inside.sum()})")
    print("slope {:.2f}, intercept {:+.2f}".format(*fitted(score, right, weight)))


if __name__ == "__main__":
    main()
