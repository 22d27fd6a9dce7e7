"""The memory tools, the core and the log over HTTP: what is asked, what is refused, and how it is told."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.http.service import Memory

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEA = {"memory_type": "semantic", "content": "Ana likes tea."}


async def put_core(memory: Memory, **body: Any) -> httpx.Response:
    return await memory.http.put(memory.path("core"), json=body)


async def judged(memory: Memory, **body: Any) -> httpx.Response:
    return await memory.post("operations", "outcomes", json={"from": 1, "to": 1, "reward": 1, **body})


class TestRunning:
    async def test_a_call_is_answered_with_its_number_and_what_it_wrote(self, memory: Memory) -> None:
        reply = (await memory.post("tools", "memory_insert", json=TEA, actor="policy 7")).json()
        assert reply["operation"] == 1
        note = (await memory.get("notes", reply["result"]["id"])).json()
        assert (note["content"], note["memory_type"]) == (TEA["content"], "semantic")
        assert {name: reply["result"][name] for name in ("id", "version", "content")} == {
            name: note[name] for name in ("id", "version", "content")
        }
        (logged,) = (await memory.get("operations")).json()["items"]
        assert (logged["actor"], logged["arguments"]) == ("policy 7", TEA)

    async def test_a_refusal_has_its_number_and_names_what_is_there(self, memory: Memory) -> None:
        kept = (await memory.post("tools", "memory_insert", json=TEA)).json()["result"]["id"]
        reply = await memory.post("tools", "memory_insert", json=TEA)
        problem = reply.json()
        assert reply.status_code == problem["status"] == 409
        assert (problem["code"], problem["operation"], problem["existing_id"]) == ("duplicate_memory", 2, kept)

    @pytest.mark.parametrize(
        ("tool", "arguments", "status", "code"),
        [
            ("memory_insert", {}, 422, "invalid_arguments"),
            ("memory_insert", {**TEA, "k": 3}, 422, "invalid_arguments"),
            ("memory_update", {**TEA, "id": "unknown"}, 404, "not_found"),
            ("memory_update", {"memory_type": "core", "content": "word " * 600}, 413, "core_too_long"),
            ("memory_forget", {}, 404, "unknown_tool"),
            ("state", {}, 404, "unknown_tool"),
            ("a/b", {}, 404, "unknown_tool"),
        ],
    )
    async def test_every_refusal_is_logged(
        self, memory: Memory, tool: str, arguments: dict[str, Any], status: int, code: str
    ) -> None:
        reply = await memory.post("tools", tool, json=arguments)
        assert (reply.status_code, reply.json()["code"], reply.json()["operation"]) == (status, code, 1)
        (logged,) = (await memory.get("operations")).json()["items"]
        assert (logged["tool"], logged["arguments"], logged["error"]) == (tool, arguments, code)

    @pytest.mark.parametrize("body", [[], "x", None, 5, {"content": "x" * 70_000}, {"content": "\ud800"}])
    async def test_what_is_no_call_at_all_is_refused_without_an_entry(self, memory: Memory, body: Any) -> None:
        assert (await memory.post("tools", "memory_insert", json=body)).status_code == 422
        assert (await memory.get("operations")).json()["items"] == []

    async def test_numbers_that_json_has_not_are_refused(self, memory: Memory) -> None:
        headers = {"Content-Type": "application/json"}
        place = memory.path("tools", "memory_search")
        reply = await memory.http.post(place, content=b'{"memory_type": "fact", "k": NaN}', headers=headers)
        assert reply.status_code == 422

    @pytest.mark.parametrize("actor", ["", " x", "x" * 257, "\n"])
    async def test_an_actor_has_a_name(self, memory: Memory, actor: str) -> None:
        assert (await memory.post("tools", "memory_insert", json=TEA, actor=actor)).status_code == 422

    async def test_whoever_was_never_written_to_has_an_empty_state(self, memory: Memory) -> None:
        state = (await memory.get("tools", "state")).json()
        assert state["core"] | {"updated_at": None} == {
            "version": 0,
            "content": "",
            "tokens": 0,
            "tokens_left": 512,
            "tokens_allowed": 512,
            "updated_at": None,
        }
        assert (state["semantic"], state["episodic"], state["fact"], state["operation"]) == ([], [], [], 0)


class TestCore:
    async def test_whoever_has_not_seen_the_latest_version_is_told(self, memory: Memory) -> None:
        first = (await put_core(memory, content="Ana lives in Porto.", version=0)).json()
        assert (first["version"], first["content"]) == (1, "Ana lives in Porto.")
        assert (await put_core(memory, content="Ana lives in Rome.", version=0)).json()["code"] == "conflict"
        assert (await put_core(memory, content="Ana lives in Oslo.", version=1)).json()["version"] == 2
        assert (await put_core(memory, content="Ana lives in Oslo.")).json()["version"] == 2
        assert (await memory.get("core")).json()["content"] == "Ana lives in Oslo."
        versions = await memory.all_pages("core", "versions", limit=1)
        assert [one["content"] for one in versions] == ["Ana lives in Oslo.", "Ana lives in Porto."]
        assert (await memory.get("operations")).json()["items"] == []

    async def test_it_has_so_many_tokens_and_no_more(self, memory: Memory) -> None:
        assert (await put_core(memory, content="word " * 512)).json()["tokens_left"] == 0
        reply = await put_core(memory, content="word " * 513)
        problem = reply.json()
        assert (reply.status_code, problem["code"]) == (413, "core_too_long")
        assert (problem["tokens"], problem["tokens_allowed"]) == (513, 512)

    @pytest.mark.parametrize(
        "body", [{}, {"content": None}, {"content": "x", "version": -1}, {"content": "x" * 65_537}, {"text": "x"}]
    )
    async def test_what_is_no_core_is_refused(self, memory: Memory, body: dict[str, Any]) -> None:
        assert (await put_core(memory, **body)).status_code == 422


class TestLog:
    async def test_outcomes_stand_beside_the_operations_that_they_are_about(self, memory: Memory) -> None:
        for number in range(5):
            await memory.post("tools", "memory_insert", json={**TEA, "content": f"Thought {number}."})
        details = {"question": "What?", "correct": False}
        told = await judged(memory, **{"from": 2, "to": 4}, reward=-1, details=details, actor="judge")
        assert told.status_code == 201
        assert told.json() | {"at": None} == {
            "number": 1,
            "from": 2,
            "to": 4,
            "reward": -1.0,
            "details": details,
            "at": None,
            "actor": "judge",
        }
        await judged(memory, **{"from": 4, "to": 5}, reward=0.25)
        logged = await memory.all_pages("operations", limit=2)
        assert [[one["number"] for one in each["outcomes"]] for each in logged] == [[], [1], [1], [1, 2], [2]]

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({"to": 2}, 404),
            ({"from": 0}, 422),
            ({"from": 2, "to": 1}, 422),
            ({"to": 20_000}, 422),
            ({"to": 2**63}, 422),
            ({"reward": 1.01}, 422),
            ({"reward": "1"}, 422),
            ({"reward": None}, 422),
            ({"details": []}, 422),
            ({"details": {"x": "y" * 20_000}}, 422),
            ({"score": 1}, 422),
        ],
    )
    async def test_outcomes_of_nothing_are_refused(self, memory: Memory, body: dict[str, Any], status: int) -> None:
        await memory.post("tools", "memory_insert", json=TEA)
        assert (await judged(memory, **body)).status_code == status

    async def test_a_long_log_is_exported_whole_or_from_a_number_on(self, memory: Memory) -> None:
        for number in range(105):
            await memory.post("tools", "memory_search", json={"memory_type": "fact", "query": f"Number {number}?"})
        for after in (0, 99, 105, 2**63 - 1):
            reply = await memory.get("operations", "export", after=after)
            assert (reply.status_code, reply.headers["content-type"]) == (200, "application/x-ndjson")
            assert [json.loads(line)["number"] for line in reply.text.splitlines()] == list(range(after + 1, 106))
        for wrong in ("-1", "x", str(2**63)):
            assert (await memory.get("operations", "export", after=wrong)).status_code == 422

    @pytest.mark.parametrize("parts", [("operations",), ("core", "versions")])
    async def test_a_cursor_of_another_listing_is_refused(self, memory: Memory, parts: tuple[str, ...]) -> None:
        assert (await memory.get(*parts, cursor="rubbish")).json()["code"] == "invalid_cursor"
