"""The graph of what is believed, for a picture."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.http.auth import Reading
from app.http.deps import Product
from app.http.schemas.history import GraphOut, GraphQuery
from app.http.schemas.problem import problem_responses

router = APIRouter(tags=["entities"])


@router.get("/v1/users/{user_id}/graph", responses=problem_responses(401, 403, 404, 422, 503))
async def read_graph(scope: Reading, query: Annotated[GraphQuery, Query()], product: Product) -> GraphOut:
    """An entity, what it has to do with, and how."""
    picture = await product.surroundings.picture(
        scope,
        entity=query.entity,
        depth=query.depth,
        limit=query.limit,
        as_of=query.as_of,
        known_at=query.known_at,
    )
    return GraphOut.of(picture)
