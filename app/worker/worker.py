"""The background half of the service: docket delivers rings, a sweep finds what no ring told of."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import structlog
from docket import Docket
from docket import Worker as DocketWorker

from app.domain.errors import PalimpsestError
from app.domain.scope import Scope
from app.memory.indexing import Indexing
from app.memory.lanes import Lanes

STOP_SECONDS = 20.0
CHECK_INTERVAL = timedelta(milliseconds=50)
RINGS_AT_ONCE = 256
LANES_AT_ONCE = 8

log = structlog.get_logger(__name__)


class Worker:
    """Runs until stopped; stopping lets the batch at hand finish within STOP_SECONDS or gives its lane back."""

    def __init__(
        self,
        *,
        docket: Docket,
        task_name: str,
        lanes: Lanes,
        indexing: Indexing,
        sweep_seconds: float,
        lanes_at_once: int = LANES_AT_ONCE,
    ) -> None:
        self._docket = docket
        self._task_name = task_name
        self._lanes = lanes
        self._indexing = indexing
        self._sweep_seconds = sweep_seconds
        self._places = asyncio.Semaphore(lanes_at_once)
        self._draining: dict[Scope, asyncio.Task[None]] = {}
        self._rung_again: set[Scope] = set()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self._docket.register(self._drain, names=[self._task_name])
        self._tasks = [
            asyncio.create_task(self._listen(), name="rings"),
            asyncio.create_task(self._sweep(), name="sweep"),
        ]

    async def stop(self) -> None:
        """Take no new work, let the batches at hand end or, after STOP_SECONDS, give their lanes back."""
        self._lanes.stop()
        for task in self._tasks:
            task.cancel()
        lanes = list(self._draining.values())
        if lanes:
            _, late = await asyncio.wait(lanes, timeout=STOP_SECONDS)
            for lane in late:
                lane.cancel()
        for task in (*self._tasks, *lanes):
            with suppress(asyncio.CancelledError):
                await task

    async def _listen(self) -> None:
        """While the queue is away nothing is heard, and the lanes wait for the sweep."""
        while True:
            with self._survived("rings"):
                async with DocketWorker(
                    self._docket,
                    concurrency=RINGS_AT_ONCE,
                    minimum_check_interval=CHECK_INTERVAL,
                    schedule_automatic_tasks=False,
                ) as worker:
                    await worker.run_forever()
            # docket takes being cancelled for an orderly end
            if self._lanes.stopping:
                return
            await asyncio.sleep(self._sweep_seconds)

    async def _drain(self, tenant: str, user: str) -> None:
        """The docket task: hand the lane to a task of our own, so that a long lane holds no place in the queue."""
        self._begin(Scope(tenant, user))

    def _begin(self, scope: Scope) -> None:
        if scope in self._draining:
            self._rung_again.add(scope)
            return
        self._draining[scope] = asyncio.create_task(self._lane(scope), name="lane")

    async def _lane(self, scope: Scope) -> None:
        try:
            async with self._places:
                self._rung_again.discard(scope)
                with self._survived("lane"):
                    await self._lanes.drain(scope)
        finally:
            del self._draining[scope]
            if scope in self._rung_again and not self._lanes.stopping:
                self._rung_again.discard(scope)
                self._begin(scope)

    async def _sweep(self) -> None:
        """At start and every few seconds: lanes nobody rang for, index tasks nobody did. Each whatever becomes of the
        other."""
        while True:
            with self._survived("sweep of the lanes"):
                for scope in await self._lanes.waiting():
                    self._begin(scope)
            with self._survived("sweep of the index"):
                await self._indexing.sweep(patient=True)
            await asyncio.sleep(self._sweep_seconds)

    @contextmanager
    def _survived(self, what: str) -> Iterator[None]:
        """What fails is told and tried again at the next sweep; the worker goes on."""
        try:
            yield
        except PalimpsestError as error:
            log.warning("interrupted; the next sweep tries again", what=what, error=str(error))
        except Exception:
            log.exception("failed; the next sweep tries again", what=what)
