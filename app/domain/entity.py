"""Entities: who and what a memory is about."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EntityType(StrEnum):
    PERSON = "person"
    ORGANIZATION = "organization"
    PLACE = "place"
    PRODUCT = "product"
    EVENT = "event"
    THING = "thing"
    TOPIC = "topic"


@dataclass(frozen=True, slots=True)
class Entity:
    """`aliases` are the other names seen for it. `merged_into` is set while a merge holds; it can be undone."""

    id: str
    name: str
    type: EntityType
    aliases: tuple[str, ...]
    created_at: datetime
    summary: str | None = None
    merged_into: str | None = None


def normal_name(name: str) -> str:
    """The form in which two spellings of one name are equal: NFKC, case folded, single spaces, no article or
    possessive, no punctuation at the ends. Works for any script; digits and codes stay."""
    text = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    text = text.strip(" \t.,;:!?\"'“”‘’()[]{}«»").replace("’", "'")
    for ending in ("'s", "s'"):
        if text.endswith(ending):
            text = text[: -len(ending)] + ("s" if ending == "s'" else "")
    for article in ("the ", "a ", "an "):
        if text.startswith(article) and len(text) > len(article):
            text = text[len(article) :]
    return text or name.casefold()
