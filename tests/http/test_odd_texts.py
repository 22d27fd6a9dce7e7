"""No text in any body brings the service to its knees."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi.routing import APIRoute

from app.http.routes import ROUTERS
from tests.http.bodies import BODIES, MORE, with_each_text_replaced

pytestmark = pytest.mark.asyncio(loop_scope="session")

TAKING = {
    route.path: min(route.methods)
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute) and route.body_field
}
TENANT = "odd-texts"
FULL = [(path, body | MORE.get(path, {})) for path, body in BODIES.items()]


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def tenant(http: httpx.AsyncClient) -> None:
    """Whose guidance may be odd."""
    await http.post("/v1/admin/tenants", json={"id": TENANT})


async def test_there_is_a_body_for_every_route_that_takes_one() -> None:
    assert set(TAKING) == set(BODIES)


async def send(http: httpx.AsyncClient, path: str, body: Any) -> httpx.Response:
    place = path.replace("{user_id}", "odd-texts").replace("{tenant_id}", TENANT).replace("{tool}", "memory_insert")
    content, headers = json.dumps(body), {"Content-Type": "application/json"}
    return await http.request(TAKING[path], place, content=content, headers=headers)


@pytest.mark.parametrize(("path", "body"), FULL, ids=[path for path, _ in FULL])
async def test_lone_surrogates_are_refused_wherever_they_stand(http: httpx.AsyncClient, path: str, body: Any) -> None:
    for changed in with_each_text_replaced(body, "a\ud800"):
        reply = await send(http, path, changed)
        assert (reply.status_code, reply.headers["content-type"]) == (422, "application/problem+json"), changed


@pytest.mark.parametrize(
    "text", ["", "\0", " ", "'", '"', "%", "\u202e", "😀" * 300, "x" * 70_000, "../..", "{}", "null"]
)
@pytest.mark.parametrize(("path", "body"), FULL, ids=[path for path, _ in FULL])
async def test_every_text_is_taken_or_refused(http: httpx.AsyncClient, path: str, body: Any, text: str) -> None:
    for changed in with_each_text_replaced(body, text):
        assert (await send(http, path, changed)).status_code < 500, changed


@pytest.mark.parametrize("body", [b'{"query": "x"}', b"query=x"])
async def test_a_body_without_its_media_type_is_told_what_is_missing(http: httpx.AsyncClient, body: bytes) -> None:
    for headers in ({}, {"Content-Type": "application/x-www-form-urlencoded"}):
        reply = await http.post("/v1/users/ana/search", content=body, headers=headers)
        assert reply.status_code == 422
        assert "Content-Type: application/json" in reply.json()["detail"]
