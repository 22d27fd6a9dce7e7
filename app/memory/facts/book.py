"""Facts that a caller states, takes back, or puts back. They go the way of every other statement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.domain.episode import Episode
from app.domain.errors import IllegalTransition, NotFound
from app.domain.fact import FactVersion, Retirement
from app.domain.scope import Scope
from app.domain.time import Clock
from app.domain.timeline import Rule
from app.memory.entities.identify import Identification
from app.memory.facts.believing import Believing, group_of
from app.memory.facts.canonical import Rearrangement
from app.memory.facts.given import FactInput, stated, stated_names
from app.memory.indexing import Indexing
from app.memory.insights import Insights
from app.memory.planning import Plan, committed
from app.memory.views import FactView
from app.ports.graph.episodes import EpisodeStore
from app.ports.graph.knowledge import ChangeSet, EntityStore, FactStore, Ledger

UNDOABLE = frozenset({Rule.SUPERSEDED, Rule.ENDED, Rule.CORRECTED})


@dataclass(frozen=True, slots=True)
class FactsWritten:
    """`written`: versions that are believed because of the call; `retired`: those believed no longer."""

    written: tuple[FactView, ...]
    retired: tuple[FactView, ...]


class FactBook:
    def __init__(
        self,
        *,
        ledger: Ledger,
        entities: EntityStore,
        identification: Identification,
        facts: FactStore,
        episodes: EpisodeStore,
        believing: Believing,
        insights: Insights,
        indexing: Indexing,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._ledger = ledger
        self._entities = entities
        self._identification = identification
        self._facts = facts
        self._episodes = episodes
        self._believing = believing
        self._insights = insights
        self._indexing = indexing
        self._clock = clock
        self._new_id = new_id

    async def state(self, scope: Scope, facts: Sequence[FactInput]) -> FactsWritten:
        """Stating the same again adds evidence and changes no belief. Raises Invalid, NotFound, Unavailable."""
        return await self._committed(scope, lambda revision: self._stated(scope, facts, revision))

    async def retract(self, scope: Scope, fact_id: str) -> FactView:
        """Take back what supports the fact; its history stays, and `restore` undoes it. Raises NotFound, and
        IllegalTransition when it is not believed."""
        await self._committed(scope, lambda revision: self._retracted(scope, fact_id, revision))
        return (await self._insights.fact(scope, fact_id))[-1]

    async def restore(self, scope: Scope, fact_id: str) -> FactView:
        """Believe the fact again as it was before it was retired, beside whatever retired it. Raises NotFound, and
        IllegalTransition when nothing retired it."""
        await self._committed(scope, lambda revision: self._restored(scope, fact_id, revision))
        return (await self._insights.fact(scope, fact_id))[-1]

    async def _committed(self, scope: Scope, plan: Plan) -> FactsWritten:
        changes = await committed(self._ledger, scope, plan)
        await self._indexing.follow(scope)
        return await self._written(scope, changes)

    async def _written(self, scope: Scope, changes: ChangeSet) -> FactsWritten:
        said = {statement.id for statement in changes.statements}
        keys = {(v.fact_id, v.version) for v in changes.append if v.believed}
        keys |= {(s.fact_id, s.version) for s in changes.support if said.intersection(s.statement_ids)}
        gone = {(closure.fact_id, closure.version) for closure in changes.close}
        versions = await self._facts.versions(scope, list(dict.fromkeys(fact for fact, _ in (*keys, *gone))))
        written = await self._insights.views(scope, [v for v in versions if (v.fact_id, v.version) in keys])
        retired = await self._insights.views(scope, [v for v in versions if (v.fact_id, v.version) in gone])
        return FactsWritten(tuple(written), tuple(retired))

    async def _stated(self, scope: Scope, facts: Sequence[FactInput], revision: int) -> ChangeSet:
        now = self._clock()
        cited = await self._cited(scope, facts)
        wanted = stated_names(facts)
        by_id = {e.id: e for e in await self._entities.entities(scope, list({name for name, _ in wanted}))}
        unknown = [named for named in wanted if named[0] not in by_id]
        resolution = await self._identification.identify(scope, unknown, now)
        ids = {**{(name, type): name for name, type in wanted if name in by_id}, **resolution.ids}
        said = [
            statement
            for number, fact in enumerate(facts)
            for statement in stated(number, fact, ids, [cited[id] for id in fact.episode_ids], now, self._new_id)
        ]
        revised = await self._believing.revise(
            scope, said, now, touched=resolution.touched, rearrangement=Rearrangement(merge=resolution.merge)
        )
        return ChangeSet(
            revision=revision,
            recorded_at=now,
            entities=(*resolution.settled, *resolution.fresh),
            aliases=resolution.aliases,
            merge=resolution.merge,
            doubt=resolution.doubt,
            statements=tuple(said),
            close=revised.close,
            append=revised.append,
            support=revised.support,
        )

    async def _cited(self, scope: Scope, facts: Sequence[FactInput]) -> dict[str, Episode]:
        ids = list(dict.fromkeys(id for fact in facts for id in fact.episode_ids))
        episodes = {episode.id: episode for episode in await self._episodes.get(scope, ids)}
        if missing := [id for id in ids if id not in episodes]:
            raise NotFound(f"no episode {missing[0]}")
        return episodes

    async def _retracted(self, scope: Scope, fact_id: str, revision: int) -> ChangeSet:
        history = await self._history(scope, fact_id)
        if not history[-1].believed:
            raise IllegalTransition("this fact is not believed, so it cannot be taken back")
        return await self._marked(scope, revision, history[-1], Rule.RETRACTED, withdraw=history[-1].statement_ids)

    async def _restored(self, scope: Scope, fact_id: str, revision: int) -> ChangeSet:
        for version in reversed(await self._history(scope, fact_id)):
            if version.retired_by is None:
                continue
            if version.retired_by.rule == Rule.RETRACTED:
                return await self._marked(scope, revision, version, Rule.RESTORED, reinstate=version.statement_ids)
            if version.retired_by.rule in UNDOABLE:
                return await self._marked(scope, revision, version, Rule.RESTORED, restore=version.statement_ids)
        raise IllegalTransition("nothing retired this fact, so there is nothing to undo")

    async def _history(self, scope: Scope, fact_id: str) -> list[FactVersion]:
        versions = await self._facts.versions(scope, [fact_id])
        if not versions:
            raise NotFound(f"no fact {fact_id}")
        return versions

    async def _marked(
        self,
        scope: Scope,
        revision: int,
        version: FactVersion,
        rule: Rule,
        *,
        withdraw: tuple[str, ...] = (),
        reinstate: tuple[str, ...] = (),
        restore: tuple[str, ...] = (),
    ) -> ChangeSet:
        now = self._clock()
        revised = await self._believing.revise(
            scope,
            [],
            now,
            about=[group_of(version)],
            withdraw=withdraw,
            reinstate=reinstate,
            restore=restore,
            cause=Retirement(rule, version.fact_id),
        )
        return ChangeSet(
            revision=revision,
            recorded_at=now,
            close=revised.close,
            append=revised.append,
            support=revised.support,
            withdraw=withdraw,
            reinstate=reinstate,
            restore=restore,
        )
