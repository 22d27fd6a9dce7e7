"""What tenants use of the language model, may use of it and tell it, as the holder of the root key sees it."""

from __future__ import annotations

import base64
import json
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from app.domain.usage import Tally, Usage
from app.memory.services import Services
from tests.http.service import Service

pytestmark = pytest.mark.asyncio(loop_scope="session")

MONDAY = date(2026, 6, 1)
GUIDANCE: dict[str, Any] = {
    "extraction_instructions": "Only what concerns the project.",
    "entity_types": ["person", "organization"],
    "predicates": [{"name": "works_at", "cardinality": "one", "description": "the employer"}],
}


@pytest_asyncio.fixture(loop_scope="session")
async def tenant(http: httpx.AsyncClient) -> str:
    """A new one, whose name says nothing."""
    id = f"a/{uuid4().hex}"
    assert (await http.post("/v1/admin/tenants", json={"id": id})).status_code == 201
    return id


def of(tenant: str, *parts: str) -> str:
    return "/".join(["/v1/admin/tenants", quote(tenant, safe=""), *parts])


async def spend(service: Service, tenant: str, day: date, purpose: str = "extract", tokens: int = 10) -> None:
    services: Services = service.app.state.services
    await services.budgets.record(tenant, Usage(day, purpose, "qwen", Tally(2, tokens - 3, 3, 1)))


async def test_usage_is_told_by_day_and_purpose(service: Service, http: httpx.AsyncClient, tenant: str) -> None:
    days = [MONDAY + timedelta(days=n) for n in range(3)]
    for day in days:
        for purpose in ("extract", "decide"):
            await spend(service, tenant, day, purpose)
    reply = await http.get("/v1/admin/usage", params={"tenant": tenant, "from": "2026-06-01", "to": "2026-06-03"})
    assert reply.status_code == 200
    items = reply.json()["items"]
    assert [(item["day"], item["purpose"]) for item in items] == [
        ("2026-06-01", "decide"),
        ("2026-06-01", "extract"),
        ("2026-06-02", "decide"),
        ("2026-06-02", "extract"),
    ]
    assert items[0] == {
        "day": "2026-06-01",
        "purpose": "decide",
        "model": "qwen",
        "calls": 2,
        "failures": 1,
        "prompt_tokens": 7,
        "completion_tokens": 3,
    }


async def test_usage_comes_in_pages(service: Service, http: httpx.AsyncClient, tenant: str) -> None:
    for n in range(5):
        await spend(service, tenant, MONDAY + timedelta(days=n))
    seen, cursor = [], {}
    while True:
        params = {"tenant": tenant, "from": "2026-06-02", "limit": 2, **cursor}
        page = (await http.get("/v1/admin/usage", params=params)).json()
        seen += [item["day"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == ["2026-06-02", "2026-06-03", "2026-06-04", "2026-06-05"]


async def test_without_days_the_last_thirty_are_told(service: Service, http: httpx.AsyncClient, tenant: str) -> None:
    today = date.fromisoformat((await http.get(of(tenant, "budget"))).json()["renewed_at"][:10]) - timedelta(days=1)
    for age in (0, 29, 30):
        await spend(service, tenant, today - timedelta(days=age))
    reply = await http.get("/v1/admin/usage", params={"tenant": tenant})
    assert len(reply.json()["items"]) == 2


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"tenant": "x", "from": "yesterday"},
        {"tenant": "x", "from": "1780272000"},
        {"tenant": "x", "from": "2026-06-31"},
        {"tenant": "x", "from": "2026-06-02", "to": "2026-06-01"},
        {"tenant": "x", "cursor": "rubbish"},
        {"tenant": "x", "cursor": base64.urlsafe_b64encode(json.dumps(["usage", 0, "", ""]).encode()).decode()},
        {"tenant": "x", "cursor": base64.urlsafe_b64encode(json.dumps(["usage", 2**62, "", ""]).encode()).decode()},
    ],
)
async def test_questions_that_make_no_sense_are_refused(http: httpx.AsyncClient, params: dict[str, str]) -> None:
    assert (await http.get("/v1/admin/usage", params=params)).status_code == 422


