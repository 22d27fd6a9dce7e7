"""Nobody sees another's memory through any route there is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.http.routes import ROUTERS
from tests.http.bodies import BODIES
from tests.http.service import Memory, Service

pytestmark = pytest.mark.asyncio(loop_scope="session")

MARK = "Quuxville"
ROUTES = [
    route
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute) and route.path.startswith("/v1/") and not route.path.startswith("/v1/admin")
]
SAME_FOR_ALL = {"/v1/users/{user_id}/tools"}
READS = [
    route
    for route in ROUTES
    if (min(route.methods) == "GET" or route.path.endswith(("/search", "/context"))) and route.path not in SAME_FOR_ALL
]
PARAMS = {"/v1/users/{user_id}/facts/diff": {"known_from": "2020-01-01T00:00:00Z"}}
WITH_BODY = {"POST", "PATCH", "PUT"}
NO_BODY = {
    "/v1/users/{user_id}/facts/{fact_id}/restore",
    "/v1/users/{user_id}/entities/{entity_id}/unmerge",
    "/v1/users/{user_id}/notes/{note_id}/undo",
    "/v1/jobs/{job_id}/replay",
}


@dataclass(frozen=True, slots=True)
class Secret:
    """A memory full of the mark, the ids of what is in it, and the key that may read it."""

    tenant: str
    key: str
    ids: dict[str, str]
    links: int


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def secret(service: Service) -> Secret:
    tenant = f"tenant-{uuid4().hex}"
    key = await service.key(tenant)
    async with service.client(key) as http:
        memory = Memory(http, "secret-user")
        episode = {"role": "user", "name": "Ana", "content": f"I live in {MARK} and I work at {MARK} Motors."}
        body = {"session_id": "s-secret", "episodes": [episode | {"metadata": {"place": MARK}}]}
        told = (await memory.post("episodes", json=body, wait=True, timeout=60)).json()
        assert MARK in str(told["derived"]["facts"])
        doubtful = [
            {"subject": name, "subject_type": "person", "predicate": "likes", "object": "tea"}
            for name in (f"Jo {MARK}", f"Dr. {MARK}")
        ]
        assert (await memory.post("facts", json={"facts": doubtful})).status_code == 201
        notes = [
            (await memory.post("notes", json={"content": f"{who} thinks of {MARK}.", "tags": [MARK]})).json()["id"]
            for who in ("Ana", "Jo")
        ]
        linked = await memory.post("notes", notes[0], "links", json={"to": notes[1], "relation": "react"})
        assert linked.status_code == 201
        assert (await http.put(memory.path("core"), json={"content": f"Ana lives in {MARK}."})).status_code == 200
        kept = {"memory_type": "semantic", "content": f"{MARK} has a harbour."}
        assert (await memory.post("tools", "memory_insert", json=kept)).status_code == 200
        entity, other = (e["id"] for e in told["derived"]["entities"] if MARK in e["name"])
        assert (await memory.post("entities", entity, "merge", json={"into": other})).status_code == 200
        assert (await memory.post("entities", entity, "unmerge")).status_code == 200
        ids = {
            "user_id": memory.user,
            "session_id": "s-secret",
            "episode_id": told["episodes"][0]["id"],
            "fact_id": told["derived"]["facts"][0]["id"],
            "entity_id": entity,
            "job_id": told["job"]["id"],
            "note_id": notes[0],
            "other_id": notes[1],
            "tool": "memory_insert",
        }
        links = (await memory.get("notes", notes[0])).json()["links"]
    return Secret(tenant, key, ids, len(links))


def named(route: APIRoute) -> str:
    return f"{min(route.methods)} {route.path}"


async def call(http: httpx.AsyncClient, route: APIRoute, ids: dict[str, str]) -> httpx.Response:
    path = re.sub(r"{(\w+)}", lambda match: quote(ids[match[1]], safe=""), route.path)
    method = min(route.methods)
    body = BODIES.get(route.path) if method in WITH_BODY else None
    return await http.request(method, path, json=body, params=PARAMS.get(route.path))


async def untouched(service: Service, secret: Secret) -> bool:
    async with service.client(secret.key) as http:
        memory = Memory(http, secret.ids["user_id"])
        episode = await memory.get("episodes", secret.ids["episode_id"])
        fact = await memory.get("facts", secret.ids["fact_id"])
        counted = (await memory.get()).json()
        note = (await memory.get("notes", secret.ids["note_id"])).json()
        assert (note["version"], len(note["links"]), counted["notes"]) == (1, secret.links, 3)
        logged = (await memory.get("operations")).json()["items"]
        assert [(one["number"], one["outcomes"]) for one in logged] == [(1, [])]
        assert (await memory.get("core")).json()["version"] == 1
        return MARK in episode.text and fact.json()["retired_by"] is None and counted["episodes"] == 1


async def test_the_walk_knows_a_body_for_every_route_that_takes_one() -> None:
    posts = {route.path for route in ROUTES if route.methods & WITH_BODY}
    assert posts <= set(BODIES) | NO_BODY


@pytest.mark.parametrize("route", READS, ids=named)
async def test_the_owner_sees_it(service: Service, secret: Secret, route: APIRoute) -> None:
    """Or else the walks below would prove nothing."""
    async with service.client(secret.key) as http:
        reply = await call(http, route, secret.ids)
    assert reply.status_code == 200
    assert any(word in reply.text for word in (MARK, "secret", *secret.ids.values()))


@pytest.mark.parametrize("route", ROUTES, ids=named)
async def test_a_key_of_another_tenant_sees_and_changes_nothing(
    service: Service, secret: Secret, route: APIRoute
) -> None:
    async with service.client(await service.key(f"tenant-{uuid4().hex}")) as http:
        reply = await call(http, route, secret.ids)
    assert MARK not in reply.text
    assert reply.status_code in (200, 201, 202, 404)
    if {"episode_id", "fact_id", "entity_id", "job_id", "note_id"} & set(re.findall(r"{(\w+)}", route.path)):
        assert reply.status_code == 404
    if reply.status_code == 200 and reply.text and "items" in reply.json():
        assert reply.json()["items"] == []
    assert await untouched(service, secret)


@pytest.mark.parametrize("route", [route for route in ROUTES if "{user_id}" in route.path], ids=named)
async def test_another_user_of_the_tenant_sees_and_changes_nothing(
    service: Service, secret: Secret, route: APIRoute
) -> None:
    async with service.client(secret.key) as http:
        reply = await call(http, route, secret.ids | {"user_id": f"other-{uuid4().hex}"})
    assert MARK not in reply.text
    assert reply.status_code in (200, 201, 202, 404)
    if {"episode_id", "fact_id", "entity_id", "note_id"} & set(re.findall(r"{(\w+)}", route.path)):
        assert reply.status_code == 404
    assert await untouched(service, secret)


@pytest.mark.parametrize("route", ROUTES, ids=named)
async def test_a_key_for_other_users_sees_and_changes_nothing(
    service: Service, secret: Secret, route: APIRoute
) -> None:
    async with service.client(await service.key(secret.tenant, users=["somebody-else"])) as http:
        reply = await call(http, route, secret.ids)
    assert MARK not in reply.text
    assert reply.status_code == (403 if "{user_id}" in route.path else 404 if "{job_id}" in route.path else 200)
    if reply.status_code == 200:
        assert reply.json()["items"] == []
    assert await untouched(service, secret)


@pytest.mark.parametrize("route", ROUTES, ids=named)
async def test_whoever_has_no_key_sees_nothing(service: Service, secret: Secret, route: APIRoute) -> None:
    async with service.client(None) as http:
        reply = await call(http, route, secret.ids)
    assert reply.status_code == 401
    assert MARK not in reply.text


@pytest.mark.parametrize("name", ["*", "%", "secret%", "secret_user", "", "SECRET-USER", "secret-user\u200b"])
async def test_no_name_means_everyone(service: Service, secret: Secret, name: str) -> None:
    async with service.client(secret.key) as http:
        memory = Memory(http, name)
        for reply in (
            await memory.get("facts", state="all"),
            await memory.get("entities", q="%"),
            await memory.post("search", json=BODIES["/v1/users/{user_id}/search"]),
        ):
            assert MARK not in reply.text


WORDS = ["fox", "owl", "elk", "bee", "cod"]


@given(
    written=st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["ana", "bo"]), st.sampled_from(WORDS)), max_size=8)
)
@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
async def test_whoever_writes_what_each_reads_their_own(service: Service, written: list[tuple[int, str, str]]) -> None:
    keys = [await service.key(f"tenant-{uuid4().hex}") for _ in range(2)]
    for tenant, user, word in written:
        async with service.client(keys[tenant]) as http:
            assert (await Memory(http, user).say(f"I saw the {word}.", session=word)).status_code == 202
    for tenant, key in enumerate(keys):
        async with service.client(key) as http:
            for user in ("ana", "bo"):
                memory = Memory(http, user)
                own = [word for t, u, word in written if (t, u) == (tenant, user)]
                assert [s["id"] for s in await memory.all_pages("sessions")] == sorted(set(own))
                said = [e for word in set(own) for e in await memory.all_pages("sessions", word, "episodes")]
                assert sorted(e["content"] for e in said) == sorted(f"I saw the {word}." for word in own)
                for room in ("search", "context"):
                    reply = (await memory.post(room, json={"query": "fox owl elk bee cod"})).text
                    assert {word for word in WORDS if f"the {word}." in reply} == set(own)
            users = [user["user_id"] for user in (await http.get("/v1/users")).json()["items"]]
            assert users == sorted({u for t, u, _ in written if t == tenant})
