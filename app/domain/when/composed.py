"""Phrases built around another period: "the first week of May", "late June 2019", "the Friday before 20 May", "the
morning of the 8th", "two weeks after Christmas". Each rule reads that inner period with `read`."""

from __future__ import annotations

from dataclasses import replace

from app.domain.when import figures, relative
from app.domain.when.almanac import PRECISIONS, UNITS, moved
from app.domain.when.counts import count, unit_after
from app.domain.when.names import DAY_PARTS, MONTHS, UNIT_WORDS
from app.domain.when.reading import Reading, Rule, ends_phrase, shaped
from app.domain.when.spans import Cycle, Span, ordinal_part, share
from app.domain.when.spans import week_of as nth_week
from app.domain.when.words import Line

EDGES = {"beginning": (0, 3), "start": (0, 3), "middle": (1, 3), "end": (2, 3)}
_THIRDS = {"early": (0, 3), "mid": (1, 3), "late": (2, 3)}
NTH = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}


def day_cycle(line: Line, i: int, spoken: bool = False) -> tuple[Cycle, int] | None:
    """spoken: an "at" or the like says that bare "3:30" is a time."""
    if line.at(i) in DAY_PARTS:
        return DAY_PARTS[line.at(i)], i + 1
    found = figures.clock(line, i)
    if found is None or isinstance(found.what, Span) or (found.needs and not spoken):
        return None
    return found.what, found.end


def clock_first(line: Line, i: int, read: Rule) -> Reading | None:
    """3pm yesterday, noon on Friday, the morning of 8 May."""
    j = i + 1 if line.at(i) == "the" else i
    found = day_cycle(line, j, spoken=line.at(j - 1) in {"at", "around", "by"})
    if found is None or line.at(j) == "night":
        return None
    cycle, j = found
    inner = read(line, j + 1 if line.at(j) in {"on", "of", ","} else j)
    if inner is not None and isinstance(inner.what, Span) and not inner.what.is_day:
        return None
    return shaped(inner, cycle.within)


def third(line: Line, i: int, read: Rule) -> Reading | None:
    """Early June, mid-2019, late last year."""
    j = i + 1 if line.at(i) == "the" else i
    word = line.at(j)
    if word in _THIRDS:
        inner = read(line, j + 2 if line.at(j + 1) in {"-", "in"} else j + 1)
        which = _THIRDS[word]
        return shaped(inner, lambda span: share(span, *which))
    return None


def earlier(line: Line, i: int, read: Rule) -> Reading | None:
    """Earlier this week, from its start to now; later today, from now to its end."""
    unit = line.at(i + 3)
    if line.starts(i + 1, "in", "the") and unit in {*DAY_PARTS, "day", "week", "month", "year"}:
        cycle = DAY_PARTS.get(unit) or UNITS[unit]
        span, end = cycle.this(line.now), i + 4
    elif line.at(i + 1) in {"this", "today", "tonight"} and (inner := read(line, i + 1)):
        if isinstance(inner.what, Cycle):
            return None
        span, end = inner.what, inner.end
    else:
        return None
    if span is None or not (span.start <= line.now if line.at(i) == "earlier" else line.now <= span.end):
        return None
    if line.at(i) == "earlier":
        return Reading(replace(span, end=min(line.now, span.end)), end)
    return Reading(replace(span, start=max(line.now, span.start)), end)


def edge_of(line: Line, i: int, read: Rule) -> Reading | None:
    """The end of May, the beginning of the year, the second half of 2020."""
    j = i + 1 if line.at(i) == "the" else i
    which = EDGES.get(line.at(j))
    if line.at(j) in {"first", "second"} and line.at(j + 1) == "half":
        which, j = (0 if line.at(j) == "first" else 1, 2), j + 1
    if which is None or line.at(j + 1) != "of":
        return None
    inner = _whole(line, j + 2, read)
    return shaped(inner, lambda span: share(span, *which))


