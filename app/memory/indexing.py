"""The only writer of vectors. What is to be indexed stands in the outbox, written with the thing itself; a task is
done when the vectors of its thing are those of the thing as it is now, so doing one twice is harmless.

Several processes may index the same memory. One that reads a thing, is overtaken, and then writes what it had read,
finds at the end that the memory's revision has moved, and begins again; only then are its tasks done. Episodes never
change, so that for those it is enough to look, after writing, whether they were deleted.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence, Set
from contextlib import suppress
from random import sample
from weakref import WeakValueDictionary

import structlog

from app.domain.errors import Unavailable
from app.domain.scope import Scope
from app.memory.entities.standing import Standing
from app.memory.entries import Entry, entity_entries, episode_entries, fact_entries, note_entries
from app.ports.graph.episodes import EpisodeStore, Receipt
from app.ports.graph.knowledge import FactStore, Ledger
from app.ports.graph.lanes import IndexTask, Outbox
from app.ports.graph.notes import NoteStore
from app.ports.metrics import Meter
from app.ports.models import Embedder, KeywordEncoder, Vectors
from app.ports.vectors import VectorKind, VectorStore

BATCH = 256
REMEMBERED_TEXTS = 2_048
WINDOW = 2_048
"""Tasks among which a sweep chooses where to begin."""

ROUNDS = 5
"""How often one begins again that was overtaken by changes of the same memory."""

FAILURES = 8
"""Users in one sweep whose indexing may fail before the engine is taken to be away for all."""

log = structlog.get_logger(__name__)


class Indexing:
    def __init__(
        self,
        *,
        embedder: Embedder,
        keywords: KeywordEncoder,
        vectors: VectorStore,
        outbox: Outbox,
        episodes: EpisodeStore,
        standing: Standing,
        facts: FactStore,
        notes: NoteStore,
        ledger: Ledger,
        meter: Meter,
    ) -> None:
        self._embedder = embedder
        self._keywords = keywords
        self._vectors = vectors
        self._outbox = outbox
        self._episodes = episodes
        self._standing = standing
        self._facts = facts
        self._notes = notes
        self._ledger = ledger
        self._meter = meter
        self._warm: OrderedDict[str, Vectors] = OrderedDict()
        self._at_hand: set[int] = set()
        self._horizon = 0
        self._turns: WeakValueDictionary[Scope, asyncio.Lock] = WeakValueDictionary()

    async def index_new(self, scope: Scope, receipt: Receipt) -> None:
        """Make fresh episodes searchable. When an engine is away they stay in the outbox for the sweep."""
        self._at_hand.update(receipt.tickets)
        try:
            for start in range(0, len(receipt.fresh), BATCH):
                fresh = receipt.fresh[start : start + BATCH]
                await self._upsert(scope, VectorKind.EPISODE, episode_entries(fresh), {})
                await self._withdraw_deleted(scope, [episode.id for episode in fresh])
            await self._outbox.done(list(receipt.tickets))
        except Unavailable as error:
            self._meter.count("index_postponed", len(receipt.fresh))
            log.warning("indexing postponed", episodes=len(receipt.fresh), reason=str(error))
        finally:
            self._at_hand.difference_update(receipt.tickets)

    async def _withdraw_deleted(self, scope: Scope, ids: Sequence[str]) -> None:
        """What was deleted while it was on its way into the index; later deletions find it there."""
        present = {episode.id for episode in await self._episodes.get(scope, ids)}
        if gone := [id for id in ids if id not in present]:
            await self._vectors.remove(scope, VectorKind.EPISODE, gone)

    async def warm(self, texts: Sequence[str]) -> None:
        """Embed texts that are about to be committed, so that `settle` finds them done, if the embedder is there."""
        wanted = [text for text in dict.fromkeys(texts) if text not in self._warm]
        if wanted:
            with suppress(Unavailable):
                self._warm.update(zip(wanted, await self._embedder.embed_passages(wanted), strict=True))
        while len(self._warm) > REMEMBERED_TEXTS:
            self._warm.popitem(last=False)

    async def embedded(self, texts: Sequence[str]) -> dict[str, Vectors]:
        """By text, as they will be indexed; nothing while the embedder is away."""
        await self.warm(texts)
        return {text: self._warm[text] for text in texts if text in self._warm}

    async def settle(self, scope: Scope, upto: int | None = None) -> int:
        """Do the index tasks of one user, those to ticket `upto` where given; how many there were. Raises Unavailable;
        the rest stays to be done."""
        done, after = 0, 0
        while tasks := await self._outbox.due_of(scope, after, BATCH):
            after = tasks[-1].ticket
            if wanted := [task for task in tasks if upto is None or task.ticket <= upto]:
                done += await self._perform(scope, wanted)
        return done

    async def follow(self, scope: Scope) -> None:
        """After a commit, which stands whatever happens here: what an engine is away for is left to the sweep."""
        try:
            await self.settle(scope)
        except Unavailable as error:
            self._meter.count("index_postponed")
            log.warning("indexing postponed", reason=str(error))

    async def sweep(self, *, patient: bool = False) -> int:
        """Do the index tasks of everybody; how many there were. `patient`: only those that were due at the sweep
        before as well, for what is younger is in the hands of whoever committed it, here or in another process.
        Whoever cannot be indexed keeps nobody waiting, unless there are too many of them; then, or at the end, raises
        Unavailable."""
        upto = self._horizon if patient else None
        done, after, failures = 0, 0, list[Unavailable]()
        seen: set[Scope] = set()
        while tasks := await self._outbox.due(after, WINDOW):
            scopes = {task.scope for task in tasks if upto is None or task.ticket <= upto} - seen
            seen |= scopes
            # in no order, so that several processes that sweep at once do not all do the same
            for scope in sample(list(scopes), len(scopes)):
                try:
                    done += await self.settle(scope, upto)
                except Unavailable as error:
                    failures.append(error)
                    if len(failures) == FAILURES:
                        raise
            after = tasks[-1].ticket
        self._horizon = after
        if failures:
            raise failures[0]
        return done

    async def _perform(self, scope: Scope, tasks: Sequence[IndexTask]) -> int:
        # what this process is indexing right now is left to whoever began it
        tasks = [task for task in tasks if task.ticket not in self._at_hand]
        ids: dict[VectorKind, dict[str, None]] = {}
        for task in tasks:
            ids.setdefault(VectorKind(task.kind), {})[task.id] = None
        # one at a time for each user, so that at least in this process nobody is overtaken
        async with self._turns.setdefault(scope, asyncio.Lock()):
            embedded: dict[str, Vectors] = {}
            for _ in range(ROUNDS):
                if await self._written(scope, ids, embedded):
                    await self._outbox.done([task.ticket for task in tasks])
                    self._meter.count("index_tasks", len(tasks))
                    return len(tasks)
        # whoever keeps changing this memory has tasks of his own, and these are still due
        self._meter.count("index_overtaken", len(tasks))
        return 0

    async def _written(
        self, scope: Scope, ids: Mapping[VectorKind, Mapping[str, None]], embedded: dict[str, Vectors]
    ) -> bool:
        """Whether the memory stood still meanwhile, so that what was written is what there is."""
        revision = await self._ledger.revision(scope)
        for kind, wanted in ids.items():
            await self.write(scope, kind, list(wanted), embedded)
        return await self._ledger.revision(scope) == revision

    async def write(
        self, scope: Scope, kind: VectorKind, ids: Sequence[str], embedded: dict[str, Vectors] | None = None
    ) -> None:
        """Make the vectors of these things what the things are, or were when they were read. `embedded`: what is known
        by text already, to be added to. Raises Unavailable."""
        made = await self._upsert(
            scope, kind, await self._entries(scope, kind, ids), {} if embedded is None else embedded
        )
        # only then does the old leave: what is searchable stays so throughout
        await self._vectors.remove(scope, kind, ids, keep=made)

    async def withdraw_all_but(self, scope: Scope, kind: VectorKind, ids: Set[str]) -> None:
        """Of a kind, everything but the vectors of these things. Raises Unavailable."""
        if gone := await self._vectors.refs(scope, kind) - ids:
            await self._vectors.remove(scope, kind, sorted(gone))

    async def _entries(self, scope: Scope, kind: VectorKind, ids: Sequence[str]) -> list[Entry]:
        match kind:
            case VectorKind.EPISODE:
                return episode_entries(await self._episodes.get(scope, ids))
            case VectorKind.ENTITY:
                shown = await self._standing.shown(scope, ids)
                return entity_entries(entity for id, entity in shown.items() if entity.id == id)
            case VectorKind.FACT:
                versions = await self._facts.versions(scope, ids)
                evidence = await self._facts.evidence(scope, [(v.fact_id, v.version) for v in versions])
                return fact_entries(
                    versions, {key: {span.episode_id for span in spans} for key, spans in evidence.items()}
                )
            case VectorKind.NOTE:
                return note_entries(await self._notes.versions(scope, ids))

    async def _upsert(
        self, scope: Scope, kind: VectorKind, entries: Sequence[Entry], embedded: dict[str, Vectors]
    ) -> list[str]:
        """The ids of the vectors written. `embedded`: what is known by text already, to be added to."""
        if not entries:
            return []
        texts = [entry.text for entry in entries]
        embedded.update({text: self._warm[text] for text in texts if text in self._warm})
        if cold := [text for text in dict.fromkeys(texts) if text not in embedded]:
            with self._meter.timed("embed", of="passages"):
                embedded.update(zip(cold, await self._embedder.embed_passages(cold), strict=True))
        words = self._keywords.encode_passages(texts)
        records = [
            entry.record(dense=embedded[entry.text], sparse=sparse)
            for entry, sparse in zip(entries, words, strict=True)
        ]
        await self._vectors.upsert(scope, kind, records)
        return [record.id for record in records]
