"""Calendar dates in words: days, months, seasons, holidays, quarters, weekdays, with the year where one follows."""

from __future__ import annotations

from app.domain.time import Precision
from app.domain.when.almanac import (
    UNITS,
    monthly_day,
    season,
    weekday,
    yearly_day,
    yearly_month,
    yearly_quarter,
)
from app.domain.when.counts import ordinal
from app.domain.when.figures import numeric_date, year_at
from app.domain.when.names import HOLIDAYS, MONTHS, ORDINALS, OTHER_WORDS_TOO, SEASONS, WEEKDAYS
from app.domain.when.reading import (
    COUNTED,
    DAY_NEEDS,
    FALL_NEEDS,
    HOLIDAY_NEEDS,
    MONTH_NEEDS,
    OWNED,
    SEASON_NEEDS,
    YEAR_NEEDS,
    Reading,
    ends_phrase,
)
from app.domain.when.spans import Cycle, Span
from app.domain.when.words import Line

THROUGH = frozenset({"-", "–", "—", "to", "through", "thru", "until", "till"})
_LAST_THIS_NEXT = {"last": -1, "previous": -1, "this": 0, "next": 1}
_DAY_PART_PLURALS = frozenset({"mornings", "afternoons", "evenings", "nights", "school"})


def day_of_month(line: Line, i: int) -> tuple[int, int] | None:
    """8, 8th, eighth, twenty-fifth: the number, and the index after it."""
    word = line.at(i)
    found = (int(word), i + 1) if word.isdecimal() and len(word) <= 2 else ordinal(line, i)
    return found if found and 1 <= found[0] <= 31 else None


def of_year(cycle: Cycle, line: Line, i: int, needs: frozenset[str] = frozenset()) -> Reading | None:
    """A yearly cycle, with the year where one follows: May [of|,] 2023, May '23, May [of] last year."""
    k = i + 1 if line.at(i) in {",", "of", "in"} else i
    stated = year_at(line, k)
    if stated is None and line.at(i) == "'" and line.at(i + 1).isdecimal() and len(line.at(i + 1)) == 2:
        stated, k = 2000 + int(line.at(i + 1)), i + 1
    end = k + 1
    if stated is None and line.at(k) in _LAST_THIS_NEXT and line.at(k + 1) == "year":
        stated, end = line.now.year + _LAST_THIS_NEXT[line.at(k)], k + 2
    if stated is None:
        return Reading(cycle, i, needs)
    span = cycle.at(stated)
    return None if span is None else Reading(span, end)


def _days(first: int, last: int, month: int) -> Cycle:
    end = yearly_day(month, last)

    def extended(span: Span) -> Span | None:
        final = end.within(span)
        return None if final is None or final.end <= span.start else Span(span.start, final.end, Precision.DAY)

    return yearly_day(month, first).map(extended)


def _second_day(line: Line, i: int, between: bool) -> tuple[int, int] | None:
    """The "- 10" of "May 3 - 10"."""
    if line.at(i) not in THROUGH and not (between and line.at(i) == "and"):
        return None
    found = day_of_month(line, i + 2 if line.at(i + 1) == "the" else i + 1)
    return None if found is None or line.at(found[1]) in COUNTED or line.at(found[1]) in MONTHS else found


def month_first(line: Line, i: int) -> Reading | None:
    """May, May 2023, May 8, May the 8th, May eighth, 2023, May 3-10."""
    name = line.at(i)
    short = len(name) <= 4 and name not in {"may", "june", "july"}
    j = i + 2 if short and line.at(i + 1) == "." else i + 1
    number = MONTHS[name]
    found = day_of_month(line, j + 1 if line.at(j) == "the" else j)
    if found and line.at(found[1]) not in COUNTED:
        first, j = found
        second = _second_day(line, j, line.at(i - 1) == "between")
        if second and second[0] > first:
            both = of_year(_days(first, second[0], number), line, second[1])
            return both and both._replace(both_ends=True)
        return of_year(yearly_day(number, first), line, j)
    if name in OTHER_WORDS_TOO and line.at(i + 1) == "'s":
        return None
    return of_year(yearly_month(number), line, j, MONTH_NEEDS if short or name in OTHER_WORDS_TOO else frozenset())


