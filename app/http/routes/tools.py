"""The tools with which an agent keeps a memory itself, and the core that it always has in view."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query
from starlette.responses import Response

from app.http.auth import Reading, Writing
from app.http.cursors import Listing
from app.http.deps import Product
from app.http.errors import respond
from app.http.paging import page_of
from app.http.schemas.base import Input, PageQuery
from app.http.schemas.names import ArgumentsIn, Name, PathName
from app.http.schemas.problem import problem_responses
from app.http.schemas.tools import CoreIn, CoreOut, CorePage, ToolRan, ToolsOut, ToolStateOut

router = APIRouter(tags=["tools"])

CORES = Listing[int]("core", int)
EXAMPLE = {"memory_type": "semantic", "content": "Ana is allergic to nuts."}


class CallQuery(Input):
    actor: Annotated[Name | None, Query(description="Who calls, for the log: the name of a policy, say.")] = None


@router.get("/v1/users/{user_id}/tools", responses=problem_responses(401, 403, 422, 503))
async def list_tools(scope: Reading, product: Product) -> ToolsOut:
    """The memory tools, to be given to a language model or any other policy as they are."""
    return ToolsOut.model_validate({"tools": product.tools.definitions()})


@router.get("/v1/users/{user_id}/tools/state", responses=problem_responses(401, 403, 422, 503))
async def read_tool_state(scope: Reading, product: Product) -> ToolStateOut:
    """What a policy sees before it writes: the core, and the newest memories of each type."""
    return ToolStateOut.of(await product.tools.state(scope))


@router.post(
    "/v1/users/{user_id}/tools/{tool}",
    response_model=ToolRan,
    responses=problem_responses(400, 401, 403, 404, 409, 413, 422, 503),
)
async def run_tool(
    scope: Writing,
    tool: PathName,
    arguments: Annotated[ArgumentsIn, Body(examples=[EXAMPLE])],
    query: Annotated[CallQuery, Query()],
    product: Product,
) -> ToolRan | Response:
    """Run a tool with the arguments that a policy gave it. Refusals are logged too; a problem has the number of the
    `operation`, and what it is about: `existing_id`, or `tokens` and `tokens_allowed`."""
    ran = await product.tools.run(scope, tool, arguments, query.actor)
    return ToolRan.of(ran) if ran.refusal is None else respond(ran.refusal, operation=ran.number)


@router.get("/v1/users/{user_id}/core", responses=problem_responses(401, 403, 422, 503))
async def read_core(scope: Reading, product: Product) -> CoreOut:
    """The core memory: one paragraph that comes first in every context."""
    return CoreOut.of(await product.core.current(scope))


@router.put("/v1/users/{user_id}/core", responses=problem_responses(400, 401, 403, 409, 413, 422, 503))
async def write_core(scope: Writing, body: CoreIn, product: Product) -> CoreOut:
    """Replace the core memory as a whole. What it said before stays readable. It is never shortened here."""
    return CoreOut.of(await product.core.put(scope, body.content, body.version))


@router.get("/v1/users/{user_id}/core/versions", responses=problem_responses(401, 403, 422, 503))
async def list_core_versions(scope: Reading, query: Annotated[PageQuery, Query()], product: Product) -> CorePage:
    """What the core memory says and said, newest first."""
    (before,) = CORES.position(query.cursor) if query.cursor else (None,)
    versions = await product.core.versions(scope, before, query.limit + 1)
    items, following = page_of(versions, query.limit, lambda core: CORES.cursor(core.version))
    return CorePage(items=[CoreOut.of(core) for core in items], next_cursor=following)
