"""Facts: statements as they were made, and append-only versions of what is believed because of them.

A Statement is what one source said: immutable evidence. What is believed is a function of all statements of a
(subject, predicate); each change of that belief closes versions on the recorded axis and appends others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from app.domain.entity import EntityType
from app.domain.time import Interval, Precision


class FactKind(StrEnum):
    """What sort of knowledge (PREMem): of the world, of something lived through, of taste or opinion."""

    FACTUAL = "factual"
    EXPERIENTIAL = "experiential"
    SUBJECTIVE = "subjective"


class Cardinality(StrEnum):
    """How many values a subject has at one time for a predicate."""

    ONE = "one"
    MANY = "many"


class Polarity(StrEnum):
    HOLDS = "holds"
    """It is so during the interval."""
    ENDS = "ends"
    """It stops being so at the start of the interval ("I left Acme", "my tooth healed")."""
    ENDS_ALL = "ends_all"
    """Whatever it is, it stops being so then ("I quit my job"); `object` holds the words for it, not a value."""
    DENIES = "denies"
    """It never was so ("no, not Acme"): earlier statements of it were wrong."""


@dataclass(frozen=True, slots=True)
class Value:
    """What a fact says of its subject: another entity, or a plain literal. Exactly one of the two is set."""

    entity_id: str | None = None
    literal: str | None = None

    def __post_init__(self) -> None:
        if (self.entity_id is None) == (self.literal is None):
            raise ValueError("a value is an entity or a literal")

    @property
    def key(self) -> str:
        """Equal for equal values: entity by id, literal by its case-folded text."""
        if self.entity_id is not None:
            return "e:" + self.entity_id
        return "l:" + " ".join((self.literal or "").casefold().split())


@dataclass(frozen=True, slots=True)
class Span:
    """Where a source says it: code point offsets `[start, end)` into the episode's content, and those words."""

    episode_id: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One source saying that something holds, ends or never was.

    `valid`: as stated, aware UTC; where no start is known the caller puts the time of the episode there and
    `precision` ASSUMED. `seq` orders equal times; `said_at` is when it was said in the world.
    `span` is None for facts given by a caller without an episode. `replaces`, where it HOLDS: the value it corrects
    ("Globex, not Acme"), which is denied thereby and whose time it takes over unless it has a time of its own.
    """

    id: str
    subject_id: str
    predicate: str
    object: Value
    polarity: Polarity
    cardinality: Cardinality
    kind: FactKind
    text: str
    valid: Interval
    precision: Precision
    said_at: datetime
    recorded_at: datetime
    seq: int
    extractor: str
    span: Span | None = None
    replaces: Value | None = None


@dataclass(frozen=True, slots=True)
class Retirement:
    """Why a version is believed no longer: the rule, and the fact and episode that brought it about."""

    rule: str
    fact_id: str | None = None
    episode_id: str | None = None


@dataclass(frozen=True, slots=True)
class FactVersion:
    """One version of a fact, believed during `[recorded_from, recorded_to)`.

    `fact_id` is shared by the versions of one fact, `version` counts them from 1. `statement_ids`: what supports
    it. `retired_by` is set together with `recorded_to`. `event`: something that took place in the interval that
    was told for it, and so stays true afterwards; a state does not.
    """

    fact_id: str
    version: int
    subject_id: str
    predicate: str
    object: Value
    cardinality: Cardinality
    kind: FactKind
    text: str
    valid: Interval
    precision: Precision
    recorded_from: datetime
    recorded_to: datetime | None
    extractor: str
    statement_ids: tuple[str, ...]
    retired_by: Retirement | None = None
    event: bool = False

    @property
    def believed(self) -> bool:
        return self.recorded_to is None

    @property
    def standing(self) -> Interval:
        """When it is among what is current: while it holds, and for an event ever since it began."""
        return Interval(self.valid.start) if self.event else self.valid

    def holds(self, as_of: datetime) -> bool:
        return self.standing.contains(as_of)

    def known(self, known_at: datetime) -> bool:
        return self.recorded_from <= known_at and (self.recorded_to is None or known_at < self.recorded_to)


PREDICATES: Mapping[str, Cardinality] = MappingProxyType(
    {
        "lives_in": Cardinality.ONE,
        "works_at": Cardinality.ONE,
        "works_as": Cardinality.ONE,
        "works_in": Cardinality.MANY,
        "studies_at": Cardinality.ONE,
        "born_in": Cardinality.ONE,
        "born_on": Cardinality.ONE,
        "grew_up_in": Cardinality.MANY,
        "age": Cardinality.ONE,
        "named": Cardinality.ONE,
        "married_to": Cardinality.ONE,
        "partner_of": Cardinality.ONE,
        "feels": Cardinality.ONE,
        "is_a": Cardinality.MANY,
        "is": Cardinality.MANY,
        "located_in": Cardinality.ONE,
        "from": Cardinality.ONE,
        "parent_of": Cardinality.MANY,
        "child_of": Cardinality.MANY,
        "sibling_of": Cardinality.MANY,
        "relative_of": Cardinality.MANY,
        "friend_of": Cardinality.MANY,
        "colleague_of": Cardinality.MANY,
        "pet_of": Cardinality.MANY,
        "knows": Cardinality.MANY,
        "member_of": Cardinality.MANY,
        "owns": Cardinality.MANY,
        "has": Cardinality.MANY,
        "likes": Cardinality.MANY,
        "dislikes": Cardinality.MANY,
        "fears": Cardinality.MANY,
        "wants": Cardinality.MANY,
        "plans": Cardinality.MANY,
        "does": Cardinality.MANY,
        "studies": Cardinality.MANY,
        "visited": Cardinality.MANY,
        "attended": Cardinality.MANY,
        "met": Cardinality.MANY,
        "bought": Cardinality.MANY,
        "made": Cardinality.MANY,
        "read": Cardinality.MANY,
        "watched": Cardinality.MANY,
        "plays": Cardinality.MANY,
        "speaks": Cardinality.MANY,
        "uses": Cardinality.MANY,
        "graduated_from": Cardinality.MANY,
        "died": Cardinality.ONE,
        "suffers_from": Cardinality.MANY,
        "takes": Cardinality.MANY,
        "needs": Cardinality.MANY,
        "avoids": Cardinality.MANY,
        "allergic_to": Cardinality.MANY,
        "corrects": Cardinality.MANY,
    }
)
"""The small vocabulary that predicates are normalised to; documented in docs/predicates.md. What fits none of
these keeps its verb phrase and is many-valued."""


OBJECT_TYPES: Mapping[str, EntityType] = MappingProxyType(
    {
        "lives_in": EntityType.PLACE,
        "works_at": EntityType.ORGANIZATION,
        "works_in": EntityType.PLACE,
        "studies_at": EntityType.ORGANIZATION,
        "born_in": EntityType.PLACE,
        "grew_up_in": EntityType.PLACE,
        "from": EntityType.PLACE,
        "married_to": EntityType.PERSON,
        "partner_of": EntityType.PERSON,
        "parent_of": EntityType.PERSON,
        "child_of": EntityType.PERSON,
        "sibling_of": EntityType.PERSON,
        "relative_of": EntityType.PERSON,
        "friend_of": EntityType.PERSON,
        "colleague_of": EntityType.PERSON,
        "pet_of": EntityType.PERSON,
    }
)
"""What the objects of predicates can only be, where they are entities."""


def cardinality_of(predicate: str) -> Cardinality:
    return PREDICATES.get(predicate, Cardinality.MANY)
