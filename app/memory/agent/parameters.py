"""Parameters of the tools: what each is described as, and how it is read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from app.domain.entity import EntityType
from app.domain.episode import Json
from app.domain.fact import Cardinality
from app.domain.scope import MAX_NAME, checked_name
from app.domain.time import utc
from app.memory.agent.calls import MOST_FOUND, USUALLY_FOUND, Method
from app.memory.facts.given import LITERAL
from app.memory.notes.making import MAX_CONTENT

MAX_LINE = 1_024
MAX_PREDICATE = 128
MAX_CORE = 65_536
"""Characters of the core, more than its tokens can have: that it is too long is told in tokens."""
MAX_QUERY = 8_192

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Parameter:
    """`read` raises ValueError, or Invalid."""

    schema: Mapping[str, Json]
    read: Callable[[Json], Any]


def _text(what: str, most: int) -> Parameter:
    def read(value: Json) -> str:
        if not isinstance(value, str):
            raise ValueError("is not a string")
        if len(value) > most or not value.strip():
            raise ValueError(f"must have 1 to {most} characters, not only blank ones")
        return value

    return Parameter({"type": "string", "maxLength": most, "description": what}, read)


def _content(what: str) -> Parameter:
    """Which content a memory may have depends on its type; the core may have none."""

    def read(value: Json) -> str:
        if not isinstance(value, str) or len(value) > MAX_CORE:
            raise ValueError(f"must be a string of at most {MAX_CORE} characters")
        return value

    return Parameter({"type": "string", "maxLength": MAX_CONTENT, "description": what}, read)


def _line(what: str, most: int = MAX_LINE) -> Parameter:
    text = _text(what, most)

    def read(value: Json) -> str:
        line: str = text.read(value)
        if "\0" in line:
            raise ValueError("must not contain NUL")
        return line

    return Parameter(text.schema, read)


def _name(what: str) -> Parameter:
    text = _text(what, MAX_NAME)
    return Parameter(text.schema, lambda value: checked_name("it", text.read(value)))


def _moment(what: str) -> Parameter:
    def read(value: Json) -> datetime:
        if not isinstance(value, str):
            raise ValueError("is not a time such as 2026-05-08T13:56:00Z")
        try:
            found = utc(datetime.fromisoformat(value))
        except (ValueError, OverflowError):
            raise ValueError("is not a time with an offset, such as 2026-05-08T13:56:00Z") from None
        if not 2 <= found.year <= 9_998:
            raise ValueError("must be of a year from 2 to 9998")
        return found

    return Parameter({"type": "string", "format": "date-time", "description": what}, read)


def _choice(what: str, of: type[E], *others: str) -> Parameter:
    values: list[str] = [*of, *others]

    def read(value: Json) -> E | str:
        if not isinstance(value, str) or value not in values:
            raise ValueError(f"must be one of {', '.join(values)}")
        return value if value in others else of(value)

    return Parameter({"type": "string", "enum": [str(one) for one in values], "description": what}, read)


def one_of(types: Collection[StrEnum]) -> Parameter:
    values = [type.value for type in types]

    def read(value: Json) -> Json:
        if value not in values:
            raise ValueError(f"must be one of {', '.join(values)}")
        return value

    return Parameter({"type": "string", "enum": values}, read)


def _number(what: str, most: int) -> Parameter:
    def read(value: Json) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
            raise ValueError(f"must be a whole number from 1 to {most}")
        return value

    return Parameter({"type": "integer", "minimum": 1, "maximum": most, "description": what}, read)


PARAMETERS: Mapping[str, Parameter] = {
    "content": _content("What it says. Of a fact: the fact as a sentence; made from its parts if left out."),
    "occurred_at": _moment("When it took place, with an offset; by default now."),
    "id": _name("Of the memory."),
    "subject": _name("The name or id of whoever or whatever the fact is about."),
    "subject_type": _choice("What the subject is; by default a thing.", EntityType),
    "predicate": _line("In snake case, such as works_at.", MAX_PREDICATE),
    "object": _line("A name or id, or a plain value."),
    "object_type": _choice("What the object is; by default a plain value.", EntityType, LITERAL),
    "valid_from": _moment("Since when it is true, with an offset; by default from now."),
    "valid_to": _moment("Until when it is true, with an offset; by default nobody knows."),
    "cardinality": _choice("How many values the subject has for it at one time.", Cardinality),
    "query": _text("A question, or words to look for.", MAX_QUERY),
    "method": _choice("bm25: by words; embedding: by meaning; both: by default.", Method),
    "k": _number(f"How many at most; by default {USUALLY_FOUND}.", MOST_FOUND),
}
