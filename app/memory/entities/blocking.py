"""Which names to compare with which: those that share a word, begin alike, or may be short for one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz

from app.domain.entity import Entity, EntityType
from app.domain.identity import LEGAL_FORMS, anatomy, words_of

SHORTEST = 3
LONGEST = 9
BEGINNING = 4
COMMON = frozenset(("of", "and", "the", "for", "in", "on", "at", "to", "a", "an", "de", "la", *LEGAL_FORMS))
"""Words that too many names have."""


@dataclass(frozen=True, slots=True)
class Clues:
    """What to look for, for one entity: words that others may have, and beginnings of such words."""

    words: frozenset[str]
    beginnings: frozenset[str]


def clues(entity: Entity) -> Clues:
    words: set[str] = set()
    beginnings: set[str] = set()
    for name in (entity.name, *entity.aliases):
        own = words_of(name)
        words.update(word for word in own if word not in COMMON)
        beginnings.update(word[:BEGINNING] for word in own[:1] if len(word) > BEGINNING)
        parts = anatomy(name, EntityType.PERSON)
        if entity.type is EntityType.PERSON and parts.core and parts.owner is None:
            first = parts.core[0]
            words.update(first[:length] for length in range(SHORTEST, min(len(first), LONGEST + 1)))
            if len(first) >= SHORTEST and parts.bare:
                beginnings.add(first)
    return Clues(frozenset(words), frozenset(beginnings))


class Index:
    """Entities by the words of their names."""

    def __init__(self, entities: Iterable[Entity]) -> None:
        self._by_word: dict[str, dict[str, None]] = {}
        for entity in entities:
            for name in (entity.name, *entity.aliases):
                for word in words_of(name):
                    self._by_word.setdefault(word, {})[entity.id] = None

    def near(self, wanted: Clues) -> set[str]:
        """Their ids."""
        found = {id for word in wanted.words for id in self._by_word.get(word, ())}
        if wanted.beginnings:
            starts = tuple(wanted.beginnings)
            found |= {id for word, ids in self._by_word.items() if word.startswith(starts) for id in ids}
        return found


def pairs(about: Iterable[Entity], everybody: Iterable[Entity]) -> Iterator[tuple[str, str]]:
    """Each of the ones with each of the others that is near, each pair once, in an order that does not depend on
    theirs."""
    index = Index(everybody)
    seen: set[frozenset[str]] = set()
    for entity in sorted(about, key=lambda e: e.id):
        for other in sorted(index.near(clues(entity)) - {entity.id}):
            pair = frozenset((entity.id, other))
            if pair not in seen:
                seen.add(pair)
                yield entity.id, other


def similarity(one: str, other: str) -> float:
    """Of the spelling, in [0, 1], in whatever order the words come (normalised indel distance)."""
    return max(fuzz.ratio(one.casefold(), other.casefold()), fuzz.token_sort_ratio(one, other)) / 100
