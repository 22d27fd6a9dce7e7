"""Calendar dates: days, months, years, seasons, holidays, quarters, decades, weekdays, clock times."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from app.domain.time import Precision
from app.domain.when.names import HOLIDAYS, MONTHS, ORDINAL_ONES, ORDINALS, OTHER_WORDS_TOO, SEASONS, TENS, WEEKDAYS
from app.domain.when.reading import (
    CLOCK_NEEDS,
    COUNTED,
    DAY_NEEDS,
    FALL_NEEDS,
    HOLIDAY_NEEDS,
    MONTH_NEEDS,
    SEASON_NEEDS,
    YEAR_NEEDS,
    Reading,
    ends_phrase,
)
from app.domain.when.spans import (
    DAY,
    UNITS,
    Cycle,
    Span,
    daily,
    decade,
    monthly_day,
    season,
    start_of,
    weekday,
    year,
    yearly_day,
    yearly_month,
    yearly_quarter,
)
from app.domain.when.words import Line

THROUGH = frozenset({"-", "–", "—", "to", "through", "thru", "until", "till"})
_LAST_THIS_NEXT = {"last": -1, "previous": -1, "this": 0, "next": 1}
_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th)")
_CLOCK = re.compile(r"(\d{1,2})(?::(\d{2})(?::\d{2})?)?(am|pm)?")
_DECADE = re.compile(r"(1[89]|20)(\d)0s")
_SHORT_DECADE = re.compile(r"'?(\d)0s")
_WORD_DECADES = {word[:-1] + "ies": n // 10 for word, n in TENS.items()}
_DAY_PART_PLURALS = frozenset({"mornings", "afternoons", "evenings", "nights", "school"})


def day_of_month(line: Line, i: int) -> tuple[int, int] | None:
    """8, 8th, eighth, twenty-fifth: the number, and the index after it."""
    word = line.at(i)
    found = _ORDINAL.fullmatch(word)
    if found or (word.isdecimal() and len(word) <= 2):
        number = int(found[1] if found else word)
        return (number, i + 1) if 1 <= number <= 31 else None
    if word in TENS:
        one = i + 2 if line.at(i + 1) == "-" else i + 1
        number = TENS[word] + ORDINAL_ONES.get(line.at(one), 100)
        return (number, one + 1) if number <= 31 else None
    number = ORDINALS.get(word, 100)
    return (number, i + 1) if number <= 31 else None


def year_at(line: Line, i: int) -> int | None:
    word = line.at(i)
    if len(word) != 4 or not word.isdecimal() or line.at(i + 1) in COUNTED or line.at(i - 1) in {"$", "€", "£", "#"}:
        return None
    return int(word) if 1800 <= int(word) < 2200 else None


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
    a_count = line.at(start).isdecimal() and month_at == j and not line.word(month_at).capital
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
    return Reading(cycle, j, DAY_NEEDS) if ends_phrase(line, j) else None


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
    if line.at(j) in _DAY_PART_PLURALS or (short and not line.word(i).capital):
        return None
    return Reading(cycle, j, DAY_NEEDS if short else frozenset())


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


def year_alone(line: Line, i: int) -> Reading | None:
    stated = year_at(line, i)
    return None if stated is None else Reading(year(stated), i + 1, YEAR_NEEDS)


def quarter_first(line: Line, i: int) -> Reading | None:
    """Q3 [of] 2025."""
    return of_year(yearly_quarter(int(line.at(i)[1])), line, i + 1, YEAR_NEEDS)


def decade_at(line: Line, i: int) -> Reading | None:
    """1990s, '90s, [the] 90s, [the] nineties. Ages and temperatures are spoken of in the lower tens."""
    word = line.at(i)
    before = i - 1
    while line.at(before) in {"early", "mid", "late", "-"}:
        before -= 1
    if line.at(before) in {"my", "his", "her", "their", "your", "our"}:
        return None
    if found := _DECADE.fullmatch(word):
        return Reading(decade(int(found[1] + found[2])), i + 1)
    found = _SHORT_DECADE.fullmatch(word)
    tens = int(found[1]) if found else _WORD_DECADES.get(word)
    if tens is None or not (word[0] == "'" or (line.at(before) == "the" and tens >= 5)):
        return None
    return Reading(decade(200 + tens if 2000 + tens * 10 <= line.now.year else 190 + tens), i + 1)


def clock(line: Line, i: int) -> Reading | None:
    """3pm, 3 p.m., 3:30, 15:30, 5 o'clock: a cycle of days."""
    found = _CLOCK.fullmatch(line.at(i))
    if found is None:
        return None
    hour, minute, half, end = int(found[1]), found[2], found[3], i + 1
    if half is None and line.at(end) in {"am", "pm"}:
        half, end = line.at(end), end + 1
    elif half is None and line.at(end) in {"a", "p"} and line.starts(end + 1, ".", "m"):
        half, end = line.at(end) + "m", end + 4 if line.at(end + 3) == "." else end + 3
    o_clock = line.starts(end, "o", "'clock")
    if half is None and minute is None and not o_clock:
        return None
    if hour > (12 if half else 23) or int(minute or 0) > 59:
        return None
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    start = timedelta(hours=hour, minutes=int(minute or 0))
    cycle = daily(start, start + timedelta(minutes=1 if minute else 60))
    return Reading(cycle, end + 2 if o_clock else end, frozenset() if half or o_clock else CLOCK_NEEDS)


def numeric_date(line: Line, i: int) -> Reading | None:
    """2023-05-08, with or without a time; 2023/05/08; 05/08/2023, where the month comes first if it can; 8.5.2023."""
    word = line.at(i)
    parts = re.split(r"[-/.]", word[:10])
    if len(parts) != 3 or not all(part.isdecimal() for part in parts):
        return None
    numbers = [int(part) for part in parts]
    if len(parts[0]) == 4:
        y, m, d = numbers
    elif "." in word:
        d, m, y = numbers
    else:
        m, d, y = numbers
        if m > 12:
            m, d = d, m
    if len(parts[0]) != 4 and len(parts[2]) == 2:
        y += 2000
    elif len(parts[0]) != 4 and len(parts[2]) != 4:
        return None
    try:
        start = start_of(y, m, d)
        if len(word) > 10:
            start = _moment(word, line)
            return Reading(Span(start, start + timedelta(seconds=1), Precision.SECOND), i + 1)
    except ValueError:
        return None
    return Reading(Span(start, start + DAY, Precision.DAY), i + 1)


def _moment(word: str, line: Line) -> datetime:
    """A time of day with an offset of its own is moved to the wall clock of the reference."""
    moment = datetime.fromisoformat(word.upper())
    if moment.tzinfo is None:
        return moment
    return moment.astimezone(line.zone).replace(tzinfo=None)
