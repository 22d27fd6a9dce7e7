"""Time read back: timelines, and what was learned between two moments."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.domain.time import Interval
from app.http.auth import Reading
from app.http.cursors import Listing
from app.http.deps import Configured, Product
from app.http.paging import page_of
from app.http.schemas.history import ChangeOut, DiffPage, DiffQuery, GapOut, TimelinePage, TimelineQuery
from app.http.schemas.knowledge import FactOut
from app.http.schemas.problem import problem_responses
from app.memory.views import FactView, Gap

router = APIRouter(tags=["facts"])

DIFF = Listing[str]("diff", str)
TIMELINE = Listing[str, str, str, int]("timeline", str, str, str, int)


@router.get("/v1/users/{user_id}/facts/diff", responses=problem_responses(401, 403, 422, 503))
async def diff_facts(
    scope: Reading, query: Annotated[DiffQuery, Query()], product: Product, configured: Configured
) -> DiffPage:
    """What was learned, unlearned and revised between two moments of what is believed here."""
    (after,) = DIFF.position(query.cursor) if query.cursor else (None,)
    until = query.known_to or configured.clock()
    changes = await product.chronicle.diff(scope, query.known_from, until, after, query.limit + 1)
    items, following = page_of(changes, query.limit, lambda change: DIFF.cursor(change.fact_id))
    return DiffPage(items=[ChangeOut.of(change) for change in items], next_cursor=following)


@router.get("/v1/users/{user_id}/timeline", responses=problem_responses(401, 403, 404, 422, 503))
async def timeline(scope: Reading, query: Annotated[TimelineQuery, Query()], product: Product) -> TimelinePage:
    """What held when, and the gaps between, as it is believed now."""
    found = await product.chronicle.timeline(
        scope,
        entity=query.entity,
        predicate=query.predicate,
        within=Interval(query.from_, query.to),
        as_of=query.as_of,
        known_at=query.known_at,
    )
    after = TIMELINE.position(query.cursor) if query.cursor else None
    views = [view for view in found.facts if after is None or _key(view) > after]
    items, following = page_of(views, query.limit, lambda view: TIMELINE.cursor(*_key(view)))
    until = _key(views[query.limit])[0] if following else None
    return TimelinePage(
        items=[FactOut.of(view) for view in items],
        next_cursor=following,
        gaps=[GapOut.of(gap) for gap in found.gaps if _within(gap, after[0] if after else None, until)],
    )


def _key(view: FactView) -> tuple[str, str, str, int]:
    """In the order of the timeline: ISO times of one offset sort as text."""
    version = view.version
    start = version.valid.start
    return (
        start.isoformat(timespec="microseconds") if start is not None else "",
        version.recorded_from.isoformat(timespec="microseconds"),
        version.fact_id,
        version.version,
    )


def _within(gap: Gap, after: str | None, until: str | None) -> bool:
    """Each gap is on one page: the first whose last fact does not begin before it."""
    start = gap.valid.start.isoformat(timespec="microseconds") if gap.valid.start is not None else ""
    return (after is None or start > after) and (until is None or start <= until)
