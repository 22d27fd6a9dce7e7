"""One memory over HTTP, in the words of the acceptance tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.http.service import Memory as Http


class Memory(Http):
    async def hear(self, content: str, on: str, *, name: str = "Ana", role: str = "user") -> str:
        """A message at noon of that day, worked through; its id."""
        found = await self.told(content, occurred_at=day(on), name=name, role=role)
        return str(found["episodes"][0]["id"])

    async def state(self, *facts: dict[str, Any]) -> dict[str, Any]:
        reply = await self.post("facts", json={"facts": list(facts)})
        assert reply.status_code == 201, reply.text
        return dict(reply.json())

    async def facts(self, **asked: Any) -> list[dict[str, Any]]:
        return await self.all_pages("facts", **{"limit": 200, **asked})

    async def values(self, predicate: str | None = None, **asked: Any) -> list[str]:
        """The objects of facts, sorted: current ones unless asked for others."""
        given = asked if predicate is None else {"predicate": predicate, **asked}
        return sorted(value(fact) for fact in await self.facts(**given))

    async def fact(self, object: str, **asked: Any) -> dict[str, Any]:
        (found,) = [fact for fact in await self.facts(**asked) if value(fact) == object]
        return found

    async def history(self, fact_id: str) -> list[dict[str, Any]]:
        return list((await self.get("facts", fact_id)).json()["versions"])

    async def search(self, query: str, **asked: Any) -> list[dict[str, Any]]:
        reply = await self.post("search", json={"query": query, "explain": True, **asked})
        assert reply.status_code == 200, reply.text
        return list(reply.json()["results"])

    async def context(self, query: str, **asked: Any) -> str:
        reply = await self.post("context", json={"query": query, **asked})
        assert reply.status_code == 200, reply.text
        return str(reply.json()["text"])

    async def timeline(self, **asked: Any) -> dict[str, Any]:
        return dict((await self.get("timeline", **asked)).json())

    async def edges(self, **asked: Any) -> list[str]:
        """The sentences of the graph."""
        return sorted(edge["statement"] for edge in (await self.get("graph", **asked)).json()["edges"])


def day(text: str) -> str:
    """Noon of "2026-03-01"."""
    return text if "T" in text else f"{text}T12:00:00Z"


def value(fact: dict[str, Any]) -> str:
    return str(fact["object"].get("name") or fact["object"].get("value"))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
