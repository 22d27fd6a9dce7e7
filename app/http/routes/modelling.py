"""What tenants use of the language model, may use of it, and tell it, for whoever holds the root key."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.http.auth import Admin
from app.http.cursors import Listing
from app.http.deps import Product
from app.http.paging import page_of
from app.http.schemas.base import PageQuery
from app.http.schemas.modelling import (
    BudgetIn,
    BudgetOut,
    GuidanceIn,
    GuidanceOut,
    GuidancePage,
    UsageOut,
    UsagePage,
    UsageQuery,
    usage_position,
)
from app.http.schemas.names import PathName
from app.http.schemas.problem import problem_responses

router = APIRouter(tags=["admin"])

USAGE = Listing[int, str, str]("usage", int, str, str)
VERSIONS = Listing[int]("guidance", int)


@router.get("/v1/admin/usage", responses=problem_responses(401, 403, 404, 422, 503))
async def list_usage(caller: Admin, query: Annotated[UsageQuery, Query()], product: Product) -> UsagePage:
    """What a tenant used of the language model, day by day."""
    after = usage_position(*USAGE.position(query.cursor)) if query.cursor else None
    used = await product.budgets.usage(query.tenant, query.from_, query.to, after, query.limit + 1)
    items, following = page_of(used, query.limit, lambda one: USAGE.cursor(one.day.toordinal(), one.purpose, one.model))
    return UsagePage(items=[UsageOut.of(one) for one in items], next_cursor=following)


@router.get("/v1/admin/tenants/{tenant_id}/budget", responses=problem_responses(401, 403, 404, 422, 503))
async def get_budget(caller: Admin, tenant_id: PathName, product: Product) -> BudgetOut:
    """What a tenant may use of the language model a day, and what it used today."""
    return BudgetOut.of(await product.budgets.budget(tenant_id))


@router.put("/v1/admin/tenants/{tenant_id}/budget", responses=problem_responses(400, 401, 403, 404, 422, 503))
async def put_budget(caller: Admin, tenant_id: PathName, body: BudgetIn, product: Product) -> BudgetOut:
    """Set what a tenant may use a day. Work that waits for a larger budget goes on within a quarter of an hour."""
    return BudgetOut.of(await product.budgets.set_budget(tenant_id, body.daily_tokens))


@router.get("/v1/admin/tenants/{tenant_id}/guidance", responses=problem_responses(401, 403, 404, 422, 503))
async def get_guidance(caller: Admin, tenant_id: PathName, product: Product) -> GuidanceOut:
    """What a tenant tells the language model now."""
    return GuidanceOut.of(await product.guidance.current(tenant_id))


@router.put("/v1/admin/tenants/{tenant_id}/guidance", responses=problem_responses(400, 401, 403, 404, 422, 503))
async def put_guidance(caller: Admin, tenant_id: PathName, body: GuidanceIn, product: Product) -> GuidanceOut:
    """Tell the language model this from now on. Each change is a version; the same again is none."""
    return GuidanceOut.of(await product.guidance.put(tenant_id, body.guidance()))


@router.get("/v1/admin/tenants/{tenant_id}/guidance/versions", responses=problem_responses(401, 403, 404, 422, 503))
async def list_guidance(
    caller: Admin, tenant_id: PathName, query: Annotated[PageQuery, Query()], product: Product
) -> GuidancePage:
    """What a tenant told the language model, newest first."""
    (before,) = VERSIONS.position(query.cursor) if query.cursor else (None,)
    versions = await product.guidance.versions(tenant_id, before, query.limit + 1)
    items, following = page_of(versions, query.limit, lambda version: VERSIONS.cursor(version.number))
    return GuidancePage(items=[GuidanceOut.of(version) for version in items], next_cursor=following)
