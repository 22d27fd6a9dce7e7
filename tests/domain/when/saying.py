"""How the tests write intervals and ask for them."""

from __future__ import annotations

from datetime import UTC, datetime

from app.domain.when import TimeMention, find_times

WEDNESDAY = datetime(2023, 5, 24, 10, 0, tzinfo=UTC)
"""The reference of the tests: Wednesday, 24 May 2023, ten in the morning."""


def moment(text: str) -> datetime:
    """2023-05-24 or 2023-05-24T18 or 2023-05-24T18:30, in UTC."""
    date, _, clock = text.partition("T")
    hour, _, minute = clock.partition(":")
    return datetime.fromisoformat(date).replace(hour=int(hour or 0), minute=int(minute or 0), tzinfo=UTC)


def only(text: str, reference: datetime = WEDNESDAY) -> TimeMention:
    found = find_times(text, reference)
    assert len(found) == 1, found
    return found[0]


def span(text: str, reference: datetime = WEDNESDAY) -> str:
    """The one interval in the text, as `start..end`; an open side is empty, midnights are left out."""
    interval = only(text, reference).interval
    return "..".join("" if side is None else written(side) for side in (interval.start, interval.end))


def written(side: datetime) -> str:
    if side.hour == side.minute == 0:
        return f"{side:%Y-%m-%d}"
    return f"{side:%Y-%m-%dT%H:%M}" if side.minute else f"{side:%Y-%m-%dT%H}"
