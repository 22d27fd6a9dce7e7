"""What each tenant tells the language model: versions, of which the last is current."""

from __future__ import annotations

from datetime import datetime
from sqlite3 import Connection

from app.adapters.graph.encoding import below, guidance_of, guidance_text, micros, moment
from app.adapters.graph.sqlite.database import Database
from app.domain.errors import NotFound
from app.domain.guidance import NO_GUIDANCE, Guidance, GuidanceVersion

_VERSIONS = "SELECT number, content, at FROM guidance WHERE tenant = ? AND number < ? ORDER BY number DESC LIMIT ?"


class SqliteGuidance:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, tenant: str, guidance: Guidance, at: datetime) -> GuidanceVersion:
        def work(connection: Connection) -> GuidanceVersion:
            if connection.execute("SELECT 1 FROM tenant WHERE id = ?", (tenant,)).fetchone() is None:
                raise NotFound(f"no tenant {tenant!r}")
            current = _current(connection, tenant)
            if current.number and current.guidance == guidance:
                return current
            version = GuidanceVersion(current.number + 1, guidance, at)
            connection.execute(
                "INSERT INTO guidance (tenant, number, content, at) VALUES (?, ?, ?, ?)",
                (tenant, version.number, guidance_text(guidance), micros(at)),
            )
            return version

        return await self._database.write(work)

    async def current(self, tenant: str) -> GuidanceVersion:
        return await self._database.read(lambda connection: _current(connection, tenant))

    async def versions(self, tenant: str, before: int | None, limit: int) -> list[GuidanceVersion]:
        return await self._database.read(lambda connection: _versions(connection, tenant, below(before), limit))


def _current(connection: Connection, tenant: str) -> GuidanceVersion:
    return next(iter(_versions(connection, tenant, below(None), 1)), NO_GUIDANCE)


def _versions(connection: Connection, tenant: str, below: int, limit: int) -> list[GuidanceVersion]:
    return [
        GuidanceVersion(number, guidance_of(content), moment(at))
        for number, content, at in connection.execute(_VERSIONS, (tenant, below, limit))
    ]
