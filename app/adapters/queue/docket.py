"""The doorbell on pydocket: `memory://` within one process, Redis between processes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

import structlog
from docket import Docket
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import RedisError

from app.domain.errors import Invalid, Unavailable
from app.domain.scope import Scope
from app.ports.metrics import Meter

DRAIN = "drain_lane"
"""The task's name between the processes; app.worker registers what it does."""

SCHEMES = (
    "memory",
    "redis",
    "rediss",
    "redis+sentinel",
    "rediss+sentinel",
    "redis+cluster",
    "rediss+cluster",
    "unix",
)
TIMEOUT_SECONDS = 1.0
QUIET_SECONDS = 1.0
"""After a ring was lost none is tried for so long: writers shall not wait for a queue that is away."""

AWAY = (RedisError, OSError, TimeoutError)
READINESS_SECONDS = 60

log = structlog.get_logger(__name__)


class DocketDoorbell:
    """`docket` is shared with the worker, where there is one in this process. What it keeps about a ring is gone when
    the ring was answered, and there is one ring at most for each lane."""

    def __init__(self, url: str, meter: Meter, name: str = "palimpsest") -> None:
        """Raises Invalid for a URL that no queue is known for."""
        scheme = url.partition("://")[0]
        if scheme not in SCHEMES:
            raise Invalid(f"QUEUE_URL cannot begin with {scheme!r}; use one of {', '.join(SCHEMES)}, and ://…")
        try:
            self.docket = Docket(name=name, url=url, execution_ttl=timedelta())
        except ValueError:
            raise _malformed() from None
        self._meter = meter
        self._stack = AsyncExitStack()
        self._quiet_until = 0.0

    async def __aenter__(self) -> Self:
        """A queue that is away is come back to, except for a cluster, which has to be there. Raises Invalid,
        Unavailable."""
        # only the name counts here: a process that never works lanes may still ring for them
        self.docket.register(_elsewhere, names=[DRAIN])
        try:
            await self._stack.enter_async_context(self.docket)
        except ValueError:
            raise _malformed() from None
        except AWAY as error:
            raise _away(error) from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)

    async def ring(self, scope: Scope) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() < self._quiet_until:
            self._meter.count("rings_lost")
            return
        # a ring replaces one that nobody has heard yet, and stands beside one that is being answered: merged, not lost
        lane = json.dumps([scope.tenant, scope.user])
        try:
            with self._meter.timed("ring"):
                async with asyncio.timeout(TIMEOUT_SECONDS):
                    ring = self.docket.replace(DRAIN, when=datetime.now(UTC), key=lane)
                    await _again(lambda: ring(scope.tenant, scope.user))
        except AWAY as error:
            self._quiet_until = loop.time() + QUIET_SECONDS
            self._meter.count("rings_lost")
            log.warning("ring lost; the sweep will find the work", error=type(error).__name__)

    async def check(self) -> None:
        """By a write, since a queue that is full or read-only hears no rings."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await _again(self._touch)
        except AWAY as error:
            raise _away(error) from error

    async def _touch(self) -> None:
        async with self.docket.redis() as redis:
            await redis.set(self.docket.key("ready"), b"1", ex=READINESS_SECONDS)


async def _again(call: Callable[[], Awaitable[object]]) -> None:
    """Once more if the connection was lost, for it may have been one from before a restart of the queue."""
    try:
        await call()
    except ConnectionLost:
        await call()


async def _elsewhere(tenant: str, user: str) -> None:
    """Stands for the task in processes that do not work lanes."""


def _malformed() -> Invalid:
    # without the URL, for it may hold a password
    return Invalid("QUEUE_URL cannot be understood; docs/settings.md shows the forms there are")


def _away(error: BaseException) -> Unavailable:
    return Unavailable(f"the queue takes no rings ({type(error).__name__}); is QUEUE_URL right?")
