"""Taking in what was said: commit, index, ring, and wait for what comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from app.domain.episode import MAX_CONTENT_BYTES, MAX_EPISODES, EpisodeDraft
from app.domain.errors import Invalid, NotFound, TooLarge
from app.domain.jobs import Job
from app.domain.scope import Scope, checked_name
from app.domain.time import Clock
from app.memory.completion import Completion
from app.memory.indexing import Indexing
from app.ports.graph.episodes import AppendRequest, EpisodeStore, Idempotency, Receipt
from app.ports.graph.lanes import JobStore
from app.ports.queue import Doorbell

FIRST_POLL_SECONDS = 0.05
POLL_SECONDS = 0.5
"""Each poll waits twice as long as the one before, up to this."""


class Ingest:
    def __init__(
        self,
        *,
        episodes: EpisodeStore,
        jobs: JobStore,
        indexing: Indexing,
        doorbell: Doorbell,
        completion: Completion,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._episodes = episodes
        self._jobs = jobs
        self._indexing = indexing
        self._doorbell = doorbell
        self._completion = completion
        self._clock = clock
        self._new_id = new_id

    async def accept(
        self, scope: Scope, session_id: str, drafts: Sequence[EpisodeDraft], idempotency: Idempotency | None = None
    ) -> Receipt:
        """When it returns, the episodes are durable and searchable verbatim, and their lane has been rung for.
        Should indexing fail, they are durable all the same and become searchable when the sweep comes by.
        Raises Invalid, TooLarge, ClientIdConflict, IdempotencyConflict."""
        checked_name("session_id", session_id)
        if not drafts:
            raise Invalid("send at least one episode")
        if len(drafts) > MAX_EPISODES:
            raise TooLarge(f"at most {MAX_EPISODES} episodes at a time; send the rest in another request")
        for number, draft in enumerate(drafts):
            if len(draft.content.encode()) > MAX_CONTENT_BYTES:
                raise TooLarge(f"episodes[{number}].content is over {MAX_CONTENT_BYTES} bytes; split it")
        request = AppendRequest(
            session_id=session_id,
            drafts=tuple(drafts),
            ids=tuple(self._new_id() for _ in drafts),
            job_id=self._new_id(),
            recorded_at=self._clock(),
            idempotency=idempotency,
        )
        receipt = await self._episodes.append(scope, request)
        if receipt.fresh:
            await self._indexing.index_new(scope, receipt)
            await self._doorbell.ring(scope)
        return receipt

    async def wait(self, scope: Scope, job_id: str, timeout: float) -> Job:
        """The job once it has ended, or as it stands after `timeout` seconds. Raises NotFound."""
        deadline = asyncio.get_running_loop().time() + timeout
        pause = FIRST_POLL_SECONDS
        while True:
            with self._completion.listen(job_id) as done:
                job = await self._jobs.get(scope.tenant, job_id)
                if job is None or job.user_id != scope.user:
                    raise NotFound(f"no job {job_id}")
                left = deadline - asyncio.get_running_loop().time()
                if job.ended or left <= 0:
                    return job
                # another process may finish it without our hearing, hence the poll
                with suppress(TimeoutError):
                    await asyncio.wait_for(done.wait(), min(left, pause))
                pause = min(POLL_SECONDS, 2 * pause)
