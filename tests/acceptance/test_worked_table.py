"""What arrives, and what is believed then: today, as of April, and as it was known before."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest

from tests.acceptance.memory import Memory, value

pytestmark = pytest.mark.asyncio(loop_scope="session")

APRIL = "2026-04-15T00:00:00Z"
ACME = ("I work at Acme.", "2026-03-01")
GLOBEX = ("I started at Globex in May.", "2026-06-10")
INITECH = ("I worked at Initech until March 2026.", "2026-06-11")
BACK = ("I have been working at Acme again since October.", "2026-10-15")
AGAIN = ("I have been working at Acme again since October.", "2026-10-16")


def now() -> str:
    return datetime.now(UTC).isoformat()


async def jobs(memory: Memory) -> list[str]:
    """What is believed, as "Acme 2026-03 –"."""
    return [line(fact) for fact in (await memory.timeline(predicate="works_at"))["items"]]


def line(fact: dict[str, Any]) -> str:
    return f"{value(fact)} {(fact['valid_from'] or '–')[:7]} {(fact['valid_to'] or '–')[:7]}"


async def test_the_worked_table(memory: Memory) -> None:
    async def view(**asked: Any) -> list[str]:
        return await memory.values("works_at", **asked)

    nothing = now()
    await memory.hear(*ACME)
    assert await jobs(memory) == ["Acme 2026-03 –"]
    assert (await view(), await view(as_of=APRIL), await view(known_at=nothing)) == (["Acme"], ["Acme"], [])

    before = now()
    await memory.hear(*GLOBEX)
    assert await jobs(memory) == ["Acme 2026-03 2026-05", "Globex 2026-05 –"]
    assert (await view(), await view(as_of=APRIL), await view(known_at=before)) == (["Globex"], ["Acme"], ["Acme"])
    assert [line(fact) for fact in await memory.facts(known_at=before)] == ["Acme 2026-03 –"]

    before = now()
    await memory.hear(*INITECH)
    assert await jobs(memory) == ["Initech – 2026-03", "Acme 2026-03 2026-05", "Globex 2026-05 –"]
    assert (await view(), await view(as_of=APRIL), await view(known_at=before)) == (["Globex"], ["Acme"], ["Globex"])

    await memory.hear(*BACK)
    recurred = ["Initech – 2026-03", "Acme 2026-03 2026-05", "Globex 2026-05 2026-10", "Acme 2026-10 –"]
    assert await jobs(memory) == recurred
    assert (await view(), await view(as_of=APRIL), await view(known_at=before)) == (["Acme"], ["Acme"], ["Globex"])

    versions = len(await memory.facts(state="all"))
    await memory.hear(*AGAIN)
    assert await jobs(memory) == recurred
    assert len(await memory.facts(state="all")) == versions
    assert len((await memory.fact("Acme"))["evidence"]) == 2


async def test_any_order_of_arrival_ends_the_same(memory: Memory) -> None:
    for told in list(permutations([ACME, GLOBEX, INITECH, BACK]))[::5]:
        other = Memory(memory.http, f"user-{uuid4().hex}")
        for content, on in told:
            await other.hear(content, on)
        assert await jobs(other) == [
            "Initech – 2026-03",
            "Acme 2026-03 2026-05",
            "Globex 2026-05 2026-10",
            "Acme 2026-10 –",
        ]


async def test_an_end_leaves_a_gap(memory: Memory) -> None:
    await memory.hear("I work at Acme.", "2026-03-01")
    await memory.hear("I left Acme in May.", "2026-06-10")
    assert await memory.values("works_at") == []
    assert await memory.values("works_at", as_of=APRIL) == ["Acme"]
    await memory.hear("I started at Globex in August.", "2026-09-01")
    found = await memory.timeline(predicate="works_at")
    (gap,) = found["gaps"]
    assert (gap["from"][:10], gap["to"][:10], gap["object"]) == ("2026-05-01", "2026-08-01", None)


async def test_a_correction_leaves_no_trace_in_the_world(memory: Memory) -> None:
    await memory.hear("I work at Globex.", "2026-03-01")
    await memory.hear("No, I work at Acme, not Globex.", "2026-03-02")
    assert await memory.values("works_at") == ["Acme"]
    assert await memory.values("works_at", as_of="2026-03-01T13:00:00Z") != ["Globex"]
    assert [
        line(fact) for fact in (await memory.timeline(predicate="works_at"))["items"] if value(fact) == "Globex"
    ] == []
    wrong = next(fact for fact in await memory.facts(state="all") if value(fact) == "Globex")
    assert wrong["retired_by"]["rule"] == "corrected"


async def test_the_future_is_not_yet_current(memory: Memory) -> None:
    later = datetime.now(UTC).year + 1
    job = {"subject": "Ana", "predicate": "works_at", "object_type": "organization"}
    await memory.state(job | {"object": "Acme", "valid_from": "2026-03-01T00:00:00Z"})
    await memory.state(job | {"object": "Globex", "valid_from": f"{later}-06-01T00:00:00Z"})
    assert await memory.values("works_at") == ["Acme"]
    assert await memory.values("works_at", as_of=f"{later}-07-01T00:00:00Z") == ["Globex"]


async def test_where_nobody_said_when_the_time_of_the_message_stands_in(memory: Memory) -> None:
    await memory.hear("I live in Lisbon.", "2026-03-01")
    (fact,) = await memory.facts(predicate="lives_in")
    assert (fact["valid_from"], fact["valid_precision"]) == ("2026-03-01T12:00:00Z", "assumed")


async def test_what_is_many_stands_side_by_side(memory: Memory) -> None:
    await memory.hear("I speak Spanish.", "2026-03-01")
    await memory.hear("I speak French.", "2026-04-01")
    assert await memory.values("speaks") == ["French", "Spanish"]
