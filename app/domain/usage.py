"""What the language model did for a tenant, and what it took."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta


@dataclass(frozen=True, slots=True)
class Tally:
    """`failures`: those of the calls that brought no usable answer."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    failures: int = 0

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class Usage:
    """Of one tenant on one day (UTC). `purpose`: the name of the prompt."""

    day: date
    purpose: str
    model: str
    tally: Tally


def day_of(moment: datetime) -> date:
    """The day (UTC) that a moment counts for."""
    return moment.astimezone(UTC).date()


def day_after(day: date) -> datetime:
    """When the next day begins."""
    return datetime.combine(day + timedelta(days=1), time(), UTC)
