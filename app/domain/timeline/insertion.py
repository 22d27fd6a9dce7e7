"""The quick way for the usual news: a statement newer than everything in its group."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.fact import Cardinality, FactVersion, Polarity, Statement
from app.domain.time import BEGINNING, Interval
from app.domain.timeline.belief import Belief, Run
from app.domain.timeline.claims import Telling, telling
from app.domain.timeline.revision import Revision, Support, difference
from app.domain.timeline.rules import Cause, Rule


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far the statements of a group reach: the latest stated start of any (BEGINNING if none is stated), the
    latest moment that any of them names or was said at, and the last in the order of telling."""

    start: datetime
    moment: datetime
    telling: Telling


def horizon(statements: Collection[Statement]) -> Horizon | None:
    """None where there are none. Horizons of parts combine by taking the greater of each field."""
    if not statements:
        return None
    return Horizon(
        start=max(s.valid.start or BEGINNING for s in statements),
        moment=max(m for s in statements for m in (s.said_at, s.valid.start, s.valid.end) if m is not None),
        telling=max(telling(s) for s in statements),
    )


def insert(
    affected: Collection[FactVersion],
    statement: Statement,
    reach: Horizon | None,
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> Revision | None:
    """The revision that `reconcile` would give for one more statement, from at most two versions; None where only
    `reconcile` can tell: late news, ends, denials, corrections, what is bounded within something else, and ties.

    `reach`: the horizon of every other statement of the group, withdrawn ones too, None if there are none. A group
    here is a (subject, predicate), for a many-valued one with one object and every ENDS_ALL and `replaces` of it.
    `affected`: the believed versions of the group whose `valid.end` is open or not before the statement's start (more
    do no harm). A group with a restored statement must go to `reconcile`.
    """
    start = statement.valid.start
    if statement.polarity is not Polarity.HOLDS or statement.replaces is not None or statement.valid.empty:
        return None
    if start is None or (reach is not None and (start < reach.moment or telling(statement) <= reach.telling)):
        return None
    believed = [v for v in affected if v.believed and (v.valid.end is None or v.valid.end >= start)]
    if statement.cardinality is Cardinality.MANY:
        believed = [v for v in believed if v.object.key == statement.object.key]
    if len(believed) > 2 or any(v.cardinality is not statement.cardinality for v in believed):
        return None
    over = next((v for v in believed if v.valid.end is None), None)
    left = next((v for v in believed if v.valid.end == start and v.object.key == statement.object.key), None)
    if any(v.valid.end is not None and v.valid.end > start for v in believed):
        return None

    tie = reach is not None and reach.start == start
    runs: list[Run] = []
    if over is not None:
        began = over.valid.start or BEGINNING
        if over.object.key == statement.object.key:
            if tie or began >= start:
                return None
            return Revision(support=(Support(over.fact_id, over.version, (statement.id,)),))
        if statement.valid.end is not None or began > start or (tie and began < start):
            return None
        if began < start:
            superseded = Cause(Rule.SUPERSEDED, statement.id)
            runs.append(replace(_run(over), valid=Interval(over.valid.start, start), ends=superseded))
    touched = [v for v in (left, over) if v is not None]
    runs.append(_extended(left, statement) if left is not None else _new(statement))
    return difference(touched, Belief(tuple(runs)), [statement], now=now, new_id=new_id)


def _run(version: FactVersion) -> Run:
    return Run(
        subject_id=version.subject_id,
        predicate=version.predicate,
        object=version.object,
        cardinality=version.cardinality,
        kind=version.kind,
        text=version.text,
        valid=version.valid,
        precision=version.precision,
        extractor=version.extractor,
        statement_ids=version.statement_ids,
        tops=((version.valid.start or BEGINNING, version.statement_ids[0]),),
        ends=None,
    )


def _extended(version: FactVersion, statement: Statement) -> Run:
    run = _run(version)
    return replace(
        run,
        valid=Interval(version.valid.start, statement.valid.end),
        statement_ids=(*run.statement_ids, statement.id),
        tops=(*run.tops, (statement.valid.start or BEGINNING, statement.id)),
        ends=_stated(statement),
    )


def _new(statement: Statement) -> Run:
    return Run(
        subject_id=statement.subject_id,
        predicate=statement.predicate,
        object=statement.object,
        cardinality=statement.cardinality,
        kind=statement.kind,
        text=statement.text,
        valid=statement.valid,
        precision=statement.precision,
        extractor=statement.extractor,
        statement_ids=(statement.id,),
        tops=((statement.valid.start or BEGINNING, statement.id),),
        ends=_stated(statement),
    )


def _stated(statement: Statement) -> Cause | None:
    return None if statement.valid.end is None else Cause(Rule.STATED, statement.id)
