"""Search among the memories of one type, by words, by meaning, or by both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.errors import Unavailable
from app.domain.note import Note
from app.domain.operations import MemoryType
from app.domain.scope import Scope
from app.domain.time import Clock
from app.memory.agent.calls import Method, Search
from app.memory.agent.view import AgentView, Memory
from app.memory.entries import MEMORY
from app.ports.graph.knowledge import FactStore
from app.ports.graph.notes import NoteStore
from app.ports.models import NO_WORDS, Embedder, KeywordEncoder
from app.ports.vectors import Ask, Hit, VectorFilter, VectorKind, VectorStore

RANK = 60
"""How much less it is to be first in one list than to be in both (Cormack et al. 2009, Reciprocal Rank Fusion)."""


@dataclass(frozen=True, slots=True)
class MemoriesFound:
    """Best first, with scores that are comparable within one reply. `degraded`: what was missing, in words."""

    memories: tuple[tuple[Memory, float], ...]
    degraded: tuple[str, ...] = ()


class MemorySearch:
    def __init__(
        self,
        *,
        embedder: Embedder,
        keywords: KeywordEncoder,
        vectors: VectorStore,
        notes: NoteStore,
        facts: FactStore,
        view: AgentView,
        clock: Clock,
    ) -> None:
        self._embedder = embedder
        self._keywords = keywords
        self._vectors = vectors
        self._notes = notes
        self._facts = facts
        self._view = view
        self._clock = clock

    async def search(self, scope: Scope, asked: Search) -> MemoriesFound:
        """Current versions only. Without the embedder BOTH is done by words alone, and says so. Raises Unavailable."""
        kind, where = self._within(asked.type)
        words, dense = NO_WORDS, None
        degraded: list[str] = []
        if asked.method is not Method.EMBEDDING:
            words = self._keywords.encode_query(asked.query)
        if asked.method is not Method.BM25:
            try:
                dense = await self._embedder.embed_query(asked.query)
            except Unavailable as error:
                if asked.method is Method.EMBEDDING:
                    raise
                degraded.append(f"searched by words only: {error}")
        (found,) = await self._vectors.arms(scope, [Ask(kind, asked.k, where)], dense, words)
        lists = [found.keyword] if asked.method is not Method.EMBEDDING else []
        if dense is not None:
            lists.append(found.nearest)
        scores = fused(lists) if len(lists) > 1 else best(lists[0])
        ranked = sorted(scores, key=lambda id: (-scores[id], id))[: asked.k]
        shown = await self._filled(scope, asked.type, ranked)
        return MemoriesFound(tuple((shown[id], scores[id]) for id in ranked if id in shown), tuple(degraded))

    def _within(self, type: MemoryType) -> tuple[VectorKind, VectorFilter]:
        now = self._clock()
        if type is MemoryType.FACT:
            return VectorKind.FACT, VectorFilter(valid_at=now, known_at=now)
        return VectorKind.NOTE, VectorFilter(known_at=now, metadata={MEMORY: type.value})

    async def _filled(self, scope: Scope, type: MemoryType, ids: Sequence[str]) -> dict[str, Memory]:
        """By id; what is gone since it was indexed is left out."""
        if type is MemoryType.FACT:
            now = self._clock()
            versions = await self._facts.versions(scope, ids)
            current = [version for version in versions if version.believed and version.holds(now)]
            return {view.version.fact_id: view for view in await self._view.views(scope, current)}
        notes: list[Note] = await self._notes.notes(scope, ids)
        return {note.id: note for note in notes}


def best(hits: Sequence[Hit]) -> dict[str, float]:
    """By what is hit, its best score."""
    found: dict[str, float] = {}
    for hit in hits:
        found[hit.ref] = max(hit.score, found.get(hit.ref, hit.score))
    return found


def fused(lists: Sequence[Sequence[Hit]]) -> dict[str, float]:
    """By what is hit, more the earlier it stands in each list."""
    found: defaultdict[str, float] = defaultdict(float)
    for hits in lists:
        for rank, id in enumerate(dict.fromkeys(hit.ref for hit in hits), 1):
            found[id] += 1 / (RANK + rank)
    return dict(found)
