"""Recipes: how a search is done, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from app.domain.ranking import Weights


class Arm(StrEnum):
    DENSE = "dense"
    KEYWORD = "keyword"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Recipe:
    """`pool`: hits to ask each arm for. `expand`: of how many of the best hits the neighbours are fetched too, up to
    `reach` places away in their session; 0 for none. `kinds`: what is returned, unless the caller says;
    `never`: what is not, whatever the caller says. `sinks`: words whose facts were overtaken are scored down."""

    name: str
    arms: tuple[Arm, ...]
    pool: int
    weights: Weights
    kinds: tuple[str, ...]
    expand: int = 0
    reach: int = 0
    never: frozenset[str] = frozenset()
    sinks: bool = True


_BOTH = (Arm.DENSE, Arm.KEYWORD)
_TIMELY = (*_BOTH, Arm.TIME)
_DERIVED = frozenset({"fact", "entity", "note"})
_ALL = ("episode", "fact", "note")
_ALONE = Weights()
_IN_CONVERSATION = Weights(before=(0.4, 0.2), after=(0.4, 0.2), signals={"time": 0.2})

RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        recipe.name: recipe
        for recipe in (
            Recipe("fast", _BOTH, pool=40, weights=_ALONE, kinds=_ALL),
            Recipe("default", _TIMELY, pool=40, weights=_IN_CONVERSATION, kinds=_ALL, expand=10, reach=2),
            Recipe(
                "verbatim",
                _TIMELY,
                pool=40,
                weights=_IN_CONVERSATION,
                kinds=("episode",),
                expand=10,
                reach=2,
                never=_DERIVED,
                sinks=False,
            ),
        )
    }
)
