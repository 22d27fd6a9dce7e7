"""What of a memory is made findable: the text of each thing, and the record that its vectors are for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from functools import partial
from typing import Protocol
from uuid import UUID, uuid5

from app.domain.entity import Entity
from app.domain.episode import Episode
from app.domain.fact import FactVersion
from app.domain.note import Note
from app.domain.passages import passage_text, windows
from app.domain.time import Interval
from app.memory.entities.meaning import entity_text
from app.ports.models import Sparse, Vectors
from app.ports.vectors import VectorRecord

MEMORY = "memory"
"""Where the metadata of a note's vector say as what an agent keeps it."""


class Record(Protocol):
    """A record still without its vectors."""

    def __call__(self, *, dense: Vectors, sparse: Sparse) -> VectorRecord: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """The text that both vectors are made of, and the record they are for."""

    text: str
    record: Record


def episode_entries(episodes: Iterable[Episode]) -> list[Entry]:
    return [
        Entry(
            passage_text(episode.name, window),
            partial(
                VectorRecord,
                id=episode.id if number == 0 else str(uuid5(UUID(episode.id), str(number))),
                ref=episode.id,
                session_id=episode.session_id,
                position=episode.position,
                seq=episode.seq,
                speaker=episode.speaker,
                role=episode.role.value,
                occurred_at=episode.occurred_at,
                metadata=episode.metadata,
                recorded=Interval(episode.recorded_at),
                sources=(episode.id,),
            ),
        )
        for episode in episodes
        for number, window in enumerate(windows(episode.content))
    ]


def entity_entries(entities: Iterable[Entity]) -> list[Entry]:
    """With all names that are meant; who is merged into another is found by that one."""
    return [
        Entry(
            entity_text(entity),
            partial(VectorRecord, id=entity.id, ref=entity.id, recorded=Interval(entity.created_at)),
        )
        for entity in entities
    ]


def fact_entries(versions: Iterable[FactVersion], sources: Mapping[tuple[str, int], Set[str]]) -> list[Entry]:
    """One point per version, so that views of any past on either time axis filter inside the index."""
    return [
        Entry(
            version.text,
            partial(
                VectorRecord,
                id=str(uuid5(UUID(version.fact_id), str(version.version))),
                ref=version.fact_id,
                valid=version.standing,
                recorded=Interval(version.recorded_from, version.recorded_to),
                sources=tuple(sorted(sources.get((version.fact_id, version.version), ()))),
            ),
        )
        for version in versions
    ]


def note_entries(versions: Iterable[Note]) -> list[Entry]:
    """One point per version, as of facts; what agents keep can be told from other notes inside the index."""
    return [
        Entry(
            version.text,
            partial(
                VectorRecord,
                id=str(uuid5(UUID(version.id), str(version.version))),
                ref=version.id,
                occurred_at=version.occurred_at,
                recorded=Interval(version.recorded_from, version.recorded_to),
                sources=version.sources,
                metadata={} if version.memory is None else {MEMORY: version.memory.value},
            ),
        )
        for version in versions
    ]
