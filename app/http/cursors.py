"""Cursors: where a page ended, opaque to the caller and useless in any other listing.

A cursor holds a position and no authority: the scope is checked anew on every page, so it needs no signature,
only to be of the right listing and shape.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Generic, TypeVarTuple

from app.domain.errors import InvalidCursor

Parts = TypeVarTuple("Parts")

MAX_CURSOR = 2_048
MAX_NUMBER = 2**63 - 1


class Listing(Generic[*Parts]):
    """A kind of list and the types of its sort key, of which only str and int are supported."""

    def __init__(self, name: str, *types: type) -> None:
        self._name = name
        self._types = types

    def cursor(self, *position: *Parts) -> str:
        text = json.dumps([self._name, *position], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def position(self, cursor: str) -> tuple[*Parts]:
        """Raises InvalidCursor."""
        refusal = InvalidCursor("this cursor is not one of this listing; start again without it")
        if len(cursor) > MAX_CURSOR:
            raise refusal
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            parts = json.loads(raw)
        except (ValueError, binascii.Error, RecursionError):
            raise refusal from None
        if not isinstance(parts, list) or len(parts) != 1 + len(self._types) or parts[0] != self._name:
            raise refusal
        position = parts[1:]
        if any(type(part) is not kind or not _sound(part) for part, kind in zip(position, self._types, strict=True)):
            raise refusal
        return tuple(position)


def _sound(part: object) -> bool:
    """Whether a store can take it."""
    if isinstance(part, int):
        return 0 <= part <= MAX_NUMBER
    return isinstance(part, str) and not any(0xD800 <= ord(c) < 0xE000 or c == "\0" for c in part)
