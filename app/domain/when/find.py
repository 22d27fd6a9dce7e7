"""Time expressions in English text, resolved to intervals.

A name without its year, week or day ("in June", "on Friday", "8 May") is the latest one that begins not after the
reference, or the one to come where the sentence speaks of the future; a weekday is never the day of the reference.
"Last" is the latest that is over, "this" the one of the running week or year (unless the tense forbids), "next" the
earliest that has not begun.
"N units ago" is the whole calendar unit that holds that moment; "the past N units" runs from the start of a day up to
the reference.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from app.domain.time import Interval, Precision
from app.domain.when import relative
from app.domain.when.almanac import day_number
from app.domain.when.dates import THROUGH
from app.domain.when.mention import Relation, TimeMention
from app.domain.when.names import MONTHS
from app.domain.when.openers import EVERY, NO_OPENER, ONWARDS, OPENERS, STRANDED, Opener
from app.domain.when.period import STARTS, begins_with_digit, period
from app.domain.when.reading import Reading
from app.domain.when.spans import Cycle, Span, midnight
from app.domain.when.tense import Tense, lasts, tense
from app.domain.when.words import Line, may_hold_time, read, refuse_naive


class _Found(NamedTuple):
    """end: index of the first word behind it. start and until: naive; None is open."""

    end: int
    start: datetime | None
    until: datetime | None
    precision: Precision
    relation: Relation
    certain: bool = True


_PRESENT = (("now",), ("today",), ("the", "present"), ("present",), ("right", "now"))
_LONG_AGO = (("a", "while"), ("a", "long", "time"), ("some", "time"), ("ages",), ("long",), ("quite", "a", "while"))
_BEGINNINGS = frozenset({*OPENERS, *STARTS, *(words[0] for words in _LONG_AGO)})


def find_times(text: str, reference: datetime) -> list[TimeMention]:
    """In text order, non-overlapping; at each place the longest. reference: aware. Raises ValueError for a
    naive one."""
    refuse_naive(reference)
    if not may_hold_time(text):
        return []
    line = read(text, reference)
    mentions = []
    behind = 0
    for i, word in enumerate(line.words):
        if i >= behind and (word in _BEGINNINGS or begins_with_digit(word)):
            found = _mention(line, i)
            mention = found and _resolved(text, line, i, found)
            if found and mention:
                mentions.append(mention)
                behind = found.end
    return mentions


def _resolved(text: str, line: Line, i: int, found: _Found) -> TimeMention | None:
    begin, finish = line.spans[i][0], line.spans[found.end - 1][1]
    try:
        start = found.start and found.start.replace(tzinfo=line.zone).astimezone(UTC)
        until = found.until and found.until.replace(tzinfo=line.zone).astimezone(UTC)
    except (OverflowError, ValueError):  # beyond the years that a datetime can hold
        return None
    if start and until and until < start:  # an hour that a change to summer time leaves out
        until = start
    return TimeMention(
        begin, finish, text[begin:finish], Interval(start, until), found.precision, found.relation, found.certain
    )


def _mention(line: Line, i: int) -> _Found | None:
    try:
        return _opened(line, i) or _bare(line, i) or _so_far(line, i) or _long_ago(line, i)
    except (OverflowError, ValueError):  # beyond the years that a datetime can hold
        return None


def _opened(line: Line, i: int) -> _Found | None:
    best: _Found | None = None
    for opener in OPENERS.get(line.at(i), ()):
        if line.starts(i, *opener.words):
            found = _after(line, i, i + len(opener.words), opener)
            if found and (best is None or found.end > best.end):
                best = found
    return best


def _after(line: Line, i: int, j: int, opener: Opener) -> _Found | None:
    if line.at(j) in STRANDED.get(opener.key, ()):
        return None
    if opener.key == "for" and (stay := _stay(line, i, j)):
        return stay
    reading = period(line, j)
    if reading and (found := _range(line, i, reading, opener)):
        return found
    if opener.key == "in" and (ahead := relative.in_future(line, j)) and (not reading or ahead.end > reading.end):
        return _ahead(line, i, ahead)
    if reading is None or (opener.relation is Relation.BETWEEN and not reading.both_ends):
        return None
    if opener.key == "from" and line.at(reading.end) in ONWARDS:
        opener, reading = opener._replace(relation=Relation.SINCE), reading._replace(end=reading.end + 1)
    elif reading.needs and opener.key not in reading.needs:
        return None
    span = _settled(line, i, reading, opener.relation)
    if span is None:
        return None
    certain = reading.certain and opener.certain
    if _is_clock(reading.what):  # an hour without a day is mostly somebody's timetable
        certain = certain and tense(line, i, reading.end) in {Tense.PAST, Tense.FUTURE}
    edge = span.end if opener.to_end else span.start
    match opener.relation:
        case Relation.SINCE:
            return _Found(reading.end, span.start, None, span.precision, Relation.SINCE, certain)
        case Relation.AFTER:
            return _Found(reading.end, span.end, None, span.precision, Relation.AFTER, certain)
        case Relation.UNTIL | Relation.BEFORE:
            return _Found(reading.end, None, edge, span.precision, opener.relation, certain)
        case _:
            return _within(span, reading._replace(certain=certain))


def _ahead(line: Line, i: int, reading: Reading) -> _Found | None:
    """In two weeks: not where it is how long something took or takes."""
    speaks = tense(line, i, reading.end)
    if not isinstance(reading.what, Span) or speaks is Tense.PAST:
        return None
    alone = line.at(i - 1) in {"", ".", "!", "?"}
    certain = reading.certain and (speaks is not Tense.UNKNOWN or alone)
    return _within(reading.what, reading._replace(certain=certain))


def _stay(line: Line, i: int, j: int) -> _Found | None:
    """For three years, for the past two weeks."""
    reading = relative.duration(line, j)
    if reading is None:
        reading = relative.determined(line, j)
        if reading is None or not isinstance(reading.what, Span) or reading.what.end != line.now:
            return None
    if not isinstance(reading.what, Span) or tense(line, i, reading.end) is Tense.FUTURE:
        return None
    span = reading.what
    certain = reading.certain and lasts(line, i)
    if not certain and span.precision is Precision.DAY and line.at(reading.end - 1).startswith(("hour", "hr")):
        return None
    return _Found(reading.end, span.start, None, span.precision, Relation.FOR, certain)


def _so_far(line: Line, i: int) -> _Found | None:
    """Seven years now, five weeks already."""
    reading = relative.duration(line, i)
    if reading is None or not isinstance(reading.what, Span) or line.at(reading.end) not in {"now", "already"}:
        return None
    span = reading.what
    certain = reading.certain and lasts(line, i)
    return _Found(reading.end + 1, span.start, None, span.precision, Relation.FOR, certain)


def _bare(line: Line, i: int) -> _Found | None:
    reading = period(line, i)
    if reading is None or line.at(i - 1) in EVERY:
        return None
    found = _range(line, i, reading, NO_OPENER)
    if found:
        return found
    span = None if reading.needs else _settled(line, i, reading, Relation.AT)
    if span is not None and reading.end == i + 1 and line.at(i) in MONTHS:  # "July and August are busy"
        reading = reading._replace(certain=False)
    return None if span is None else _within(span, reading)


def _long_ago(line: Line, i: int) -> _Found | None:
    if line.at(i - 1) in {"how", "so", "too", "very"}:
        return None
    for words in _LONG_AGO:
        if line.starts(i, *words) and line.at(i + len(words)) in {"ago", "back"}:
            today = midnight(line.now)
            return _Found(i + len(words) + 1, None, today, Precision.YEAR, Relation.BEFORE, certain=False)
    return None


def _within(span: Span, reading: Reading) -> _Found:
    relation = Relation.BETWEEN if reading.both_ends else Relation.AT
    return _Found(reading.end, span.start, span.end, span.precision, relation, reading.certain)


def _settled(line: Line, i: int, reading: Reading, relation: Relation) -> Span | None:
    """The occurrence that is meant."""
    what = reading.what
    if isinstance(what, Span):
        return what
    speaks = tense(line, i, reading.end)
    ahead = {Tense.FUTURE, Tense.PRESENT} if relation in {Relation.UNTIL, Relation.BEFORE} else {Tense.FUTURE}
    now = midnight(line.now) if what.named_day else line.now
    if speaks in ahead:
        return what.coming(line.now)
    if _is_clock(what) and speaks is not Tense.PAST:
        return what.this(line.now)
    return what.latest(now)


def _is_clock(what: Span | Cycle) -> bool:
    return isinstance(what, Cycle) and what.number is day_number


# -- ranges -----------------------------------------------------------------------------------------------------------


def _range(line: Line, i: int, first: Reading, opener: Opener) -> _Found | None:
    """X to Y, from X until Y, between X and Y: from the start of X to the end of Y."""
    joint = line.at(first.end)
    if not (joint == "and" if opener.key == "between" else joint in THROUGH):
        return None
    if opener.relation not in {Relation.AT, Relation.BETWEEN}:
        return None
    j = first.end + 1
    if opener.key == "from" and (present := next((words for words in _PRESENT if line.starts(j, *words)), None)):
        start = _settled(line, i, first, Relation.AT)
        if start is None:
            return None
        return _Found(j + len(present), start.start, None, start.precision, Relation.SINCE, first.certain)
    second = period(line, j)
    if second is None or (not opener.key and not _plainly_joined(line, i, first, second, joint)):
        return None
    spans = _both(line, i, first, second)
    if spans is None or spans[1].end <= spans[0].start:
        return None
    until = spans[1].start if _is_clock(second.what) else spans[1].end
    certain = first.certain and second.certain
    return _Found(second.end, spans[0].start, until, spans[0].precision, Relation.BETWEEN, certain)


def _plainly_joined(line: Line, i: int, first: Reading, second: Reading, joint: str) -> bool:
    """Without "from", names that may be something else are a range only in pairs or behind a dash."""
    if joint in {"-", "–", "—"}:
        return not _is_clock(first.what)
    return not first.needs or (not second.needs and line.at(i) in MONTHS)


def _both(line: Line, i: int, first: Reading, second: Reading) -> tuple[Span, Span] | None:
    """The one that says less follows the other."""
    one, other = first.what, second.what
    start: Span | None
    end: Span | None
    if isinstance(one, Span) or _is_clock(other):
        start = _settled(line, i, first, Relation.AT)
        end = start and (other.coming(start.start) if isinstance(other, Cycle) else other)
    else:
        end = _settled(line, i, second._replace(what=other), Relation.AT)
        start = end and one.latest(end.start)
    return (start, end) if start and end else None
