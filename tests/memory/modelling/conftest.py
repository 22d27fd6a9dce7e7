"""The room on a real store and a real client, with an endpoint that answers as a test tells it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.adapters.graph.sqlite import SqliteGraph
from app.memory.modelling.asking import AskedModel
from app.memory.modelling.budgets import Budgets
from app.ports.accounts import Tenant
from app.ports.graph.store import GraphStore
from app.ports.models import ChatEndpoint
from tests.adapters.models.chatting import Endpoint

ACME = "acme"


@dataclass(slots=True)
class Room:
    endpoint: Endpoint
    graph: GraphStore
    chat: ChatEndpoint
    daily_tokens: int | None = None
    budgets: Budgets = field(init=False)
    model: AskedModel = field(init=False)

    def __post_init__(self) -> None:
        clock, meter = self.endpoint.clock, self.endpoint.meter
        usage, accounts = self.graph.usage, self.graph.accounts
        self.budgets = Budgets(usage=usage, accounts=accounts, daily_tokens=self.daily_tokens, clock=clock, meter=meter)
        self.model = AskedModel(endpoint=self.chat, budgets=self.budgets, clock=clock, meter=meter)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    endpoint = Endpoint()
    graph = await SqliteGraph.open(tmp_path / "graph.db", endpoint.clock)
    await graph.accounts.add_tenant(Tenant(ACME, "Acme", endpoint.clock()))
    async with endpoint.chat() as chat:
        yield Room(endpoint, graph, chat)
    await graph.close()
