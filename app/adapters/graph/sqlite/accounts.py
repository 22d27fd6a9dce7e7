"""Tenants and their keys."""

from __future__ import annotations

import json
from datetime import datetime
from sqlite3 import Connection

from app.adapters.graph.encoding import micros, moment
from app.adapters.graph.sqlite.database import Database
from app.adapters.graph.sqlite.rows import Row
from app.domain.errors import Conflict, NotFound
from app.ports.accounts import Key, Right, Tenant

_KEY = "tenant, id, name, digest, rights, users, created_at, revoked_at"


class SqliteAccounts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_tenant(self, tenant: Tenant) -> None:
        def work(connection: Connection) -> None:
            added = connection.execute(
                "INSERT OR IGNORE INTO tenant (id, name, created_at) VALUES (?, ?, ?)",
                (tenant.id, tenant.name, micros(tenant.created_at)),
            )
            if added.rowcount == 0:
                raise Conflict(f"tenant {tenant.id!r} exists")

        await self._database.write(work)

    async def tenant(self, id: str) -> Tenant | None:
        def work(connection: Connection) -> Tenant | None:
            row = connection.execute("SELECT id, name, created_at FROM tenant WHERE id = ?", (id,)).fetchone()
            return None if row is None else _tenant(row)

        return await self._database.read(work)

    async def tenants(self, after: str | None, limit: int) -> list[Tenant]:
        def work(connection: Connection) -> list[Tenant]:
            rows = connection.execute(
                "SELECT id, name, created_at FROM tenant WHERE id > ? ORDER BY id LIMIT ?", (after or "", limit)
            )
            return [_tenant(row) for row in rows]

        return await self._database.read(work)

    async def add_key(self, key: Key) -> None:
        def work(connection: Connection) -> None:
            if connection.execute("SELECT 1 FROM tenant WHERE id = ?", (key.tenant,)).fetchone() is None:
                raise NotFound(f"no tenant {key.tenant!r}")
            connection.execute(
                f"INSERT INTO access_key ({_KEY}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    key.tenant,
                    key.id,
                    key.name,
                    key.digest,
                    json.dumps(sorted(key.rights)),
                    None if key.users is None else json.dumps(sorted(key.users)),
                    micros(key.created_at),
                    micros(key.revoked_at),
                ),
            )

        await self._database.write(work)

    async def key_by_digest(self, digest: str) -> Key | None:
        def work(connection: Connection) -> Key | None:
            row = connection.execute(f"SELECT {_KEY} FROM access_key WHERE digest = ?", (digest,)).fetchone()
            return None if row is None else _key(row)

        return await self._database.read(work)

    async def keys(self, tenant: str, after: str | None, limit: int) -> list[Key]:
        def work(connection: Connection) -> list[Key]:
            rows = connection.execute(
                f"SELECT {_KEY} FROM access_key WHERE tenant = ? AND id > ? ORDER BY id LIMIT ?",
                (tenant, after or "", limit),
            )
            return [_key(row) for row in rows]

        return await self._database.read(work)

    async def revoke_key(self, tenant: str, id: str, at: datetime) -> Key:
        def work(connection: Connection) -> Key:
            connection.execute(
                "UPDATE access_key SET revoked_at = coalesce(revoked_at, ?) WHERE tenant = ? AND id = ?",
                (micros(at), tenant, id),
            )
            row = connection.execute(
                f"SELECT {_KEY} FROM access_key WHERE tenant = ? AND id = ?", (tenant, id)
            ).fetchone()
            if row is None:
                raise NotFound(f"no key {id!r}")
            return _key(row)

        return await self._database.write(work)


def _tenant(row: Row) -> Tenant:
    id, name, created_at = row
    return Tenant(id, name, moment(created_at))


def _key(row: Row) -> Key:
    tenant, id, name, digest, rights, users, created_at, revoked_at = row
    return Key(
        id=id,
        tenant=tenant,
        name=name,
        digest=digest,
        rights=frozenset(Right(right) for right in json.loads(rights)),
        users=None if users is None else frozenset(json.loads(users)),
        created_at=moment(created_at),
        revoked_at=moment(revoked_at),
    )
