"""What the tools can be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.note import NoteMemory
from app.domain.operations import MemoryType
from app.memory.facts.given import Correction, FactInput

MOST_FOUND = 100
USUALLY_FOUND = 20


class Method(StrEnum):
    """How memories are searched: by their words, by their meaning, or by both at once."""

    BM25 = "bm25"
    EMBEDDING = "embedding"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class InsertNote:
    """`occurred_at` None: now."""

    memory: NoteMemory
    content: str
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class InsertFact:
    fact: FactInput


@dataclass(frozen=True, slots=True)
class UpdateCore:
    """All of it anew."""

    content: str


@dataclass(frozen=True, slots=True)
class UpdateNote:
    memory: NoteMemory
    id: str
    content: str


@dataclass(frozen=True, slots=True)
class UpdateFact:
    id: str
    correction: Correction


@dataclass(frozen=True, slots=True)
class DeleteNote:
    memory: NoteMemory
    id: str


@dataclass(frozen=True, slots=True)
class DeleteFact:
    id: str


@dataclass(frozen=True, slots=True)
class Search:
    """`type`: not the core, which is always in view. `k`: how many at most."""

    type: MemoryType
    query: str
    method: Method = Method.BOTH
    k: int = USUALLY_FOUND


Change = InsertNote | InsertFact | UpdateCore | UpdateNote | UpdateFact | DeleteNote | DeleteFact
Call = Change | Search
