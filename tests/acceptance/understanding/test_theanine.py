"""THEANINE: memories that were overtaken stay, and tell how it came to what is."""

from __future__ import annotations

import pytest

from tests.thinking import Mind, evolving, note

pytestmark = pytest.mark.asyncio(loop_scope="session")

LIVES = "Ana lives in Lisbon by the sea."
JOB = "Ana got a job offer from a firm in Berlin."
MOVED = "Ana moved to Berlin for the job."


async def test_the_path_of_a_relocation_is_told_in_causal_order_with_the_outdated_marked(mind: Mind) -> None:
    mind.reading.of("I live in Lisbon", notes=[note(LIVES)])
    mind.reading.of("a firm in Berlin", notes=[note(JOB)])
    mind.reading.of("I moved to Berlin", notes=[note(MOVED)])
    mind.chat.answers["evolve"] = evolving(
        links=[(LIVES, JOB, "react"), (JOB, MOVED, "cause"), (LIVES, MOVED, "change")]
    )
    await mind.hear("I live in Lisbon by the sea.", "2026-01-10")
    await mind.hear("I got a job offer from a firm in Berlin.", "2026-02-10")
    await mind.hear("I moved to Berlin for the job.", "2026-03-10")
    assert mind.calls() == ["extract", "extract", "evolve", "extract", "evolve"]
    notes = await mind.notes()
    found = (await mind.memory.get("notes", notes[MOVED]["id"], "timeline")).json()
    assert [one["content"] for one in found["items"]] == [LIVES, JOB, MOVED]
    assert [notes[content]["id"] for content in (LIVES, JOB, MOVED)] in found["paths"]
    assert [bool(one["superseded"]) for one in found["items"]] == [True, False, False]
