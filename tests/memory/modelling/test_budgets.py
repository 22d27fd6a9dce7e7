"""A tenant spends what it may, and goes on the next day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.domain.errors import BudgetExhausted, NotFound
from tests.adapters.models.chatting import PROMPT, said
from tests.memory.modelling.conftest import ACME, Room

EVENING = datetime(2026, 6, 1, 23, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 6, 2, tzinfo=UTC)


@pytest.fixture
def late(room: Room) -> Room:
    """With an hour of the day left, and a default budget of a hundred tokens; a call takes 57."""
    room.endpoint.clock.now = EVENING
    return replace(room, daily_tokens=100)


async def test_a_tenant_that_used_up_its_tokens_goes_on_the_next_day(late: Room) -> None:
    for _ in range(2):
        await late.model.answer(ACME, PROMPT)
    with pytest.raises(BudgetExhausted, match="114 of 100 tokens of today") as told:
        await late.model.answer(ACME, PROMPT)
    assert told.value.until == MIDNIGHT
    assert len(late.endpoint.asked) == 2
    assert late.endpoint.counted("model_budgets_exhausted_total") == 1
    late.endpoint.clock.now = MIDNIGHT
    await late.model.answer(ACME, PROMPT)


async def test_what_one_tenant_uses_up_is_not_anothers(late: Room) -> None:
    for _ in range(2):
        await late.model.answer(ACME, PROMPT)
    await late.model.answer("zeta", PROMPT)


async def test_answers_that_could_not_be_used_cost_their_tokens_too(late: Room) -> None:
    late.endpoint.replies = [said("rubbish"), said('{"city": "Porto"}')]
    await late.model.answer(ACME, PROMPT)
    assert (await late.budgets.budget(ACME)).spent == 114


async def test_a_budget_of_ones_own_goes_before_the_default(late: Room) -> None:
    budget = await late.budgets.set_budget(ACME, 1_000)
    assert (budget.own, budget.default, budget.tokens, budget.spent) == (1_000, 100, 1_000, 0)
    for _ in range(3):
        await late.model.answer(ACME, PROMPT)
    await late.budgets.set_budget(ACME, None)
    with pytest.raises(BudgetExhausted):
        await late.model.answer(ACME, PROMPT)


async def test_a_budget_of_nothing_switches_the_model_off_for_a_tenant(room: Room) -> None:
    await room.budgets.set_budget(ACME, 0)
    with pytest.raises(BudgetExhausted):
        await room.model.answer(ACME, PROMPT)
    assert room.endpoint.asked == []


async def test_without_any_budget_there_is_no_bound(room: Room) -> None:
    room.endpoint.replies = [said('{"city": "Porto"}', usage=(10**12, 10**12))]
    for _ in range(2):
        await room.model.answer(ACME, PROMPT)
    budget = await room.budgets.budget(ACME)
    assert (budget.tokens, budget.exhausted) == (None, False)


async def test_an_unknown_tenant_has_no_budget_and_no_usage(room: Room) -> None:
    for asked in (
        room.budgets.budget("nobody"),
        room.budgets.set_budget("nobody", 1),
        room.budgets.usage("nobody", EVENING.date(), None, None, 10),
    ):
        with pytest.raises(NotFound):
            await asked
