"""The periods of time that words name, and how they are put together: "the first week of May", "late June 2019",
"the Friday before 20 May", "Tuesday evening", "at 3pm yesterday"."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from app.domain.when import dates, relative
from app.domain.when.counts import count, unit_after
from app.domain.when.names import DAY_PARTS, HOLIDAYS, MONTHS, NUMBERS, ORDINALS, SEASONS, UNIT_WORDS, WEEKDAYS
from app.domain.when.reading import Reading, ends_phrase
from app.domain.when.spans import UNITS, Cycle, Span, change, midnight, moved, ordinal_part, share, week_of
from app.domain.when.words import Line

Rule = Callable[[Line, int], Reading | None]
DEPTH = 3
"""How deep phrases nest: "the day before the Friday before the first week of May"."""

_EDGES = {"beginning": (0, 3), "start": (0, 3), "middle": (1, 3), "end": (2, 3)}
_THIRDS = {"early": (0, 3), "mid": (1, 3), "late": (2, 3)}
_NTH = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_WEEKEND = UNITS["weekend"]


def period(line: Line, i: int, depth: int = DEPTH) -> Reading | None:
    """The longest that begins at the word, or None."""
    best: Reading | None = None
    for rule in _rules(line.at(i)):
        best = _longer(best, rule(line, i))
    if depth and (line.at(i) in _COMPOSED_STARTS or line.at(i)[:1].isdecimal()):
        for composition in _COMPOSED:
            best = _longer(best, composition(line, i, depth - 1))
    return best and _part_of_day(line, best)


def _longer(one: Reading | None, other: Reading | None) -> Reading | None:
    return other if one is None or (other is not None and other.end > one.end) else one


# -- a part of the day behind a day -----------------------------------------------------------------------------------


def _part_of_day(line: Line, reading: Reading) -> Reading:
    """Tuesday evening, yesterday at 3pm, May 8 in the morning."""
    what, j = reading.what, reading.end
    sample = what if isinstance(what, Span) else what.this(line.now)
    if sample is None or not sample.is_day:
        return reading
    if line.at(j) in {"in", "during"} and line.at(j + 1) == "the":
        found = _day_cycle(line, j + 2)
    elif line.at(j) in {"at", "around", ","}:
        found = _day_cycle(line, j + 1, spoken=True)
    else:
        found = _day_cycle(line, j)
    if found is None:
        return reading
    inside = change(what, found[0].within)
    return reading if inside is None else reading._replace(what=inside, end=found[1], needs=frozenset())


def _day_cycle(line: Line, i: int, spoken: bool = False) -> tuple[Cycle, int] | None:
    """spoken: an "at" or the like says that bare "3:30" is a time."""
    if line.at(i) in DAY_PARTS:
        return DAY_PARTS[line.at(i)], i + 1
    found = dates.clock(line, i)
    if found is None or isinstance(found.what, Span) or (found.needs and not spoken):
        return None
    return found.what, found.end


# -- compositions: each begins at one word and reads a further period -------------------------------------------------


def _clock_first(line: Line, i: int, depth: int) -> Reading | None:
    """3pm yesterday, noon on Friday, the morning of 8 May."""
    j = i + 1 if line.at(i) == "the" else i
    found = _day_cycle(line, j, spoken=line.at(j - 1) in {"at", "around", "by"})
    if found is None or line.at(j) == "night":
        return None
    cycle, j = found
    inner = period(line, j + 1 if line.at(j) in {"on", "of", ","} else j, depth)
    if inner is not None and isinstance(inner.what, Span) and not inner.what.is_day:
        return None
    inside = inner and change(inner.what, cycle.within)
    return Reading(inside, inner.end, certain=inner.certain) if inner and inside else None


def _third(line: Line, i: int, depth: int) -> Reading | None:
    """Early June, mid-2019, late last year; earlier this week, later today."""
    j = i + 1 if line.at(i) == "the" else i
    word = line.at(j)
    if word in _THIRDS:
        inner = period(line, j + 2 if line.at(j + 1) in {"-", "in"} else j + 1, depth)
        which = _THIRDS[word]
        inside = inner and change(inner.what, lambda span: share(span, *which))
        return Reading(inside, inner.end, certain=inner.certain) if inner and inside else None
    if word in {"earlier", "later"}:
        return _earlier(line, j, depth)
    return None


def _earlier(line: Line, i: int, depth: int) -> Reading | None:
    """From the start of the running period to now, or from now to its end."""
    if (
        line.at(i + 1) == "in"
        and line.at(i + 2) == "the"
        and line.at(i + 3) in {*DAY_PARTS, "day", "week", "month", "year"}
    ):
        unit = line.at(i + 3)
        cycle = DAY_PARTS.get(unit) or UNITS[unit]
        span, end = cycle.this(line.now), i + 4
    elif line.at(i + 1) in {"this", "today", "tonight"} and (inner := period(line, i + 1, depth)):
        if isinstance(inner.what, Cycle):
            return None
        span, end = inner.what, inner.end
    else:
        return None
    if span is None:
        return None
    if line.at(i) == "earlier":
        return Reading(replace(span, end=max(span.start, min(line.now, span.end))), end)
    return Reading(replace(span, start=min(span.end, max(line.now, span.start))), end)


def _edge_of(line: Line, i: int, depth: int) -> Reading | None:
    """The end of May, the beginning of the year, the second half of 2020."""
    j = i + 1 if line.at(i) == "the" else i
    which = _EDGES.get(line.at(j))
    if line.at(j) in {"first", "second"} and line.at(j + 1) == "half":
        which, j = (0 if line.at(j) == "first" else 1, 2), j + 1
    if which is None or line.at(j + 1) != "of":
        return None
    inner = _whole(line, j + 2, depth)
    parts = which
    inside = inner and change(inner.what, lambda span: share(span, *parts))
    return Reading(inside, inner.end, certain=inner.certain) if inner and inside else None


def _nth_of(line: Line, i: int, depth: int) -> Reading | None:
    """The first week of May, the last Friday in June, the third quarter of 2025."""
    j = i + 1 if line.at(i) == "the" else i
    nth = _NTH.get(line.at(j))
    word = line.at(j + 1)
    unit = UNIT_WORDS.get(word)
    cycle = (
        UNITS[unit] if unit == word and unit in {"day", "weekend", "month", "quarter"} else relative.named(line, j + 1)
    )
    if nth is None or (cycle is None and unit != "week") or line.at(j + 2) not in {"of", "in"}:
        return None
    inner = _whole(line, j + 3, depth)
    if inner is None:
        return None
    count_, every = nth, cycle

    def part(span: Span) -> Span | None:
        return week_of(span, count_) if every is None else ordinal_part(span, count_, every)

    inside = change(inner.what, part)
    return Reading(inside, inner.end, certain=inner.certain) if inside else None


def _whole(line: Line, i: int, depth: int) -> Reading | None:
    """A period, or the running one: the year, that month."""
    if line.at(i) in {"the", "this"} and line.at(i + 1) in {"day", "week", "month", "year", "decade"}:
        span = UNITS[line.at(i + 1)].this(line.now)
        if ends_phrase(line, i + 2) and span:
            return Reading(span, i + 2)
    return period(line, i, depth)


def _week_of(line: Line, i: int, depth: int) -> Reading | None:
    """The week of 3 May, the weekend of the 12th, the summer of last year is a season's own affair."""
    j = i + 1 if line.at(i) == "the" else i
    unit = line.at(j)
    if unit not in {"week", "weekend", "month"} or line.at(j + 1) != "of":
        return None
    inner = period(line, j + 2, depth)
    if inner is None:
        return None
    cycle = UNITS[unit]
    inside = inner.what if unit == "month" and line.at(j + 2) in MONTHS else change(inner.what, cycle.within)
    return Reading(inside, inner.end, certain=inner.certain) if inside else None


