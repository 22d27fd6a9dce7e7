"""Notes over HTTP: written, changed, linked, undone, and how one led to another."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.service import Memory

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def written(
    memory: Memory, content: str = "Ana is looking for a flat in Porto.", **fields: Any
) -> dict[str, Any]:
    reply = await memory.post("notes", json={"content": content, **fields})
    assert reply.status_code == 201, reply.text
    return dict(reply.json())


async def revised(memory: Memory, id: str, **fields: Any) -> Any:
    return await memory.http.patch(memory.path("notes", id), json=fields)


async def count(memory: Memory) -> int:
    return int((await memory.get()).json()["notes"])


class TestWriting:
    async def test_a_note_comes_back_with_keywords_that_were_counted(self, memory: Memory) -> None:
        note = await written(memory, context="On moving.", tags=["home"])
        assert note["version"] == 1
        assert {"Ana", "Porto", "flat"} <= set(note["keywords"])
        assert (note["context"], note["tags"], note["stale"], note["sources"]) == ("On moving.", ["home"], False, [])
        assert (await memory.get("notes", note["id"])).json() == note
        assert (await memory.get("notes")).json() == {"items": [note], "next_cursor": None}
        assert await count(memory) == 1

    async def test_keywords_that_are_given_are_kept(self, memory: Memory) -> None:
        assert (await written(memory, keywords=[" flat ", "flat", "hunt"]))["keywords"] == ["flat", "hunt"]
        assert (await written(memory, keywords=[]))["keywords"] == []

    async def test_it_is_as_old_as_the_latest_that_it_rests_on(self, memory: Memory) -> None:
        told = await memory.told("I saw a flat.", occurred_at="2026-02-01T09:00:00Z")
        later = await memory.told("I took it.", occurred_at="2026-03-01T09:00:00Z")
        sources = [told["episodes"][0]["id"], later["episodes"][0]["id"]]
        first = await written(memory, sources=sources)
        assert first["occurred_at"] == "2026-03-01T09:00:00Z"
        assert (await written(memory, derived_from=[first["id"]]))["occurred_at"] == first["occurred_at"]
        given = await written(memory, occurred_at="2020-01-01T00:00:00Z", sources=sources)
        assert given["occurred_at"] == "2020-01-01T00:00:00Z"

    async def test_what_it_rests_on_has_to_be_there(self, memory: Memory) -> None:
        for field in ("sources", "derived_from"):
            reply = await memory.post("notes", json={"content": "So it is.", field: ["unknown"]})
            assert (reply.status_code, reply.json()["code"]) == (404, "not_found")

    @pytest.mark.parametrize(
        "body",
        [
            {"content": ""},
            {"content": " \n"},
            {"content": "x" * 8_193},
            {"content": "x", "context": "x" * 2_049},
            {"content": "x", "tags": [""]},
            {"content": "x", "keywords": ["k"] * 33},
            {"content": "x", "occurred_at": "2026-01-01T00:00:00"},
            {"content": "x", "links": []},
        ],
    )
    async def test_what_is_no_note_is_refused(self, memory: Memory, body: dict[str, Any]) -> None:
        assert (await memory.post("notes", json=body)).status_code == 422

    async def test_they_are_listed_by_pages(self, memory: Memory) -> None:
        ids = [(await written(memory, f"Thought {n}."))["id"] for n in range(5)]
        assert [note["id"] for note in await memory.all_pages("notes", limit=2)] == sorted(ids)


class TestVersions:
    async def test_each_change_is_a_version_with_its_cause(self, memory: Memory) -> None:
        note = await written(memory)
        changed = (await revised(memory, note["id"], content="Ana found a flat in Porto.", version=1)).json()
        assert (changed["version"], changed["content"]) == (2, "Ana found a flat in Porto.")
        assert (changed["context"], changed["keywords"]) == (note["context"], note["keywords"])
        assert changed["created_at"] == note["created_at"]
        one, two = (await memory.get("notes", note["id"], "versions")).json()["items"]
        assert (one["content"], one["recorded_to"]) == (note["content"], two["recorded_from"])
        assert (two["content"], two["recorded_to"]) == (changed["content"], None)
        assert [version["cause"]["origin"] for version in (one, two)] == ["caller", "caller"]

    async def test_saying_the_same_again_changes_nothing(self, memory: Memory) -> None:
        note = await written(memory, tags=["home"])
        assert (await revised(memory, note["id"], tags=["home"])).json() == note

    async def test_a_change_of_what_one_has_not_seen_is_refused(self, memory: Memory) -> None:
        note = await written(memory)
        await revised(memory, note["id"], tags=["home"])
        reply = await revised(memory, note["id"], tags=["work"], version=1)
        assert (reply.status_code, reply.json()["code"]) == (409, "conflict")
        assert (await memory.get("notes", note["id"])).json()["tags"] == ["home"]

    async def test_undoing_goes_back_and_forth(self, memory: Memory) -> None:
        note = await written(memory)
        await revised(memory, note["id"], content="Ana bought a boat.", tags=["boat"])
        back = (await memory.post("notes", note["id"], "undo")).json()
        assert (back["version"], back["content"], back["tags"]) == (3, note["content"], [])
        assert back["cause"]["origin"] == "undo"
        assert [found["text"] for found in await found_notes(memory, "boat")] == [note["content"]]
        forth = (await memory.post("notes", note["id"], "undo")).json()
        assert (forth["version"], forth["content"]) == (4, "Ana bought a boat.")

    async def test_the_first_version_cannot_be_undone(self, memory: Memory) -> None:
        note = await written(memory)
        reply = await memory.post("notes", note["id"], "undo")
        assert (reply.status_code, reply.json()["code"]) == (409, "illegal_transition")

    async def test_nothing_to_change_is_refused(self, memory: Memory) -> None:
        note = await written(memory)
        for body in ({}, {"version": 1}, {"tags": None}):
            assert (await revised(memory, note["id"], **body)).status_code == 422


class TestLinks:
    async def test_a_link_is_seen_from_both_ends_from_the_older_to_the_newer(self, memory: Memory) -> None:
        old = await written(memory, "Rain fell.", occurred_at="2026-01-01T00:00:00Z")
        new = await written(memory, "Boots got muddy.", occurred_at="2026-02-01T00:00:00Z")
        reply = await memory.post("notes", new["id"], "links", json={"to": old["id"], "relation": "cause"})
        assert (reply.status_code, reply.json()) == (201, {"note_id": old["id"], "relation": "cause", "side": "older"})
        (seen,) = (await memory.get("notes", old["id"], "links")).json()["items"]
        assert seen == {"note_id": new["id"], "relation": "cause", "side": "newer"}
        assert (await memory.get("notes", old["id"])).json()["links"] == [seen]

    async def test_there_are_never_two_of_one_relation_between_two(self, memory: Memory) -> None:
        one, other = await written(memory, "Rain fell."), await written(memory, "Boots got muddy.")
        for a, b, relation in ((one, other, "cause"), (other, one, "cause"), (one, other, "react")):
            reply = await memory.post("notes", a["id"], "links", json={"to": b["id"], "relation": relation})
            assert reply.status_code == 201
        links = (await memory.get("notes", one["id"], "links")).json()["items"]
        assert [link["relation"] for link in links] == ["cause", "react"]

    async def test_one_link_or_all_between_two_are_taken_back_from_either_end(self, memory: Memory) -> None:
        one, other = await written(memory, "Rain fell."), await written(memory, "Boots got muddy.")
        for relation in ("cause", "react", "want"):
            await memory.post("notes", one["id"], "links", json={"to": other["id"], "relation": relation})
        path = memory.path("notes", other["id"], "links", one["id"])
        assert (await memory.http.delete(path, params={"relation": "react"})).status_code == 204
        assert (await memory.http.delete(path, params={"relation": "react"})).status_code == 404
        links = (await memory.get("notes", one["id"], "links")).json()["items"]
        assert [link["relation"] for link in links] == ["cause", "want"]
        assert (await memory.http.delete(path)).status_code == 204
        assert (await memory.get("notes", one["id"], "links")).json()["items"] == []

    async def test_a_link_that_cannot_be_is_refused(self, memory: Memory) -> None:
        note = await written(memory)
        for to, relation, status in (("unknown", "cause", 404), (note["id"], "cause", 422), (note["id"], "loves", 422)):
            reply = await memory.post("notes", note["id"], "links", json={"to": to, "relation": relation})
            assert reply.status_code == status

    async def test_a_new_note_is_linked_with_what_it_is_like(self, memory: Memory) -> None:
        flat = await written(memory, "Ana is looking for a flat in Porto near the river.")
        tea = await written(memory, "Ben drinks green tea every morning.")
        again = await written(memory, "Ana wants a flat in Porto with a view of the river.")
        assert {link["note_id"]: link["relation"] for link in again["links"]} == {flat["id"]: "same_topic"}
        assert tea["links"] == []


class TestForgetting:
    async def test_a_note_is_deleted_with_its_links_and_versions(self, memory: Memory) -> None:
        one, other = await written(memory, "Rain fell."), await written(memory, "Boots got muddy.")
        await memory.post("notes", one["id"], "links", json={"to": other["id"], "relation": "cause"})
        assert (await memory.delete("notes", one["id"])).status_code == 204
        for path in (("notes", one["id"]), ("notes", one["id"], "versions"), ("notes", one["id"], "timeline")):
            assert (await memory.get(*path)).status_code == 404
        assert (await memory.get("notes", other["id"])).json()["links"] == []
        assert (await memory.delete("notes", one["id"])).status_code == 404
        assert "Rain fell." not in [found["text"] for found in await found_notes(memory, "rain")]
        assert await count(memory) == 1

    async def test_when_a_source_is_deleted_a_note_is_stale_and_with_the_last_it_goes(self, memory: Memory) -> None:
        told = await memory.told("I saw a flat in Porto.", "I took the flat in Porto.")
        first, second = (episode["id"] for episode in told["episodes"])
        note = await written(memory, sources=[first, second])
        derived = await written(memory, "Ana lives in Porto now.", derived_from=[note["id"]])
        assert (await memory.delete("episodes", first)).status_code == 204
        stale = (await memory.get("notes", note["id"])).json()
        assert (stale["stale"], stale["sources"], stale["version"]) == (True, [second], 2)
        assert stale["cause"] == {"origin": "source_gone", "episode_id": first, "note_id": None, "by": None}
        assert (await memory.get("notes", derived["id"])).json()["stale"] is True
        assert (await memory.delete("episodes", second)).status_code == 204
        assert (await memory.get("notes")).json()["items"] == []
        assert await count(memory) == 0

    async def test_a_caller_vouches_for_a_stale_note_by_saying_what_it_says(self, memory: Memory) -> None:
        told = await memory.told("I saw a flat.", "I took it.")
        first, second = (episode["id"] for episode in told["episodes"])
        note = await written(memory, sources=[first, second])
        await memory.delete("episodes", first)
        assert (await revised(memory, note["id"], tags=["home"])).json()["stale"] is True
        assert (await revised(memory, note["id"], content="Ana took a flat.")).json()["stale"] is False


async def found_notes(memory: Memory, query: str, **asked: Any) -> list[dict[str, Any]]:
    reply = await memory.post("search", json={"query": query, "kinds": ["note"], "explain": True, **asked})
    assert reply.status_code == 200, reply.text
    return list(reply.json()["results"])
