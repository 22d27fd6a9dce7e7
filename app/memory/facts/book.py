"""Facts that a caller states, takes back, or puts back. They go the way of every other statement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.episode import Episode
from app.domain.errors import IllegalTransition, NotFound
from app.domain.fact import FactVersion, Retirement, Statement
from app.domain.scope import Scope
from app.domain.time import Clock
from app.domain.timeline import Rule
from app.memory.entities.identify import Identification, Resolution
from app.memory.facts.believing import Believing, Revised, group_of
from app.memory.facts.canonical import Rearrangement
from app.memory.facts.given import Correction, FactInput, corrected, stated, stated_names
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
        return await self._committed(scope, self.stating(scope, facts))

    async def retract(self, scope: Scope, fact_id: str) -> FactView:
        """Take back what supports the fact; its history stays, and `restore` undoes it. Raises NotFound, and
        IllegalTransition when it is not believed."""
        await self._committed(scope, self.retracting(scope, fact_id))
        return (await self._insights.fact(scope, fact_id))[-1]

    async def restore(self, scope: Scope, fact_id: str) -> FactView:
        """Believe the fact again as it was before it was retired, beside whatever retired it. Raises NotFound, and
        IllegalTransition when nothing retired it."""
        await self._committed(scope, lambda revision: self._restored(scope, fact_id, revision))
        return (await self._insights.fact(scope, fact_id))[-1]

    # --- the same as plans, for who commits more with them; they raise the same

    def stating(self, scope: Scope, facts: Sequence[FactInput]) -> Plan:
        return lambda revision: self._stated(scope, facts, revision)

    def retracting(self, scope: Scope, fact_id: str) -> Plan:
        return lambda revision: self._retracted(scope, fact_id, revision)

    def correcting(self, scope: Scope, fact_id: str, correction: Correction) -> Plan:
        """What supports the fact is taken back, and told anew as it should have been; `restore` undoes it. Where it
        is of the same value at an overlapping time it is the same fact in another version. Raises NotFound, Invalid,
        and IllegalTransition when it is not believed."""
        return lambda revision: self._corrected(scope, fact_id, correction, revision)

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
        resolution, said = await self._said(scope, facts, now)
        revised = await self._believing.revise(
            scope, said, now, touched=resolution.touched, rearrangement=Rearrangement(merge=resolution.merge)
        )
        return _changes(revision, now, resolution, said, revised)

    async def _corrected(self, scope: Scope, fact_id: str, correction: Correction, revision: int) -> ChangeSet:
        version = (await self._history(scope, fact_id))[-1]
        if not version.believed:
            raise IllegalTransition("this fact is not believed, so it cannot be corrected")
        now = self._clock()
        entities = {e.id: e for e in await self._entities.entities(scope, _entities_of(version))}
        known = entities.get(version.object.entity_id) if version.object.entity_id is not None else None
        fact = corrected(version, entities[version.subject_id], known, correction)
        resolution, said = await self._said(scope, [fact], now)
        revised = await self._believing.revise(
            scope,
            said,
            now,
            touched=resolution.touched,
            about=[group_of(version)],
            withdraw=version.statement_ids,
            cause=Retirement(Rule.CORRECTED, version.fact_id),
            rearrangement=Rearrangement(merge=resolution.merge),
        )
        return replace(_changes(revision, now, resolution, said, revised), withdraw=version.statement_ids)

    async def _said(
        self, scope: Scope, facts: Sequence[FactInput], now: datetime
    ) -> tuple[Resolution, list[Statement]]:
        """Who is meant, and the statements that the facts are."""
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
        return resolution, said

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
                # a caller who corrected it took back what it rests upon
                taken = version.statement_ids if version.retired_by.rule == Rule.CORRECTED else ()
                return await self._marked(
                    scope, revision, version, Rule.RESTORED, reinstate=taken, restore=version.statement_ids
                )
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


def _changes(
    revision: int, now: datetime, resolution: Resolution, said: Sequence[Statement], revised: Revised
) -> ChangeSet:
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


def _entities_of(version: FactVersion) -> list[str]:
    return [id for id in (version.subject_id, version.object.entity_id) if id is not None]
