"""What comes back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.http.service import Memory, said

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_user_nobody_has_written_to_is_empty(memory: Memory) -> None:
    assert (await memory.get()).json() == {
        "user_id": memory.user,
        "sessions": 0,
        "episodes": 0,
        "entities": 0,
        "facts": 0,
        "notes": 0,
        "pending": 0,
        "failed": 0,
        "last_activity": None,
    }


async def test_a_user_is_counted(memory: Memory) -> None:
    await memory.told("I work at Nokia in Espoo.", "I live in Helsinki.")
    await memory.told("Hello again.", session="s2")
    user = (await memory.get()).json()
    assert (user["episodes"], user["sessions"], user["pending"], user["failed"]) == (3, 2, 0, 0)
    assert user["entities"] == len(await memory.all_pages("entities"))
    assert user["facts"] == len(await memory.all_pages("facts", state="all"))
    assert datetime.fromisoformat(user["last_activity"]).tzinfo is not None


async def test_sessions_tell_when_and_how_much(memory: Memory) -> None:
    await memory.say("One.", occurred_at="2026-02-01T09:00:00Z")
    await memory.say("Two.", occurred_at="2026-02-03T10:00:00+01:00")
    await memory.say("Three.", session="s0")
    sessions = (await memory.get("sessions")).json()["items"]
    assert [session["id"] for session in sessions] == ["s0", "s1"]
    assert sessions[1] == {
        "id": "s1",
        "episodes": 2,
        "first_at": "2026-02-01T09:00:00Z",
        "last_at": "2026-02-03T09:00:00Z",
        "first_seq": 1,
        "last_seq": 2,
    }


async def test_a_session_is_read_in_the_order_of_arrival_from_where_one_likes(memory: Memory) -> None:
    await memory.say(*(f"Line {i}." for i in range(1, 8)))
    everything = (await memory.get("sessions", "s1", "episodes")).json()["items"]
    assert [episode["content"] for episode in everything] == [f"Line {i}." for i in range(1, 8)]
    later = (await memory.get("sessions", "s1", "episodes", from_seq=5)).json()["items"]
    assert [episode["seq"] for episode in later] == [5, 6, 7]
    assert (await memory.get("sessions", "s9", "episodes")).json() == {"items": [], "next_cursor": None}


async def test_facts_are_found_by_what_they_say(memory: Memory) -> None:
    await memory.told("I work at Nokia.", "I live in Helsinki.")
    facts = (await memory.get("facts", subject="ana")).json()["items"]
    works = next(fact for fact in facts if fact["predicate"] == "works_at")
    assert works["subject"]["name"] == "Ana"
    assert works["object"]["name"] == "Nokia"
    assert (works["version"], works["recorded_to"], works["retired_by"]) == (1, None, None)
    for query in ({"predicate": "works_at"}, {"object": "Nokia"}, {"object": works["object"]["id"]}):
        found = (await memory.get("facts", **query)).json()["items"]
        assert [fact["id"] for fact in found] == [works["id"]]
    assert (await memory.get("facts", subject="Nobody")).json()["items"] == []
    assert (await memory.get("facts", predicate="owns")).json()["items"] == []


async def test_a_fact_has_its_history(memory: Memory) -> None:
    stated = await memory.post(
        "facts",
        json={"facts": [{"subject": "Ana", "predicate": "lives_in", "object": "Porto", "object_type": "place"}]},
    )
    assert stated.status_code == 201
    (written,) = stated.json()["written"]
    assert (written["predicate"], written["object"]["name"]) == ("lives_in", "Porto")
    history = (await memory.get("facts", written["id"])).json()
    assert [version["version"] for version in history["versions"]] == [1]
    assert {key: history[key] for key in written} == written


async def test_a_fact_may_be_retracted_and_restored(memory: Memory) -> None:
    body = {"facts": [{"subject": "Ana", "predicate": "favourite colour", "object": "green"}]}
    (written,) = (await memory.post("facts", json=body)).json()["written"]
    assert written["object"] == {"value": "green"}

    retracted = await memory.delete("facts", written["id"])
    assert retracted.status_code == 200
    assert retracted.json()["retired_by"] is not None
    assert (await memory.get("facts")).json()["items"] == []
    assert (await memory.get("facts", state="all")).json()["items"] != []

    assert (await memory.post("facts", written["id"], "restore")).status_code == 200
    assert [fact["object"] for fact in (await memory.get("facts")).json()["items"]] == [{"value": "green"}]


@pytest.mark.parametrize("room", ["episodes", "facts", "entities"])
@pytest.mark.parametrize("id", ["nope", "00000000-0000-0000-0000-000000000000", "a/b", "*", "..", "é"])
async def test_what_is_not_there_is_not_found(memory: Memory, room: str, id: str) -> None:
    assert (await memory.get(room, id)).status_code == (404 if id != ".." else 200)


async def test_entities_are_listed_and_looked_for(memory: Memory) -> None:
    await memory.told("I work at Nokia.", "I live in Helsinki.")
    entities = await memory.all_pages("entities")
    assert {"Ana", "Nokia", "Helsinki"} <= {entity["name"] for entity in entities}
    (found,) = (await memory.get("entities", q="helsin")).json()["items"]
    assert (await memory.get("entities", found["id"])).json() == found
    assert (found["name"], found["type"], found["merged_into"]) == ("Helsinki", "place", None)
    assert found["facts"] >= 1


async def test_a_timeline_shows_what_held_when(memory: Memory) -> None:
    facts = [
        {"subject": "Ana", "predicate": "visited", "object": place, "object_type": "place", "valid_from": day}
        for place, day in [("Rome", "2026-03-01T00:00:00Z"), ("Oslo", "2026-01-01T00:00:00Z")]
    ]
    await memory.post("facts", json={"facts": facts})
    items = await memory.all_pages("timeline", entity="Ana", limit=1)
    assert [item["object"]["name"] for item in items] == ["Oslo", "Rome"]
    early = (await memory.get("timeline", to="2026-02-01T00:00:00Z")).json()["items"]
    assert [item["object"]["name"] for item in early] == ["Oslo"]
    assert (await memory.get("timeline", entity="Nobody")).status_code == 404
    wrong = {"from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}
    assert (await memory.get("timeline", **wrong)).status_code == 422


async def test_jobs_tell_what_they_did(memory: Memory, http: httpx.AsyncClient) -> None:
    told = await memory.told("I work at Nokia.")
    job = (await http.get(f"/v1/jobs/{told['job']['id']}")).json()
    assert job == told["job"]
    assert (await memory.get("jobs")).json()["items"] == [job]
    assert (await memory.get("jobs", state="succeeded")).json()["items"] == [job]
    assert (await memory.get("jobs", state="failed")).json()["items"] == []
    replay = await http.post(f"/v1/jobs/{job['id']}/replay")
    assert (replay.status_code, replay.json()["code"]) == (409, "illegal_transition")
    assert (await http.get("/v1/jobs/nope")).status_code == 404


async def test_results_have_the_shape_of_the_contract(memory: Memory) -> None:
    await memory.told("I work at Nokia in Espoo.", "I went hiking.")
    reply = (await memory.post("search", json={"query": "Where does Ana work?"})).json()
    assert set(reply) == {"results", "time_range", "confidence", "degraded", "took_ms"}
    scores = [result["score"] for result in reply["results"]]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert all("signals" not in result for result in reply["results"])
    assert all(result["sources"] for result in reply["results"])
    explained = (await memory.post("search", json={"query": "Where does Ana work?", "explain": True})).json()
    assert all(result["signals"] for result in explained["results"])


@pytest.mark.parametrize("recipe", ["fast", "default", "verbatim"])
async def test_a_search_keeps_to_what_it_is_asked_for(memory: Memory, recipe: str) -> None:
    body = {
        "session_id": "s1",
        "episodes": [
            said("I saw a fox in Porto.", metadata={"channel": "web"}),
            said("I saw a fox in Rome.", name="Bo", metadata={"channel": "phone"}),
            said("I saw a fox in Oslo.", role="assistant", occurred_at="2025-02-01T09:00:00Z"),
        ],
    }
    await memory.post("episodes", json=body)

    async def found(**fields: Any) -> list[str]:
        asked = {"query": "fox", "kinds": ["episode"], "recipe": recipe, **fields}
        reply = await memory.post("search", json=asked)
        assert reply.status_code == 200, reply.text
        return sorted(result["text"] for result in reply.json()["results"])

    assert len(await found()) == 3
    assert len(await found(limit=1)) == 1
    assert await found(where={"speaker": "Bo"}) == ["I saw a fox in Rome."]
    assert await found(where={"role": "assistant"}) == ["I saw a fox in Oslo."]
    assert await found(where={"metadata.channel": "web"}) == ["I saw a fox in Porto."]
    assert await found(occurred={"to": "2026-01-01T00:00:00Z"}) == ["I saw a fox in Oslo."]
    assert await found(session_id="s2") == []


@pytest.mark.parametrize(
    "asked",
    [
        {"recipe": "magic"},
        {"limit": 0},
        {"limit": 201},
        {"kinds": ["secret"]},
        {"where": {"tenant": "other"}},
        {"as_of": "2026-01-01"},
        {"query": ""},
        {"query": "   "},
        {"tenant": "other"},
    ],
)
async def test_a_search_that_cannot_be_is_refused(memory: Memory, asked: dict[str, Any]) -> None:
    reply = await memory.post("search", json={"query": "x", **asked})
    assert (reply.status_code, reply.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.parametrize("query", ["?", "'; DROP TABLE episode; --", "\0", "🦊" * 500, 'NEAR( OR * "', "a" * 8_192])
async def test_any_words_may_be_searched_for(memory: Memory, query: str) -> None:
    await memory.say("I saw a fox.")
    assert (await memory.post("search", json={"query": query})).status_code == 200
    assert (await memory.post("context", json={"query": query})).status_code == 200


@pytest.mark.parametrize("budget", [1, 60, 200, 1_000])
async def test_a_context_keeps_to_its_budget_and_cites(memory: Memory, budget: int) -> None:
    await memory.told(*(f"The quick brown fox {i} jumps over fence {i * 3}." for i in range(30)))
    first, again = [
        (await memory.post("context", json={"query": "fox fence 12", "budget_tokens": budget})).json() for _ in range(2)
    ]
    assert first == again
    assert first["tokens"] <= budget
    for citation in first["citations"]:
        assert f"[{citation['marker']}]" in first["text"]
        assert citation["sources"]
