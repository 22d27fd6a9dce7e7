"""The doorbell on pydocket: `memory://` within one process, `redis://` between processes."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

import structlog
from docket import Docket
from redis.exceptions import RedisError

from app.domain.errors import Unavailable
from app.domain.scope import Scope
from app.ports.metrics import Meter

DRAIN = "drain_lane"
"""The task's name between the processes; app.worker registers what it does."""

TIMEOUT_SECONDS = 2.0

log = structlog.get_logger(__name__)


class DocketDoorbell:
    """`docket` is shared with the worker, where there is one in this process."""

    def __init__(self, url: str, meter: Meter, name: str = "palimpsest") -> None:
        self.docket = Docket(name=name, url=url)
        self._meter = meter
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        # only the name counts here: a process that never works lanes may still ring for them
        self.docket.register(_elsewhere, names=[DRAIN])
        await self._stack.enter_async_context(self.docket)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)

    async def ring(self, scope: Scope) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await self.docket.add(DRAIN)(scope.tenant, scope.user)
        except (RedisError, OSError, TimeoutError) as error:
            self._meter.count("rings_lost")
            log.warning("ring lost; the sweep will find the work", error=type(error).__name__)

    async def check(self) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await self.docket.workers()
        except (RedisError, OSError, TimeoutError) as error:
            raise Unavailable(f"the queue does not answer ({type(error).__name__}); is QUEUE_URL right?") from error


async def _elsewhere(tenant: str, user: str) -> None:
    """Stands for the task in processes that do not work lanes."""