async def test_a_budget_is_set_and_taken_back(service: Service, http: httpx.AsyncClient, tenant: str) -> None:
    before = (await http.get(of(tenant, "budget"))).json()
    assert (before["daily_tokens"], before["own"], before["default"], before["spent"]) == (None, None, None, 0)
    today = date.fromisoformat(before["renewed_at"][:10]) - timedelta(days=1)
    await spend(service, tenant, today, tokens=40)
    set_ = (await http.put(of(tenant, "budget"), json={"daily_tokens": 1_000})).json()
    assert (set_["daily_tokens"], set_["own"], set_["spent"]) == (1_000, 1_000, 40)
    assert (await http.get(of(tenant, "budget"))).json() == set_
    assert (await http.put(of(tenant, "budget"), json={"daily_tokens": None})).json()["own"] is None
    for daily_tokens in (-1, 1.5, "many", 10**18):
        refused = await http.put(of(tenant, "budget"), json={"daily_tokens": daily_tokens})
        assert refused.status_code == 422


async def test_guidance_has_versions(http: httpx.AsyncClient, tenant: str) -> None:
    none = (await http.get(of(tenant, "guidance"))).json()
    assert none == {
        "version": 0,
        "created_at": None,
        "extraction_instructions": "",
        "entity_types": [],
        "predicates": [],
    }
    first = await http.put(of(tenant, "guidance"), json=GUIDANCE)
    assert (first.status_code, first.json()["version"]) == (200, 1)
    assert {name: first.json()[name] for name in GUIDANCE} == GUIDANCE
    assert (await http.put(of(tenant, "guidance"), json=GUIDANCE)).json() == first.json()
    second = (await http.put(of(tenant, "guidance"), json={})).json()
    assert (second["version"], second["predicates"]) == (2, [])
    assert (await http.get(of(tenant, "guidance"))).json() == second
    page = (await http.get(of(tenant, "guidance", "versions"), params={"limit": 1})).json()
    assert page["items"] == [second]
    last = (await http.get(of(tenant, "guidance", "versions"), params={"cursor": page["next_cursor"]})).json()
    assert (last["items"], last["next_cursor"]) == ([first.json()], None)


@pytest.mark.parametrize(
    "changed",
    [
        {"extraction_instructions": "x" * 4_001},
        {"extraction_instructions": "\x07"},
        {"entity_types": ["dragon"]},
        {"entity_types": ["person", "person"]},
        {"predicates": [{"name": "Works At", "cardinality": "one"}]},
        {"predicates": [{"name": "works_at", "cardinality": "two"}]},
        {"predicates": [{"name": "works_at"}]},
        {"predicates": [{"name": "likes", "cardinality": "many"}] * 2},
        {"instructions": "misspelt"},
    ],
)
async def test_guidance_that_makes_no_sense_is_refused(
    http: httpx.AsyncClient, tenant: str, changed: dict[str, Any]
) -> None:
    assert (await http.put(of(tenant, "guidance"), json=GUIDANCE | changed)).status_code == 422
    assert (await http.get(of(tenant, "guidance"))).json()["version"] == 0


ROUTES = [
    ("GET", "/v1/admin/usage?tenant={}"),
    ("GET", "/v1/admin/tenants/{}/budget"),
    ("PUT", "/v1/admin/tenants/{}/budget"),
    ("GET", "/v1/admin/tenants/{}/guidance"),
    ("PUT", "/v1/admin/tenants/{}/guidance"),
    ("GET", "/v1/admin/tenants/{}/guidance/versions"),
]


async def asked(client: httpx.AsyncClient, method: str, path: str, tenant: str) -> int:
    body = {"daily_tokens": 5} if path.endswith("budget") else GUIDANCE
    url = path.format(quote(tenant, safe=""))
    reply = await client.request(method, url, json=body if method == "PUT" else None)
    return reply.status_code


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_an_unknown_tenant_is_not_found(http: httpx.AsyncClient, method: str, path: str) -> None:
    assert await asked(http, method, path, f"nobody-{uuid4().hex}") == 404


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_only_the_root_key_may(service: Service, tenant: str, method: str, path: str) -> None:
    async with service.client(await service.key(tenant, scopes=["read", "write", "admin"])) as own:
        assert await asked(own, method, path, tenant) == 403
    async with service.client(None) as nobody:
        assert await asked(nobody, method, path, tenant) == 401
