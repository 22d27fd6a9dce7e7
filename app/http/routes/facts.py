"""Facts: what is believed, what was, and since when."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.http.auth import Reading, Writing
from app.http.cursors import Listing
from app.http.deps import Product
from app.http.paging import page_of
from app.http.schemas.knowledge import (
    FactHistory,
    FactOut,
    FactPage,
    FactsIn,
    FactsQuery,
    FactsWrittenOut,
)
from app.http.schemas.names import PathName
from app.http.schemas.problem import problem_responses

router = APIRouter(tags=["facts"])

FACTS = Listing[str, int]("facts", str, int)


@router.get("/v1/users/{user_id}/facts", responses=problem_responses(401, 403, 422, 503))
async def list_facts(scope: Reading, query: Annotated[FactsQuery, Query()], product: Product) -> FactPage:
    """What is believed and holds now; or, with `as_of` and `known_at`, any past view of it."""
    views = await product.insights.facts(
        scope,
        subject=query.subject,
        predicate=query.predicate,
        object=query.object,
        as_of=query.as_of,
        known_at=query.known_at,
        state=query.state,
        after=FACTS.position(query.cursor) if query.cursor else None,
        limit=query.limit + 1,
    )
    items, following = page_of(
        views, query.limit, lambda view: FACTS.cursor(view.version.fact_id, view.version.version)
    )
    return FactPage(items=[FactOut.of(view) for view in items], next_cursor=following)


@router.post(
    "/v1/users/{user_id}/facts", status_code=201, responses=problem_responses(400, 401, 403, 404, 409, 413, 422, 503)
)
async def state_facts(scope: Writing, body: FactsIn, product: Product) -> FactsWrittenOut:
    """State facts that you know already. They are reconciled with what is believed like any others."""
    return FactsWrittenOut.of(await product.facts.state(scope, [fact.given() for fact in body.facts]))


@router.get("/v1/users/{user_id}/facts/{fact_id}", responses=problem_responses(401, 403, 404, 422, 503))
async def read_fact(scope: Reading, fact_id: PathName, product: Product) -> FactHistory:
    """One fact with all its versions and their evidence."""
    return FactHistory.of_versions(await product.insights.fact(scope, fact_id))


@router.delete("/v1/users/{user_id}/facts/{fact_id}", responses=problem_responses(401, 403, 404, 409, 422, 503))
async def retract_fact(scope: Writing, fact_id: PathName, product: Product) -> FactOut:
    """Believe a fact no longer. Its history stays, and it can be restored."""
    return FactOut.of(await product.facts.retract(scope, fact_id))


@router.post("/v1/users/{user_id}/facts/{fact_id}/restore", responses=problem_responses(401, 403, 404, 409, 422, 503))
async def restore_fact(scope: Writing, fact_id: PathName, product: Product) -> FactOut:
    """Undo the retirement of a fact."""
    return FactOut.of(await product.facts.restore(scope, fact_id))
