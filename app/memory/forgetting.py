"""Deleting what was said, and what was believed only because of it."""

from __future__ import annotations

from app.domain.errors import NotFound
from app.domain.fact import Retirement
from app.domain.scope import Scope
from app.domain.time import Clock
from app.domain.timeline import Rule
from app.memory.facts.believing import Believing
from app.memory.indexing import Indexing
from app.memory.notes.withdrawing import withdrawal
from app.memory.planning import committed
from app.ports.graph.episodes import EpisodeStore
from app.ports.graph.knowledge import ChangeSet, FactStore, Ledger
from app.ports.graph.notes import NoteStore


class Forgetting:
    def __init__(
        self,
        *,
        ledger: Ledger,
        episodes: EpisodeStore,
        facts: FactStore,
        notes: NoteStore,
        believing: Believing,
        indexing: Indexing,
        clock: Clock,
    ) -> None:
        self._ledger = ledger
        self._episodes = episodes
        self._facts = facts
        self._notes = notes
        self._believing = believing
        self._indexing = indexing
        self._clock = clock

    async def delete_episode(self, scope: Scope, id: str) -> None:
        """The episode goes with its mentions and statements. What others support stays believed, what only it
        supported is retired, and what it had retired is believed again unless something else retired it too.
        Notes that rest on it alone go with it, others are stale from then on.
        Raises NotFound, Unavailable."""
        await committed(self._ledger, scope, lambda revision: self._without(scope, id, revision))
        await self._indexing.follow(scope)

    async def _without(self, scope: Scope, id: str, revision: int) -> ChangeSet:
        if not await self._episodes.get(scope, [id]):
            raise NotFound(f"no episode {id}")
        now = self._clock()
        said = await self._facts.statements_from(scope, [id])
        revised = await self._believing.revise(
            scope,
            [],
            now,
            without=[statement.id for statement in said],
            touched=said,
            cause=Retirement(Rule.EVIDENCE_DELETED, episode_id=id),
        )
        notes = await withdrawal(self._notes, scope, now, episodes=[id])
        return ChangeSet(
            revision=revision,
            recorded_at=now,
            close=revised.close,
            append=revised.append,
            support=revised.support,
            deleted_episodes=(id,),
            notes=notes.revise,
            remove_notes=notes.remove,
        )
