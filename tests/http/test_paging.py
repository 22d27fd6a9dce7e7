"""Pages: every item once, in order, whatever arrives meanwhile."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.http.service import Memory, said

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_session_is_paged_while_more_arrives(memory: Memory) -> None:
    await memory.say(*(f"Line {i}." for i in range(30)))
    seen: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await memory.get("sessions", "s1", "episodes", limit=7, **cursor)).json()
        seen += [episode["seq"] for episode in page["items"]]
        if len(seen) == 14:
            await memory.say("Late.")
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == list(range(1, 32))


async def test_a_full_last_page_is_the_last(memory: Memory) -> None:
    await memory.say(*(f"Line {i}." for i in range(6)))
    first = (await memory.get("sessions", "s1", "episodes", limit=3)).json()
    last = (await memory.get("sessions", "s1", "episodes", limit=3, cursor=first["next_cursor"])).json()
    assert ([e["seq"] for e in last["items"]], last["next_cursor"]) == ([4, 5, 6], None)


async def test_every_listing_of_a_user_is_the_same_in_small_pages_and_large(memory: Memory) -> None:
    for session in ("s1", "s2", "s3"):
        body = {"session_id": session, "episodes": [said(f"I visited Rome, Oslo and Porto in {session}.")]}
        await memory.post("episodes", json=body, wait=True)
    stated = [{"subject": "Ana", "predicate": "likes", "object": thing} for thing in ("tea", "rain", "maps")]
    await memory.post("facts", json={"facts": stated})
    for parts in (("sessions",), ("sessions", "s1", "episodes"), ("entities",), ("facts",), ("jobs",), ("timeline",)):
        small, large = await memory.all_pages(*parts, limit=1), await memory.all_pages(*parts, limit=200)
        assert small == large
        assert small, parts


async def test_tenants_keys_and_users_are_paged(http: httpx.AsyncClient) -> None:
    for name in ("paged-a", "paged-b", "paged-c"):
        await http.post("/v1/admin/tenants", json={"id": name})
        await http.post("/v1/admin/tenants/paged-a/keys", json={"name": name, "scopes": ["read"]})
        await Memory(http, name).say("Hello.")
    for path, id in (("/v1/admin/tenants", "id"), ("/v1/admin/tenants/paged-a/keys", "name"), ("/v1/users", "user_id")):
        found: list[str] = []
        cursor: dict[str, Any] = {}
        while True:
            page = (await http.get(path, params={"limit": 1, **cursor})).json()
            found += [item[id] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        assert [name for name in found if name.startswith("paged-")] == ["paged-a", "paged-b", "paged-c"]


@pytest.mark.parametrize("parts", [("sessions",), ("sessions", "s1", "episodes"), ("entities",), ("facts",), ("jobs",)])
@pytest.mark.parametrize("cursor", ["rubbish", "WyJmYWN0cyJd", "é", "a" * 5_000])
async def test_a_rubbish_cursor_is_refused(memory: Memory, parts: tuple[str, ...], cursor: str) -> None:
    reply = await memory.get(*parts, cursor=cursor)
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid_cursor")


async def test_a_cursor_of_another_listing_is_refused(memory: Memory) -> None:
    await memory.say("One.", session="s1")
    await memory.say("Two.", session="s2")
    cursor = (await memory.get("sessions", limit=1)).json()["next_cursor"]
    assert (await memory.get("entities", cursor=cursor)).status_code == 422


@pytest.mark.parametrize("limit", ["0", "-1", "201", "many", "1e3", ""])
@pytest.mark.parametrize("parts", [("sessions",), ("entities",), ("facts",), ("jobs",), ("timeline",)])
async def test_limits_are_limited(memory: Memory, parts: tuple[str, ...], limit: str) -> None:
    assert (await memory.get(*parts, limit=limit)).status_code == 422


async def test_a_misspelt_filter_is_not_ignored(memory: Memory) -> None:
    reply = await memory.get("facts", stat="all")
    assert reply.json()["errors"][0] | {"detail": ""} == {
        "location": "query",
        "pointer": "/stat",
        "code": "extra_forbidden",
        "detail": "",
    }
