"""The only writer of vectors. What is to be indexed stands in the outbox, written with the thing itself; a task is
done when the vectors of its thing are those of the thing as it is now, so doing one twice is harmless."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Protocol
from uuid import UUID, uuid5
from weakref import WeakValueDictionary

import structlog

from app.domain.entity import Entity
from app.domain.episode import Episode
from app.domain.errors import Unavailable
from app.domain.fact import FactVersion
from app.domain.passages import passage_text, windows
from app.domain.scope import Scope
from app.domain.time import Interval
from app.memory.entities.meaning import entity_text
from app.memory.entities.standing import Standing
from app.ports.graph.episodes import EpisodeStore, Receipt
from app.ports.graph.knowledge import FactStore
from app.ports.graph.lanes import IndexTask, Outbox
from app.ports.metrics import Meter
from app.ports.models import Embedder, KeywordEncoder, Sparse, Vectors
from app.ports.vectors import VectorKind, VectorRecord, VectorStore

BATCH = 256
REMEMBERED_TEXTS = 2_048
FAILURES = 8
"""Users in one sweep whose indexing may fail before the engine is taken to be away for all."""

log = structlog.get_logger(__name__)


class _Record(Protocol):
    """A record still without its vectors."""

    def __call__(self, *, dense: Vectors, sparse: Sparse) -> VectorRecord: ...


@dataclass(frozen=True, slots=True)
class _Entry:
    """The text that both vectors are made of, and the record they are for."""

    text: str
    record: _Record


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
        meter: Meter,
    ) -> None:
        self._embedder = embedder
        self._keywords = keywords
        self._vectors = vectors
        self._outbox = outbox
        self._episodes = episodes
        self._standing = standing
        self._facts = facts
        self._meter = meter
        self._warm: OrderedDict[str, Vectors] = OrderedDict()
        self._at_hand: set[int] = set()
        self._turns: WeakValueDictionary[Scope, asyncio.Lock] = WeakValueDictionary()

    async def index_new(self, scope: Scope, receipt: Receipt) -> None:
        """Make fresh episodes searchable. When an engine is away they stay in the outbox for the sweep."""
        self._at_hand.update(receipt.tickets)
        try:
            for start in range(0, len(receipt.fresh), BATCH):
                fresh = receipt.fresh[start : start + BATCH]
                await self._upsert(scope, VectorKind.EPISODE, _episode_entries(fresh))
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

    async def settle(self, scope: Scope) -> int:
        """Do the index tasks of one user; how many there were. Raises Unavailable; the rest stays to be done."""
        done, after = 0, 0
        while tasks := await self._outbox.due_of(scope, after, BATCH):
            done += await self._perform(scope, tasks)
            after = tasks[-1].ticket
        return done

    async def follow(self, scope: Scope) -> None:
        """After a commit, which stands whatever happens here: what an engine is away for is left to the sweep."""
        try:
            await self.settle(scope)
        except Unavailable as error:
            self._meter.count("index_postponed")
            log.warning("indexing postponed", reason=str(error))

    async def sweep(self) -> int:
        """Do the index tasks of everybody; how many there were. Whoever cannot be indexed keeps nobody waiting,
        unless there are too many of them. Raises Unavailable when there was anyone."""
        done, after = 0, 0
        failures: list[Unavailable] = []
        while tasks := await self._outbox.due(after, BATCH):
            by_scope: dict[Scope, list[IndexTask]] = {}
            for task in tasks:
                by_scope.setdefault(task.scope, []).append(task)
            for scope, theirs in by_scope.items():
                try:
                    done += await self._perform(scope, theirs)
                except Unavailable as error:
                    failures.append(error)
                    if len(failures) == FAILURES:
                        raise
            after = tasks[-1].ticket
        if failures:
            raise failures[0]
        return done

    async def _perform(self, scope: Scope, tasks: Sequence[IndexTask]) -> int:
        # one at a time for each user, or else what was read earlier might be written later
        async with self._turns.setdefault(scope, asyncio.Lock()):
            return await self._performed(scope, tasks)

    async def _performed(self, scope: Scope, tasks: Sequence[IndexTask]) -> int:
        # what this process is indexing right now is left to whoever began it
        tasks = [task for task in tasks if task.ticket not in self._at_hand]
        ids: dict[VectorKind, list[str]] = {}
        for task in tasks:
            ids.setdefault(VectorKind(task.kind), []).append(task.id)
        for kind, wanted in ids.items():
            unique = list(dict.fromkeys(wanted))
            made = await self._upsert(scope, kind, await self._entries(scope, kind, unique))
            # only then does the old leave: what is searchable stays so throughout
            await self._vectors.remove(scope, kind, unique, keep=made)
        await self._outbox.done([task.ticket for task in tasks])
        self._meter.count("index_tasks", len(tasks))
        return len(tasks)

    async def _entries(self, scope: Scope, kind: VectorKind, ids: Sequence[str]) -> list[_Entry]:
        match kind:
            case VectorKind.EPISODE:
                return _episode_entries(await self._episodes.get(scope, ids))
            case VectorKind.ENTITY:
                shown = await self._standing.shown(scope, ids)
                return _entity_entries(entity for id, entity in shown.items() if entity.id == id)
            case VectorKind.FACT:
                versions = await self._facts.versions(scope, ids)
                evidence = await self._facts.evidence(scope, [(v.fact_id, v.version) for v in versions])
                return _fact_entries(
                    versions, {key: {span.episode_id for span in spans} for key, spans in evidence.items()}
                )
            case VectorKind.NOTE:
                return []

    async def _upsert(self, scope: Scope, kind: VectorKind, entries: Sequence[_Entry]) -> list[str]:
        """The ids of the vectors written."""
        if not entries:
            return []
        texts = [entry.text for entry in entries]
        known = {text: self._warm[text] for text in texts if text in self._warm}
        cold = [text for text in dict.fromkeys(texts) if text not in known]
        if cold:
            with self._meter.timed("embed", of="passages"):
                known.update(zip(cold, await self._embedder.embed_passages(cold), strict=True))
        words = self._keywords.encode_passages(texts)
        records = [
            entry.record(dense=known[entry.text], sparse=sparse) for entry, sparse in zip(entries, words, strict=True)
        ]
        await self._vectors.upsert(scope, kind, records)
        return [record.id for record in records]


def _episode_entries(episodes: Iterable[Episode]) -> list[_Entry]:
    return [
        _Entry(
            passage_text(episode.name, window),
            partial(
                VectorRecord,
                id=episode.id if number == 0 else str(uuid5(UUID(episode.id), str(number))),
                ref=episode.id,
                session_id=episode.session_id,
                position=episode.position,
                seq=episode.seq,
                speaker=episode.speaker,
                role=episode.role.value,
                occurred_at=episode.occurred_at,
                metadata=episode.metadata,
                recorded=Interval(episode.recorded_at),
                sources=(episode.id,),
            ),
        )
        for episode in episodes
        for number, window in enumerate(windows(episode.content))
    ]


def _entity_entries(entities: Iterable[Entity]) -> list[_Entry]:
    """With all names that are meant; who is merged into another is found by that one."""
    return [
        _Entry(
            entity_text(entity),
            partial(VectorRecord, id=entity.id, ref=entity.id, recorded=Interval(entity.created_at)),
        )
        for entity in entities
    ]


def _fact_entries(versions: Iterable[FactVersion], sources: Mapping[tuple[str, int], Set[str]]) -> list[_Entry]:
    """One point per version, so that views of any past on either time axis filter inside the index."""
    return [
        _Entry(
            version.text,
            partial(
                VectorRecord,
                id=str(uuid5(UUID(version.fact_id), str(version.version))),
                ref=version.fact_id,
                valid=version.standing,
                recorded=Interval(version.recorded_from, version.recorded_to),
                sources=tuple(sorted(sources.get((version.fact_id, version.version), ()))),
            ),
        )
        for version in versions
    ]