def day_first(line: Line, i: int) -> Reading | None:
    """8 May, [the] 8th of May, 3-10 May; without a month an ordinal: the 15th."""
    article = line.at(i) == "the"
    start = i + 1 if article else i
    found = day_of_month(line, start)
    if found is None:
        return None
    first, j = found
    second = _second_range(line, j, line.at(i - 1) == "between")
    last, j = second or (first, j)
    month_at = j + 1 if line.at(j) == "of" else j
    name = line.at(month_at)
    if name not in MONTHS:
        return _the_day(line, start, first, found[1]) if article else None
    cycle = _days(first, last, MONTHS[name]) if last > first else yearly_day(MONTHS[name], first)
    reading = of_year(cycle, line, month_at + 1)
    a_count = line.at(start).isdecimal() and month_at == j and not line.capital(month_at)
    if reading and a_count and name in OTHER_WORDS_TOO and isinstance(reading.what, Cycle):
        return None
    return reading and reading._replace(both_ends=last > first)


def _second_range(line: Line, i: int, between: bool) -> tuple[int, int] | None:
    """The "- 10" of "3 - 10 May"."""
    if line.at(i) not in THROUGH and not (between and line.at(i) == "and"):
        return None
    return day_of_month(line, i + 2 if line.at(i + 1) == "the" else i + 1)


def _the_day(line: Line, i: int, number: int, j: int) -> Reading | None:
    """the 15th [of last month]."""
    if line.at(i).isdecimal() or (number <= 3 and line.at(i) in ORDINALS):
        return None
    cycle = monthly_day(number)
    if line.at(j) == "of" and line.at(j + 1) in _LAST_THIS_NEXT and line.at(j + 2) == "month":
        month = UNITS["month"].at(UNITS["month"].number(line.now) + _LAST_THIS_NEXT[line.at(j + 1)])
        span = None if month is None else cycle.within(month)
        return None if span is None else Reading(span, j + 3)
    paired = line.at(j) == "and" and day_of_month(line, j + 1)
    return Reading(cycle, j, DAY_NEEDS) if ends_phrase(line, j) and not paired else None


def weekday_first(line: Line, i: int) -> Reading | None:
    """Friday, Friday 8 May, Friday the 13th, Friday [of] last week."""
    name = line.at(i)
    short = not name.endswith("day")
    j = i + 2 if short and line.at(i + 1) == "." else i + 1
    date_at = j + 1 if line.at(j) == "," else j
    if line.at(date_at) in MONTHS:
        date = month_first(line, date_at)
    else:
        date = day_first(line, date_at) or numeric_date(line, date_at)
    if date and not date.needs:
        return date
    if date and line.at(date_at) == "the" and isinstance(date.what, Cycle):
        number = day_of_month(line, date_at + 1)
        return Reading(monthly_day(number[0], WEEKDAYS[name]), date.end) if number else None
    cycle = weekday(WEEKDAYS[name])
    k = j + 1 if line.at(j) == "of" else j
    if line.at(k) in _LAST_THIS_NEXT and line.at(k + 1) == "week":
        span = cycle.at(cycle.number(line.now) + _LAST_THIS_NEXT[line.at(k)])
        return None if span is None else Reading(span, k + 2)
    if line.at(j) in _DAY_PART_PLURALS or line.at(i - 1) in OWNED or (short and not line.capital(i)):
        return None
    certain = line.at(i - 1) == "on" or ends_phrase(line, j)
    return Reading(cycle, j, DAY_NEEDS if short else frozenset(), certain)


def season_first(line: Line, i: int) -> Reading | None:
    name = line.at(i)
    needs = FALL_NEEDS if name == "fall" else SEASON_NEEDS
    reading = of_year(season(SEASONS[name]), line, i + 1, needs)
    if reading is None or isinstance(reading.what, Span):
        return reading
    return reading._replace(certain=line.at(i - 1) == "the") if ends_phrase(line, i + 1) else None


def holiday_first(line: Line, i: int) -> Reading | None:
    for words, cycle in HOLIDAYS.get(line.at(i), ()):
        if line.starts(i, *words):
            return of_year(cycle, line, i + len(words), HOLIDAY_NEEDS)
    return None


def quarter_first(line: Line, i: int) -> Reading | None:
    """Q3 [of] 2025."""
    return of_year(yearly_quarter(int(line.at(i)[1])), line, i + 1, YEAR_NEEDS)