def _neighbour(line: Line, i: int, depth: int) -> Reading | None:
    """The Friday before 20 May 2023, the day after Christmas, the weekend before last Tuesday."""
    j = i + 1 if line.at(i) == "the" else i
    after = line.at(j + 1) in {"after", "following"}
    if not after and line.at(j + 1) not in {"before", "preceding"}:
        return None
    unit = UNIT_WORDS.get(line.at(j))
    cycle = UNITS[unit] if unit in {"day", "night", "week", "weekend", "month", "year"} else relative.named(line, j)
    inner = period(line, j + 2, depth) if cycle else None
    if cycle is None or inner is None:
        return None
    found, step = cycle, 1 if after else -1

    def beside(span: Span) -> Span | None:
        if unit in {"week", "month", "year", "day"}:
            return found.at(found.number(span.start) + step)
        if unit == "night":
            return found.at(found.number(span.start) + (0 if after else -1))
        return (
            found.next(midnight(span.end) if span.end > span.start else span.start) if after else found.past(span.start)
        )

    inside = change(inner.what, beside)
    return Reading(inside, inner.end, certain=inner.certain) if inside else None


def _counted_from(line: Line, i: int, depth: int) -> Reading | None:
    """Five days before 8 May, two weeks after Christmas, a week from Friday."""
    counted = count(line, i)
    found = counted and unit_after(line, counted)
    if not found:
        return None
    unit, counted = found
    word = line.at(counted.end)
    if word not in {"before", "after", "from", "following", "prior"} or counted.half:
        return None
    j = counted.end + (2 if word == "prior" else 1)
    inner = period(line, j, depth)
    if inner is None or (word == "from" and isinstance(inner.what, Cycle) and not inner.what.named_day):
        return None
    sign, number, size = (-1 if word in {"before", "prior"} else 1), counted, UNITS[unit]

    def away(span: Span) -> Span | None:
        spans = [size.this(moved(span.start, sign * n, unit)) for n in (number.low, number.high)]
        known = [one for one in spans if one]
        return (
            Span(min(one.start for one in known), max(one.end for one in known), known[0].precision) if known else None
        )

    what = inner.what
    if word == "from" and isinstance(what, Cycle):
        what = what.coming(line.now) or what
    inside = change(what, away)
    return Reading(inside, inner.end, certain=inner.certain and number.certain) if inside else None


