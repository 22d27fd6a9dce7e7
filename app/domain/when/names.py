"""The words of English time expressions and what they stand for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from app.domain.time import Precision
from app.domain.when.almanac import daily, weekday, year_number, yearly_day
from app.domain.when.spans import DAY, Cycle, Span, start_of


def row(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"),
            ("february", "feb"),
            ("march", "mar"),
            ("april", "apr"),
            ("may",),
            ("june", "jun"),
            ("july", "jul"),
            ("august", "aug"),
            ("september", "sep", "sept"),
            ("october", "oct"),
            ("november", "nov"),
            ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}
OTHER_WORDS_TOO = frozenset({"march", "mar", "april", "may", "june", "august", "jan", "dec", "jun", "sep"})
"""Months whose name is also a person's, a verb, an adjective or an abbreviation of something else."""

WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            ("monday", "mon"),
            ("tuesday", "tue", "tues"),
            ("wednesday", "wed"),
            ("thursday", "thu", "thur", "thurs"),
            ("friday", "fri"),
            ("saturday", "sat"),
            ("sunday", "sun"),
        )
    )
    for name in names
}
SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
"""First month of each."""

UNIT_WORDS = {
    **{word: unit for unit in ("minute", "hour", "day", "night", "week", "weekend", "fortnight", "month", "quarter",
                               "year", "decade") for word in (unit, unit + "s")},
    "mins": "minute", "min": "minute", "hrs": "hour", "hr": "hour", "wks": "week", "yrs": "year", "yr": "year",
}  # fmt: skip

DAY_PARTS = {
    "morning": daily(timedelta(hours=0), timedelta(hours=12)),
    "noon": daily(timedelta(hours=12), timedelta(hours=13)),
    "midday": daily(timedelta(hours=12), timedelta(hours=13)),
    "lunchtime": daily(timedelta(hours=12), timedelta(hours=14)),
    "afternoon": daily(timedelta(hours=12), timedelta(hours=18)),
    "evening": daily(timedelta(hours=17), timedelta(hours=24)),
    "night": daily(timedelta(hours=18), timedelta(hours=30)),
}

# -- numbers ----------------------------------------------------------------------------------------------------------

_ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
TENS = {word: 10 * n for n, word in enumerate(
    ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), start=2)}  # fmt: skip
ONES = {word: n for n, word in enumerate(_ONES, start=1)}
NUMBERS = {**ONES, **{word: n for n, word in enumerate(_TEENS, start=10)}, **TENS, "dozen": 12, "hundred": 100}
ONE = frozenset({"a", "an", "one"})
FEW = (2, 5)
SEVERAL = (3, 7)
MANY = (2, 10)

_ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh"),
    *("twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth"),
)
ORDINALS = {
    **{word: n for n, word in enumerate(_ORDINALS, start=1)},
    **{word[:-1] + "ieth": n for word, n in TENS.items()},
}
ORDINAL_ONES = dict(zip(_ORDINALS[:9], range(1, 10), strict=True))

# -- holidays ---------------------------------------------------------------------------------------------------------


def _easter(year: int) -> Span:
    """Gregorian Easter Sunday, by the algorithm of Meeus, Jones and Butcher."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    weekday_shift = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * weekday_shift) // 451
    month, day = divmod(h + weekday_shift - 7 * m + 114, 31)
    start = start_of(year, month, day + 1)
    return Span(start, start + DAY, Precision.DAY)


def _nth_weekday(month: int, number: int, nth: int) -> Cycle:
    """The nth (from 1) such weekday of the month, each year."""

    def at(year: int) -> Span:
        first = weekday(number).coming(start_of(year, month, 1) - timedelta(microseconds=1))
        if first is None:
            raise ValueError("no such weekday")
        start = first.start + timedelta(weeks=nth - 1)
        return Span(start, start + DAY, Precision.DAY)

    return Cycle(year_number, at)


def _last_monday_of_may(year: int) -> Span:
    end = start_of(year, 5, 31)
    start = end - timedelta(days=end.weekday())
    return Span(start, start + DAY, Precision.DAY)


def _later(days: int) -> Callable[[Span], Span]:
    def moved(span: Span) -> Span:
        return Span(span.start + days * DAY, span.end + days * DAY, span.precision)

    return moved


_EASTER = Cycle(year_number, _easter)
_THANKSGIVING = _nth_weekday(11, 3, 4)
_NEW_YEAR = yearly_day(1, 1)
_HOLIDAYS: dict[str, Cycle] = {
    "christmas": yearly_day(12, 25),
    "christmas day": yearly_day(12, 25),
    "christmas eve": yearly_day(12, 24),
    "xmas": yearly_day(12, 25),
    "boxing day": yearly_day(12, 26),
    "new year": _NEW_YEAR,
    "new years": _NEW_YEAR,
    "new year 's": _NEW_YEAR,
    "new year 's day": _NEW_YEAR,
    "new years day": _NEW_YEAR,
    "new year 's eve": yearly_day(12, 31),
    "new years eve": yearly_day(12, 31),
    "new year eve": yearly_day(12, 31),
    "nye": yearly_day(12, 31),
    "halloween": yearly_day(10, 31),
    "valentine 's day": yearly_day(2, 14),
    "valentine 's": yearly_day(2, 14),
    "valentines day": yearly_day(2, 14),
    "valentines": yearly_day(2, 14),
    "april fools day": yearly_day(4, 1),
    "april fool 's day": yearly_day(4, 1),
    "april fools": yearly_day(4, 1),
    "independence day": yearly_day(7, 4),
    "veterans day": yearly_day(11, 11),
    "thanksgiving": _THANKSGIVING,
    "thanksgiving day": _THANKSGIVING,
    "black friday": _THANKSGIVING.map(_later(1)),
    "cyber monday": _THANKSGIVING.map(_later(4)),
    "labor day": _nth_weekday(9, 0, 1),
    "memorial day": Cycle(year_number, _last_monday_of_may),
    "mother 's day": _nth_weekday(5, 6, 2),
    "mothers day": _nth_weekday(5, 6, 2),
    "father 's day": _nth_weekday(6, 6, 3),
    "fathers day": _nth_weekday(6, 6, 3),
    "easter": _EASTER,
    "easter day": _EASTER,
    "easter sunday": _EASTER,
    "easter monday": _EASTER.map(_later(1)),
    "good friday": _EASTER.map(_later(-2)),
}
for _day in ("patrick 's day", "patricks day"):
    for _saint in ("st", "st .", "saint"):
        _HOLIDAYS[f"{_saint} {_day}"] = yearly_day(3, 17)

HOLIDAYS: dict[str, tuple[tuple[tuple[str, ...], Cycle], ...]] = {
    first: tuple(
        (tuple(name.split()), cycle)
        for name, cycle in sorted(_HOLIDAYS.items(), key=lambda item: -len(item[0].split()))
        if name.split()[0] == first
    )
    for first in {name.split()[0] for name in _HOLIDAYS}
}
"""By first word: the words of each name and its day, longest name first."""
