"""Tenants and their keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from neo4j import AsyncManagedTransaction

from app.adapters.graph.encoding import micros, moment
from app.adapters.graph.neo4j.connection import Connection, Query, rows
from app.domain.errors import Conflict, NotFound
from app.ports.accounts import Key, Right, Tenant

_ADD_TENANT = Query(
    "accounts.add_tenant",
    """
    CREATE (t:Tenant {id: $id, name: $name, created_at: $created_at})
    """,
    writes=True,
)
_PUT_TENANT = Query(
    "accounts.put_tenant",
    """
    MERGE (t:Tenant {id: $id})
    SET t.name = $name, t.created_at = $created_at
    """,
    writes=True,
)
_TENANT = Query(
    "accounts.tenant",
    """
    MATCH (t:Tenant {id: $id})
    RETURN t {.*} AS tenant
    """,
    writes=False,
)
_TENANTS = Query(
    "accounts.tenants",
    """
    MATCH (t:Tenant)
    WHERE t.id > $after
    RETURN t {.*} AS tenant ORDER BY t.id LIMIT $limit
    """,
    writes=False,
)
_ADD_KEY = Query(
    "accounts.add_key",
    """
    MATCH (t:Tenant {id: $tenant})
    CREATE (t)-[:OWNS]->(k:Key)
    SET k = $key
    RETURN k.id AS id
    """,
    writes=True,
)
_BY_DIGEST = Query(
    "accounts.key_by_digest",
    """
    MATCH (k:Key {digest: $digest})
    RETURN k {.*} AS key
    """,
    writes=False,
)
_KEYS = Query(
    "accounts.keys",
    """
    MATCH (k:Key)
    WHERE k.tenant = $tenant AND k.id > $after
    RETURN k {.*} AS key ORDER BY k.tenant, k.id LIMIT $limit
    """,
    writes=False,
)
_REVOKE = Query(
    "accounts.revoke_key",
    """
    MATCH (k:Key {tenant: $tenant, id: $id})
    SET k.revoked_at = coalesce(k.revoked_at, $at)
    RETURN k {.*} AS key
    """,
    writes=True,
)
QUERIES = (_ADD_TENANT, _PUT_TENANT, _TENANT, _TENANTS, _ADD_KEY, _BY_DIGEST, _KEYS, _REVOKE)


async def put_tenant(tx: AsyncManagedTransaction, tenant: Tenant) -> None:
    """Add it, or give the one with this id this name and time."""
    await rows(tx, _PUT_TENANT, **_tenant_properties(tenant))


class Neo4jAccounts:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add_tenant(self, tenant: Tenant) -> None:
        try:
            await self._connection.write(lambda tx: rows(tx, _ADD_TENANT, **_tenant_properties(tenant)))
        except Conflict:
            raise Conflict(f"tenant {tenant.id!r} exists") from None

    async def tenant(self, id: str) -> Tenant | None:
        found = await self._connection.read(lambda tx: rows(tx, _TENANT, id=id))
        return _tenant(found[0]["tenant"]) if found else None

    async def tenants(self, after: str | None, limit: int) -> list[Tenant]:
        found = await self._connection.read(lambda tx: rows(tx, _TENANTS, after=after or "", limit=limit))
        return [_tenant(row["tenant"]) for row in found]

    async def add_key(self, key: Key) -> None:
        given = _key_properties(key)
        if not await self._connection.write(lambda tx: rows(tx, _ADD_KEY, tenant=key.tenant, key=given)):
            raise NotFound(f"no tenant {key.tenant!r}")

    async def key_by_digest(self, digest: str) -> Key | None:
        found = await self._connection.read(lambda tx: rows(tx, _BY_DIGEST, digest=digest))
        return _key(found[0]["key"]) if found else None

    async def keys(self, tenant: str, after: str | None, limit: int) -> list[Key]:
        given = {"tenant": tenant, "after": after or "", "limit": limit}
        return [_key(row["key"]) for row in await self._connection.read(lambda tx: rows(tx, _KEYS, **given))]

    async def revoke_key(self, tenant: str, id: str, at: datetime) -> Key:
        given = {"tenant": tenant, "id": id, "at": micros(at)}
        found = await self._connection.write(lambda tx: rows(tx, _REVOKE, **given))
        if not found:
            raise NotFound(f"no key {id!r}")
        return _key(found[0]["key"])


def _tenant_properties(tenant: Tenant) -> dict[str, Any]:
    return {"id": tenant.id, "name": tenant.name, "created_at": micros(tenant.created_at)}


def _tenant(found: dict[str, Any]) -> Tenant:
    return Tenant(found["id"], found["name"], moment(found["created_at"]))


def _key_properties(key: Key) -> dict[str, Any]:
    return {
        "tenant": key.tenant,
        "id": key.id,
        "name": key.name,
        "digest": key.digest,
        "rights": sorted(right.value for right in key.rights),
        "users": None if key.users is None else sorted(key.users),
        "created_at": micros(key.created_at),
        "revoked_at": micros(key.revoked_at),
    }


def _key(found: dict[str, Any]) -> Key:
    users = found.get("users")
    return Key(
        id=found["id"],
        tenant=found["tenant"],
        name=found["name"],
        digest=found["digest"],
        rights=frozenset(Right(right) for right in found["rights"]),
        users=None if users is None else frozenset(users),
        created_at=moment(found["created_at"]),
        revoked_at=moment(found.get("revoked_at")),
    )
