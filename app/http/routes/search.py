"""Search."""

from __future__ import annotations

import time

from fastapi import APIRouter

from app.http.auth import Reading
from app.http.deps import Product
from app.http.schemas.problem import problem_responses
from app.http.schemas.search import SearchIn, SearchOut

router = APIRouter(tags=["search"])


@router.post("/v1/users/{user_id}/search", responses=problem_responses(400, 401, 403, 413, 422, 503))
async def search(scope: Reading, body: SearchIn, product: Product) -> SearchOut:
    """What is relevant to a query: episodes word for word, and what was derived from them."""
    started = time.perf_counter()
    reply = await product.recall.search(scope, body.request())
    took_ms = round((time.perf_counter() - started) * 1_000, 1)
    return SearchOut.of(reply, explain=body.explain, took_ms=took_ms)
