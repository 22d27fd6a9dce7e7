"""The periods of time that words name: which rules a word may begin, and the longest of what they read."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from app.domain.when import composed, dates, figures, relative
from app.domain.when.almanac import UNITS
from app.domain.when.names import DAY_PARTS, HOLIDAYS, MONTHS, NUMBERS, ORDINALS, SEASONS, UNIT_WORDS, WEEKDAYS
from app.domain.when.reading import WEEKEND_NEEDS, Reading, Rule, ends_phrase, shaped
from app.domain.when.spans import Span
from app.domain.when.words import Line

Composition = Callable[[Line, int, Rule], Reading | None]

DEPTH = 3
"""How deep phrases nest: "the day before the Friday before the first week of May"."""


def period(line: Line, i: int, depth: int = DEPTH) -> Reading | None:
    """The longest that begins at the word, or None."""
    word = line.at(i)
    first = _DIGIT if begins_with_digit(word) else word
    best: Reading | None = None
    for rule in _RULES.get(first, ()):
        best = _longer(best, rule(line, i))
    if depth:
        inner = partial(period, depth=depth - 1)
        for composition in _COMPOSITIONS.get(first, ()):
            best = _longer(best, composition(line, i, inner))
    return best and _part_of_day(line, best)


def begins_with_digit(word: str) -> bool:
    return word[:1].isdecimal() or (word[:1] == "'" and word[1:2].isdecimal())


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
        found = composed.day_cycle(line, j + 2)
    elif line.at(j) in {"at", "around", ","}:
        found = composed.day_cycle(line, j + 1, spoken=True)
    else:
        found = composed.day_cycle(line, j)
    if found is None:
        return reading
    inside = shaped(reading, found[0].within)
    return reading if inside is None else inside._replace(end=found[1])


# -- which rules a word may begin -------------------------------------------------------------------------------------


def _the(line: Line, i: int) -> Reading | None:
    """The summer, the weekend, the 90s, the year 2019."""
    word = line.at(i + 1)
    if word in SEASONS:
        return dates.season_first(line, i + 1)
    if word == "weekend" and ends_phrase(line, i + 2):
        return Reading(UNITS["weekend"], i + 2, WEEKEND_NEEDS)
    if word == "year":
        return figures.year_alone(line, i + 2)
    return figures.decade_at(line, i + 1)


def _noon(line: Line, i: int) -> Reading | None:
    return Reading(DAY_PARTS[line.at(i)], i + 1)


_DIGIT = "0"
_COUNTS = {*NUMBERS, "a", "an", "few", "couple", "several", "half", "about", "around", "almost", "nearly", "over",
           "roughly", "some", "approximately", "maybe", _DIGIT}  # fmt: skip

_RULES: dict[str, tuple[Rule, ...]] = {}
_COMPOSITIONS: dict[str, tuple[Composition, ...]] = {}
_RULE_STARTS: tuple[tuple[Rule, set[str]], ...] = (
    (dates.month_first, {*MONTHS}),
    (dates.day_first, {"the", _DIGIT, *ORDINALS, "twenty", "thirty"}),
    (figures.numeric_date, {_DIGIT}),
    (figures.year_alone, {_DIGIT}),
    (figures.decade_at, {_DIGIT}),
    (figures.clock, {_DIGIT}),
    (dates.weekday_first, {*WEEKDAYS}),
    (dates.season_first, {*SEASONS}),
    (dates.holiday_first, {*HOLIDAYS}),
    (dates.quarter_first, {"q1", "q2", "q3", "q4"}),
    (_the, {"the"}),
    (_noon, {"noon", "midday"}),
    (relative.day_word, {"today", "yesterday", "tomorrow", "tonight"}),
    (relative.day_but_one, {"the", "day", "night", "week", "weekend", "month", "year", *WEEKDAYS, *SEASONS}),
    (relative.determined, {"the", "last", "previous", "this", "current", "next", "coming", "upcoming"}),
    (relative.counted_from_now, _COUNTS),
    (relative.vague, {"recently", "lately", "the", "not", "days", "weeks", "months", "years", "decades"}),
)
_COMPOSITION_STARTS: tuple[tuple[Composition, set[str]], ...] = (
    (composed.clock_first, {"the", _DIGIT, *DAY_PARTS}),
    (composed.third, {"the", "early", "mid", "late"}),
    (composed.earlier, {"earlier", "later"}),
    (composed.edge_of, {"the", "first", "second", *composed.EDGES}),
    (composed.nth_of, {"the", _DIGIT, *composed.NTH}),
    (composed.week_of, {"the", "week", "weekend", "month"}),
    (composed.neighbour, {"the", "last", "first", *UNIT_WORDS, *WEEKDAYS, *SEASONS}),
    (composed.counted_from, _COUNTS),
)
for _rule, _words in _RULE_STARTS:
    for _word in _words:
        _RULES[_word] = (*_RULES.get(_word, ()), _rule)
for _composition, _words in _COMPOSITION_STARTS:
    for _word in _words:
        _COMPOSITIONS[_word] = (*_COMPOSITIONS.get(_word, ()), _composition)

STARTS = frozenset({*_RULES, *_COMPOSITIONS} - {_DIGIT})
"""The words a period may begin with, besides those that begin with a digit."""
