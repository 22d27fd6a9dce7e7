"""How flat the optimum of the default recipe is: every weight moved alone, and the figures with each set left out.

python -m bench.sensitivity --cache FILE locomo=PATH beam=PATH …
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.domain.ranking import Weights
from app.memory.retrieval.recipes import RECIPES
from bench.datasets import READERS
from bench.models import MiniLM
from bench.offline import Memory, by_recipe, evaluate


def variants(chosen: Weights) -> Iterator[tuple[str, Weights]]:
    yield "as chosen", chosen
    for dense in (0.5, 0.55, 0.6, 0.7, 0.75, 0.8):
        yield f"dense {dense}", replace(chosen, dense=dense)
    for faint in (0.0, 2.0, 8.0, 16.0):
        yield f"faint {faint}", replace(chosen, faint=faint)
    for lent in (0.0, 0.1, 0.2, 0.3, 0.5, 0.6):
        yield f"neighbours {lent}", replace(chosen, before=(lent, lent / 2), after=(lent, lent / 2))
    for floor in (0.2, 0.25, 0.35, 0.4):
        yield f"floor {floor}", replace(chosen, floor=floor)
    for speaker in (0.0, 0.05, 0.15, 0.2):
        yield f"speaker {speaker}", replace(chosen, speaker=speaker)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("sets", nargs="+", metavar="SET=PATH")
    arguments = parser.parse_args()
    embedder = MiniLM(arguments.cache)
    sets = {}
    for entry in arguments.sets:
        name, _, path = entry.partition("=")
        collections = list(READERS[name](Path(path)))
        sets[name] = collections, [Memory(collection, embedder) for collection in collections]
    means: dict[str, list[float]] = {}
    recipe = RECIPES["default"]
    for label, weights in variants(recipe.weights):
        figures: dict[str, NDArray[np.float64]] = {
            name: 100 * evaluate(collections, memories, by_recipe(replace(recipe, weights=weights))).mean(0)
            for name, (collections, memories) in sets.items()
        }
        means[label] = [float(row.mean()) for row in figures.values()]
        each = "  ".join(f"{name} {' '.join(f'{value:.1f}' for value in row)}" for name, row in figures.items())
        print(f"{label:16} {np.mean(means[label]):6.2f}  {each}", flush=True)
    for index, name in enumerate(sets):
        others = {label: np.mean(row[:index] + row[index + 1 :]) for label, row in means.items()}
        best = max(others, key=lambda label: others[label])
        loss = max(row[index] for row in means.values()) - means[best][index]
        print(f"chosen without {name}: {best}; on {name} {means[best][index]:.1f}, {loss:.1f} below its own best")


if __name__ == "__main__":
    main()
