"""What comes back: the units of the calendar, and the months, seasons, weekdays and days that have names.

Weeks start on Monday. Seasons are the meteorological ones; a winter belongs to the year in which it begins.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime, timedelta

from app.domain.time import Precision
from app.domain.when.spans import DAY, WEEK, Cycle, Span, from_ordinal, month_start, months_later, start_of


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
