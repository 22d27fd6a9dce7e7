"""The running service and one user's memory in it, as a caller sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from json import dumps
from typing import Any
from urllib.parse import quote

import httpx
from fastapi import FastAPI

ROOT_KEY = "the-root-key-of-the-tests-is-long-enough"


@dataclass(frozen=True, slots=True)
class Service:
    app: FastAPI

    def client(self, key: str | None) -> httpx.AsyncClient:
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        transport = httpx.ASGITransport(app=self.app)
        return httpx.AsyncClient(transport=transport, base_url="http://palimpsest", headers=headers, timeout=60)

    async def key(self, tenant: str, scopes: Sequence[str] = ("read", "write"), users: list[str] | None = None) -> str:
        """A new key of a tenant, which is made if there is none."""
        async with self.client(ROOT_KEY) as root:
            made = await root.post("/v1/admin/tenants", json={"id": tenant})
            assert made.status_code in (201, 409)
            body = {"name": "for a test", "scopes": list(scopes), "users": users}
            issued = await root.post(f"/v1/admin/tenants/{quote(tenant, safe='')}/keys", json=body)
            assert issued.status_code == 201, issued.text
            return str(issued.json()["key"])


@dataclass(frozen=True, slots=True)
class Memory:
    http: httpx.AsyncClient
    user: str

    def path(self, *parts: str) -> str:
        return "/".join(["/v1/users", quote(self.user, safe=""), *(quote(part, safe="") for part in parts)])

    async def get(self, *parts: str, **params: Any) -> httpx.Response:
        return await self.http.get(self.path(*parts), params=params)

    async def post(self, *parts: str, json: Any = None, **params: Any) -> httpx.Response:
        """Spelt in ASCII, so that even what UTF-8 has no bytes for can be sent."""
        content = None if json is None else dumps(json)
        headers = {"Content-Type": "application/json"}
        return await self.http.post(self.path(*parts), content=content, params=params, headers=headers)

    async def delete(self, *parts: str) -> httpx.Response:
        return await self.http.delete(self.path(*parts))

    async def say(
        self, *contents: str, session: str = "s1", headers: dict[str, str] | None = None, **fields: Any
    ) -> httpx.Response:
        """Post messages of Ana's."""
        episodes = [said(content, **fields) for content in contents]
        body = {"session_id": session, "episodes": episodes}
        return await self.http.post(self.path("episodes"), json=body, headers=headers)

    async def told(self, *contents: str, session: str = "s1", **fields: Any) -> dict[str, Any]:
        """Post messages and wait for what is derived from them."""
        body = {"session_id": session, "episodes": [said(content, **fields) for content in contents]}
        reply = await self.post("episodes", json=body, wait=True, timeout=60)
        assert reply.status_code == 200, reply.text
        found: dict[str, Any] = reply.json()
        assert found["job"]["state"] == "succeeded", found["job"]
        return found

    async def all_pages(self, *parts: str, **params: Any) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = (await self.get(*parts, **params, **cursor)).json()
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            cursor = {"cursor": page["next_cursor"]}


def said(content: str, **fields: Any) -> dict[str, Any]:
    return {"role": "user", "name": "Ana", "content": content, "occurred_at": "2026-02-01T09:00:00Z", **fields}
