"""One file, one writer, some readers, each in threads of their own; the event loop never waits on the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from sqlite3 import Connection
from typing import TypeVar

from app.adapters.graph.sqlite.connecting import connect, transaction, translated
from app.domain.errors import Unavailable

T = TypeVar("T")

READERS = 4
BUSY_SECONDS = 10.0


class Database:
    """Work is a plain function of a connection. It runs in a thread, inside one transaction, to its end: whoever
    awaits it may be cancelled, the transaction is committed or rolled back all the same."""

    def __init__(self, path: Path, writer: Connection, readers: list[Connection]) -> None:
        self.path = path
        self.writes = 0
        """How many there were: whoever remembers what it read may do so until the next."""
        self._writer = writer
        self._readers = readers
        # the last one used comes first: it has in its cache what is read again and again. There are as many threads
        self._idle = list(readers)
        self._durable = True
        self._closed = False
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="graph-write")
        self._reading = ThreadPoolExecutor(len(readers), thread_name_prefix="graph-read")

    @staticmethod
    async def open(path: Path, *, busy_timeout: float = BUSY_SECONDS) -> Database:
        """A migrated file. Raises Unavailable."""

        def opened() -> Database:
            with translated(path):
                writer = connect(path, busy_timeout=busy_timeout)
                readers = [connect(path, read_only=True, busy_timeout=busy_timeout) for _ in range(READERS)]
                return Database(path, writer, readers)

        return await asyncio.to_thread(opened)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """On a snapshot; sees every write that returned before. Raises Unavailable."""
        return await self._run(self._reading, lambda: self._read(work))

    async def write(self, work: Callable[[Connection], T], *, durable: bool = True) -> T:
        """Alone, all or nothing, in the order of the calls. Not `durable`: survives the death of the process, but a
        power failure may take it back, with nothing that was written after it left standing.
        Raises Unavailable, Conflict for a broken constraint, and whatever `work` raises."""
        return await self._run(self._writing, lambda: self._write(work, durable))

    async def close(self) -> None:
        """Lets what runs come to its end."""
        if not self._closed:
            self._closed = True
            await asyncio.to_thread(self._close)

    async def _run(self, executor: ThreadPoolExecutor, call: Callable[[], T]) -> T:
        if self._closed:
            raise Unavailable(f"the graph store {self.path} is closed")
        return await asyncio.get_running_loop().run_in_executor(executor, call)

    def _read(self, work: Callable[[Connection], T]) -> T:
        reader = self._idle.pop()
        try:
            with translated(self.path), transaction(reader, "BEGIN"):
                return work(reader)
        finally:
            self._idle.append(reader)

    def _write(self, work: Callable[[Connection], T], durable: bool) -> T:
        with translated(self.path):
            if durable is not self._durable:
                self._writer.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
                self._durable = durable
            try:
                with transaction(self._writer, "BEGIN IMMEDIATE"):
                    return work(self._writer)
            finally:
                self.writes += 1

    def _close(self) -> None:
        self._reading.shutdown()
        self._writing.shutdown()
        for connection in (*self._readers, self._writer):
            connection.close()
