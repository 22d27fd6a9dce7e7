"""Times told from the reference: yesterday, last week, two weeks ago, the past three months, recently."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.domain.time import Precision
from app.domain.when.almanac import PRECISIONS, UNITS, moved, season, weekday, yearly_month
from app.domain.when.counts import Count, count, unit_after
from app.domain.when.names import DAY_PARTS, HOLIDAYS, MANY, MONTHS, ONE, SEASONS, UNIT_WORDS, WEEKDAYS, row
from app.domain.when.reading import OWNED, Reading, ends_phrase
from app.domain.when.spans import DAY, Cycle, Span, midnight
from app.domain.when.tense import Tense, tense
from app.domain.when.words import Line

_DAYS = {"today": 0, "yesterday": -1, "tomorrow": 1}
_WHICH = {"last": -1, "previous": -1, "past": -1, "this": 0, "current": 0, "next": 1, "coming": 1, "upcoming": 1}
_SMALLER = {
    "decade": ("year", 10),
    "year": ("month", 12),
    "month": ("day", 30),
    "week": ("day", 7),
    "day": ("hour", 24),
    "hour": ("minute", 60),
}
_BEFORE_LAST = row("in over for during from within since throughout and or of")
_VAGUE_DAYS = 30


# -- yesterday, tonight -----------------------------------------------------------------------------------------------


def day_word(line: Line, i: int) -> Reading | None:
    today = UNITS["day"].number(line.now)
    if line.at(i) == "tonight":
        return _fixed(UNITS["night"].at(today), i + 1)
    return _fixed(UNITS["day"].at(today + _DAYS[line.at(i)]), i + 1)


def day_but_one(line: Line, i: int) -> Reading | None:
    """[the] day before yesterday, [the] day after tomorrow, the week before last, the summer before last."""
    j = i + 1 if line.at(i) == "the" else i
    today = UNITS["day"].number(line.now)
    if line.starts(j, "day", "before", "yesterday"):
        return _fixed(UNITS["day"].at(today - 2), j + 3)
    if line.starts(j, "day", "after", "tomorrow"):
        return _fixed(UNITS["day"].at(today + 2), j + 3)
    if line.at(j + 1) in {"before", "after"} and line.at(j + 2) in {"last", "next"} and ends_phrase(line, j + 3):
        cycle = named(line, j) or UNITS.get(UNIT_WORDS.get(line.at(j), ""))
        step = -1 if line.at(j + 1) == "before" else 1
        span = cycle and (cycle.past(line.now) if line.at(j + 2) == "last" else cycle.next(line.now))
        if cycle and span:
            return _fixed(cycle.at(cycle.number(span.start) + step), j + 3)
    return None


def named(line: Line, i: int) -> Cycle | None:
    """The weekday, month or season at one word; plural too."""
    word = line.at(i)
    for name in (word, word.removesuffix("s")):
        if name in WEEKDAYS and (name.endswith("day") or line.capital(i)):
            return weekday(WEEKDAYS[name])
        if name in SEASONS:
            return season(SEASONS[name])
        if name in MONTHS and not (word == "march" and line.at(i - 1) == "this" and not line.capital(i)):
            return yearly_month(MONTHS[name])
    return None


# -- last week, this summer, next Friday, the past three months -------------------------------------------------------


def determined(line: Line, i: int) -> Reading | None:
    if line.at(i - 1) in OWNED:
        return None
    j = i + 1 if line.at(i) == "the" else i
    which = _WHICH.get(line.at(j))
    if which is None:
        return None
    rolling = j > i
    if line.at(j) == "this" and line.at(j + 1) in _WHICH:
        j += 1
        which, rolling = _WHICH[line.at(j)], True
    counted = count(line, j + 1)
    if counted and which and line.at(j + 1) not in ONE:
        if not rolling and line.at(i - 1).isalnum() and line.at(i - 1) not in _BEFORE_LAST:  # "tours last two hours"
            return None
        return _rolling(line, which, counted)
    word = line.at(j + 1)
    if word in DAY_PARTS:
        return _part_of_today(line, which, j + 1) if not rolling else None
    if (cycle := named(line, j + 1)) and not word.endswith("s"):
        return _named(line, i, which, cycle, j + 1)
    if word in HOLIDAYS:
        return next((_named(line, i, which, cycle, j + len(words)) for words, cycle in HOLIDAYS[word]
                     if line.starts(j + 1, *words)), None)  # fmt: skip
    unit = UNIT_WORDS.get(word)
    if unit is None or unit in {"minute", "day", "night"} or word != unit or line.at(j + 2) == "of":
        return None
    if rolling and which and unit != "weekend":
        return _rolling(line, which, Count(1, 1, j + 1))
    if unit == "hour":
        return None
    cycle = UNITS[unit]
    span = cycle.at(cycle.number(line.now) + which) if which else _this(line, i, cycle, j + 2)
    return _fixed(span, j + 2)


def _named(line: Line, i: int, which: int, cycle: Cycle, last: int) -> Reading | None:
    if not ends_phrase(line, last + 1) and line.at(last + 1) not in DAY_PARTS and line.at(last) in SEASONS:
        return None
    if which == 0:
        return _fixed(_this(line, i, cycle, last + 1), last + 1)
    return _fixed(cycle.past(midnight(line.now)) if which < 0 else cycle.next(line.now), last + 1)


def _this(line: Line, i: int, cycle: Cycle, end: int) -> Span | None:
    """The one of the running week or year, unless the sentence looks the other way: "we went out this weekend", said
    on a Monday."""
    span = cycle.this(line.now)
    if span and span.start > line.now and tense(line, i, end) is Tense.PAST:
        return cycle.past(midnight(line.now))
    if span and span.end <= line.now and tense(line, i, end) is Tense.FUTURE:
        return cycle.next(line.now)
    return span


def _part_of_today(line: Line, which: int, i: int) -> Reading | None:
    part = line.at(i)
    if which > 0 or part in {"noon", "midday", "lunchtime"} or (which < 0 and part not in {"night", "evening"}):
        return None
    cycle = DAY_PARTS[part]
    return _fixed(cycle.at(cycle.number(line.now) + which), i + 1)


def _rolling(line: Line, which: int, counted: Count) -> Reading | None:
    """The past or coming n units up to or from now, whole days: the last three months, the next two weeks."""
    unit = UNIT_WORDS.get(line.at(counted.end))
    if unit is None or line.at(counted.end + 1) == "of":
        return None
    edge = _away(line.now, which, counted, unit)
    if edge is None:
        return None
    if unit not in {"hour", "minute"}:
        edge = midnight(edge) if which < 0 else midnight(edge) + DAY
    start, end = (edge, line.now) if which < 0 else (line.now, edge)
    return Reading(Span(start, end, PRECISIONS.get(unit, Precision.DAY)), counted.end + 1, certain=counted.certain)


# -- two weeks ago, in three days -------------------------------------------------------------------------------------


def counted_from_now(line: Line, i: int) -> Reading | None:
    """Two weeks ago, a few months back, three days from now; two Fridays ago, three summers ago."""
    counted = count(line, i)
    if counted is None:
        return None
    if (cycle := named(line, counted.end)) is not None:
        return _fixed(_cycles_ago(line, counted, cycle), counted.end + 2) if _ago(line, counted.end + 1) else None
    found = unit_after(line, counted)
    if found is None:
        return None
    unit, counted = found
    if _ago(line, counted.end):
        return _units_away(line, -1, unit, counted, counted.end + 1)
    if line.at(counted.end) == "from" and line.at(counted.end + 1) in {"now", "today"}:
        return _units_away(line, 1, unit, counted, counted.end + 2)
    return None


def in_future(line: Line, i: int) -> Reading | None:
    """What follows the "in" of "in two weeks"."""
    counted = count(line, i)
    found = counted and unit_after(line, counted)
    return found and _units_away(line, 1, found[0], found[1], found[1].end)


def duration(line: Line, i: int) -> Reading | None:
    """What follows the "for" of "for three years": as long up to now, with the precision of the unit."""
    counted = count(line, i)
    found = counted and unit_after(line, counted)
    if not found or found[0] in {"minute", "night", "weekend"}:
        return None
    unit, counted = found
    start = _away(line.now, -1, counted, unit)
    if start is None:
        return None
    start = start if unit in {"minute", "hour"} else midnight(start)
    return Reading(Span(start, line.now, PRECISIONS.get(unit, Precision.DAY)), counted.end, certain=counted.certain)


def _ago(line: Line, i: int) -> bool:
    return line.at(i) == "ago" or (line.at(i) == "back" and line.at(i + 1) not in {"to", "in", "from"})


def _cycles_ago(line: Line, counted: Count, cycle: Cycle) -> Span | None:
    latest = cycle.past(midnight(line.now))
    return None if latest is None else cycle.at(cycle.number(latest.start) - counted.low + 1)


def _units_away(line: Line, sign: int, unit: str, counted: Count, end: int) -> Reading | None:
    """The calendar unit that holds the moment so many units away: "five months ago" is that month, whole."""
    if counted.half:
        smaller, _ = _SMALLER.get(unit, ("day", 1))
        edge = _away(line.now, sign, counted, unit)
        span = None if edge is None else UNITS[smaller].this(edge)
        return None if span is None else Reading(span, end, certain=False)
    cycle = UNITS[unit]
    if unit == "fortnight":
        edge = moved(line.now, sign * counted.low, unit)
        return _fixed(UNITS["week"].this(edge), end)
    number = cycle.number(line.now)
    spans = [cycle.at(number + sign * n) for n in (counted.low, counted.high)]
    starts = [span.start for span in spans if span]
    ends = [span.end for span in spans if span]
    if not starts:
        return None
    precision = PRECISIONS.get(unit, Precision.DAY)
    return Reading(Span(min(starts), max(ends), precision), end, certain=counted.certain)


def _away(now: datetime, sign: int, counted: Count, unit: str) -> datetime | None:
    edge = moved(now, sign * counted.high, unit)
    if not counted.half:
        return edge
    if unit not in _SMALLER:
        return None
    smaller, parts = _SMALLER[unit]
    return moved(edge, sign * parts // 2, smaller)


# -- recently ---------------------------------------------------------------------------------------------------------


def vague(line: Line, i: int) -> Reading | None:
    """Recently, the other day, a while ago, weeks ago: never certain."""
    today = midnight(line.now)
    if line.at(i) in {"recently", "lately"}:
        return Reading(Span(today - timedelta(days=_VAGUE_DAYS), line.now, Precision.MONTH), i + 1, certain=False)
    if line.at(i) == "not" and (end := _not_long_ago(line, i)):
        return Reading(Span(today - timedelta(days=_VAGUE_DAYS), line.now, Precision.MONTH), end, certain=False)
    if line.starts(i, "the", "other"):
        if line.at(i + 2) in {"day", "night", "evening", "morning", "afternoon"}:
            return Reading(Span(today - timedelta(days=7), today, Precision.WEEK), i + 3, certain=False)
        if line.at(i + 2) == "week":
            return Reading(Span(today - timedelta(days=28), today, Precision.MONTH), i + 3, certain=False)
    unit = UNIT_WORDS.get(line.at(i))
    if unit in {"day", "week", "month", "year", "decade"} and line.at(i).endswith("s") and _ago(line, i + 1):
        return _units_away(line, -1, unit, Count(*MANY, i + 1, certain=False), i + 2)
    return None


def _not_long_ago(line: Line, i: int) -> int | None:
    j = i + 2 if line.at(i + 1) in {"so", "too", "very", "that"} else i + 1
    return j + 2 if line.starts(j, "long", "ago") else None


def _fixed(span: Span | None, end: int) -> Reading | None:
    return None if span is None else Reading(span, end)
