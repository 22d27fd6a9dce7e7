"""Merges that a caller makes and undoes, and the pairs that are left to a person."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.domain.entity import Entity
from app.domain.errors import IllegalTransition, NotFound
from app.domain.fact import Retirement
from app.domain.identity import By, Doubt, Merge, Reason, checked_merge
from app.domain.scope import Scope
from app.domain.time import Clock
from app.domain.timeline import Rule
from app.memory.entities.standing import Standing
from app.memory.facts.believing import Believing
from app.memory.facts.canonical import Rearrangement, members_below
from app.memory.indexing import Indexing
from app.memory.insights import Insights
from app.memory.planning import Plan, committed
from app.ports.graph.identity import IdentityStore
from app.ports.graph.knowledge import ChangeSet, EntityCard, EntityStore, Ledger

PAGE = 200


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two who may be one, as they are shown, and why one may think so."""

    one: Entity
    other: Entity
    doubt: Doubt


class Merging:
    def __init__(
        self,
        *,
        ledger: Ledger,
        entities: EntityStore,
        identities: IdentityStore,
        standing: Standing,
        believing: Believing,
        insights: Insights,
        indexing: Indexing,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._ledger = ledger
        self._entities = entities
        self._identities = identities
        self._standing = standing
        self._believing = believing
        self._insights = insights
        self._indexing = indexing
        self._clock = clock
        self._new_id = new_id

    async def merge(self, scope: Scope, id: str, into: str) -> EntityCard:
        """From now on the other stands for it; what is believed of both is reconciled as of one. Returns the merged.
        Raises NotFound, Invalid for an entity and itself, IllegalTransition where it contradicts a merge that holds,
        Unavailable."""
        await self._committed(scope, lambda revision: self._merged(scope, id, into, revision))
        return await self._insights.entity(scope, id)

    async def unmerge(self, scope: Scope, id: str) -> EntityCard:
        """It stands for itself again, as if it had never been merged. The rules will not merge the two again. Raises
        NotFound, IllegalTransition when it is not merged, Unavailable."""
        await self._committed(scope, lambda revision: self._unmerged(scope, id, revision))
        return await self._insights.entity(scope, id)

    async def merges(self, scope: Scope, id: str) -> list[Merge]:
        """What made and unmade it one with others: all merges, those undone too, of it and of all who are one with
        it, oldest first. Raises NotFound."""
        await self._existing(scope, id)
        return await self._identities.merges(scope, await self._standing.everyone(scope, [id]))

    async def candidates(self, scope: Scope, after: tuple[str, str] | None, limit: int) -> list[Candidate]:
        """By the ids of the doubtful pair, beyond `after`, without those that were merged since."""
        found: list[Candidate] = []
        while len(found) < limit:
            doubts = await self._identities.doubts(scope, after, PAGE)
            shown = await self._standing.shown(scope, _both(doubts))
            pairs = (Candidate(shown[doubt.entity_id], shown[doubt.other_id], doubt) for doubt in doubts)
            found += [pair for pair in pairs if pair.one.id != pair.other.id]
            if len(doubts) < PAGE:
                break
            after = doubts[-1].entity_id, doubts[-1].other_id
        return found[:limit]

    async def _merged(self, scope: Scope, id: str, into: str, revision: int) -> ChangeSet:
        await self._existing(scope, id, into)
        same = await self._identities.same(scope, [id, into])
        now = self._clock()
        made = Merge(
            id=self._new_id(),
            entity_id=id,
            into_id=checked_merge(id, into, same),
            score=1.0,
            reason=Reason.CALLER,
            evidence=(),
            by=By.CALLER,
            at=now,
        )
        touched = await self._identities.said_of(scope, same.all(id))
        revised = await self._believing.revise(
            scope, [], now, touched=touched, rearrangement=Rearrangement(merge=(made,))
        )
        return ChangeSet(
            revision=revision,
            recorded_at=now,
            merge=(made,),
            close=revised.close,
            append=revised.append,
            support=revised.support,
        )

    async def _unmerged(self, scope: Scope, id: str, revision: int) -> ChangeSet:
        (entity,) = await self._existing(scope, id)
        if entity.merged_into is None:
            raise IllegalTransition("this entity is not merged, so there is nothing to undo")
        now = self._clock()
        members = await members_below(self._identities, scope, id)
        touched = await self._identities.said_of(scope, members)
        revised = await self._believing.revise(
            scope,
            [],
            now,
            touched=touched,
            about=await self._believing.groups(scope, touched),
            cause=Retirement(Rule.UNMERGED),
            rearrangement=Rearrangement(unmerge=(id,)),
        )
        return ChangeSet(
            revision=revision,
            recorded_at=now,
            unmerge=(id,),
            close=revised.close,
            append=revised.append,
            support=revised.support,
        )

    async def _existing(self, scope: Scope, *ids: str) -> list[Entity]:
        found = await self._entities.entities(scope, ids)
        known = {entity.id for entity in found}
        if missing := [id for id in ids if id not in known]:
            raise NotFound(f"no entity {missing[0]}")
        return found

    async def _committed(self, scope: Scope, plan: Plan) -> None:
        await committed(self._ledger, scope, plan)
        await self._indexing.follow(scope)


def _both(doubts: Iterable[Doubt]) -> list[str]:
    return [id for doubt in doubts for id in (doubt.entity_id, doubt.other_id)]
