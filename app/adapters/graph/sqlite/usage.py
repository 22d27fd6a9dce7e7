"""What each tenant used of the language model, a row for each day, purpose and model."""

from __future__ import annotations

from datetime import date
from sqlite3 import Connection

from app.adapters.graph.sqlite.database import Database
from app.adapters.graph.sqlite.rows import Row
from app.domain.errors import NotFound
from app.domain.usage import Tally, Usage
from app.ports.graph.usage import UsagePosition

_ADD = """
    INSERT INTO usage (tenant, day, purpose, model, calls, prompt_tokens, completion_tokens, failures)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (tenant, day, purpose, model) DO UPDATE
    SET calls = calls + excluded.calls, prompt_tokens = prompt_tokens + excluded.prompt_tokens,
        completion_tokens = completion_tokens + excluded.completion_tokens, failures = failures + excluded.failures
"""
_SPENT = """
    SELECT coalesce(sum(calls), 0), coalesce(sum(prompt_tokens), 0), coalesce(sum(completion_tokens), 0),
        coalesce(sum(failures), 0)
    FROM usage WHERE tenant = ? AND day = ?
"""
_PAGE = """
    SELECT day, purpose, model, calls, prompt_tokens, completion_tokens, failures
    FROM usage
    WHERE tenant = ? AND (day, purpose, model) > (?, ?, ?) AND day < ?
    ORDER BY day, purpose, model LIMIT ?
"""


class SqliteUsage:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, tenant: str, usage: Usage) -> None:
        def work(connection: Connection) -> None:
            tally = usage.tally
            counts = (tally.calls, tally.prompt_tokens, tally.completion_tokens, tally.failures)
            connection.execute(_ADD, (tenant, usage.day.isoformat(), usage.purpose, usage.model, *counts))

        # what a power failure may take back is a little of the count
        await self._database.write(work, durable=False)

    async def spent(self, tenant: str, day: date) -> Tally:
        def work(connection: Connection) -> Tally:
            return Tally(*connection.execute(_SPENT, (tenant, day.isoformat())).fetchone())

        return await self._database.read(work)

    async def page(
        self, tenant: str, first: date, until: date | None, after: UsagePosition | None, limit: int
    ) -> list[Usage]:
        beginning = (first, "", "")
        day, purpose, model = max(after or beginning, beginning)
        # what is greater than any day
        end = "~" if until is None else until.isoformat()

        def work(connection: Connection) -> list[Usage]:
            found = connection.execute(_PAGE, (tenant, day.isoformat(), purpose, model, end, limit))
            return [_usage(row) for row in found]

        return await self._database.read(work)

    async def budget(self, tenant: str) -> int | None:
        def work(connection: Connection) -> int | None:
            row = connection.execute("SELECT daily_tokens FROM tenant WHERE id = ?", (tenant,)).fetchone()
            return None if row is None else row[0]

        return await self._database.read(work)

    async def set_budget(self, tenant: str, tokens: int | None) -> None:
        def work(connection: Connection) -> None:
            if connection.execute("UPDATE tenant SET daily_tokens = ? WHERE id = ?", (tokens, tenant)).rowcount == 0:
                raise NotFound(f"no tenant {tenant!r}")

        await self._database.write(work)


def _usage(row: Row) -> Usage:
    day, purpose, model, *counts = row
    return Usage(date.fromisoformat(day), purpose, model, Tally(*counts))
