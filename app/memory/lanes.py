"""Lanes: the background work of one user, in order, one worker at a time.

A worker takes the lane's lease, drains what is pending in batches, renews the lease while it works, and gives it
back. A failure makes the lane rest and try again, with half as much; after MAX_ATTEMPTS in a row the batch is taken
apart, and only the episodes that fail on their own are buried, so that one bad message never blocks the rest. That a
tenant has used up its tokens is no failure: the lane rests until it may go on, however often that is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NoReturn

import structlog

from app.domain.episode import Episode
from app.domain.errors import BudgetExhausted, LeaseLost, PalimpsestError, Unavailable
from app.domain.jobs import MAX_ATTEMPTS, MAX_ATTEMPTS_AWAY, Job, JobError, backoff
from app.domain.scope import Scope
from app.domain.time import Clock
from app.memory.completion import Completion
from app.memory.pipeline import Pipeline
from app.ports.graph.episodes import EpisodeStore
from app.ports.graph.lanes import JobStore, LaneStore, Lease
from app.ports.metrics import Meter
from app.ports.queue import Doorbell

LEASE_TTL = timedelta(seconds=30)
BATCH = 32
LONGEST_REST = timedelta(minutes=15)
"""Then it is seen whether what is waited for came earlier: a larger budget, say."""

log = structlog.get_logger(__name__)


class Lanes:
    def __init__(
        self,
        *,
        lanes: LaneStore,
        jobs: JobStore,
        episodes: EpisodeStore,
        pipeline: Pipeline,
        doorbell: Doorbell,
        completion: Completion,
        clock: Clock,
        meter: Meter,
        owner: str,
        lease_ttl: timedelta = LEASE_TTL,
        batch: int = BATCH,
    ) -> None:
        """`owner`: this worker's name in leases, unique among live workers."""
        self._lanes = lanes
        self._jobs = jobs
        self._episodes = episodes
        self._pipeline = pipeline
        self._doorbell = doorbell
        self._completion = completion
        self._clock = clock
        self._meter = meter
        self._owner = owner
        self._ttl = lease_ttl
        self._batch = batch
        self.stopping = False

    def stop(self) -> None:
        """Begin no further batch; lanes are given back after the one at hand."""
        self.stopping = True

    async def drain(self, scope: Scope) -> None:
        """Work a lane until nothing of it is pending, it has to rest, or another worker has it."""
        # look before taking it, for another may have been here since; and once more after giving it back, for whoever
        # was rung for meanwhile found it taken
        while not self.stopping and await self._episodes.pending(scope, 1):
            lease = await self._lanes.acquire(scope, self._owner, self._clock(), self._ttl)
            if lease is None or not await self._work(lease):
                return

    async def waiting(self, limit: int = 1_000) -> list[Scope]:
        """Lanes with pending work that nobody works, the longest waiting first. Needs no queue to have remembered."""
        found = await self._lanes.waiting(self._clock(), limit)
        self._meter.gauge("lanes_waiting", len(found))
        return found

    async def replay(self, scope: Scope, job_id: str) -> Job:
        """Try a failed job again. Raises NotFound, and IllegalTransition when it has not failed."""
        job = await self._jobs.replay(scope, job_id, self._clock())
        await self._doorbell.ring(scope)
        return job

    async def _work(self, lease: Lease) -> bool:
        """True when the lane was drained and given back."""
        try:
            async with self._heartbeat(lease):
                while not self.stopping and (pending := await self._episodes.pending(lease.scope, self._batch)):
                    lease = await self._attempt(lease, self._pipeline.portion(pending))
        except LeaseLost:
            self._meter.count("leases_lost")
            log.warning("lease lost", user=lease.scope.user, tenant=lease.scope.tenant)
            return False
        except _Resting:
            return False
        except asyncio.CancelledError:
            # a graceful stop: what was not committed is still pending, and the next worker may start at once
            await asyncio.shield(self._lanes.release(lease))
            raise
        await self._lanes.release(lease)
        return True

    async def _attempt(self, lease: Lease, batch: Sequence[Episode]) -> Lease:
        """The lease for the next batch, which has all its attempts before it. Raises _Resting, LeaseLost."""
        # what is too much at once, for a model's context or its time, may go in parts
        tried = batch[: max(1, len(batch) >> lease.attempts)]
        try:
            with self._meter.timed("batch"):
                await self._pipeline.process(lease, tried)
        except (LeaseLost, asyncio.CancelledError):
            raise
        except BudgetExhausted as error:
            await self._rest(lease, error)
        except Exception as error:
            self._meter.count("batches_failed")
            limit = MAX_ATTEMPTS_AWAY if isinstance(error, Unavailable) else MAX_ATTEMPTS
            log.warning("batch failed", attempt=lease.attempts + 1, of=limit, error=type(error).__name__)
            if lease.attempts + 1 < limit:
                await self._rest(lease, error)
            await self._take_apart(lease, batch)
            tried = batch
        else:
            self._meter.count("episodes_processed", len(tried))
        self._completion.announce({episode.job_id for episode in tried})
        return replace(lease, attempts=0)

    async def _rest(self, lease: Lease, error: Exception) -> NoReturn:
        until = _rested(error, lease.attempts, self._clock())
        await self._lanes.rest(lease, until, _job_error(error), failed=not isinstance(error, BudgetExhausted))
        raise _Resting from error

    async def _take_apart(self, lease: Lease, batch: Sequence[Episode]) -> None:
        """Bury what fails on its own; but that an engine is away is not the episode's fault."""
        for episode in batch:
            try:
                await self._pipeline.process(lease, [episode])
            except (LeaseLost, asyncio.CancelledError):
                raise
            except BudgetExhausted as error:
                await self._rest(lease, error)
            except Exception as error:
                if isinstance(error, Unavailable) and lease.attempts + 1 < MAX_ATTEMPTS_AWAY:
                    await self._rest(lease, error)
                self._meter.count("episodes_buried")
                log.error("episode buried", episode=episode.id, error=type(error).__name__)
                await self._lanes.bury(lease, [episode.id], _job_error(error), self._clock())

    @asynccontextmanager
    async def _heartbeat(self, lease: Lease) -> AsyncIterator[None]:
        """Renew the lease while the body runs; when it is lost the body is cancelled and LeaseLost raised."""
        worker = asyncio.current_task()
        assert worker is not None
        lost = False

        async def beat() -> None:
            nonlocal lost
            while True:
                await asyncio.sleep(self._ttl.total_seconds() / 3)
                try:
                    await self._lanes.renew(lease, self._clock(), self._ttl)
                except LeaseLost:
                    lost = True
                    worker.cancel()
                    return
                except Unavailable:
                    # the next beat may reach the store; if none does, the fence refuses our commit
                    log.warning("lease not renewed", user=lease.scope.user)

        beating = asyncio.create_task(beat())
        try:
            yield
        except asyncio.CancelledError:
            if lost:
                worker.uncancel()
                raise LeaseLost("another worker has this lane now") from None
            raise
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating


class _Resting(Exception):
    """The lane was given back after a failure and rests."""


def _rested(error: Exception, attempts: int, now: datetime) -> datetime:
    """When a lane goes on that had so many failed attempts in a row before this error."""
    longest = now + LONGEST_REST
    told = error.until if isinstance(error, Unavailable) else None
    if isinstance(error, BudgetExhausted):
        return min(told or longest, longest)
    return max(now + backoff(attempts + 1), min(told or now, longest))


def _job_error(error: Exception) -> JobError:
    if isinstance(error, PalimpsestError):
        return JobError(error.code, str(error))
    return JobError("internal", f"{type(error).__name__}: {error}"[:500])
