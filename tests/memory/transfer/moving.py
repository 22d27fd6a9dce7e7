"""Houses whose memories move."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from app.domain.scope import Scope
from app.memory.transfer import Export, Import, Moved, split
from app.ports.accounts import Tenant
from app.ports.graph.knowledge import FactState
from app.ports.graph.store import GraphStore
from tests.contracts.graph.made import NOON
from tests.house import House


def export_of(graph: GraphStore) -> Export:
    return Export(accounts=graph.accounts, episodes=graph.episodes, ledger=graph.ledger, transfer=graph.transfer)


def import_of(house: House) -> Import:
    graph = house.graph
    return Import(
        accounts=graph.accounts, episodes=graph.episodes, transfer=graph.transfer, indexing=house.assembly.indexing
    )


async def tenants(house: House, *names: str) -> None:
    for name in names:
        await house.graph.accounts.add_tenant(Tenant(name, name.title(), NOON))


async def exported(house: House, tenant: str | None = None) -> list[bytes]:
    """The lines of an export."""
    whole = b"".join([page.lines async for page in export_of(house.graph).pages(tenant)])
    return list(split(io.BytesIO(whole)))


async def imported(house: House, lines: Sequence[bytes], tenant: str | None = None) -> Moved:
    service = import_of(house)
    return await service.carry_out(lines, await service.check(lines, tenant), lambda number: None)


async def shown(house: House, scope: Scope) -> dict[str, Any]:
    """What readers are told of a user, now and in the past."""
    insights = house.services.insights
    every = {"state": FactState.ALL, "limit": 1_000}
    moments = [NOON, house.clock()]
    return {
        "user": await insights.user(scope),
        "facts": await insights.facts(scope, limit=1_000),
        "all": await insights.facts(scope, **every),
        "then": [await insights.facts(scope, as_of=a, known_at=k, limit=1_000) for a in moments for k in moments],
        "entities": [await insights.entities(scope, None, None, 1_000, known_at=at) for at in (None, *moments)],
        "candidates": await house.services.merging.candidates(scope, None, 1_000),
        "jobs": await insights.jobs(scope, None, None, 1_000),
        "episodes": await house.graph.episodes.all(scope, 0, 1_000),
        "changes": await house.services.chronicle.diff(scope, *moments, None, 1_000),
    }
