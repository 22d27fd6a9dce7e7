"""How often a model is asked: three times for a batch at most."""

from __future__ import annotations

import pytest

from tests.thinking import Mind, says

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(autouse=True)
def much_to_decide(mind: Mind) -> None:
    for number in range(100):
        sport = f"sport {number} of mine"
        mind.reading.of(
            f"I like {sport}.", says("likes", sport, statement=f"Ana likes {sport}."), says("does", sport, statement="")
        )
    mind.decides(sport="add")


async def test_ten_messages_take_three_questions_at_most(mind: Mind) -> None:
    await mind.memory.told(*(f"I like sport {number} of mine." for number in range(90, 100)))
    before = len(mind.calls())
    told = await mind.memory.told(*(f"I like sport {number} of mine." for number in range(10)))
    calls = mind.calls()[before:]
    assert len(calls) <= 3
    assert calls == ["extract", "decide"]
    assert told["job"]["outcome"]["model_calls"] == len(calls)
    assert len(await mind.memory.facts()) == 40


async def test_a_hundred_messages_at_once_take_twelve_at_most(mind: Mind) -> None:
    told = await mind.memory.told(*(f"I like sport {number} of mine." for number in range(100)))
    assert 4 <= len(mind.calls()) <= 12
    assert told["job"]["outcome"]["model_calls"] == len(mind.calls())
    assert len(await mind.memory.facts()) == 200


async def test_long_messages_are_read_in_portions_in_their_order(mind: Mind) -> None:
    long = " ".join(["and so on"] * 1_500)
    await mind.memory.told(*(f"I like sport {number} of mine. {long}" for number in range(4)))
    read = [prompt.user for prompt in mind.chat.prompts("extract")]
    assert len(read) == 4
    assert all(f"sport {number} of mine" in user for number, user in enumerate(read))
    assert len(await mind.memory.facts()) == 8


async def test_nothing_to_decide_takes_one(mind: Mind) -> None:
    await mind.memory.told("I like sport 1 of mine.", "Hm.", "Well.")
    assert mind.calls() == ["extract"]
