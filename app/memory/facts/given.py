"""Facts as a caller gives them, and the statements they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.domain.entity import Entity, EntityType
from app.domain.episode import Episode
from app.domain.errors import Invalid
from app.domain.fact import (
    Cardinality,
    FactKind,
    FactVersion,
    Polarity,
    Span,
    Statement,
    Value,
    cardinality_of,
)
from app.domain.identity import Named
from app.domain.time import Interval, Precision

LITERAL = "literal"
"""The type of an object that is a plain value."""
CALLER = "caller"
"""What stands as the extractor of facts that a caller states."""


@dataclass(frozen=True, slots=True)
class FactInput:
    """`object_type` None: a literal. `valid_*`: half-open, aware UTC; without a start it holds from now.
    `cardinality` None: by the vocabulary, many for what is not in it. `episode_ids`: what bears it out. `precision`:
    of the start; None: to the second, where one is given."""

    subject: str
    predicate: str
    object: str
    object_type: EntityType | None = None
    subject_type: EntityType | None = None
    statement: str | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    cardinality: Cardinality | None = None
    episode_ids: tuple[str, ...] = field(default=())
    precision: Precision | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """How a fact should have been told; what is None was right. `object_type`: of a new object, LITERAL for a plain
    value; None: as of the one that was wrong."""

    object: str | None = None
    object_type: EntityType | str | None = None
    statement: str | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None


def corrected(version: FactVersion, subject: Entity, object: Entity | None, correction: Correction) -> FactInput:
    """The fact as it should have been told. `subject`, `object`: those of the version, the latter where it is one."""
    told, type = correction.object, correction.object_type
    if told is None or type is None:
        type = None if object is None else object.type
    timed = correction.valid_from is not None or correction.valid_to is not None
    worded = version.text if told is None else f"{subject.name} {version.predicate.replace('_', ' ')} {told}."
    return FactInput(
        subject=version.subject_id,
        predicate=version.predicate,
        object=told or version.object.entity_id or version.object.literal or "",
        object_type=type if isinstance(type, EntityType) else None,
        statement=correction.statement or worded,
        valid_from=correction.valid_from or version.valid.start,
        valid_to=correction.valid_to or version.valid.end,
        cardinality=version.cardinality,
        precision=None if timed else version.precision,
    )


def _subject(fact: FactInput) -> Named:
    return fact.subject, fact.subject_type or EntityType.THING


def stated_names(facts: Sequence[FactInput]) -> list[Named]:
    """The names that need entities, in order."""
    names: dict[Named, None] = {}
    for fact in facts:
        names[_subject(fact)] = None
        if fact.object_type is not None:
            names[fact.object, fact.object_type] = None
    return list(names)


def stated(
    number: int,
    fact: FactInput,
    ids: Mapping[Named, str],
    episodes: Sequence[Episode],
    now: datetime,
    new_id: Callable[[], str],
) -> list[Statement]:
    """One statement for each episode that bears it out, whose time stands in where none is given; one of the
    caller's own, as of now, where there is none. `number`: the fact's place in the request."""
    if fact.valid_from is not None and fact.valid_to is not None and fact.valid_to <= fact.valid_from:
        raise Invalid(f"facts[{number}].valid_to must be after valid_from")
    timeless = fact.valid_from is None and fact.valid_to is None and fact.precision is None

    def one(said_at: datetime, seq: int, span: Span | None) -> Statement:
        return Statement(
            id=new_id(),
            subject_id=ids[_subject(fact)],
            predicate=fact.predicate,
            object=Value(literal=fact.object)
            if fact.object_type is None
            else Value(entity_id=ids[fact.object, fact.object_type]),
            polarity=Polarity.HOLDS,
            cardinality=fact.cardinality or cardinality_of(fact.predicate),
            kind=FactKind.FACTUAL,
            text=fact.statement or f"{fact.subject} {fact.predicate.replace('_', ' ')} {fact.object}.",
            valid=Interval(said_at) if timeless else Interval(fact.valid_from, fact.valid_to),
            precision=fact.precision or (Precision.ASSUMED if timeless else Precision.SECOND),
            said_at=said_at,
            recorded_at=now,
            seq=seq,
            extractor=CALLER,
            span=span,
        )

    if not episodes:
        return [one(now, number, None)]
    return [one(e.occurred_at, e.seq, Span(e.id, 0, len(e.content), e.content)) for e in episodes]
