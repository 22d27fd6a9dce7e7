"""Notes: free-standing units of derived memory, their append-only versions, and the links between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Relation(StrEnum):
    """How two notes hang together, said of the newer with regard to the older: its extension, the reason for it."""

    EXTENSION = "extension"
    GENERALISATION = "generalisation"
    ACCUMULATION = "accumulation"
    SPECIFICATION = "specification"
    REFINEMENT = "refinement"
    TRANSFORMATION = "transformation"
    CONNECTION = "connection"
    IMPLICATION = "implication"
    CAUSE = "cause"
    REASON = "reason"
    HINDERED_BY = "hindered_by"
    REACT = "react"
    WANT = "want"
    CHANGE = "change"
    CONTRADICTION = "contradiction"
    SAME_TOPIC = "same_topic"
    RELATED = "related"


OVERTAKING = frozenset({Relation.CHANGE, Relation.CONTRADICTION})
"""Relations to a newer note which say that the older one holds no longer."""


class Origin(StrEnum):
    """What brought a version or a link about."""

    CALLER = "caller"
    EXTRACTION = "extraction"
    EVOLUTION = "evolution"
    UNDO = "undo"
    SOURCE_GONE = "source_gone"
    SIMILARITY = "similarity"


class NoteMemory(StrEnum):
    """As what an agent keeps a note: something that it knows, or something that took place."""

    SEMANTIC = "semantic"
    EPISODIC = "episodic"


@dataclass(frozen=True, slots=True)
class Cause:
    """`episode_id`: what was read, of an extraction; `note_id`: because of which note, of an evolution; of SOURCE_GONE
    what went. Both may name what is gone by now. `by`: the extractor or model that proposed it."""

    origin: Origin
    episode_id: str | None = None
    note_id: str | None = None
    by: str | None = None


BY_CALLER = Cause(Origin.CALLER)


@dataclass(frozen=True, slots=True)
class Note:
    """One version of a note, the current one during `[recorded_from, recorded_to)`. Versions count from 1.

    What belongs to the note is the same in all its versions: `created_at`; `occurred_at`, when what it says was said
    in the world; `sources`, the episodes that it rests on, and `derived_from`, the notes, without those that are gone;
    `entities`, whom it is about; `memory`, where an agent wrote it with the memory tools. `stale`: something that it
    rested on is gone, or stale itself.
    """

    id: str
    version: int
    content: str
    context: str
    keywords: tuple[str, ...]
    tags: tuple[str, ...]
    sources: tuple[str, ...]
    cause: Cause
    created_at: datetime
    occurred_at: datetime
    recorded_from: datetime
    recorded_to: datetime | None = None
    derived_from: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    stale: bool = False
    memory: NoteMemory | None = None

    @property
    def current(self) -> bool:
        return self.recorded_to is None

    @property
    def place(self) -> tuple[datetime, str]:
        """Of two notes the one with the lesser place is the older."""
        return self.occurred_at, self.id

    @property
    def text(self) -> str:
        """What it is found by: all that it says."""
        return note_text(self.content, self.keywords, self.tags, self.context)

    def known(self, known_at: datetime) -> bool:
        return self.recorded_from <= known_at and (self.recorded_to is None or known_at < self.recorded_to)


def note_text(content: str, keywords: Iterable[str], tags: Iterable[str], context: str) -> str:
    return "\n".join(part for part in (content, ", ".join(keywords), ", ".join(tags), context) if part)


@dataclass(frozen=True, slots=True)
class LinkKey:
    """From the older of two notes to the newer; between two notes there is at most one link of a relation."""

    from_id: str
    to_id: str
    relation: Relation


@dataclass(frozen=True, slots=True)
class NoteLink:
    key: LinkKey
    cause: Cause
    created_at: datetime

    @property
    def from_id(self) -> str:
        return self.key.from_id

    @property
    def to_id(self) -> str:
        return self.key.to_id

    @property
    def relation(self) -> Relation:
        return self.key.relation

    def other(self, id: str) -> str:
        """The note at the other end."""
        return self.to_id if id == self.from_id else self.from_id


@dataclass(frozen=True, slots=True)
class ProposedLink:
    """Evolution proposes that two notes of the user hang together. Which of them is older is for code to see."""

    from_id: str
    to_id: str
    relation: Relation


@dataclass(frozen=True, slots=True)
class ProposedRevision:
    """Evolution proposes that a note be understood otherwise; what it says stays."""

    note_id: str
    context: str
    tags: tuple[str, ...]


NoteChange = ProposedLink | ProposedRevision


@dataclass(frozen=True, slots=True)
class ProposedFragment:
    """Evolution proposes what follows from notes taken together. `derived_from`: their ids, two or more; `relation`:
    how the later of them bears on the earlier."""

    content: str
    context: str
    keywords: tuple[str, ...]
    tags: tuple[str, ...]
    derived_from: tuple[str, ...]
    relation: Relation
