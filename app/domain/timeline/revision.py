"""The difference between what was believed and what is to be believed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Container, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.fact import Cardinality, FactKind, FactVersion, Retirement, Statement
from app.domain.timeline.belief import NOTHING, Belief, Run, believe
from app.domain.timeline.identity import identify
from app.domain.timeline.retirement import Retiring
from app.domain.timeline.rules import Rule


@dataclass(frozen=True, slots=True)
class Closure:
    """A believed version that is believed no longer."""

    fact_id: str
    version: int
    retirement: Retirement


@dataclass(frozen=True, slots=True)
class Support:
    """More statements that support a version; its belief stays."""

    fact_id: str
    version: int
    statement_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Revision:
    """What to close, append and add, all at one recorded moment.

    `append` may hold versions that are closed at that very moment: statements overruled before they were ever
    believed, kept for the history; their recorded interval is empty, so no view shows them.
    """

    close: tuple[Closure, ...] = ()
    append: tuple[FactVersion, ...] = ()
    support: tuple[Support, ...] = ()


def reconcile(
    versions: Collection[FactVersion],
    statements: Collection[Statement],
    *,
    now: datetime,
    new_id: Callable[[], str],
    withdrawn: Collection[str] = (),
    restored: Mapping[str, datetime] = NOTHING,
    elsewhere: Collection[Statement] = (),
    cause: Retirement | None = None,
) -> Revision:
    """The revision after which exactly the runs of `believe` are believed.

    `versions`: all of the group, believed and closed. `statements`: all that remain of the group (see `believe`);
    those with ids in `withdrawn` are left aside, `restored` is handed on. `elsewhere`: what versions rest upon that is
    not of the group any more. `cause`: why versions are retired where no statement says so: a deletion, retraction,
    restoration or new extraction. Doing it again gives an empty revision.
    """
    considered = [statement for statement in statements if statement.id not in withdrawn]
    belief = believe(considered, restored=restored)
    return difference(versions, belief, [*statements, *elsewhere], now=now, new_id=new_id, cause=cause)


def difference(
    versions: Collection[FactVersion],
    belief: Belief,
    statements: Iterable[Statement],
    *,
    now: datetime,
    new_id: Callable[[], str],
    cause: Retirement | None = None,
) -> Revision:
    """`statements`: all that `belief` may name as causes, leave unbelieved, or no longer rest upon."""
    kept = identify(belief.runs, versions)
    numbers: Counter[str] = Counter()
    for version in versions:
        numbers[version.fact_id] = max(numbers[version.fact_id], version.version)
    facts = tuple(kept[index].fact_id if index in kept else new_id() for index in range(len(belief.runs)))
    by_id = {statement.id: statement for statement in statements}
    retiring = Retiring(belief, facts, by_id, cause)

    append: list[FactVersion] = []
    support: list[Support] = []
    standing: set[tuple[str, int]] = set()
    successor: dict[str, Run] = {}
    for index, (run, fact_id) in enumerate(zip(belief.runs, facts, strict=True)):
        before = kept.get(index)
        successor[fact_id] = run
        if before is not None and before.believed and _same(before, run, by_id):
            standing.add((before.fact_id, before.version))
            more = tuple(id for id in run.statement_ids if id not in before.statement_ids)
            if more:
                support.append(Support(before.fact_id, before.version, more))
        else:
            append.append(_version(run, fact_id, numbers[fact_id] + 1, now))

    close = [
        Closure(version.fact_id, version.version, retiring.of(version, successor.get(version.fact_id)))
        for version in sorted(versions, key=lambda v: (v.fact_id, v.version))
        if version.believed and (version.fact_id, version.version) not in standing
    ]
    recorded = {id for version in versions for id in version.statement_ids}
    for id, why in belief.unbelieved.items():
        if id not in recorded:
            statement = by_id[id]
            append.append(_stillborn(statement, new_id(), now, retiring.because(why, statement.valid.start)))
    return Revision(tuple(close), tuple(append), tuple(support))


def applied(versions: Collection[FactVersion], revision: Revision, now: datetime) -> tuple[FactVersion, ...]:
    """All versions after a revision at `now`."""
    closed = {(c.fact_id, c.version): c.retirement for c in revision.close}
    more = {(s.fact_id, s.version): s.statement_ids for s in revision.support}
    after: list[FactVersion] = []
    for version in versions:
        key = version.fact_id, version.version
        if key in closed:
            version = replace(version, recorded_to=now, retired_by=closed[key])
        if key in more:
            version = replace(version, statement_ids=version.statement_ids + more[key])
        after.append(version)
    return (*after, *revision.append)


def _same(version: FactVersion, run: Run, statements: Container[str]) -> bool:
    """The same belief on the same evidence or more. Where evidence is there but no longer speaks for it, or all of it
    is gone, the fact goes on in a new version, so that the old one keeps what it rested upon."""
    believed = version.object, version.cardinality, version.kind, version.text, version.valid, version.precision
    if believed != (run.object, run.cardinality, run.kind, run.text, run.valid, run.precision):
        return False
    supporting = set(run.statement_ids)
    rested_on = set(version.statement_ids)
    return not rested_on.isdisjoint(supporting) and not any(id in statements for id in rested_on - supporting)


def _version(run: Run, fact_id: str, number: int, now: datetime) -> FactVersion:
    return FactVersion(
        fact_id=fact_id,
        version=number,
        subject_id=run.subject_id,
        predicate=run.predicate,
        object=run.object,
        cardinality=run.cardinality,
        kind=run.kind,
        text=run.text,
        valid=run.valid,
        precision=run.precision,
        recorded_from=now,
        recorded_to=None,
        extractor=run.extractor,
        statement_ids=run.statement_ids,
        event=_event(run),
    )


def _event(run: Run) -> bool:
    """Lived through, and over when it was told to be; what was ended or superseded was a state."""
    return (
        run.kind is FactKind.EXPERIENTIAL
        and run.cardinality is Cardinality.MANY
        and run.valid.start is not None
        and run.ends is not None
        and run.ends.rule is Rule.STATED
    )


def _stillborn(statement: Statement, fact_id: str, now: datetime, retirement: Retirement) -> FactVersion:
    return FactVersion(
        fact_id=fact_id,
        version=1,
        subject_id=statement.subject_id,
        predicate=statement.predicate,
        object=statement.object,
        cardinality=statement.cardinality,
        kind=statement.kind,
        text=statement.text,
        valid=statement.valid,
        precision=statement.precision,
        recorded_from=now,
        recorded_to=now,
        extractor=statement.extractor,
        statement_ids=(statement.id,),
        retired_by=retirement,
    )
