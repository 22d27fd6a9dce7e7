"""What the product answers with: values joined for a reader, no framework in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.domain.entity import Entity
from app.domain.fact import FactVersion, Span
from app.domain.note import Note, NoteLink
from app.domain.time import Interval


@dataclass(frozen=True, slots=True)
class FactView:
    """A version with its entities and evidence. `object` is None where the value is a literal."""

    version: FactVersion
    subject: Entity
    object: Entity | None
    evidence: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note with its links, to older notes and to newer ones."""

    note: Note
    links: tuple[NoteLink, ...]


@dataclass(frozen=True, slots=True)
class DerivedView:
    entities: tuple[Entity, ...]
    facts: tuple[FactView, ...]
    retired: tuple[FactView, ...]
    notes: tuple[NoteView, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """A time between periods, or after the last, when nothing held: no value of a single-valued predicate; where `of`
    is given, not the value of that fact, which is one of many."""

    subject: Entity
    predicate: str
    of: FactView | None
    valid: Interval


@dataclass(frozen=True, slots=True)
class Timeline:
    """Both by start, unknown starts first."""

    facts: tuple[FactView, ...]
    gaps: tuple[Gap, ...]


class Learned(StrEnum):
    """What became of a fact between two moments of ours."""

    LEARNED = "learned"
    UNLEARNED = "unlearned"
    REVISED = "revised"


@dataclass(frozen=True, slots=True)
class Change:
    """`before`: as it was believed at the earlier moment; `after`: at the later one. One of them at least is there."""

    how: Learned
    before: FactView | None
    after: FactView | None

    @property
    def fact_id(self) -> str:
        view = self.after or self.before
        assert view is not None
        return view.version.fact_id


@dataclass(frozen=True, slots=True)
class Picture:
    """`nodes`: entities, each with its distance in facts from the one in the middle, None without one; nearest first.
    `more`: there are more facts than were asked for."""

    nodes: tuple[tuple[Entity, int | None], ...]
    facts: tuple[FactView, ...]
    more: bool


class Kind(StrEnum):
    """What a search may return."""

    EPISODE = "episode"
    FACT = "fact"
    NOTE = "note"
    ENTITY = "entity"


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """`kinds` None: what the recipe returns by itself. `where`: `speaker`, `role`, `metadata.<path>` to the value
    wanted. `occurred_*`: half-open, aware UTC.
    `reference_time`: now, for words like "yesterday"; None = the clock's."""

    query: str
    limit: int = 10
    kinds: frozenset[Kind] | None = None
    session_id: str | None = None
    recipe: str = "default"
    as_of: datetime | None = None
    known_at: datetime | None = None
    occurred_from: datetime | None = None
    occurred_to: datetime | None = None
    reference_time: datetime | None = None
    where: dict[str, str | int | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """One result; `score` in [0, 1], higher is better, comparable within one reply. `sources`: episode ids.
    `stale`: of a note, something that it rested on is gone."""

    kind: Kind
    id: str
    text: str
    score: float
    sources: tuple[str, ...]
    signals: dict[str, float]
    session_id: str | None = None
    seq: int | None = None
    speaker: str | None = None
    occurred_at: datetime | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    stale: bool = False


@dataclass(frozen=True, slots=True)
class SessionIds:
    """A time told by sessions: "the last time we talked"."""

    session_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TimeRange:
    """What a query was understood to say about time, in the words `text`. `strict`: it asks about that time itself."""

    text: str
    strict: bool
    ranges: tuple[Interval | SessionIds, ...]


@dataclass(frozen=True, slots=True)
class SearchReply:
    """Best first. `confidence` in [0, 1]: low means that nothing here answers the query. `degraded`: what was
    missing, in words."""

    results: tuple[Found, ...]
    confidence: float
    time_range: TimeRange | None = None
    degraded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ContextRequest:
    query: str
    budget_tokens: int = 2_000
    session_id: str | None = None
    as_of: datetime | None = None
    known_at: datetime | None = None
    reference_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    marker: str
    kind: Kind
    id: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContextBlock:
    text: str
    tokens: int
    citations: tuple[Citation, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class Check:
    """The state of one part of the service. `detail` says what is wrong and what to do. `degraded`: the part is away,
    and the service can do without it for a while."""

    name: str
    ok: bool
    detail: str
    degraded: bool = False
