"""Vectors in Qdrant Edge: the engine inside the process, one shard for each kind of record.

The engine holds the interpreter's lock in every call, so its own thread keeps calls in order but not off the loop's
back. They are kept short instead: writes go in small chunks, no graph is built over the vectors, and compaction waits
for an idle moment.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Self, TypeVar, TypeVarTuple

import qdrant_edge as edge
import structlog

from app.adapters.vectors import edge_query as ask
from app.adapters.vectors.edge_shard import Shard, Upkeep
from app.adapters.vectors.folder import Manifest, VectorFolder
from app.domain.errors import Unavailable
from app.domain.scope import Scope
from app.ports.models import NO_WORDS, Sparse, Vectors
from app.ports.vectors import EVERYTHING, Arms, Ask, Hit, Pick, Scores, VectorFilter, VectorKind, VectorRecord

WRITE_CHUNK = 25

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
Shards = dict[VectorKind, Shard]

log = structlog.get_logger(__name__)


class EdgeVectorStore:
    """See VectorStore. Made by `open` or, for a reindex, by `open_next`."""

    def __init__(
        self, folder: VectorFolder, generation: Path, shards: Shards, thread: ThreadPoolExecutor, upkeep: Upkeep
    ) -> None:
        self._folder = folder
        self._generation = generation
        self._shards = shards
        self._thread = thread
        self._idle_seconds = upkeep.idle_seconds
        self._last_asked = 0.0
        self._closed = False
        self._caretaker = asyncio.create_task(self._compact_when_idle(), name="vectors upkeep")

    @classmethod
    async def open(
        cls,
        folder: Path,
        *,
        embedder_identity: str,
        dimension: int,
        keyword_identity: str,
        upkeep: Upkeep | None = None,
    ) -> Self:
        """The current vectors, or a fresh store where there are none.

        Raises EmbedderMismatch when other models made them, StoreNewer, StoreUnmigrated, StoreInUse, Unavailable.
        """
        wanted = Manifest(embedder_identity, dimension, keyword_identity)
        return await cls._open(folder, partial(_open_current, wanted), upkeep or Upkeep())

    @classmethod
    async def open_next(
        cls,
        folder: Path,
        *,
        embedder_identity: str,
        dimension: int,
        keyword_identity: str,
        upkeep: Upkeep | None = None,
    ) -> Self:
        """An empty store beside the current one, whatever made that: fill it, then `activate`. Closed before that, it
        is dropped at the next opening. Raises StoreInUse, Unavailable."""
        wanted = Manifest(embedder_identity, dimension, keyword_identity)
        return await cls._open(folder, partial(_create, wanted), upkeep or Upkeep())

    @classmethod
    async def _open(
        cls, root: Path, load: Callable[[VectorFolder, Upkeep], tuple[Path, Shards]], upkeep: Upkeep
    ) -> Self:
        def hold_and_load() -> tuple[VectorFolder, Path, Shards]:
            folder = VectorFolder.hold(root)
            try:
                return folder, *load(folder, upkeep)
            except BaseException:
                folder.release()
                raise

        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="vectors")
        try:
            opened = await asyncio.get_running_loop().run_in_executor(thread, _guarded, hold_and_load)
        except BaseException:
            thread.shutdown(wait=False)
            raise
        return cls(*opened, thread, upkeep)

    async def activate(self) -> None:
        """Make this the current store, on disk before it returns, and drop the one it replaces."""

        def swap() -> None:
            for shard in self._shards.values():
                shard.flush()
            self._folder.activate(self._generation)

        await self._run(swap)

    async def upsert(self, scope: Scope, kind: VectorKind, records: Sequence[VectorRecord]) -> None:
        shard = self._shards[kind]
        for start in range(0, len(records), WRITE_CHUNK):
            await self._run(shard.upsert, scope, records[start : start + WRITE_CHUNK])

    async def nearest(
        self, scope: Scope, kind: VectorKind, query: Vectors, limit: int, where: VectorFilter = EVERYTHING
    ) -> list[Hit]:
        (found,) = await self.arms(scope, [Ask(kind, limit, where)], query, NO_WORDS)
        return list(found.nearest)

    async def keyword(
        self, scope: Scope, kind: VectorKind, query: Sparse, limit: int, where: VectorFilter = EVERYTHING
    ) -> list[Hit]:
        (found,) = await self.arms(scope, [Ask(kind, limit, where)], None, query)
        return list(found.keyword)

    async def arms(self, scope: Scope, asks: Sequence[Ask], dense: Vectors | None, keyword: Sparse) -> list[Arms]:
        if dense is None and not keyword.indices:
            return [Arms() for _ in asks]
        return await self._run(self._arms, scope, asks, dense, keyword)

    def _arms(self, scope: Scope, asks: Sequence[Ask], dense: Vectors | None, keyword: Sparse) -> list[Arms]:
        question, found = ask.Question(scope, dense, keyword), []
        for each in asks:
            if each.limit <= 0 or each.where.refs == ():
                found.append(Arms())
                continue
            asked = partial(question.asked, ask.matching(scope, each.where))
            found.append(Arms(*question.told(self._shards[each.kind].best(asked, each.limit), [])))
        return found

    async def scores(self, scope: Scope, picks: Sequence[Pick], dense: Vectors | None, keyword: Sparse) -> list[Scores]:
        if not any(pick.ids for pick in picks) or (dense is None and not keyword.indices):
            return [Scores({}, {}) for _ in picks]
        return await self._run(self._scores, scope, picks, dense, keyword)

    def _scores(self, scope: Scope, picks: Sequence[Pick], dense: Vectors | None, keyword: Sparse) -> list[Scores]:
        question, found = ask.Question(scope, dense, keyword), []
        for pick in picks:
            if not pick.ids or pick.where.refs == ():
                found.append(Scores({}, {}))
                continue
            asked = question.asked(ask.matching(scope, pick.where, pick.ids), len(pick.ids))
            found.append(Scores(*question.told(self._shards[pick.kind].scores(asked, pick.ids), {})))
        return found

    async def remove(self, scope: Scope, kind: VectorKind, refs: Sequence[str], keep: Collection[str] = ()) -> None:
        if refs:
            await self._run(self._shards[kind].delete, ask.refs_of(scope, refs, keep))

    async def remove_all(self, scope: Scope) -> None:
        for shard in self._shards.values():
            await self._run(shard.delete, ask.everything_of(scope))

    async def refs(self, scope: Scope, kind: VectorKind) -> set[str]:
        mine, found = ask.everything_of(scope), set[str]()
        offset: edge.PointId | None = None
        while True:
            page, offset = await self._run(self._shards[kind].refs, mine, offset)
            found |= page
            if offset is None:
                return found

    async def count(self, scope: Scope, kind: VectorKind) -> int:
        return await self._run(self._shards[kind].count, ask.everything_of(scope))

    async def check(self) -> None:
        for shard in self._shards.values():
            await self._run(shard.check)

    async def compact(self) -> None:
        """Merge segments and take deleted records out of the files, now instead of in the next idle moment."""
        for shard in self._shards.values():
            await self._run(shard.compact)

    async def close(self) -> None:
        """Idempotent. What was asked before is still answered."""
        if self._closed:
            return
        self._closed = True
        self._caretaker.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._caretaker
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, _guarded, self._close)
        finally:
            self._thread.shutdown(wait=False)

    def _close(self) -> None:
        try:
            for shard in self._shards.values():
                shard.close()
        finally:
            self._folder.release()

    async def _run(self, call: Callable[[*Ts], T], *arguments: *Ts) -> T:
        if self._closed:
            raise Unavailable("the vector store is closed")
        loop = asyncio.get_running_loop()
        self._last_asked = loop.time()
        return await loop.run_in_executor(self._thread, _guarded, call, *arguments)

    async def _compact_when_idle(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._idle_seconds)
            for kind, shard in self._shards.items():
                idle = loop.time() - self._last_asked >= self._idle_seconds
                if shard.needs_compaction or (idle and shard.wants_compaction):
                    try:
                        await loop.run_in_executor(self._thread, _guarded, shard.compact)
                    except Unavailable as error:
                        log.warning("compaction failed", kind=kind.value, reason=str(error))


def _open_current(wanted: Manifest, folder: VectorFolder, upkeep: Upkeep) -> tuple[Path, Shards]:
    generation = folder.current()
    if generation is None:
        generation, shards = _create(wanted, folder, upkeep)
        folder.activate(generation)
        return generation, shards
    Manifest.read(generation).check(wanted, generation)
    folder.drop_all_but(generation)
    return generation, {kind: Shard.load(generation / kind.value, wanted.dimension, upkeep) for kind in VectorKind}


def _create(wanted: Manifest, folder: VectorFolder, upkeep: Upkeep) -> tuple[Path, Shards]:
    generation = folder.begin(wanted)
    shards = {kind: Shard.create(generation / kind.value, kind, wanted.dimension, upkeep) for kind in VectorKind}
    for shard in shards.values():
        # the log of a new shard holds its indexes, and nothing may point here before they are in its files
        shard.flush()
    return generation, shards


def _guarded(call: Callable[[*Ts], T], *arguments: *Ts) -> T:
    try:
        return call(*arguments)
    except Exception as error:
        # the engine has no exceptions of its own
        if type(error) is Exception:
            raise Unavailable(f"the vector store failed: {error}") from error
        raise
