"""Lanes: one per (tenant, user), worked by one worker at a time under a lease with a fencing token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from app.domain.jobs import Job, JobError, JobState
from app.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work a lane until `expires_at`. `token` rises with every lease of the lane, so that a commit
    under an old one can be told and refused. `attempts`: failed ones in a row so far."""

    scope: Scope
    owner: str
    token: int
    expires_at: datetime
    attempts: int


class LaneStore(Protocol):
    async def waiting(self, now: datetime, limit: int) -> list[Scope]:
        """Lanes with pending episodes, no live lease and no rest to keep, those waiting longest first. Over all
        tenants: for workers only."""
        ...

    async def acquire(self, scope: Scope, owner: str, now: datetime, ttl: timedelta) -> Lease | None:
        """None while another owner's lease is live or the lane rests. Marks the jobs of its pending episodes as
        running."""
        ...

    async def renew(self, lease: Lease, now: datetime, ttl: timedelta) -> Lease:
        """Raises LeaseLost."""
        ...

    async def release(self, lease: Lease) -> None:
        """Give the lane back with no attempts on record. Nothing happens when the lease was lost."""
        ...

    async def rest(self, lease: Lease, until: datetime, error: JobError, *, failed: bool = True) -> None:
        """Give the lane back, and nobody acquires it before `until`; the jobs concerned say why. `failed`: it counts
        as a failed attempt, on the lane and on those jobs. Raises LeaseLost."""
        ...

    async def bury(self, lease: Lease, episode_ids: list[str], error: JobError, now: datetime) -> None:
        """Mark these episodes failed, and their jobs, once nothing of them is pending, failed with this error.
        The lane's attempts start again from 0. Raises LeaseLost."""
        ...


class JobStore(Protocol):
    async def get(self, tenant: str, job_id: str) -> Job | None: ...

    async def page(self, scope: Scope, state: JobState | None, after: str | None, limit: int) -> list[Job]:
        """By id, descending (newest first), beyond `after`."""
        ...

    async def replay(self, scope: Scope, job_id: str, now: datetime) -> Job:
        """Put a failed job back: its failed episodes are pending again. Raises NotFound, and IllegalTransition
        when it has not failed."""
        ...

    async def episodes_of(self, scope: Scope, job_id: str) -> list[str]:
        """The ids of the episodes it takes care of, by seq."""
        ...


@dataclass(frozen=True, slots=True)
class IndexTask:
    """Something whose vector is to be made again (or removed, when it is gone). `ticket` is unique and ascending."""

    ticket: int
    scope: Scope
    kind: str
    id: str


class Outbox(Protocol):
    """Index tasks, written in the same transaction as what they are about. For the indexing module only."""

    async def due(self, after: int, limit: int) -> list[IndexTask]:
        """By ticket, ascending, beyond `after`, over all tenants."""
        ...

    async def due_of(self, scope: Scope, after: int, limit: int) -> list[IndexTask]:
        """Those of one user, by ticket, ascending, beyond `after`."""
        ...

    async def done(self, tickets: list[int]) -> None:
        """Idempotent. May become durable a little later: doing a task again is harmless."""
        ...

    async def refill(self, scope: Scope) -> int:
        """One task for everything the user has, for a rebuild; returns how many."""
        ...
