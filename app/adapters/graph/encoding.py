"""How values are stored, in whatever engine: what is on the disk compares and orders as the values do."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, astuple
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, overload

from app.domain.entity import EntityType
from app.domain.episode import Accepted, Json, Metadata
from app.domain.fact import Cardinality
from app.domain.guidance import Guidance, PredicateRule
from app.domain.jobs import Outcome
from app.domain.operations import Ref, Seen

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
LARGEST = 2**63 - 1
"""No number that is given out comes near it."""


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
    return max(-LARGEST, min(number, LARGEST))


def below(before: int | None) -> int:
    """Where a page that goes backwards begins: below it; None for the newest."""
    return LARGEST if before is None else bounded(before)


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


def digest(content: str) -> str:
    """Equal for equal content, and for nothing else."""
    return sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def object_text(value: Mapping[str, Json]) -> str:
    return json.dumps(value, ensure_ascii=False, default=dict)


def refs_text(refs: Iterable[Ref]) -> str:
    return json.dumps([astuple(ref) for ref in refs], ensure_ascii=False)


def refs(text: str) -> tuple[Ref, ...]:
    return _refs(json.loads(text))


def seen_text(seen: Seen) -> str:
    types = {"semantic": seen.semantic, "episodic": seen.episodic, "fact": seen.fact}
    stored = {name: [astuple(ref) for ref in found] for name, found in types.items()}
    return json.dumps({"core": seen.core, **stored}, ensure_ascii=False)


def seen_of(text: str) -> Seen:
    stored = json.loads(text)
    return Seen(stored["core"], *(_refs(stored[name]) for name in ("semantic", "episodic", "fact")))


def _refs(stored: Iterable[Any]) -> tuple[Ref, ...]:
    return tuple(Ref(id, version) for id, version in stored)
