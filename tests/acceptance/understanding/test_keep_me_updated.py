"""Keep Me Updated: what heals and what hurt are both of no concern any more, and both are told as of then."""

from __future__ import annotations

import pytest

from tests.thinking import Mind, says

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_hurts_and_healed_are_both_resolved(mind: Mind) -> None:
    hurts, healed = "My tooth hurts.", "My tooth has healed."
    mind.reading.of(hurts, says("has_pain_in", "tooth", statement="Ana's tooth hurts."))
    mind.reading.of(healed, says("is", "healed", statement="Ana's tooth has healed.", kind="experiential"))
    mind.decides(healed="resolve")
    await mind.hear(hurts, "2026-03-01")
    assert await mind.memory.values() == ["tooth"]
    await mind.hear(healed, "2026-03-20")
    assert await mind.memory.values() == []
    assert await mind.memory.values(as_of="2026-03-10T00:00:00Z") == ["tooth"]
    assert await mind.memory.values(as_of="2026-03-20T12:00:00Z") == ["healed"]


async def test_a_reader_that_knows_the_fact_may_end_it_at_once(mind: Mind) -> None:
    hurts, healed = "My tooth hurts.", "It's my tooth again: all healed."
    mind.reading.of(hurts, says("has_pain_in", "tooth", statement="Ana's tooth hurts."))
    mind.reading.of(healed, says("", "", polarity="ends", known="tooth hurts"))
    await mind.hear(hurts, "2026-03-01")
    await mind.hear(healed, "2026-03-20")
    assert await mind.memory.values() == []
    assert await mind.memory.values(as_of="2026-03-10T00:00:00Z") == ["tooth"]
    assert mind.calls() == ["extract", "extract"]
