"""Moments, half-open intervals with open ends, and how precisely a time is known. All moments are aware UTC."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

Clock = Callable[[], datetime]
"""Returns now as aware UTC."""

BEGINNING = datetime.min.replace(tzinfo=UTC)
END = datetime.max.replace(tzinfo=UTC)


class Precision(StrEnum):
    """How precisely the start of an interval is known.

    `assumed`: nobody said when; the time of the episode stands in for it.
    """

    SECOND = "second"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    SEASON = "season"
    YEAR = "year"
    DECADE = "decade"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True, order=False)
class Interval:
    """`[start, end)` in aware UTC; None at either side is unknown or open."""

    start: datetime | None = None
    end: datetime | None = None

    def __post_init__(self) -> None:
        for moment in (self.start, self.end):
            if moment is not None and moment.tzinfo is None:
                raise ValueError("naive time in an interval")
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ValueError("an interval cannot end before it starts")

    @property
    def empty(self) -> bool:
        return self.start is not None and self.start == self.end

    def contains(self, moment: datetime) -> bool:
        return (self.start is None or self.start <= moment) and (self.end is None or moment < self.end)

    def overlaps(self, other: Interval) -> bool:
        if self.empty or other.empty:
            return False
        starts_before_end = self.start is None or other.end is None or self.start < other.end
        ends_after_start = self.end is None or other.start is None or other.start < self.end
        return starts_before_end and ends_after_start

    def intersection(self, other: Interval) -> Interval | None:
        if not self.overlaps(other):
            return None
        start = max(self.start or BEGINNING, other.start or BEGINNING)
        end = min(self.end or END, other.end or END)
        return Interval(None if start == BEGINNING else start, None if end == END else end)


ALWAYS = Interval()


def utc(moment: datetime) -> datetime:
    """The same moment in UTC. Raises ValueError for a naive time."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError("naive time: give an offset, for example 2026-05-08T13:56:00Z")
    return moment.astimezone(UTC)
