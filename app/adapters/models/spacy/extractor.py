"""SpacyExtractor: the parser in a process of its own, so that parsing never holds up the event loop or its GIL."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import ParamSpec, TypeVar

from app.adapters.models.spacy import worker
from app.adapters.models.spacy.identity import MODEL, RULES
from app.domain.errors import ReadingFailed, Unavailable
from app.domain.extraction import Extraction, Source

_LOADING_SECONDS = 60.0
_PORTION = 64
_PORTION_LENGTH = 65_536
"""Messages, and code points in all, that are handed over at a time, so that a large batch neither blocks the pipe nor
outlives its timeout."""

P = ParamSpec("P")
T = TypeVar("T")


class SpacyExtractor:
    """An Extractor without a language model.

    `start` is optional: it loads the parser before the first batch needs it. A process that dies is replaced for the
    next batch. `timeout_seconds`: for each portion of a batch; a process that takes longer is ended.
    """

    def __init__(self, *, niceness: int = 10, timeout_seconds: float = 120.0) -> None:
        self._niceness = niceness
        self._timeout = timeout_seconds
        self._pool: ProcessPoolExecutor | None = None
        self._pid: int | None = None
        self._loading: asyncio.Task[None] | None = None
        self._identity = f"{RULES}+{MODEL}@{importlib.metadata.version(MODEL)}"

    @property
    def identity(self) -> str:
        return self._identity

    @property
    def uses_model(self) -> bool:
        return False

    @property
    def process_id(self) -> int | None:
        """Of the child process, once it is warm."""
        return self._pid

    def begin(self) -> None:
        """Load the parser in the background; whoever needs it first waits for it. A failure shows at that call."""

        async def load() -> None:
            with contextlib.suppress(Unavailable):
                await self.start()

        self._loading = asyncio.create_task(load(), name="extractor loading")

    async def start(self) -> None:
        """Raises Unavailable when the parser cannot be loaded."""
        try:
            self._pid = await self._call(_LOADING_SECONDS, worker.warm, self._niceness)
        except ReadingFailed as error:
            raise Unavailable(f"the parser cannot be loaded: {error}") from error

    async def extract(self, batch: Sequence[Source]) -> list[Extraction]:
        if batch and self._pid is None:
            await self.start()
        found: list[Extraction] = []
        for portion in _portions(batch):
            found.extend(await self._call(self._timeout, worker.extract, portion))
        return found

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        self._pid = None
        if self._loading is not None:
            self._loading.cancel()
        if pool is not None:
            await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)

    async def _call(self, seconds: float, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        pool = self._running()
        try:
            return await asyncio.wait_for(asyncio.wrap_future(pool.submit(function, *args, **kwargs)), seconds)
        except BrokenProcessPool as error:
            self._discard(pool)
            raise ReadingFailed("the extraction process died; it is started anew for the next batch") from error
        except TimeoutError as error:
            self._discard(pool)
            raise ReadingFailed(f"extraction took longer than {seconds:g} s; its process was ended") from error

    def _running(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                1,
                # spawn: a fork would copy the locks and threads of a running server.
                mp_context=multiprocessing.get_context("spawn"),
                initializer=worker.begin,
            )
        return self._pool

    def _discard(self, pool: ProcessPoolExecutor) -> None:
        if self._pool is not pool:
            return
        if self._pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
        self._pool, self._pid = None, None
        pool.shutdown(wait=False, cancel_futures=True)


def _portions(batch: Sequence[Source]) -> Iterator[tuple[Source, ...]]:
    portion: list[Source] = []
    length = 0
    for source in batch:
        length += len(source.content)
        if portion and (len(portion) == _PORTION or length > _PORTION_LENGTH):
            yield tuple(portion)
            portion, length = [], len(source.content)
        portion.append(source)
    if portion:
        yield tuple(portion)
