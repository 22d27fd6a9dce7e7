"""What is stored beside a vector, for filters and hits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.episode import Json
from app.domain.scope import Scope
from app.ports.vectors import VectorRecord

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

SHOWN = ["ref", "session", "position", "speaker", "sources"]
"""What a hit needs of the payload."""

Shown = tuple[str, str, str | None, int | None, str | None, tuple[str, ...]]


def owner(scope: Scope) -> str:
    """Tenant and user as one value that no other pair has. One condition costs half of two, and a third of two as
    the corpus of the document frequencies."""
    return json.dumps([scope.tenant, scope.user], ensure_ascii=False)


def payload(scope: Scope, record: VectorRecord) -> dict[str, Any]:
    valid, recorded = record.valid, record.recorded
    stored = {
        "owner": owner(scope),
        "ref": record.ref,
        "session": record.session_id,
        "position": record.position,
        "seq": record.seq,
        "speaker": record.speaker,
        "role": record.role,
        "occurred_at": moment(record.occurred_at),
        "valid_from": moment(valid.start) if valid else None,
        "valid_to": moment(valid.end) if valid else None,
        "recorded_from": moment(recorded.start) if recorded else None,
        "recorded_to": moment(recorded.end) if recorded else None,
        "metadata": sorted(set(_terms((), record.metadata))),
        "sources": list(record.sources),
    }
    return {name: value for name, value in stored.items() if value is not None and value != []}


def shown(id: str, stored: Mapping[str, Any]) -> Shown:
    """All of a hit but its score."""
    return (
        id,
        stored["ref"],
        stored.get("session"),
        stored.get("position"),
        stored.get("speaker"),
        tuple(stored.get("sources", ())),
    )


def moment(at: datetime | None) -> int | None:
    """Microseconds since 1970: ranges of numbers cost the engine a twentieth of ranges of times, and until 2255 a
    double holds them exactly."""
    return None if at is None else (at - EPOCH) // timedelta(microseconds=1)


def metadata_term(path: str, value: str | int | bool) -> str:
    """One dotted path with its value as a single word. The paths are the caller's, so no index of the engine's could
    be made for them ahead; and whatever characters they contain, they cannot become the engine's path syntax. Hashed,
    since values may be long."""
    plain = json.dumps([path, value], ensure_ascii=True)
    return hashlib.blake2b(plain.encode(), digest_size=12).hexdigest()


def _terms(path: tuple[str, ...], value: Json) -> Iterator[str]:
    match value:
        case Mapping():
            for key, below in value.items():
                yield from _terms((*path, key), below)
        case str() | bool() | int():
            yield metadata_term(".".join(path), value)
        case float():
            # JSON does not tell 3.0 from 3
            if value.is_integer():
                yield metadata_term(".".join(path), int(value))
        case None:
            pass
        case _:
            for below in value:
                yield from _terms(path, below)
