"""Tenants and their keys, for whoever holds the root key."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.http.auth import Admin
from app.http.cursors import Listing
from app.http.deps import Product
from app.http.paging import page_of
from app.http.schemas.admin import KeyIn, KeyIssued, KeyOut, KeyPage, TenantIn, TenantOut, TenantPage
from app.http.schemas.base import PageQuery
from app.http.schemas.names import PathName
from app.http.schemas.problem import problem_responses

router = APIRouter(tags=["admin"])

TENANTS = Listing[str]("tenants", str)
KEYS = Listing[str]("keys", str)


@router.post("/v1/admin/tenants", status_code=201, responses=problem_responses(400, 401, 403, 409, 422, 503))
async def create_tenant(caller: Admin, body: TenantIn, product: Product) -> TenantOut:
    """Make a tenant."""
    return TenantOut.of(await product.access.create_tenant(body.id, body.name or body.id))


@router.get("/v1/admin/tenants", responses=problem_responses(401, 403, 422, 503))
async def list_tenants(caller: Admin, query: Annotated[PageQuery, Query()], product: Product) -> TenantPage:
    """All tenants."""
    (after,) = TENANTS.position(query.cursor) if query.cursor else (None,)
    tenants = await product.access.tenants(after, query.limit + 1)
    items, following = page_of(tenants, query.limit, lambda tenant: TENANTS.cursor(tenant.id))
    return TenantPage(items=[TenantOut.of(tenant) for tenant in items], next_cursor=following)


@router.post(
    "/v1/admin/tenants/{tenant_id}/keys",
    status_code=201,
    responses=problem_responses(400, 401, 403, 404, 409, 422, 503),
)
async def issue_key(caller: Admin, tenant_id: PathName, body: KeyIn, product: Product) -> KeyIssued:
    """Make a key. Its secret is in this reply and nowhere else."""
    users = frozenset(body.users) if body.users is not None else None
    return KeyIssued.of_new(await product.access.issue_key(tenant_id, body.name, frozenset(body.scopes), users))


@router.get("/v1/admin/tenants/{tenant_id}/keys", responses=problem_responses(401, 403, 404, 422, 503))
async def list_keys(
    caller: Admin, tenant_id: PathName, query: Annotated[PageQuery, Query()], product: Product
) -> KeyPage:
    """A tenant's keys."""
    (after,) = KEYS.position(query.cursor) if query.cursor else (None,)
    keys = await product.access.keys(tenant_id, after, query.limit + 1)
    items, following = page_of(keys, query.limit, lambda key: KEYS.cursor(key.id))
    return KeyPage(items=[KeyOut.of(key) for key in items], next_cursor=following)


@router.delete("/v1/admin/tenants/{tenant_id}/keys/{key_id}", responses=problem_responses(401, 403, 404, 422, 503))
async def revoke_key(caller: Admin, tenant_id: PathName, key_id: PathName, product: Product) -> KeyOut:
    """Revoke a key, at once and for good."""
    return KeyOut.of(await product.access.revoke_key(tenant_id, key_id))
