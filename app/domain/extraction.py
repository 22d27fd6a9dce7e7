"""What an extractor is given and what it may propose. Proposals are checked before anything believes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.entity import EntityType
from app.domain.episode import EpisodeKind, Role
from app.domain.fact import Cardinality, FactKind, Polarity
from app.domain.time import Interval, Precision


@dataclass(frozen=True, slots=True)
class Source:
    """One episode as an extractor sees it. `others`: the other participants of the session, by name, most recent
    speaker first, for "you"; empty where unknown."""

    episode_id: str
    role: Role
    speaker: str
    kind: EpisodeKind
    content: str
    occurred_at: datetime
    others: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ProposedEntity:
    """`start`, `end`: code point offsets of the mention in the content; both None for the speaker of the episode,
    who need not be mentioned."""

    name: str
    type: EntityType
    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class ProposedFact:
    """`subject` and, unless `object_type` is None (then a literal), `object` are names of proposed entities.

    `[start, end)` is the span of the content that says so. `valid` and `precision` None: nothing was said about
    when, and the time of the episode will stand in. `replaces`, where it holds: the value that it corrects, and its
    type, None for a literal.
    """

    subject: str
    subject_type: EntityType
    predicate: str
    object: str
    object_type: EntityType | None
    statement: str
    kind: FactKind
    cardinality: Cardinality
    start: int
    end: int
    polarity: Polarity = Polarity.HOLDS
    valid: Interval | None = None
    precision: Precision | None = None
    replaces: tuple[str, EntityType | None] | None = None


@dataclass(frozen=True, slots=True)
class ProposedNote:
    """A note on one episode: what it says in a sentence that stands alone, its context, keywords and tags."""

    content: str
    context: str
    keywords: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Extraction:
    """What one episode says. `rejected`: proposals dropped because they failed a check."""

    episode_id: str
    entities: tuple[ProposedEntity, ...] = ()
    facts: tuple[ProposedFact, ...] = ()
    rejected: int = 0
    model_calls: int = 0
    tokens: int = 0
    notes: tuple[ProposedNote, ...] = ()
