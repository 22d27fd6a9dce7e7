"""Mem-alpha: a policy keeps a memory with the tools alone; what it does is logged, judged, and learnt from elsewhere.

The policy is scripted: it reads the tools and the state, and calls the tools, as a trained one would over HTTP.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.acceptance.memory import Memory

pytestmark = pytest.mark.asyncio(loop_scope="session")


@dataclass(frozen=True, slots=True)
class Policy:
    memory: Memory
    name: str = "scripted-1"

    async def call(self, tool: str, **arguments: Any) -> httpx.Response:
        return await self.memory.post("tools", tool, json=arguments, actor=self.name)

    async def done(self, tool: str, **arguments: Any) -> dict[str, Any]:
        reply = await self.call(tool, **arguments)
        assert reply.status_code == 200, reply.text
        return dict(reply.json()["result"])

    async def refused(self, tool: str, **arguments: Any) -> dict[str, Any]:
        reply = await self.call(tool, **arguments)
        assert reply.headers["content-type"] == "application/problem+json", reply.text
        return dict(reply.json())

    async def state(self) -> dict[str, Any]:
        return dict((await self.memory.get("tools", "state")).json())

    async def found(self, type: str, query: str, **asked: Any) -> list[str]:
        found = await self.done("memory_search", memory_type=type, query=query, **asked)
        return [one["content"] for one in found["memories"]]

    async def log(self) -> list[dict[str, Any]]:
        reply = await self.memory.get("operations", "export")
        assert reply.headers["content-type"] == "application/x-ndjson"
        return [json.loads(line) for line in reply.text.splitlines()]


@pytest.fixture
def policy(memory: Memory) -> Policy:
    return Policy(memory)


async def test_the_tools_are_told_as_functions_that_any_policy_can_call(policy: Policy) -> None:
    told = (await policy.memory.get("tools")).json()["tools"]
    functions = {tool["function"]["name"]: tool["function"]["parameters"] for tool in told}
    assert {tool["type"] for tool in told} == {"function"}
    assert set(functions) == {"memory_insert", "memory_update", "memory_delete", "memory_search"}
    assert functions["memory_insert"]["properties"]["memory_type"]["enum"] == ["semantic", "episodic", "fact"]
    assert functions["memory_update"]["properties"]["memory_type"]["enum"] == ["core", "semantic", "episodic", "fact"]
    assert functions["memory_search"]["properties"]["method"]["enum"] == ["bm25", "embedding", "both"]


async def test_the_core_is_capped_replaced_as_a_whole_and_always_returned(policy: Policy) -> None:
    paragraph = "Ana lives in Porto and is allergic to nuts."
    written = await policy.done("memory_update", memory_type="core", content=paragraph)
    assert written["tokens"] + written["tokens_left"] == written["tokens_allowed"] == 512
    problem = await policy.refused("memory_update", memory_type="core", content="word " * 513)
    assert (problem["status"], problem["code"]) == (413, "core_too_long")
    assert (problem["tokens"], problem["tokens_allowed"]) == (513, 512)
    state = await policy.state()
    assert (state["core"]["content"], state["core"]["tokens_left"]) == (paragraph, written["tokens_left"])
    context = await policy.memory.context("What is the weather like?", budget_tokens=300)
    assert paragraph in context.splitlines()[1]
    await policy.done("memory_update", memory_type="core", content="Ana moved to Berlin.")
    versions = (await policy.memory.get("core", "versions")).json()["items"]
    assert [one["content"] for one in versions] == ["Ana moved to Berlin.", paragraph]
    assert paragraph not in await policy.memory.context("What is the weather like?", budget_tokens=300)


async def test_what_is_kept_already_in_these_very_words_is_refused(policy: Policy) -> None:
    likes = {"subject": "Ana", "predicate": "likes", "object": "tea"}
    for given in (
        {"memory_type": "semantic", "content": "Ana is allergic to nuts."},
        {"memory_type": "episodic", "content": "Ana ran a race.", "occurred_at": "2026-03-01T12:00:00Z"},
        {"memory_type": "fact", **likes, "valid_from": "2026-01-01T00:00:00Z"},
        {"memory_type": "fact", **likes, "object": "rain"},
    ):
        kept = await policy.done("memory_insert", **given)
        problem = await policy.refused("memory_insert", **given)
        assert (problem["status"], problem["code"], problem["existing_id"]) == (409, "duplicate_memory", kept["id"])
    # the same words as something else, and other words, are something new
    await policy.done("memory_insert", memory_type="episodic", content="Ana is allergic to nuts.")
    await policy.done("memory_insert", memory_type="semantic", content="Ana is allergic to nuts!")


@pytest.mark.parametrize("method", ["bm25", "embedding", "both"])
async def test_updates_and_deletions_take_effect_in_search(policy: Policy, method: str) -> None:
    tea = await policy.done("memory_insert", memory_type="semantic", content="Ana drinks green tea.")
    await policy.done("memory_insert", memory_type="semantic", content="The spare key lies under the blue pot.")
    await policy.done("memory_insert", memory_type="episodic", content="Ana bought a tea kettle.")
    query = "What tea does Ana drink?"
    assert (await policy.found("semantic", query, method=method))[0] == "Ana drinks green tea."
    assert await policy.found("episodic", query, method=method) == ["Ana bought a tea kettle."]
    updated = await policy.done("memory_update", memory_type="semantic", id=tea["id"], content="Ana drinks black tea.")
    assert (updated["id"], updated["version"]) == (tea["id"], 2)
    found = await policy.found("semantic", query, method=method)
    assert found[0] == "Ana drinks black tea."
    assert "Ana drinks green tea." not in found
    await policy.done("memory_delete", memory_type="semantic", id=tea["id"])
    assert "Ana drinks black tea." not in await policy.found("semantic", query, method=method)
    assert (await policy.refused("memory_delete", memory_type="semantic", id=tea["id"]))["code"] == "not_found"


async def test_facts_are_reconciled_corrected_and_taken_back_like_any_others(policy: Policy) -> None:
    works = {"memory_type": "fact", "subject": "Ana", "predicate": "works_at", "object_type": "organization"}
    acme = await policy.done("memory_insert", **works, object="Acme", valid_from="2026-03-01T00:00:00Z")
    globex = await policy.done("memory_insert", **works, object="Globex", valid_from="2026-05-01T00:00:00Z")
    assert [one["object"]["name"] for one in (await policy.state())["fact"]] == ["Globex"]
    assert (await policy.memory.fact("Acme", as_of="2026-04-01T00:00:00Z"))["id"] == acme["id"]
    corrected = await policy.done("memory_update", memory_type="fact", id=globex["id"], object="Initech")
    assert (corrected["object"]["name"], corrected["valid_from"]) == ("Initech", "2026-05-01T00:00:00Z")
    assert (await policy.found("fact", "Where does Ana work?"))[0] == "Ana works at Initech."
    (retired,) = await policy.memory.history(globex["id"])
    assert retired["retired_by"]["rule"] == "corrected"
    await policy.done("memory_delete", memory_type="fact", id=corrected["id"])
    assert await policy.memory.values("works_at") == ["Acme"]
    assert (await policy.memory.post("facts", corrected["id"], "restore")).status_code == 200
    assert await policy.memory.values("works_at") == ["Initech"]


async def test_the_log_exports_with_states_and_outcomes(policy: Policy) -> None:
    await policy.done("memory_update", memory_type="core", content="Ana lives in Porto.")
    nuts = await policy.done("memory_insert", memory_type="semantic", content="Ana is allergic to nuts.")
    await policy.refused("memory_insert", memory_type="semantic", content="Ana is allergic to nuts.")
    await policy.refused("memory_insert", memory_type="semantic", contents="no such parameter")
    await policy.done("memory_update", memory_type="semantic", id=nuts["id"], content="Ana is allergic to peanuts.")
    assert await policy.found("semantic", "allergy") == ["Ana is allergic to peanuts."]
    judged = {"from": 2, "to": 5, "reward": 1.0, "details": {"question": "q-17", "correct": True}}
    assert (await policy.memory.post("operations", "outcomes", json=judged)).status_code == 201
    log = await policy.log()
    assert [(one["number"], one["tool"].removeprefix("memory_"), one["error"]) for one in log] == [
        (1, "update", None),
        (2, "insert", None),
        (3, "insert", "duplicate_memory"),
        (4, "insert", "invalid_arguments"),
        (5, "update", None),
        (6, "search", None),
    ]
    assert {one["actor"] for one in log} == {"scripted-1"}
    assert log[3]["arguments"] == {"memory_type": "semantic", "contents": "no such parameter"}
    # each was made in the state that was there before it, told in the words of then
    assert [one["state"]["core"]["version"] for one in log] == [0, 1, 1, 1, 1, 1]
    assert log[1]["state"]["core"]["content"] == "Ana lives in Porto."
    seen = [[memory["content"] for memory in one["state"]["semantic"]] for one in log]
    before, after = ["Ana is allergic to nuts."], ["Ana is allergic to peanuts."]
    assert seen == [[], [], before, before, before, after]
    assert [(one["id"], one["version"]) for one in log[4]["results"]] == [(nuts["id"], 2)]
    assert [[outcome["reward"] for outcome in one["outcomes"]] for one in log] == [[], [1.0], [1.0], [1.0], [1.0], []]
    paged = await policy.memory.all_pages("operations", limit=2)
    assert [one["number"] for one in paged] == [1, 2, 3, 4, 5, 6]
    assert paged[4]["state"]["semantic"] == [{"id": nuts["id"], "version": 1}]
