"""Wall-clock arithmetic: spans of time, things that come back (cycles), and the units of the calendar.

Everything here is naive: it is the wall clock where the reference was said. Weeks start on Monday. Seasons are the
meteorological ones; a winter belongs to the year in which it begins.

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


# -- units ------------------------------------------------------------------------------------------------------------


def day_number(moment: datetime) -> int:
    return moment.toordinal()


def week_number(moment: datetime) -> int:
    return (moment.toordinal() - 1) // 7


def month_number(moment: datetime) -> int:
    return moment.year * 12 + moment.month - 1


def year_number(moment: datetime) -> int:
    return moment.year


def day(number: int) -> Span:
    start = from_ordinal(number)
    return Span(start, start + DAY, Precision.DAY)


def week(number: int) -> Span:
    start = from_ordinal(number * 7 + 1)
    return Span(start, start + WEEK, Precision.WEEK)


def weekend(number: int) -> Span:
    start = from_ordinal(number * 7 + 6)
    return Span(start, start + 2 * DAY, Precision.DAY)


def month(number: int) -> Span:
    return Span(month_start(number), month_start(number + 1), Precision.MONTH)


def quarter(number: int) -> Span:
    return Span(month_start(number * 3), month_start(number * 3 + 3), Precision.SEASON)


def year(number: int) -> Span:
    return Span(month_start(number * 12), month_start(number * 12 + 12), Precision.YEAR)


def decade(number: int) -> Span:
    return Span(month_start(number * 120), month_start(number * 120 + 120), Precision.DECADE)


def night(number: int) -> Span:
    start = from_ordinal(number)
    return Span(start + timedelta(hours=18), start + timedelta(hours=30), Precision.DAY)


def _clock_unit(length: timedelta) -> Cycle:
    first = from_ordinal(1)

    def at(number: int) -> Span:
        start = first + number * length
        return Span(start, start + length, Precision.DAY)

    return Cycle(lambda moment: (moment - first) // length, at)


UNITS = {
    "minute": _clock_unit(timedelta(minutes=1)),
    "hour": _clock_unit(timedelta(hours=1)),
    "day": Cycle(day_number, day),
    "night": Cycle(day_number, night),
    "week": Cycle(week_number, week),
    "weekend": Cycle(week_number, weekend),
    "fortnight": Cycle(lambda moment: week_number(moment) // 2, lambda n: week(n * 2)),
    "month": Cycle(month_number, month),
    "quarter": Cycle(lambda moment: month_number(moment) // 3, quarter),
    "year": Cycle(year_number, year),
    "decade": Cycle(lambda moment: moment.year // 10, decade),
}

_STEPS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": DAY,
    "night": DAY,
    "week": WEEK,
    "weekend": WEEK,
    "fortnight": 2 * WEEK,
}
_MONTHS = {"month": 1, "quarter": 3, "year": 12, "decade": 120}

PRECISIONS = {
    "week": Precision.WEEK,
    "fortnight": Precision.WEEK,
    "month": Precision.MONTH,
    "quarter": Precision.SEASON,
    "year": Precision.YEAR,
    "decade": Precision.DECADE,
}
"""By unit; the units that are not here are known to the day."""


def moved(moment: datetime, count: int, unit: str) -> datetime:
    """`count` units later (earlier where negative)."""
    if unit in _MONTHS:
        return months_later(moment, count * _MONTHS[unit])
    return moment + count * _STEPS[unit]


# -- named cycles -----------------------------------------------------------------------------------------------------


def yearly_month(number: int) -> Cycle:
    return Cycle(year_number, lambda y: month(y * 12 + number - 1))


def season(first_month: int) -> Cycle:
    def at(y: int) -> Span:
        start = y * 12 + first_month - 1
        return Span(month_start(start), month_start(start + 3), Precision.SEASON)

    def number(moment: datetime) -> int:
        return (moment.year * 12 + moment.month - first_month) // 12 if first_month == 12 else moment.year

    return Cycle(number, at)


def yearly_quarter(number: int) -> Cycle:
    return Cycle(year_number, lambda y: quarter(y * 4 + number - 1))


def yearly_day(month_of_year: int, day_of_month: int) -> Cycle:
    def at(y: int) -> Span | None:
        if day_of_month > monthrange(y, month_of_year)[1]:
            return None
        start = start_of(y, month_of_year, day_of_month)
        return Span(start, start + DAY, Precision.DAY)

    return Cycle(year_number, at)


def weekday(number: int) -> Cycle:
    """number: Monday is 0."""
    return Cycle(week_number, lambda w: day(w * 7 + 1 + number), named_day=True)


def monthly_day(day_of_month: int, weekday_number: int | None = None) -> Cycle:
    def at(m: int) -> Span | None:
        start = month_start(m)
        if day_of_month > monthrange(start.year, start.month)[1]:
            return None
        start = start.replace(day=day_of_month)
        if weekday_number is not None and start.weekday() != weekday_number:
            return None
        return Span(start, start + DAY, Precision.DAY)

    return Cycle(month_number, at)


def daily(start: timedelta, end: timedelta) -> Cycle:
    """A part of every day, by the clock; it may run into the next day."""

    def at(number: int) -> Span:
        return Span(from_ordinal(number) + start, from_ordinal(number) + end, Precision.DAY)

    return Cycle(day_number, at)


# -- parts of a span --------------------------------------------------------------------------------------------------

_FINER = {
    Precision.DECADE: Precision.YEAR,
    Precision.YEAR: Precision.SEASON,
    Precision.SEASON: Precision.MONTH,
    Precision.MONTH: Precision.WEEK,
}


def share(span: Span, part: int, parts: int) -> Span:
    """One of `parts` equal parts, counted from 0, cut at whole months where there are enough, else at whole days.
    The thirds of a month are cut at the 11th and the 21st."""
    precision = _FINER.get(span.precision, Precision.DAY)
    if span.precision is Precision.MONTH and parts == 3 and span.start.day == 1:
        edges = [span.start, span.start + 10 * DAY, span.start + 20 * DAY, span.end]
        return Span(edges[part], edges[part + 1], precision)
    months = month_number(span.end) - month_number(span.start)
    if span.start.day == span.end.day == 1 and months >= parts:
        cuts = [months_later(span.start, months * n // parts) for n in (part, part + 1)]
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
