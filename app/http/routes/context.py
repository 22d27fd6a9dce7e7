"""A context block for a prompt."""

from __future__ import annotations

from fastapi import APIRouter

from app.http.auth import Reading
from app.http.deps import Product
from app.http.schemas.problem import problem_responses
from app.http.schemas.search import ContextIn, ContextOut

router = APIRouter(tags=["search"])


@router.post("/v1/users/{user_id}/context", responses=problem_responses(400, 401, 403, 413, 422, 503))
async def build_context(scope: Reading, body: ContextIn, product: Product) -> ContextOut:
    """What is relevant to a query, packed into a budget of tokens, with citations."""
    return ContextOut.of(await product.context.build(scope, body.request()))
