"""Times written in figures: 2019, the 90s, 2023-05-08, 05/08/2023, 3pm."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from app.domain.time import Precision
from app.domain.when.almanac import daily, decade, year
from app.domain.when.names import TENS
from app.domain.when.reading import CLOCK_NEEDS, COUNTED, OWNED, YEAR_NEEDS, Reading
from app.domain.when.spans import DAY, Span, start_of
from app.domain.when.words import Line

_CLOCK = re.compile(r"(\d{1,2})(?::(\d{2})(?::\d{2})?)?(am|pm)?")
_DECADE = re.compile(r"(1[89]|20)(\d)0s")
_SHORT_DECADE = re.compile(r"'?(\d)0s")
_WORD_DECADES = {word[:-1] + "ies": n // 10 for word, n in TENS.items()}


def year_at(line: Line, i: int) -> int | None:
    word = line.at(i)
    if len(word) != 4 or not word.isdecimal() or line.at(i + 1) in COUNTED or line.at(i - 1) in {"$", "€", "£", "#"}:
        return None
    return int(word) if 1800 <= int(word) < 2200 else None


def year_alone(line: Line, i: int) -> Reading | None:
    stated = year_at(line, i)
    return None if stated is None else Reading(year(stated), i + 1, YEAR_NEEDS)


def decade_at(line: Line, i: int) -> Reading | None:
    """1990s, '90s, [the] 90s, [the] nineties. Ages and temperatures are spoken of in the lower tens."""
    word = line.at(i)
    before = i - 1
    while line.at(before) in {"early", "mid", "late", "-"}:
        before -= 1
    if line.at(before) in OWNED:
        return None
    if found := _DECADE.fullmatch(word):
        number = int(found[1] + found[2])
        return Reading(_century(number) if found[1] != "20" and found[2] == "0" else decade(number), i + 1)
    found = _SHORT_DECADE.fullmatch(word)
    tens = int(found[1]) if found else _WORD_DECADES.get(word)
    if tens is None or not (word[0] == "'" or (line.at(before) == "the" and tens >= 5)):
        return None
    return Reading(decade(200 + tens if 2000 + tens * 10 <= line.now.year else 190 + tens), i + 1)


def _century(first_decade: int) -> Span:
    """The 1800s are taken as a whole; the 2000s are not."""
    return Span(decade(first_decade).start, decade(first_decade + 9).end, Precision.DECADE)


def clock(line: Line, i: int) -> Reading | None:
    """3pm, 3 p.m., 3:30, 15:30, 5 o'clock, each day; what bare hours say is mostly somebody's timetable."""
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
    return Reading(cycle, end + 2 if o_clock else end, CLOCK_NEEDS)


def numeric_date(line: Line, i: int) -> Reading | None:
    """2023-05-08, with or without a time; 2023/05/08; 05/08/2023, where the month comes first if it can; 8.5.2023."""
    word = line.at(i)
    parts = re.split(r"[-/.]", word[:10])
    if len(parts) != 3 or not all(part.isdecimal() for part in parts) or ("." in word and len(parts[2]) != 4):
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
