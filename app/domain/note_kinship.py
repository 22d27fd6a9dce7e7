"""Which notes hang together, when no model is there to say how."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.note import Note, Relation

MOST_LINKS = 5
NEAR = 0.6
"""Cosine similarity from which two notes are on the same topic, whatever else."""
AKIN = 0.45
"""From which they are related if they are about the same entity."""


@dataclass(frozen=True, slots=True)
class Kin:
    """A note beside another. `cosine`: of their vectors in [-1, 1], None where it is not known; `shared`: how many
    entities both are about."""

    note: Note
    cosine: float | None
    shared: int

    @property
    def relation(self) -> Relation | None:
        if self.cosine is not None and self.cosine >= NEAR:
            return Relation.SAME_TOPIC
        if self.shared >= 2 or (self.shared and self.cosine is not None and self.cosine >= AKIN):
            return Relation.RELATED
        return None


def closest(kin: Iterable[Kin], limit: int = MOST_LINKS) -> list[Kin]:
    """Of those that hang together at all the closest, the closest first; of equals the newer."""
    related = [one for one in kin if one.relation is not None]
    related.sort(key=lambda one: one.note.place, reverse=True)
    related.sort(key=lambda one: -((one.cosine or 0.0) + 0.1 * one.shared))
    return related[:limit]
