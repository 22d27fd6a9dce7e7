"""What any store of usage does."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from app.domain.errors import NotFound
from app.domain.usage import Tally, Usage
from app.ports.accounts import Tenant
from app.ports.graph.store import GraphStore
from tests.contracts.graph.made import NOON

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 6, day) for day in (1, 2, 3))
TALLY = Tally(calls=2, prompt_tokens=300, completion_tokens=40, failures=1)


def used(day: date, purpose: str = "extract", model: str = "qwen", tally: Tally = TALLY) -> Usage:
    return Usage(day, purpose, model, tally)


class UsageContract:
    async def test_what_is_used_adds_up(self, graph: GraphStore) -> None:
        assert await graph.usage.spent("acme", MONDAY) == Tally()
        await graph.usage.add("acme", used(MONDAY))
        await graph.usage.add("acme", used(MONDAY))
        assert await graph.usage.page("acme", MONDAY, None, None, 10) == [used(MONDAY, tally=TALLY + TALLY)]
        assert await graph.usage.spent("acme", MONDAY) == TALLY + TALLY

    async def test_a_day_is_spent_on_all_purposes_and_models(self, graph: GraphStore) -> None:
        for usage in (used(MONDAY), used(MONDAY, "decide"), used(MONDAY, model="llama"), used(TUESDAY)):
            await graph.usage.add("acme", usage)
        assert (await graph.usage.spent("acme", MONDAY)).tokens == 3 * 340
        assert (await graph.usage.spent("acme", TUESDAY)).tokens == 340
        assert await graph.usage.spent("acme", WEDNESDAY) == Tally()

    async def test_tenants_use_for_themselves(self, graph: GraphStore) -> None:
        await graph.usage.add("acme", used(MONDAY))
        assert await graph.usage.spent("Acme", MONDAY) == Tally()
        assert await graph.usage.page("acm", MONDAY, None, None, 10) == []

    async def test_a_listing_is_by_day_purpose_and_model(self, graph: GraphStore) -> None:
        ordered = [
            used(MONDAY, "decide"),
            used(MONDAY, "extract", "llama"),
            used(MONDAY, "extract", "qwen"),
            used(MONDAY, "extract", "qwen: 2"),
            used(TUESDAY, "decide"),
            used(WEDNESDAY, "extract", "llama"),
        ]
        for usage in reversed(ordered):
            await graph.usage.add("acme", usage)
        assert await graph.usage.page("acme", MONDAY, None, None, 10) == ordered
        assert await graph.usage.page("acme", TUESDAY, None, None, 10) == ordered[4:]
        assert await graph.usage.page("acme", MONDAY, TUESDAY, None, 10) == ordered[:4]
        assert await graph.usage.page("acme", MONDAY, MONDAY, None, 10) == []
        for start, usage in enumerate(ordered, 1):
            after = (usage.day, usage.purpose, usage.model)
            assert await graph.usage.page("acme", MONDAY, WEDNESDAY, after, 2) == ordered[start:5][:2]

    async def test_a_position_before_the_first_day_changes_nothing(self, graph: GraphStore) -> None:
        await graph.usage.add("acme", used(TUESDAY))
        assert await graph.usage.page("acme", TUESDAY, None, (MONDAY, "z", "z"), 10) == [used(TUESDAY)]

    async def test_calls_of_several_workers_are_all_counted(self, graph: GraphStore) -> None:
        await asyncio.gather(*(graph.usage.add("acme", used(MONDAY)) for _ in range(20)))
        assert (await graph.usage.spent("acme", MONDAY)).calls == 40

    async def test_a_tenant_may_have_a_budget_of_its_own(self, graph: GraphStore) -> None:
        await graph.accounts.add_tenant(Tenant("acme", "Acme", NOON))
        await graph.accounts.add_tenant(Tenant("zeta", "Zeta", NOON))
        assert await graph.usage.budget("acme") is None
        for tokens in (100_000, 0, None):
            await graph.usage.set_budget("acme", tokens)
            assert await graph.usage.budget("acme") == tokens
        await graph.usage.set_budget("acme", 5)
        assert await graph.usage.budget("zeta") is None
        assert await graph.accounts.tenant("acme") == Tenant("acme", "Acme", NOON)

    async def test_a_budget_needs_its_tenant(self, graph: GraphStore) -> None:
        with pytest.raises(NotFound):
            await graph.usage.set_budget("acme", 5)
        assert await graph.usage.budget("acme") is None
