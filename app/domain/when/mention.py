"""What `find_times` returns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.domain.time import Interval, Precision


class Relation(StrEnum):
    """How what is said relates to the interval of its time mention."""

    AT = "at"
    """At some moment within it: "yesterday", "in June", "two weeks ago", "over the past week"."""

    BETWEEN = "between"
    """From its start to its end, both of which were named: "from March to May 2022"."""

    SINCE = "since"
    """From its start on, still so; the end is open: "since 2019"."""

    AFTER = "after"
    """At some moment from its start on; the end is open, the named time itself is over: "after Christmas"."""

    UNTIL = "until"
    """Up to its end and no longer; the start is open: "until March"."""

    BEFORE = "before"
    """At some moment before its end; the start is open: "before June", "by Friday"."""

    FOR = "for"
    """A duration that reaches the reference and may go on, so the end is open: "for three years"."""


@dataclass(frozen=True, slots=True)
class TimeMention:
    """`text[start:end]`, a time expression with the preposition that governs it.

    start, end: code point offsets. interval: aware UTC, half-open, resolved against the reference; day boundaries
    are those of the reference's own offset. certain: False where the words leave the time open ("recently", "a few
    weeks ago") or where what they refer to is a guess.
    """

    start: int
    end: int
    text: str
    interval: Interval
    precision: Precision
    relation: Relation
    certain: bool
