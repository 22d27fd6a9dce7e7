"""Reading an answer without trusting its shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from app.domain.episode import Json

Item = Mapping[str, Json]

E = TypeVar("E", bound=StrEnum)


def items(answer: Item, key: str) -> Iterator[Item]:
    """The objects of a list; whatever else it holds is passed over."""
    found = answer.get(key)
    if isinstance(found, Sequence) and not isinstance(found, str):
        yield from (one for one in found if isinstance(one, Mapping))


def text(item: Item, key: str) -> str:
    """On one line, trimmed; empty where there is none."""
    found = item.get(key)
    return " ".join(found.split()) if isinstance(found, str) else ""


def texts(item: Item, key: str) -> list[str]:
    """Each once, without empty ones."""
    found = item.get(key)
    if not isinstance(found, Sequence) or isinstance(found, str):
        return []
    trimmed = (" ".join(one.split()) for one in found if isinstance(one, str))
    return list(dict.fromkeys(one for one in trimmed if one))


def choice(item: Item, key: str, of: type[E]) -> E | None:
    """None for what is none of them."""
    found = text(item, key).casefold()
    return of(found) if found in set(of) else None


# -- schemas ----------------------------------------------------------------------------------------------------------

# of what is longer or more a good model makes no use, and a weak one would not come to an end
TEXT: Item = {"type": "string", "maxLength": 600}
NAMED: Item = {"type": "string", "maxLength": 200}
WORD: Item = {"type": "string", "maxLength": 100}
WORDS: Item = {"type": "array", "items": WORD, "maxItems": 12}
NULLABLE: Item = {"type": ["string", "null"], "maxLength": 600}


def alias(letters: str) -> Item:
    """One that begins with one of these letters."""
    return {"type": "string", "pattern": f"^[{letters}][0-9]+$"}


def one_of(values: type[StrEnum] | Sequence[str]) -> Item:
    return {"type": "string", "enum": [str(value) for value in values]}


def record(**fields: Item) -> Item:
    """An object with exactly these fields."""
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def rows(most: int, /, **fields: Item) -> Item:
    """A list of about so many objects at most: rounded up to a power of two, for an endpoint takes its time with every
    schema that it has not seen before."""
    return {"type": "array", "items": record(**fields), "maxItems": 1 << max(0, most - 1).bit_length()}
