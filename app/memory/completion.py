"""Tells those who wait in this process that a job has ended. Only a shortcut: the job store is the truth."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class Completion:
    def __init__(self) -> None:
        self._listening: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    @contextmanager
    def listen(self, job_id: str) -> Iterator[asyncio.Event]:
        """Listen before looking at the job, so that nothing is missed in between."""
        event = asyncio.Event()
        self._listening[job_id].add(event)
        try:
            yield event
        finally:
            self._listening[job_id].discard(event)
            if not self._listening[job_id]:
                del self._listening[job_id]

    def announce(self, job_ids: Iterable[str]) -> None:
        """Wake those who wait for these jobs; they look for themselves whether it has ended."""
        for job_id in job_ids:
            for event in self._listening.get(job_id, ()):
                event.set()
