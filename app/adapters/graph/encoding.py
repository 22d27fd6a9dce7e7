"""How values are stored, in whatever engine: what is on the disk compares and orders as the values do."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, astuple
from datetime import UTC, datetime, timedelta
from typing import overload

from app.domain.entity import EntityType
from app.domain.episode import Accepted, Metadata
from app.domain.fact import Cardinality
from app.domain.guidance import Guidance, PredicateRule
from app.domain.jobs import Outcome

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LARGEST = 2**63 - 1


@overload
def micros(at: datetime) -> int: ...
@overload
def micros(at: datetime | None) -> int | None: ...
def micros(at: datetime | None) -> int | None:
    """Microseconds since 1970 UTC, exactly, for any year."""
    return None if at is None else (at - _EPOCH) // _MICROSECOND


@overload
def moment(at: int) -> datetime: ...
@overload
def moment(at: int | None) -> datetime | None: ...
def moment(at: int | None) -> datetime | None:
    return None if at is None else _EPOCH + timedelta(microseconds=at)


def bounded(number: int) -> int:
    """A caller's number, within what is stored as one; the order to everything stored stays."""
    return max(-_LARGEST, min(number, _LARGEST))


def metadata_text(metadata: Metadata) -> str:
    return json.dumps(metadata, ensure_ascii=False, default=dict) if metadata else "{}"


def outcome_text(outcome: Outcome) -> str:
    return json.dumps(asdict(outcome))


def outcome(text: str) -> Outcome:
    return Outcome(**json.loads(text))


def answers_text(answers: Iterable[Accepted]) -> str:
    return json.dumps([astuple(answer) for answer in answers])


def answers(text: str) -> tuple[Accepted, ...]:
    return tuple(Accepted(*answer) for answer in json.loads(text))


def guidance_text(guidance: Guidance) -> str:
    return json.dumps(asdict(guidance), ensure_ascii=False)


def guidance_of(text: str) -> Guidance:
    stored = json.loads(text)
    return Guidance(
        instructions=stored["instructions"],
        entity_types=tuple(EntityType(type) for type in stored["entity_types"]),
        predicates=tuple(
            PredicateRule(rule["name"], Cardinality(rule["cardinality"]), rule["description"])
            for rule in stored["predicates"]
        ),
    )
