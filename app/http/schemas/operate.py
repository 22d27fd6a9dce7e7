"""Health and the front page on the wire."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from app.http.schemas.base import Output
from app.http.schemas.problem import Problem
from app.memory.views import Check


class FrontPage(Output):
    name: Literal["palimpsest"]
    version: str
    docs: str
    openapi: str
    health: str


class Live(Output):
    status: Literal["live"]


class CheckOut(Output):
    name: str
    ok: bool = Field(description="The service is ready as far as this part goes.")
    degraded: bool = Field(description="The part is away, and the service does without it for a while.")
    detail: str = Field(description="What is in use, or what is wrong and what to do.")

    @classmethod
    def of(cls, check: Check) -> CheckOut:
        return cls(name=check.name, ok=check.ok, degraded=check.degraded, detail=check.detail)


class Ready(Output):
    status: Literal["ready"]
    checks: list[CheckOut]


class NotReady(Problem):
    """At least one part is away."""

    checks: list[CheckOut]
