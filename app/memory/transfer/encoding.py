"""Between values of the domain and JSON. The fields of a dataclass are the names in the file, in their order; moments
are RFC 3339 in UTC with microseconds. What is read is checked as strictly as a caller's input."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from app.domain.entity import Entity
from app.domain.jobs import Job
from app.domain.note import Note
from app.domain.time import utc

LEFT_OUT = {Job: {"remaining"}, Entity: {"merged_into"}, Note: {"derived_from"}}
"""What follows from other records."""

Reader = Callable[[Any], Any]

_LARGEST = 2**63 - 1


def plain(value: Any) -> Any:
    """What `json.dumps` takes."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    kind: Any = type(value)
    return {name: plain(getattr(value, name)) for name in _names(kind)}


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind) if f.name not in LEFT_OUT.get(kind, ()))


def reader(hint: Any) -> Reader:
    """Makes a value of this type from what `json.loads` gave. It raises ValueError, saying where and what is wrong."""
    return _reader(hint)


@cache
def _reader(hint: Any) -> Reader:
    if hint is datetime:
        return _moment
    if hint in _PLAIN:
        return _PLAIN[hint]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _one_of(hint)
    if isinstance(hint, type) and is_dataclass(hint):
        return _made(hint)
    origin, of = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType) and len(of) == 2 and of[1] is type(None):
        return _or_nothing(reader(of[0]))
    if origin in (tuple, frozenset):
        return _several(origin, reader(of[0]))
    if origin is Mapping:
        return _object
    raise TypeError(f"no way to read a {hint}")


def _made(kind: type) -> Reader:
    hints = get_type_hints(kind)
    readers = {name: reader(hints[name]) for name in _names(kind)}
    required = {f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING}

    def read(given: Any) -> Any:
        values = {}
        for name, one in _object(given).items():
            if name not in readers:
                raise ValueError(f"has a field {name!r} that is not known")
            try:
                values[name] = readers[name](one)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from error
        if missing := sorted(required - values.keys()):
            raise ValueError(f"lacks {', '.join(missing)}")
        return kind(**values)

    return read


def _or_nothing(of: Reader) -> Reader:
    return lambda given: None if given is None else of(given)


def _one_of(kind: type[Enum]) -> Reader:
    def read(given: Any) -> Enum:
        try:
            return kind(given)
        except ValueError:
            raise ValueError(f"is {given!r}, not one of {', '.join(member.value for member in kind)}") from None

    return read


def _several(kind: Callable[[list[Any]], Any], of: Reader) -> Reader:
    def read(given: Any) -> Any:
        if not isinstance(given, list):
            raise ValueError("is not a list")
        return kind([of(one) for one in given])

    return read


def _object(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise ValueError("is not an object")
    return given


def _moment(given: Any) -> datetime:
    try:
        return utc(datetime.fromisoformat(given))
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"is {given!r}, not a time with an offset, such as 2026-05-08T13:56:00.000000Z") from None


def _day(given: Any) -> date:
    try:
        return date.fromisoformat(given)
    except (TypeError, ValueError):
        raise ValueError(f"is {given!r}, not a day such as 2026-05-08") from None


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise ValueError("is not a string")
    return given


def _number(given: Any) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or abs(given) > _LARGEST:
        raise ValueError("is not a whole number, or too large")
    return given


def _fraction(given: Any) -> float:
    if not isinstance(given, int | float) or isinstance(given, bool):
        raise ValueError("is not a number")
    return float(given)


def _truth(given: Any) -> bool:
    if not isinstance(given, bool):
        raise ValueError("is neither true nor false")
    return given


_PLAIN: Mapping[Any, Reader] = {str: _text, int: _number, float: _fraction, bool: _truth, date: _day}
