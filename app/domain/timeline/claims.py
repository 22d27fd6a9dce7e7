"""From statements to claims: what each statement still says once denials, corrections and ends have been heard.

Everything is a function of the set of statements; the order of their arrival plays no part. "Told earlier" compares
`telling`, which the sources carry themselves.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from app.domain.fact import Cardinality, Polarity, Statement
from app.domain.time import BEGINNING, END, Precision
from app.domain.timeline.rules import Cause, Rule

PERIODS: Mapping[Precision, timedelta] = MappingProxyType(
    {
        Precision.DAY: timedelta(days=1),
        Precision.WEEK: timedelta(weeks=1),
        Precision.MONTH: timedelta(days=31),
        Precision.SEASON: timedelta(days=92),
        Precision.YEAR: timedelta(days=366),
    }
)
"""How long after the stated start the true one may lie, at most."""

Telling = tuple[datetime, int, int]


def telling(statement: Statement) -> Telling:
    """The order of telling: when it was said, then the episode's place in the memory, then the place in the text."""
    return statement.said_at, statement.seq, statement.span.start if statement.span else 0


def told(statements: Collection[Statement]) -> list[Statement]:
    """In the order of telling. What is told in the very same place goes: denials and ends, then what holds; by id."""
    return sorted(statements, key=lambda s: (*telling(s), s.polarity is Polarity.HOLDS, s.id))


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement's hold on valid time. `start` BEGINNING: unknown; `end` END: none stated. `order`: place in the
    order of telling. `cut`: where somebody said that it stops, END if nobody did."""

    statement: Statement
    start: datetime
    end: datetime
    order: int
    precision: Precision
    layer: str | None
    cut: datetime = END
    cut_by: str | None = None

    @property
    def key(self) -> str:
        return self.statement.object.key

    @property
    def holds_to(self) -> datetime:
        return min(self.end, self.cut)

    @property
    def covers_to(self) -> datetime:
        """What was said without an end hides what lies beneath for good, even after it stopped: who leaves Globex
        is not back at Acme. What was said with an end lets it through again."""
        return END if self.end == END else self.holds_to


@dataclass(frozen=True, slots=True, order=True)
class _End:
    """It stops at `at`; or, for what was told earlier and began within the vague period, at `latest`."""

    at: datetime
    order: int
    latest: datetime
    by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """The claims that stand, and, by statement id, why others do not."""

    claims: tuple[Claim, ...]
    denied: Mapping[str, Cause]


def standing(statements: Collection[Statement], restored: Mapping[str, datetime]) -> Standing:
    """O(n log n), and for each correction the claims that it takes over."""
    by_value: dict[str, list[Claim]] = {}
    ends: dict[str, list[_End]] = {}
    ends_all: list[_End] = []
    denied: dict[str, Cause] = {}

    def deny(key: str, by: Statement) -> list[Claim]:
        heard = by_value.pop(key, [])
        spared = [claim for claim in heard if _spared(claim, by.recorded_at, restored)]
        if spared:
            by_value[key] = spared
        gone = [claim for claim in heard if not _spared(claim, by.recorded_at, restored)]
        denied.update((claim.statement.id, Cause(Rule.CORRECTED, by.id)) for claim in gone)
        return gone

    for order, statement in enumerate(told(statements)):
        key = statement.object.key
        match statement.polarity:
            case Polarity.ENDS:
                insort(ends.setdefault(key, []), _end(statement, order))
            case Polarity.ENDS_ALL:
                insort(ends_all, _end(statement, order))
            case Polarity.DENIES:
                deny(key, statement)
            case Polarity.HOLDS:
                own = Claim(
                    statement,
                    statement.valid.start or BEGINNING,
                    statement.valid.end or END,
                    order,
                    statement.precision,
                    None if statement.cardinality is Cardinality.ONE and statement.id not in restored else key,
                )
                wrong = statement.replaces.key if statement.replaces is not None else key
                taken = deny(wrong, statement) if wrong != key else []
                if taken and statement.precision is Precision.ASSUMED:
                    heard = sorted([*ends.get(wrong, []), *_untils(taken)])
                    ended = (_cut(_cut(claim, heard, restored), ends_all, restored) for claim in taken)
                    mine = [replace(own, start=c.start, end=c.end, precision=c.precision, cut=c.cut, cut_by=c.cut_by)
                            for c in ended]  # fmt: skip
                else:
                    mine = [own]
                by_value.setdefault(key, []).extend(mine)

    settled = _settled(claim for claims in by_value.values() for claim in claims)
    claims: list[Claim] = []
    for key, same in settled.items():
        of_value = sorted([*ends.get(key, []), *_untils(same)])
        claims += [_cut(_cut(claim, of_value, restored), ends_all, restored) for claim in same]
    return Standing(tuple(claims), denied)


def _spared(claim: Claim, recorded_at: datetime, restored: Mapping[str, datetime]) -> bool:
    restored_at = restored.get(claim.statement.id)
    return restored_at is not None and recorded_at <= restored_at


def _latest(start: datetime, precision: Precision, said_at: datetime) -> datetime:
    """The last moment that a start told like this can mean; not after it was said, unless it was a plan."""
    period = PERIODS.get(precision)
    if period is None or said_at <= start:
        return start
    return said_at if said_at - start < period else start + period


def _end(statement: Statement, order: int) -> _End:
    at = statement.valid.start or statement.said_at
    latest = _latest(at, statement.precision, statement.said_at)
    return _End(at, order, latest, statement.id, statement.recorded_at)


def _untils(claims: Iterable[Claim]) -> list[_End]:
    """ "Until March" says no more of the start than that there was one: it ends what was told of it before."""
    return [
        _End(claim.end, claim.order, claim.end, claim.statement.id, claim.statement.recorded_at)
        for claim in claims
        if claim.start == BEGINNING and claim.end != END
    ]


def _settled(claims: Iterable[Claim]) -> dict[str, list[Claim]]:
    """By value, with vague starts decided: "moved to Berlin this year" begins at the year's start, but where another
    value was told earlier to begin within that year, only at the last moment that the words can mean."""
    settled: dict[str, list[Claim]] = {}
    starts: list[datetime] = []
    starts_of: dict[str, list[datetime]] = {}
    for claim in sorted(claims, key=lambda c: (c.order, c.start, c.end)):
        if claim.layer is None and claim.end == END:
            own = starts_of.setdefault(claim.key, [])
            if claim.start == claim.statement.valid.start:
                latest = _latest(claim.start, claim.precision, claim.statement.said_at)
                if _between(starts, claim.start, latest) > _between(own, claim.start, latest):
                    claim = replace(claim, start=latest)
            insort(starts, claim.start)
            insort(own, claim.start)
        settled.setdefault(claim.key, []).append(claim)
    return settled


def _between(moments: Sequence[datetime], after: datetime, before: datetime) -> int:
    return max(0, bisect_left(moments, before) - bisect_right(moments, after))


def _cut(claim: Claim, ends: Sequence[_End], restored: Mapping[str, datetime]) -> Claim:
    """The claim, stopped by the first end after its start; a later recurrence is another claim and untouched."""
    first = bisect_right(ends, claim.start, key=lambda end: end.at)
    found: list[tuple[datetime, int, str]] = []
    for end in ends[first:]:
        if not _spared(claim, end.recorded_at, restored):
            found.append((end.at, end.order, end.by))
            break
    for end in reversed(ends[:first]):
        if claim.start - end.at > PERIODS[Precision.YEAR]:
            break
        if claim.start < end.latest and claim.order < end.order and not _spared(claim, end.recorded_at, restored):
            found.append((end.latest, end.order, end.by))
    cut, _, by = min(found, default=(END, 0, ""))
    return replace(claim, cut=cut, cut_by=by) if cut < claim.holds_to else claim
