"""Names, ids, moments and JSON values as they may come in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Path
from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, WithJsonSchema

from app.domain.errors import Invalid
from app.domain.scope import MAX_NAME, checked_name
from app.http.paths import plain

MAX_METADATA_BYTES = 16 * 1024
MAX_METADATA_DEPTH = 16
MAX_ARGUMENTS_BYTES = 64 * 1024
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
YEARS = range(2, 9_999)
"""A day of room on either side of what a datetime can hold, for offsets."""


def _name(what: str) -> Callable[[str], str]:
    def check(name: str) -> str:
        try:
            return checked_name(what, name)
        except Invalid as error:
            raise ValueError(str(error)) from None

    return check


Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME), AfterValidator(_name("a name"))]
"""Opaque: no spaces at either end, no control characters."""

PathName = Annotated[
    str,
    BeforeValidator(lambda segment: plain(segment) if isinstance(segment, str) else segment),
    AfterValidator(_name("a name in the path")),
    Path(min_length=1, max_length=MAX_NAME, examples=["caroline"]),
]


def _encodable(text: str) -> str:
    if any(0xD800 <= ord(c) < 0xE000 for c in text):
        raise ValueError("must not contain lone surrogates")
    return text


def _no_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not contain NUL")
    return _encodable(text)


Text = Annotated[str, AfterValidator(_encodable)]
"""Any words, verbatim."""

Line = Annotated[str, Field(min_length=1, max_length=1_024), AfterValidator(_no_nul)]
"""A short text to look for or to store as a value."""


def _moment(value: object) -> datetime:
    if not isinstance(value, str) or not RFC_3339.fullmatch(value):
        raise ValueError(
            "give an RFC 3339 time with an offset, such as 2026-05-08T13:56:00Z (in a query string, + is %2B)"
        )
    try:
        moment = datetime.fromisoformat(value.upper())
    except ValueError:
        raise ValueError("there is no such time") from None
    if moment.year not in YEARS:
        raise ValueError(f"the year must be from {YEARS.start} to {YEARS.stop - 1}")
    return moment.astimezone(UTC)


Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-05-08T13:56:00Z"]}),
]
"""Aware; becomes UTC."""


def _storable(most_bytes: int) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        try:
            text = json.dumps(value, ensure_ascii=False, allow_nan=False)
            size = len(text.encode())
        except UnicodeEncodeError:
            raise ValueError("must not contain lone surrogates") from None
        except (ValueError, RecursionError):
            raise ValueError("must be plain JSON, without NaN or Infinity") from None
        if size > most_bytes:
            raise ValueError(f"must have at most {most_bytes} bytes as JSON")
        if _depth(value) > MAX_METADATA_DEPTH:
            raise ValueError(f"must be nested at most {MAX_METADATA_DEPTH} deep")
        return value

    return check


def _depth(value: object) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inner), default=0) if isinstance(value, dict | list) else 0


MetadataIn = Annotated[dict[str, JsonValue], AfterValidator(_storable(MAX_METADATA_BYTES))]
ArgumentsIn = Annotated[dict[str, JsonValue], AfterValidator(_storable(MAX_ARGUMENTS_BYTES))]


def canonical_json(value: object) -> str:
    """The one spelling of a JSON value. Raises ValueError for what cannot be stored."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    except RecursionError:
        raise ValueError("nested too deep") from None
    return _encodable(text)
