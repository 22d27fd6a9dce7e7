"""The log of what agents did with the memory tools, and what became of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import StreamingResponse

from app.http.auth import Reading, Writing
from app.http.cursors import Listing
from app.http.deps import Product
from app.http.paging import page_of
from app.http.schemas.base import PageQuery
from app.http.schemas.operations import ExportQuery, OperationOut, OperationPage, OutcomeIn, OutcomeOut, lines
from app.http.schemas.problem import problem_responses
from app.memory.agent.log import Told

router = APIRouter(tags=["tools"])

OPERATIONS = Listing[int]("operations", int)
NDJSON = "application/x-ndjson"


@router.get("/v1/users/{user_id}/operations", responses=problem_responses(401, 403, 422, 503))
async def list_operations(scope: Reading, query: Annotated[PageQuery, Query()], product: Product) -> OperationPage:
    """Every call of a memory tool, done or refused, in order, with what was found out about it since."""
    (after,) = OPERATIONS.position(query.cursor) if query.cursor else (0,)
    logged = await product.operations.page(scope, after, query.limit + 1)
    items, following = page_of(logged, query.limit, lambda one: OPERATIONS.cursor(one.operation.number))
    return OperationPage(items=[OperationOut.of(one) for one in items], next_cursor=following)


@router.post(
    "/v1/users/{user_id}/operations/outcomes",
    status_code=201,
    responses=problem_responses(400, 401, 403, 404, 413, 422, 503),
)
async def judge_operations(scope: Writing, body: OutcomeIn, product: Product) -> OutcomeOut:
    """Say what became of a range of operations: a reward, and whatever else there is to say."""
    judged = await product.operations.judge(scope, body.from_, body.to, body.reward, body.details, body.actor)
    return OutcomeOut.of(judged)


@router.get(
    "/v1/users/{user_id}/operations/export",
    response_class=StreamingResponse,
    responses={
        200: {"content": {NDJSON: {"schema": {"type": "string"}}}, "description": "One operation a line"},
        **problem_responses(401, 403, 422, 503),
    },
)
async def export_operations(
    scope: Reading, query: Annotated[ExportQuery, Query()], product: Product
) -> StreamingResponse:
    """The whole log as lines of JSON, to learn from elsewhere: each call with the state that it was made in, in words,
    and its outcomes."""
    pages = product.operations.export(scope, query.after)
    # before the answer begins, so that an engine that is away can still be told
    first = await anext(pages, None)
    return StreamingResponse(_written(first, pages), media_type=NDJSON)


async def _written(first: Told | None, pages: AsyncIterator[Told]) -> AsyncIterator[bytes]:
    if first is not None:
        yield lines(first)
    async for told in pages:
        yield lines(told)
