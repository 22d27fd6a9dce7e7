"""What a query says about when, as something to filter by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from app.domain.scope import Scope
from app.domain.time import Interval
from app.domain.when import SessionRange, understand
from app.memory.views import SessionIds, TimeRange
from app.ports.graph.episodes import EpisodeStore, SessionSummary
from app.ports.vectors import VectorFilter

MAX_SESSIONS = 10_000


class Timing:
    def __init__(self, episodes: EpisodeStore) -> None:
        self._episodes = episodes

    async def read(self, scope: Scope, query: str, reference: datetime) -> TimeRange | None:
        """`reference`: now, for words like "yesterday"; days begin and end in its offset. Sessions are counted in
        the order in which they began."""
        understood = understand(query, reference)
        if understood is None:
            return None
        sessions: list[SessionSummary] = []
        if any(isinstance(range, SessionRange) for range in understood.ranges):
            sessions = sorted(
                await self._episodes.sessions(scope, None, MAX_SESSIONS), key=lambda s: (s.first_at, s.first_seq)
            )
        ranges = tuple(
            SessionIds(tuple(s.id for s in _slice(sessions, range))) if isinstance(range, SessionRange) else range
            for range in understood.ranges
        )
        return TimeRange(understood.text, understood.strict, ranges)


def _slice(sessions: list[SessionSummary], wanted: SessionRange) -> list[SessionSummary]:
    def place(ordinal: int) -> int:
        return ordinal - 1 if ordinal > 0 else len(sessions) + ordinal

    return sessions[max(0, place(wanted.first)) : max(0, place(wanted.last) + 1)]


def within(where: VectorFilter, time: TimeRange) -> Iterator[VectorFilter]:
    """The filter narrowed to each of the ranges; those that leave nothing are left out."""
    asked = Interval(where.occurred_from, where.occurred_to)
    for range in time.ranges:
        if isinstance(range, SessionIds):
            for session_id in range.session_ids:
                if where.session_id in (None, session_id):
                    yield replace(where, session_id=session_id)
        elif (both := asked.intersection(range)) is not None:
            yield replace(where, occurred_from=both.start, occurred_to=both.end)
