"""Wall-clock arithmetic: spans of time, things that come back (cycles), and parts of a span.

Everything here is naive: it is the wall clock where the reference was said.

Arithmetic that leaves the years 1 to 9999 raises OverflowError or ValueError; `find_times` reads those as no time.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.domain.time import Precision

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
HORIZON = 15
"""How many turns of a cycle are searched for an occurrence: enough for 29 February and for Friday the 13th."""


@dataclass(frozen=True, slots=True)
class Span:
    """`[start, end)`, naive."""

    start: datetime
    end: datetime
    precision: Precision

    @property
    def is_day(self) -> bool:
        return self.end - self.start == DAY


@dataclass(frozen=True, slots=True)
class Cycle:
    """Something that comes back: a unit of the calendar, Friday, May, 8 May, Christmas, three o'clock.

    number: which occurrence is at, or nearest to, a moment; rises with time. at: that occurrence, or None where the
    cycle leaves one out (29 February). named_day: the name is not used for today itself (weekdays: "on Friday" said
    on a Friday is another Friday).
    """

    number: Callable[[datetime], int]
    at: Callable[[int], Span | None]
    named_day: bool = False

    def this(self, now: datetime) -> Span | None:
        return self.at(self.number(now))

    def latest(self, now: datetime) -> Span | None:
        """The latest that begins not after now."""
        return self.past(now) if self.named_day else self._back(now, lambda span: span.start <= now)

    def past(self, now: datetime) -> Span | None:
        """The latest that is over."""
        return self._back(now, lambda span: span.end <= now)

    def coming(self, now: datetime) -> Span | None:
        """The earliest that is not over yet."""
        return self.next(now) if self.named_day else self._on(now, lambda span: span.end > now)

    def next(self, now: datetime) -> Span | None:
        """The earliest that begins after now."""
        return self._on(now, lambda span: span.start > now)

    def within(self, span: Span) -> Span | None:
        return self.at(self.number(span.start))

    def map(self, change: Callable[[Span], Span | None]) -> Cycle:
        def changed(number: int) -> Span | None:
            span = self.at(number)
            return None if span is None else change(span)

        return Cycle(self.number, changed)

    def _back(self, now: datetime, fits: Callable[[Span], bool]) -> Span | None:
        nearest = self.number(now)
        return self._first(range(nearest + 1, nearest - HORIZON, -1), fits)

    def _on(self, now: datetime, fits: Callable[[Span], bool]) -> Span | None:
        nearest = self.number(now)
        return self._first(range(nearest - 1, nearest + HORIZON), fits)

    def _first(self, numbers: range, fits: Callable[[Span], bool]) -> Span | None:
        return next((span for span in map(self.at, numbers) if span is not None and fits(span)), None)


def change(what: Span | Cycle, how: Callable[[Span], Span | None]) -> Span | Cycle | None:
    return what.map(how) if isinstance(what, Cycle) else how(what)


def midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def start_of(year_: int, month_: int, day_: int) -> datetime:
    return datetime.combine(date(year_, month_, day_), time.min)


def month_start(number: int) -> datetime:
    """number: months since the year 0."""
    return start_of(number // 12, number % 12 + 1, 1)


def months_later(moment: datetime, months: int) -> datetime:
    """The same day and time in another month, or its last day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))


def from_ordinal(number: int) -> datetime:
    return datetime.fromordinal(number)


_FINER = {
    Precision.DECADE: Precision.YEAR,
    Precision.YEAR: Precision.SEASON,
    Precision.SEASON: Precision.MONTH,
    Precision.MONTH: Precision.WEEK,
}


def share(span: Span, part: int, parts: int) -> Span:
    """One of `parts` about equal parts, counted from 0, cut at whole years or months where there are enough, else at
    whole days. The thirds of a month are cut at the 11th and the 21st."""
    precision = _FINER.get(span.precision, Precision.DAY)
    if span.precision is Precision.MONTH and parts == 3 and span.start.day == 1:
        edges = [span.start, span.start + 10 * DAY, span.start + 20 * DAY, span.end]
        return Span(edges[part], edges[part + 1], precision)
    months = (span.end.year - span.start.year) * 12 + span.end.month - span.start.month
    if span.start.day == span.end.day == 1 and months >= parts:
        step = 12 if months >= 12 * parts else 1
        cuts = [months_later(span.start, months // step * n // parts * step) for n in (part, part + 1)]
    else:
        whole = span.end - span.start
        cuts = [span.start + whole * n // parts for n in (part, part + 1)]
        if whole > 2 * DAY:
            cuts = [midnight(cut) for cut in cuts]
    return Span(cuts[0], cuts[1], precision)


def ordinal_part(span: Span, nth: int, cycle: Cycle) -> Span | None:
    """The nth (from 1; -1 is the last) occurrence of the cycle that begins within the span."""
    number = cycle.number(span.start)
    if nth > 0:
        first = cycle.at(number)
        number += (nth - 1) + (first is not None and first.start < span.start)
    else:
        number = cycle.number(span.end - timedelta(microseconds=1)) + 1 + nth
        last = cycle.at(number)
        number -= last is not None and last.start >= span.end
    found = cycle.at(number)
    return found if found is not None and span.start <= found.start < span.end else None


def week_of(span: Span, nth: int) -> Span | None:
    """The nth (from 1; -1 is the last) seven days of the span."""
    start = span.start + (nth - 1) * WEEK if nth > 0 else span.end + nth * WEEK
    if not span.start <= start < span.end:
        return None
    return Span(start, min(start + WEEK, span.end), Precision.DAY)
