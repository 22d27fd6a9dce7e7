"""Users may be called anything printable, and each has a memory of their own."""

from __future__ import annotations

import httpx
import pytest

from tests.http.service import Memory

pytestmark = pytest.mark.asyncio(loop_scope="session")

ODD = [
    "a/b",
    "../a",
    "*",
    "%2F",
    "a%2Fb",
    "100%",
    "a b",
    "ümläut",
    "李明",
    "?",
    "#",
    "a\\b",
    "episodes",
    "'; --",
    "😀",
    "a:b",
]


@pytest.mark.parametrize("name", ODD)
async def test_a_user_of_an_odd_name_has_a_memory(http: httpx.AsyncClient, name: str) -> None:
    memory = Memory(http, name)
    accepted = (await memory.say(f"I live in Porto, says {name}.", session=name)).json()["episodes"][0]
    assert (await memory.get()).json()["user_id"] == name
    assert (await memory.get("episodes", accepted["id"])).json()["session_id"] == name
    assert [e["id"] for e in (await memory.get("sessions", name, "episodes")).json()["items"]] == [accepted["id"]]
    found = (await memory.post("search", json={"query": "Porto"})).json()["results"]
    assert {source for result in found for source in result["sources"]} == {accepted["id"]}
    assert (await memory.get("facts")).status_code == 200


async def test_names_that_look_alike_are_not_the_same(http: httpx.AsyncClient) -> None:
    names = ["x/y", "x%2Fy", "x%252Fy", "X/y", "x/y/", "é", "e\u0301"]
    for name in names:
        await Memory(http, name).say("Hello.")
    for name in names:
        assert (await Memory(http, name).get()).json()["episodes"] == 1


@pytest.mark.parametrize("name", ["\0", " ", " a", "a\n", "a" * 2_000, "\x7f", "\u0085"])
async def test_names_that_cannot_be_are_refused_by_reads_and_writes_alike(http: httpx.AsyncClient, name: str) -> None:
    memory = Memory(http, name)
    for reply in (await memory.get(), await memory.get("facts"), await memory.say("x")):
        assert (reply.status_code, reply.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.parametrize("segment", ["%FF", "%ED%A0%80", "%", "%zz", "a%", "%00%00", ".", "..", "%2e%2e", "%2E"])
async def test_paths_that_are_hardly_paths(http: httpx.AsyncClient, segment: str) -> None:
    for path in (f"/v1/users/{segment}", f"/v1/users/{segment}/facts", f"/v1/users/a/episodes/{segment}"):
        assert (await http.get(path)).status_code < 500
