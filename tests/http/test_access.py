"""Keys: who may do what."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from app.compose import running
from app.http.app import create_app
from app.settings import Settings
from tests.engines import INSTALLATIONS
from tests.http.service import ROOT_KEY, Memory, Service

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def tenant() -> str:
    return f"tenant-{uuid4().hex}"


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer wrong", f"Basic {ROOT_KEY}", ROOT_KEY, f"Bearer {ROOT_KEY}x"]
)
@pytest.mark.parametrize("path", ["/v1/users", "/v1/users/ana", "/v1/nothing", "/%761/users", "/v1"])
async def test_without_a_valid_key_nothing_is_told(service: Service, header: str | None, path: str) -> None:
    async with service.client(None) as anyone:
        reply = await anyone.get(path, headers={} if header is None else {"Authorization": header})
    assert (reply.status_code, reply.json()["code"]) == (401, "unauthenticated")


async def test_without_a_valid_key_a_body_is_not_even_read(service: Service) -> None:
    async with service.client(None) as anyone:
        reply = await anyone.post(
            "/v1/users/ana/episodes", content=b"{nope", headers={"Content-Type": "application/json"}
        )
    assert reply.status_code == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER "])
async def test_the_scheme_may_be_spelt_in_any_case(service: Service, scheme: str) -> None:
    async with service.client(None) as anyone:
        reply = await anyone.get("/v1/users", headers={"Authorization": f"{scheme} {ROOT_KEY}"})
    assert reply.status_code == 200


async def test_health_and_metrics_need_no_key(service: Service) -> None:
    async with service.client(None) as anyone:
        assert (await anyone.get("/health/live")).json() == {"status": "live"}
        ready = await anyone.get("/health/ready")
        assert (ready.status_code, ready.json()["status"]) == (200, "ready")
        assert {check["name"] for check in ready.json()["checks"]} >= {"graph", "vectors", "queue", "embedder"}
        metrics = await anyone.get("/metrics")
        assert "# HELP palimpsest_http_requests_total" in metrics.text
        assert (await anyone.get("/")).json()["docs"] == "/docs"
        assert (await anyone.get("/docs")).status_code == 200
        assert (await anyone.get("/openapi.json")).json()["openapi"].startswith("3.1")


async def test_a_key_has_only_its_scopes(service: Service, tenant: str) -> None:
    async with service.client(await service.key(tenant, ["read"])) as reading:
        memory = Memory(reading, "ana")
        assert (await memory.get()).status_code == 200
        assert (await memory.post("search", json={"query": "x"})).status_code == 200
        assert (await memory.say("x")).json()["code"] == "forbidden"
        assert (await memory.delete("facts", "f")).status_code == 403
    async with service.client(await service.key(tenant, ["write"])) as writing:
        memory = Memory(writing, "ana")
        assert (await memory.say("x")).status_code == 202
        assert (await memory.get()).status_code == 403
        assert (await memory.post("search", json={"query": "x"})).status_code == 403


async def test_administration_needs_the_root_key(service: Service, tenant: str) -> None:
    async with service.client(await service.key(tenant, ["read", "write", "admin"])) as http:
        assert (await http.get("/v1/admin/tenants")).status_code == 403
        assert (await http.post("/v1/admin/tenants", json={"id": "mine"})).status_code == 403
        assert (
            await http.post(f"/v1/admin/tenants/{tenant}/keys", json={"name": "x", "scopes": ["read"]})
        ).status_code == 403


async def test_a_secret_is_shown_once(http: httpx.AsyncClient, service: Service, tenant: str) -> None:
    await http.post("/v1/admin/tenants", json={"id": tenant, "name": "A tenant"})
    issued = (await http.post(f"/v1/admin/tenants/{tenant}/keys", json={"name": "app", "scopes": ["read"]})).json()
    listed = await http.get(f"/v1/admin/tenants/{tenant}/keys")
    (key,) = listed.json()["items"]
    assert key == {name: value for name, value in issued.items() if name != "key"}
    assert issued["key"] not in listed.text


async def test_a_revoked_key_is_no_key(http: httpx.AsyncClient, service: Service, tenant: str) -> None:
    secret = await service.key(tenant)
    (key,) = (await http.get(f"/v1/admin/tenants/{tenant}/keys")).json()["items"]
    async with service.client(secret) as bearer:
        assert (await bearer.get("/v1/users")).status_code == 200
        revoked = await http.delete(f"/v1/admin/tenants/{tenant}/keys/{key['id']}")
        assert revoked.json()["revoked_at"] is not None
        assert (await bearer.get("/v1/users")).status_code == 401
    again = await http.delete(f"/v1/admin/tenants/{tenant}/keys/{key['id']}")
    assert again.json() == revoked.json()


async def test_administering_what_is_not_there(http: httpx.AsyncClient, tenant: str) -> None:
    key = {"name": "x", "scopes": ["read"]}
    assert (await http.post(f"/v1/admin/tenants/{tenant}/keys", json=key)).status_code == 404
    assert (await http.delete(f"/v1/admin/tenants/{tenant}/keys/nope")).status_code == 404
    assert (await http.post("/v1/admin/tenants", json={"id": tenant})).status_code == 201
    assert (await http.post("/v1/admin/tenants", json={"id": tenant})).status_code == 409
    for body in ({"name": "x", "scopes": []}, {"name": "x", "scopes": ["root"]}, {"scopes": ["read"]}):
        assert (await http.post(f"/v1/admin/tenants/{tenant}/keys", json=body)).status_code == 422


async def test_a_key_may_be_narrowed_to_some_users(service: Service, tenant: str) -> None:
    async with service.client(await service.key(tenant)) as everyone:
        for user in ("ana", "bo", "cy"):
            job = (await Memory(everyone, user).say(f"I am {user}.")).json()["job_id"]
    async with service.client(await service.key(tenant, users=["ana", "bo", "nobody"])) as some:
        assert [user["user_id"] for user in (await some.get("/v1/users")).json()["items"]] == ["ana", "bo"]
        first = (await some.get("/v1/users", params={"limit": 1})).json()
        second = (await some.get("/v1/users", params={"limit": 1, "cursor": first["next_cursor"]})).json()
        assert ([user["user_id"] for user in second["items"]], second["next_cursor"]) == (["bo"], None)
        assert (await Memory(some, "ana").get()).status_code == 200
        assert (await Memory(some, "cy").get()).status_code == 403
        assert (await Memory(some, "cy").say("x")).status_code == 403
        assert (await some.get(f"/v1/jobs/{job}")).status_code == 404
        assert (await some.post(f"/v1/jobs/{job}/replay")).status_code == 404


async def test_without_any_key_configured_the_server_is_open(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, **INSTALLATIONS.at(tmp_path), root_key=None)
    async with (
        running(settings, with_worker=False) as container,
        Service(create_app(container.services, container.meter)).client(None) as anyone,
    ):
        assert (await Memory(anyone, "ana").say("Hello.")).status_code == 202
        assert (await anyone.get("/v1/users")).json()["items"][0]["user_id"] == "ana"
        wrong = await anyone.get("/v1/users", headers={"Authorization": "Bearer wrong"})
        assert wrong.status_code == 401
