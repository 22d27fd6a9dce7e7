"""What is believed because of a set of statements."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from app.domain.fact import Cardinality, FactKind, Statement, Value
from app.domain.time import BEGINNING, END, Interval, Precision
from app.domain.timeline.claims import Claim, standing
from app.domain.timeline.painting import Piece, paint
from app.domain.timeline.rules import Cause, Rule

NOTHING: Mapping[str, datetime] = MappingProxyType({})

FINEST = (
    Precision.SECOND,
    Precision.DAY,
    Precision.WEEK,
    Precision.MONTH,
    Precision.SEASON,
    Precision.YEAR,
    Precision.ASSUMED,
)


@dataclass(frozen=True, slots=True)
class Run:
    """One value during one unbroken interval.

    Words, kind and extractor are those of the first statement that carries its beginning. `statement_ids`: what
    supports it, in the order of telling. `tops`: from when on which statement is on top, by time. `ends`: why it
    does, None where it is open.
    """

    subject_id: str
    predicate: str
    object: Value
    cardinality: Cardinality
    kind: FactKind
    text: str
    valid: Interval
    precision: Precision
    extractor: str
    statement_ids: tuple[str, ...]
    tops: tuple[tuple[datetime, str], ...]
    ends: Cause | None

    def top(self, moment: datetime) -> str:
        """The statement on top at a moment within the run."""
        return self.tops[max(0, bisect_right(self.tops, moment, key=lambda top: top[0]) - 1)][1]

    def covers(self, moment: datetime) -> bool:
        return (self.valid.start or BEGINNING) <= moment < (self.valid.end or END)


@dataclass(frozen=True, slots=True)
class Belief:
    """`runs` by start, then value. `unbelieved`: the HOLDS statements that support no run, by id, and why. `cuts`:
    the statements that somebody's end statement stopped."""

    runs: tuple[Run, ...]
    unbelieved: Mapping[str, Cause] = field(default_factory=dict)
    cuts: Mapping[str, Cause] = field(default_factory=dict)


def believe(statements: Collection[Statement], *, restored: Mapping[str, datetime] = NOTHING) -> Belief:
    """What is to be believed, given all statements of a (subject, predicate); for a many-valued one those of a single
    object do, with every ENDS_ALL and every statement that replaces it.

    A function of the set: neither order nor repetition matters. `restored`: by statement id, since when it stands
    against supersession by others and against any end or denial recorded up to then. O(n log n).
    """
    stands = standing({statement.id: statement for statement in statements}.values(), restored)
    layers: dict[str | None, list[Claim]] = {}
    for claim in stands.claims:
        layers.setdefault(claim.layer, []).append(claim)
    pictures = {layer: paint(claims) for layer, claims in layers.items()}
    runs = _runs(list(pictures.values()))
    supported = {id for run in runs for id in run.statement_ids}
    unbelieved = {id: cause for id, cause in stands.denied.items() if id not in supported}
    for claim in stands.claims:
        if claim.statement.id not in supported:
            unbelieved[claim.statement.id] = _overruled(claim, pictures[claim.layer])
    cuts = {c.statement.id: Cause(Rule.ENDED, c.cut_by) for c in stands.claims if c.cut_by is not None}
    return Belief(runs, unbelieved, cuts)


@dataclass(slots=True)
class _Draft:
    """A run in the making: its first piece, the one that reaches furthest, the claims in support and on top."""

    first: Piece
    before: Piece | None
    last: Piece
    after: Piece | None
    support: list[Claim]
    tops: list[tuple[datetime, str]]


def _runs(pictures: Sequence[Sequence[Piece]]) -> tuple[Run, ...]:
    """Touching and overlapping pieces of equal value, of whichever layer, make one run."""
    by_value: dict[str, list[tuple[Piece, Piece | None, Piece | None]]] = {}
    for pieces in pictures:
        for index, piece in enumerate(pieces):
            before = pieces[index - 1] if index and pieces[index - 1].hi == piece.lo else None
            after = pieces[index + 1] if index + 1 < len(pieces) and pieces[index + 1].lo == piece.hi else None
            if piece.holds:
                by_value.setdefault(piece.top.key, []).append((piece, before, after))
    drafts: list[_Draft] = []
    for same in by_value.values():
        same.sort(key=lambda found: (found[0].lo, found[0].top.order))
        draft: _Draft | None = None
        for piece, before, after in same:
            if draft is None or piece.lo > draft.last.hi:
                draft = _Draft(piece, before, piece, after, [], [])
                drafts.append(draft)
            elif piece.hi > draft.last.hi:
                draft.last, draft.after = piece, after
            draft.support += (piece.root, *piece.starting)
            draft.tops.append((piece.lo, piece.top.statement.id))
    drafts.sort(key=lambda d: (d.first.lo, d.first.top.key))
    return tuple(_run(draft) for draft in drafts)


def _run(draft: _Draft) -> Run:
    first, root = draft.first, draft.first.root.statement
    if first.lo == first.top.start:
        starting = [c.precision for c in draft.support if c.start == first.lo]
        precision = min(starting, key=FINEST.index, default=first.top.precision)
    else:  # it resumes where something else stopped, and that is known as well as the something else
        precision = draft.before.root.precision if draft.before is not None else first.root.precision
    told = {claim.statement.id: claim.order for claim in draft.support}
    return Run(
        subject_id=root.subject_id,
        predicate=root.predicate,
        object=root.object,
        cardinality=root.cardinality,
        kind=root.kind,
        text=root.text,
        valid=Interval(
            None if first.lo == BEGINNING else first.lo,
            None if draft.last.hi == END else draft.last.hi,
        ),
        precision=precision,
        extractor=root.extractor,
        statement_ids=tuple(sorted(told, key=told.__getitem__)),
        tops=tuple(draft.tops),
        ends=_ending(draft.last, draft.after),
    )


def _ending(piece: Piece, after: Piece | None) -> Cause | None:
    if piece.hi == END:
        return None
    if after is not None and piece.hi < piece.root.holds_to:
        return Cause(Rule.SUPERSEDED, after.top.statement.id)
    if piece.top.cut_by is not None:
        return Cause(Rule.ENDED, piece.top.cut_by)
    return Cause(Rule.STATED, piece.top.statement.id)


def _overruled(claim: Claim, pieces: Sequence[Piece]) -> Cause:
    """What is on top where the claim begins; the claim itself if it was empty as stated and nothing is there."""
    index = bisect_right(pieces, claim.start, key=lambda piece: piece.lo) - 1
    if index >= 0 and claim.start < pieces[index].hi:
        return Cause(Rule.SUPERSEDED, pieces[index].top.statement.id)
    return Cause(Rule.STATED, claim.statement.id)
