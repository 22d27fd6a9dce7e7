"""Whose memory a call is about. There is no default scope and no value that means everyone."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.errors import Invalid

MAX_NAME = 256


def checked_name(what: str, name: str) -> str:
    """The name, if it is usable as one. Raises Invalid for an empty, padded, over-long or unprintable one."""
    if not name or len(name) > MAX_NAME or name != name.strip():
        raise Invalid(f"{what} must have 1 to {MAX_NAME} characters, without spaces at either end")
    if any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or 0xD800 <= ord(c) < 0xE000 for c in name):
        raise Invalid(f"{what} must not contain control characters")
    return name


@dataclass(frozen=True, slots=True)
class Scope:
    """One user's memory within one tenant. Names are opaque: `*`, `/` and `..` mean nothing.

    Raises Invalid for an empty, padded, over-long or unprintable name.
    """

    tenant: str
    user: str

    def __post_init__(self) -> None:
        checked_name("tenant", self.tenant)
        checked_name("user_id", self.user)
