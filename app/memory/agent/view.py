"""What an agent sees before it writes, and its memories as they are shown to it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.fact import FactVersion
from app.domain.note import Note, NoteMemory
from app.domain.operations import CoreVersion, MemoryType, Ref, Seen
from app.domain.scope import Scope
from app.domain.time import Clock
from app.memory.insights import Insights
from app.memory.views import FactView
from app.ports.graph.history import HistoryStore
from app.ports.graph.knowledge import FactStore
from app.ports.graph.notes import NoteStore
from app.ports.graph.operations import OperationStore

NEWEST = 20
"""Of each type, in view."""


@dataclass(frozen=True, slots=True)
class AgentState:
    """Newest first. `operation`: the number of the last one, 0 for none."""

    core: CoreVersion
    semantic: tuple[Note, ...]
    episodic: tuple[Note, ...]
    fact: tuple[FactView, ...]
    operation: int


Memory = Note | FactView


def ref(memory: Note | FactVersion) -> Ref:
    return Ref(memory.id if isinstance(memory, Note) else memory.fact_id, memory.version)


class AgentView:
    def __init__(
        self,
        *,
        operations: OperationStore,
        notes: NoteStore,
        facts: FactStore,
        history: HistoryStore,
        insights: Insights,
        clock: Clock,
    ) -> None:
        self._operations = operations
        self._notes = notes
        self._facts = facts
        self._history = history
        self._insights = insights
        self._clock = clock

    async def state(self, scope: Scope) -> AgentState:
        (core, semantic, episodic, facts), (operation, _) = await asyncio.gather(
            self._newest(scope), self._operations.last(scope)
        )
        views = await self.views(scope, facts)
        return AgentState(core, tuple(semantic), tuple(episodic), tuple(views), operation)

    async def seen(self, scope: Scope) -> Seen:
        """The same without words."""
        core, semantic, episodic, facts = await self._newest(scope)
        return Seen(core.version, tuple(map(ref, semantic)), tuple(map(ref, episodic)), tuple(map(ref, facts)))

    async def shown(self, scope: Scope, type: MemoryType, refs: Sequence[Ref]) -> list[Memory]:
        """These versions, in the same order; what is gone is left out."""
        found: dict[Ref, Memory] = {}
        ids = list(dict.fromkeys(one.id for one in refs))
        if type is MemoryType.FACT:
            versions = [v for v in await self._facts.versions(scope, ids) if ref(v) in refs]
            found.update({ref(view.version): view for view in await self.views(scope, versions)})
        else:
            found.update({ref(note): note for note in await self._notes.versions(scope, ids)})
        return [found[one] for one in refs if one in found]

    async def views(self, scope: Scope, versions: Sequence[FactVersion]) -> list[FactView]:
        return await self._insights.views(scope, versions)

    async def _newest(self, scope: Scope) -> tuple[CoreVersion, list[Note], list[Note], list[FactVersion]]:
        return await asyncio.gather(
            self._operations.core(scope),
            self._notes.newest(scope, NoteMemory.SEMANTIC, NEWEST),
            self._notes.newest(scope, NoteMemory.EPISODIC, NEWEST),
            self._history.newest(scope, self._clock(), NEWEST),
        )