def nth_of(line: Line, i: int, read: Rule) -> Reading | None:
    """The first week of May, the last Friday in June, the third quarter of 2025."""
    j = i + 1 if line.at(i) == "the" else i
    nth = NTH.get(line.at(j))
    word = line.at(j + 1)
    cycle = UNITS[word] if word in {"day", "weekend", "month", "quarter"} else relative.named(line, j + 1)
    if nth is None or (cycle is None and word != "week") or line.at(j + 2) not in {"of", "in"}:
        return None
    inner = _whole(line, j + 3, read)
    if cycle is None:
        return shaped(inner, lambda span: nth_week(span, nth))
    return shaped(inner, lambda span: ordinal_part(span, nth, cycle))


def _whole(line: Line, i: int, read: Rule) -> Reading | None:
    """A period, or the running one: the year, that month."""
    if line.at(i) in {"the", "this"} and line.at(i + 1) in {"week", "month", "year", "decade"}:
        span = UNITS[line.at(i + 1)].this(line.now)
        if ends_phrase(line, i + 2) and span:
            return Reading(span, i + 2)
    return read(line, i)


def week_of(line: Line, i: int, read: Rule) -> Reading | None:
    """The week of 3 May, the weekend of the 12th, the month of May."""
    j = i + 1 if line.at(i) == "the" else i
    unit = line.at(j)
    if unit not in {"week", "weekend", "month"} or line.at(j + 1) != "of":
        return None
    inner = read(line, j + 2)
    if inner is None:
        return None
    if unit == "month" and line.at(j + 2) in MONTHS:
        return inner._replace(needs=frozenset())
    return shaped(inner, UNITS[unit].within)


def neighbour(line: Line, i: int, read: Rule) -> Reading | None:
    """The Friday before 20 May 2023, the day after Christmas, the last weekend before June. The week or month beside a
    day is the seven days or the month that lead up to it or follow it, else the one of the calendar."""
    j = i + 1 if line.at(i) == "the" else i
    j = j + 1 if line.at(j) in {"last", "first"} else j
    after = line.at(j + 1) in {"after", "following"}
    if not after and line.at(j + 1) not in {"before", "preceding"}:
        return None
    unit = UNIT_WORDS.get(line.at(j))
    cycle = UNITS[unit] if unit in {"day", "night", "week", "weekend", "month", "year"} else relative.named(line, j)
    inner = read(line, j + 2) if cycle else None
    if cycle is None or inner is None:
        return None
    found, step = cycle, 1 if after else -1

    def beside(span: Span) -> Span | None:
        if unit in {"week", "month"} and span.is_day:
            edges = (span.end, moved(span.end, 1, unit)) if after else (moved(span.start, -1, unit), span.start)
            return Span(*edges, PRECISIONS[unit])
        if unit in {"week", "month", "year", "day"}:
            return found.at(found.number(span.start) + step)
        if unit == "night":
            return found.at(found.number(span.start) + (0 if after else -1))
        return found.next(span.start) if after else found.past(span.start)

    return shaped(inner, beside)


def counted_from(line: Line, i: int, read: Rule) -> Reading | None:
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
    inner = read(line, j)
    if inner is None or (word == "from" and isinstance(inner.what, Cycle) and not inner.what.named_day):
        return None
    sign, number, size = (-1 if word in {"before", "prior"} else 1), counted, UNITS[unit]

    def away(span: Span) -> Span | None:
        spans = [size.this(moved(span.start, sign * n, unit)) for n in (number.low, number.high)]
        known = [one for one in spans if one]
        if not known:
            return None
        return Span(min(one.start for one in known), max(one.end for one in known), known[0].precision)

    if word == "from" and isinstance(inner.what, Cycle):
        inner = inner._replace(what=inner.what.coming(line.now) or inner.what)
    return shaped(inner._replace(certain=inner.certain and number.certain), away)
