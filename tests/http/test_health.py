"""Readiness tells the truth."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.errors import Unavailable
from app.http.app import create_app
from app.memory.health import Health
from app.memory.services import Services
from app.observe import PrometheusMeter
from tests.http.service import Service

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def fine() -> str:
    return "in memory"


async def away() -> str:
    raise Unavailable("the disk is full; make room")


async def test_a_part_that_is_away_is_named(service: Service) -> None:
    services: Services = replace(service.app.state.services, health=Health({"queue": fine, "graph": away}))
    async with Service(create_app(services, PrometheusMeter())).client(None) as anyone:
        reply = await anyone.get("/health/ready")
        alive = await anyone.get("/health/live")
    assert alive.status_code == 200
    assert (reply.status_code, reply.headers["content-type"]) == (503, "application/problem+json")
    told = reply.json()
    assert (told["code"], told["retryable"]) == ("not_ready", True)
    assert told["detail"] == "graph: the disk is full; make room"
    assert told["checks"] == [
        {"name": "queue", "ok": True, "degraded": False, "detail": "in memory"},
        {"name": "graph", "ok": False, "degraded": False, "detail": "the disk is full; make room"},
    ]


async def test_without_a_part_that_it_can_do_without_the_service_is_ready_and_says_so(service: Service) -> None:
    health = Health({"queue": fine, "model": away}, dispensable={"model"})
    services: Services = replace(service.app.state.services, health=health)
    async with Service(create_app(services, PrometheusMeter())).client(None) as anyone:
        reply = await anyone.get("/health/ready")
    assert (reply.status_code, reply.json()["status"]) == (200, "ready")
    assert reply.json()["checks"] == [
        {"name": "queue", "ok": True, "degraded": False, "detail": "in memory"},
        {"name": "model", "ok": True, "degraded": True, "detail": "the disk is full; make room"},
    ]
