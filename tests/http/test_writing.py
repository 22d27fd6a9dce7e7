"""What happens to episodes that are sent."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from tests.http.service import Memory, said

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_episode_is_accepted_and_is_there_word_for_word(memory: Memory) -> None:
    content = "  I moved to  Porto.\n— Olá! 👋 李明 مرحبا e\u0301 \0 done"
    reply = await memory.say(content, client_id="m-1", metadata={"channel": "web", "nested": {"a": [1, 2.5, None]}})
    assert reply.status_code == 202
    (accepted,) = reply.json()["episodes"]
    assert accepted == {"id": accepted["id"], "seq": 1, "duplicate": False}

    stored = (await memory.get("episodes", accepted["id"])).json()
    assert stored["content"] == content
    assert stored["metadata"] == {"channel": "web", "nested": {"a": [1, 2.5, None]}}
    assert stored["occurred_at"] == "2026-02-01T09:00:00Z"
    assert (stored["role"], stored["name"], stored["kind"], stored["client_id"], stored["session_id"]) == (
        "user",
        "Ana",
        "message",
        "m-1",
        "s1",
    )


async def test_an_accepted_episode_is_searchable_at_once(memory: Memory) -> None:
    accepted = (await memory.say("The capital of Mongolia is Ulaanbaatar.")).json()["episodes"][0]
    found = (await memory.post("search", json={"query": "Mongolia capital", "kinds": ["episode"]})).json()
    assert found["results"][0]["id"] == accepted["id"]


async def test_episodes_of_one_request_keep_their_order(memory: Memory) -> None:
    accepted = (await memory.say(*(f"Line {i}." for i in range(20)))).json()["episodes"]
    assert [episode["seq"] for episode in accepted] == list(range(1, 21))


async def test_the_same_client_id_and_content_is_a_duplicate(memory: Memory) -> None:
    first = (await memory.say("I adopted a cat.", client_id="m-1")).json()["episodes"][0]
    again = await memory.say("I adopted a cat.", client_id="m-1")
    assert again.status_code == 202
    assert again.json()["episodes"] == [first | {"duplicate": True}]
    assert (await memory.get()).json()["episodes"] == 1


async def test_a_retry_without_a_time_of_its_own_is_a_duplicate_too(memory: Memory) -> None:
    episode = {"role": "user", "content": "I adopted a cat.", "client_id": "m-1"}
    body = {"session_id": "s1", "episodes": [episode]}
    first, again = [(await memory.post("episodes", json=body)).json()["episodes"][0] for _ in range(2)]
    assert (again["id"], again["duplicate"]) == (first["id"], True)


async def test_the_same_client_id_with_other_content_is_a_conflict_and_stores_nothing(memory: Memory) -> None:
    await memory.say("I adopted a cat.", client_id="m-1")
    body = {"session_id": "s1", "episodes": [said("New."), said("I adopted a dog.", client_id="m-1")]}
    reply = await memory.post("episodes", json=body)
    assert (reply.status_code, reply.json()["code"]) == (409, "client_id_conflict")
    assert (await memory.get()).json()["episodes"] == 1


async def test_an_idempotency_key_replays_the_first_answer(memory: Memory) -> None:
    key = {"Idempotency-Key": "k-1"}
    first, again = [await memory.say("I adopted a cat.", headers=key) for _ in range(2)]
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert (await memory.get()).json()["episodes"] == 1


async def test_an_idempotency_key_is_for_one_request_only(memory: Memory) -> None:
    key = {"Idempotency-Key": "k-1"}
    await memory.say("I adopted a cat.", headers=key)
    reply = await memory.say("I adopted a dog.", headers=key)
    assert (reply.status_code, reply.json()["code"]) == (409, "idempotency_conflict")


async def test_an_idempotency_key_is_the_users_own(memory: Memory, http: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "k-1"}
    await memory.say("I adopted a cat.", headers=key)
    other = Memory(http, memory.user + "-other")
    assert (await other.say("I adopted a dog.", headers=key)).status_code == 202


@pytest.mark.parametrize("key", ["", "x" * 257])
async def test_an_idempotency_key_has_a_length(memory: Memory, key: str) -> None:
    assert (await memory.say("x", headers={"Idempotency-Key": key})).status_code == 422


async def test_requests_at_once_with_one_key_store_it_once(memory: Memory) -> None:
    key = {"Idempotency-Key": "k-1"}
    replies = await asyncio.gather(*(memory.say("I adopted a cat.", headers=key) for _ in range(8)))
    assert {reply.status_code for reply in replies} == {202}
    assert len({reply.text for reply in replies}) == 1
    assert (await memory.get()).json()["episodes"] == 1


async def test_waiting_answers_with_what_was_derived(memory: Memory) -> None:
    told = await memory.told("I work at Nokia in Espoo.", name="Bo")
    job, derived = told["job"], told["derived"]
    assert job["outcome"]["facts_added"] == len(derived["facts"]) >= 1
    assert job["outcome"]["episodes"] == 1
    assert (job["error"], job["attempts"], job["kind"]) == (None, 0, "process")
    assert "Bo" in {entity["name"] for entity in derived["entities"]}
    (evidence, *_) = derived["facts"][0]["evidence"]
    assert evidence["episode_id"] == told["episodes"][0]["id"]
    assert evidence["quote"] == "I work at Nokia in Espoo."[evidence["start"] : evidence["end"]]
    assert (derived["notes"], derived["retired"]) == ([], [])


async def test_waiting_no_longer_than_told(memory: Memory) -> None:
    body = {"session_id": "s1", "episodes": [said(f"I like fruit number {i}.") for i in range(200)]}
    reply = await memory.post("episodes", json=body, wait=True, timeout=0.001)
    assert reply.status_code == 202
    assert set(reply.json()) == {"job_id", "episodes"}


@pytest.mark.parametrize("timeout", ["0", "-1", "301", "nan", "inf", "soon"])
async def test_a_wait_is_bounded(memory: Memory, timeout: str) -> None:
    body = {"session_id": "s1", "episodes": [said("x")]}
    assert (await memory.post("episodes", json=body, wait=True, timeout=timeout)).status_code == 422


@pytest.mark.parametrize(
    "episode",
    [
        said("x", occurred_at="2026-02-01T09:00:00"),
        said("x", colour="red"),
        said("x", role="king"),
        said("x", kind="song"),
        said(""),
        said("\ud800"),
        {"role": "user"},
        "x",
        None,
    ],
)
async def test_an_episode_that_cannot_be_is_refused(memory: Memory, episode: Any) -> None:
    reply = await memory.post("episodes", json={"session_id": "s1", "episodes": [episode]})
    assert reply.status_code == 422
    assert reply.json()["errors"][0]["pointer"].startswith("/episodes/0")


@pytest.mark.parametrize("session", ["", " s", "a\nb", "x" * 257, None, 5])
async def test_a_session_has_a_name(memory: Memory, session: Any) -> None:
    assert (await memory.post("episodes", json={"session_id": session, "episodes": [said("x")]})).status_code == 422


async def test_there_is_a_limit_to_how_many_and_how_long(memory: Memory) -> None:
    assert (await memory.say()).status_code == 422
    assert (await memory.say(*["x"] * 1_001)).status_code == 422
    assert (await memory.say("x" * (64 * 1024 + 1))).json()["code"] == "too_large"
    assert (await memory.say("é" * (32 * 1024 + 1))).json()["code"] == "too_large"
    assert (await memory.get()).json()["episodes"] == 0


async def test_an_episode_may_be_as_long_as_it_may_be(memory: Memory) -> None:
    content = "word " * (64 * 1024 // 5)
    accepted = (await memory.say(content)).json()["episodes"][0]
    assert (await memory.get("episodes", accepted["id"])).json()["content"] == content


async def test_json_may_come_as_an_object(memory: Memory) -> None:
    body = {"session_id": "s1", "episodes": [said("", kind="json") | {"content": {"b": 1, "a": "ü"}}]}
    accepted = (await memory.post("episodes", json=body)).json()["episodes"][0]
    stored = (await memory.get("episodes", accepted["id"])).json()
    assert (stored["kind"], stored["content"]) == ("json", '{"a":"ü","b":1}')


async def test_a_deleted_episode_is_gone(memory: Memory) -> None:
    told = await memory.told("I work at Nokia in Espoo.", name="Bo")
    id = told["episodes"][0]["id"]
    assert (await memory.delete("episodes", id)).status_code == 204
    assert (await memory.get("episodes", id)).status_code == 404
    assert (await memory.delete("episodes", id)).status_code == 404
    found = (await memory.post("search", json={"query": "Nokia Espoo"})).json()["results"]
    assert not [result for result in found if id in result["sources"]]
    assert (await memory.get("facts")).json()["items"] == []
