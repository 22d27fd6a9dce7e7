"""What a route is given. The functions are asynchronous since the framework runs others in threads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, cast

from fastapi import Depends, Request

from app.domain.time import Clock
from app.memory.services import Services
from app.observe import PrometheusMeter

MAX_BODY_BYTES = 80 * 1024 * 1024
"""A thousand episodes of the largest size, with their JSON around them."""


def system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """`hosts`: the names that the server answers to, without ports; None = any. A server that needs no key should
    name its own, against DNS rebinding."""

    hosts: frozenset[str] | None = None
    max_body_bytes: int = MAX_BODY_BYTES
    clock: Clock = system_clock


async def services(request: Request) -> Services:
    return cast(Services, request.app.state.services)


async def http_settings(request: Request) -> HttpSettings:
    return cast(HttpSettings, request.app.state.settings)


async def meter(request: Request) -> PrometheusMeter:
    return cast(PrometheusMeter, request.app.state.meter)


Product = Annotated[Services, Depends(services)]
Configured = Annotated[HttpSettings, Depends(http_settings)]
Metrics = Annotated[PrometheusMeter, Depends(meter)]
