"""The local way for plain news, late or not: only the runs next to it can change."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from app.domain.fact import FactVersion, Polarity, Statement
from app.domain.timeline.belief import Belief, believe
from app.domain.timeline.claims import PERIODS, Telling, telling
from app.domain.timeline.revision import Revision, difference


def plain(statement: Statement) -> bool:
    """Holds from a stated start on, with no end, and neither takes another value's place nor is its start vague."""
    return (
        statement.polarity is Polarity.HOLDS
        and statement.replaces is None
        and statement.valid.start is not None
        and statement.valid.end is None
        and (statement.precision not in PERIODS or statement.said_at <= statement.valid.start)
    )


def weave(
    versions: Collection[FactVersion],
    statements: Collection[Statement],
    news: Sequence[Statement],
    fence: Statement | None,
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> Revision | None:
    """The revision that `reconcile` would give for more plain statements of a group in which all are plain and none
    was restored; None where only `reconcile` can tell.

    The runs of such a group touch each other from the first start to the end of time, and a start that is woven in
    shortens the run that it falls into and may extend the one after or before it by their values; those beyond keep
    their starts and ends.

    `versions`: an unbroken stretch of believed ones, with, for each of the news, the one that covers its start, the
    one that ends there and the first that starts after it, and the latest versions of facts no longer believed that
    rest on any of `statements`. `statements`: what supports the stretch. `fence`: what was told last to begin
    where the stretch ends, None where it is open.
    """
    fenced = () if fence is None else (fence,)
    told: dict[datetime | None, Telling] = {}
    for statement in (*statements, *fenced):
        start = statement.valid.start
        told[start] = max(told.get(start, telling(statement)), telling(statement))
    if any(telling(s) <= told[s.valid.start] for s in news if s.valid.start in told):
        return None  # what was overruled at that very start may matter, and is not at hand
    considered = (*statements, *news, *fenced)
    belief = believe(considered)
    runs = tuple(run for run in belief.runs if fence is None or fence.id not in run.statement_ids)
    return difference(versions, Belief(runs, belief.unbelieved, belief.cuts), considered, now=now, new_id=new_id)
