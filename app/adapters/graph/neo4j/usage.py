"""What each tenant used of the language model, a node for each day, purpose and model."""

from __future__ import annotations

from datetime import date
from typing import Any

from app.adapters.graph.neo4j.connection import Connection, Query, rows
from app.domain.errors import NotFound
from app.domain.usage import Tally, Usage
from app.ports.graph.usage import UsagePosition

_ADD = Query(
    "usage.add",
    """
    MERGE (u:Usage {tenant: $tenant, key: $key})
    ON CREATE SET u.calls = 0, u.prompt_tokens = 0, u.completion_tokens = 0, u.failures = 0
    SET u.calls = u.calls + $calls, u.prompt_tokens = u.prompt_tokens + $prompt_tokens,
        u.completion_tokens = u.completion_tokens + $completion_tokens, u.failures = u.failures + $failures
    """,
    writes=True,
)
_SPENT = Query(
    "usage.spent",
    """
    MATCH (u:Usage)
    WHERE u.tenant = $tenant AND u.key STARTS WITH $day
    RETURN sum(u.calls) AS calls, sum(u.prompt_tokens) AS prompt_tokens,
        sum(u.completion_tokens) AS completion_tokens, sum(u.failures) AS failures
    """,
    writes=False,
)
_PAGE = Query(
    "usage.page",
    """
    MATCH (u:Usage)
    WHERE u.tenant = $tenant AND u.key > $after AND u.key < $end
    RETURN u {.*} AS usage ORDER BY u.tenant, u.key LIMIT $limit
    """,
    writes=False,
)
_BUDGET = Query(
    "usage.budget",
    """
    MATCH (t:Tenant {id: $tenant})
    RETURN t.daily_tokens AS tokens
    """,
    writes=False,
)
_SET_BUDGET = Query(
    "usage.set_budget",
    """
    MATCH (t:Tenant {id: $tenant})
    SET t.daily_tokens = $tokens
    RETURN t.id AS id
    """,
    writes=True,
)
QUERIES = (_ADD, _SPENT, _PAGE, _BUDGET, _SET_BUDGET)


class Neo4jUsage:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, tenant: str, usage: Usage) -> None:
        tally = usage.tally
        given = {
            "tenant": tenant,
            "key": _key(usage.day, usage.purpose, usage.model),
            "calls": tally.calls,
            "prompt_tokens": tally.prompt_tokens,
            "completion_tokens": tally.completion_tokens,
            "failures": tally.failures,
        }
        await self._connection.write(lambda tx: rows(tx, _ADD, **given))

    async def spent(self, tenant: str, day: date) -> Tally:
        (found,) = await self._connection.read(lambda tx: rows(tx, _SPENT, tenant=tenant, day=day.isoformat()))
        return Tally(**found)

    async def page(
        self, tenant: str, first: date, until: date | None, after: UsagePosition | None, limit: int
    ) -> list[Usage]:
        begin = first.isoformat()
        given = {
            "tenant": tenant,
            "after": max(begin, _key(*after)) if after else begin,
            # what is greater than any day
            "end": "~" if until is None else until.isoformat(),
            "limit": limit,
        }
        return [_usage(row["usage"]) for row in await self._connection.read(lambda tx: rows(tx, _PAGE, **given))]

    async def budget(self, tenant: str) -> int | None:
        found = await self._connection.read(lambda tx: rows(tx, _BUDGET, tenant=tenant))
        return found[0]["tokens"] if found else None

    async def set_budget(self, tenant: str, tokens: int | None) -> None:
        if not await self._connection.write(lambda tx: rows(tx, _SET_BUDGET, tenant=tenant, tokens=tokens)):
            raise NotFound(f"no tenant {tenant!r}")


def _key(day: date, purpose: str, model: str) -> str:
    """A line each, which is the order of the three."""
    return f"{day.isoformat()}\n{purpose}\n{model}"


def _usage(found: dict[str, Any]) -> Usage:
    day, purpose, model = found["key"].split("\n", 2)
    tally = Tally(found["calls"], found["prompt_tokens"], found["completion_tokens"], found["failures"])
    return Usage(date.fromisoformat(day), purpose, model, tally)