# -- which rules a word may begin -------------------------------------------------------------------------------------

_COMPOSED: tuple[Callable[[Line, int, int], Reading | None], ...] = (
    _clock_first,
    _third,
    _edge_of,
    _nth_of,
    _week_of,
    _neighbour,
    _counted_from,
)
_COMPOSED_STARTS = frozenset(
    {
        "the",
        "a",
        "an",
        "few",
        "couple",
        "several",
        "about",
        "around",
        "half",
        "early",
        "mid",
        "late",
        "earlier",
        "later",
    }
    | {*_EDGES, *_NTH, *UNIT_WORDS, *WEEKDAYS, *SEASONS, *DAY_PARTS, *NUMBERS}
)


def _the_season(line: Line, i: int) -> Reading | None:
    """The summer, the weekend, the 90s, the 15th."""
    word = line.at(i + 1)
    if word in SEASONS:
        return dates.season_first(line, i + 1)
    if word == "weekend" and ends_phrase(line, i + 2):
        return Reading(
            _WEEKEND, i + 2, frozenset({"over", "on", "at", "during", "for", "since", "before", "after", "by"})
        )
    return dates.decade_at(line, i + 1) or _the_year(line, i)


def _noon(line: Line, i: int) -> Reading | None:
    return Reading(DAY_PARTS[line.at(i)], i + 1)


def _the_year(line: Line, i: int) -> Reading | None:
    return dates.year_alone(line, i + 2) if line.at(i + 1) == "year" else None


_DIGIT_RULES: tuple[Rule, ...] = (
    dates.numeric_date,
    dates.day_first,
    dates.year_alone,
    dates.decade_at,
    dates.clock,
    relative.counted_from_now,
)
_RULES: dict[str, tuple[Rule, ...]] = {}


def _rule(rule: Rule, *words: str) -> None:
    for word in words:
        _RULES[word] = (*_RULES.get(word, ()), rule)


_rule(dates.month_first, *MONTHS)
_rule(dates.weekday_first, *WEEKDAYS)
_rule(dates.season_first, *SEASONS)
_rule(dates.holiday_first, *HOLIDAYS)
_rule(dates.quarter_first, "q1", "q2", "q3", "q4")
_rule(dates.day_first, "the", *ORDINALS, "twenty", "thirty")
_rule(relative.day_word, "today", "yesterday", "tomorrow", "tonight")
_rule(relative.day_but_one, "the", "day", "week", "weekend", "month", "year", *WEEKDAYS, *SEASONS)
_rule(relative.determined, "the", "last", "previous", "this", "current", "next", "coming", "upcoming")
_rule(relative.counted_from_now, *NUMBERS, "a", "an", "few", "couple", "several", "about", "around", "half", "almost",
      "nearly", "over", "roughly", "some", "approximately", "maybe")  # fmt: skip
_rule(relative.vague, "recently", "lately", "the", "days", "weeks", "months", "years", "decades")
_rule(_the_season, "the")
_rule(_noon, "noon", "midday")
STARTS = frozenset(_RULES) | _COMPOSED_STARTS
"""The words a period may begin with, besides those that begin with a digit."""


def _rules(word: str) -> tuple[Rule, ...]:
    if word in _RULES:
        return _RULES[word]
    return _DIGIT_RULES if re.match(r"['\d]", word) else ()
