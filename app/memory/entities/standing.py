"""Who stands for whom: reads follow merges, those that hold now or those that held at a moment of ours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from app.domain.entity import Entity, normal_name
from app.domain.identity import united
from app.domain.scope import Scope
from app.ports.graph.identity import IdentityStore
from app.ports.graph.knowledge import EntityStore


class Standing:
    def __init__(self, *, entities: EntityStore, identities: IdentityStore) -> None:
        self._entities = entities
        self._identities = identities

    async def named(self, scope: Scope, name_or_id: str, known_at: datetime | None = None) -> tuple[str, ...]:
        """The ids of the entities that a caller may mean, by id, or by name or alias, and of all who are one with
        them; empty where there is none."""
        if await self._entities.entities(scope, [name_or_id]):
            return await self.everyone(scope, [name_or_id], known_at)
        normal = normal_name(name_or_id)
        found = await self._entities.named(scope, [normal])
        return await self.everyone(scope, [entity.id for entity in found.get(normal, ())], known_at)

    async def everyone(self, scope: Scope, ids: Sequence[str], known_at: datetime | None = None) -> tuple[str, ...]:
        """All who are one with these, each once."""
        return (await self._identities.same(scope, ids, known_at)).everyone(ids)

    async def shown(self, scope: Scope, ids: Iterable[str], known_at: datetime | None = None) -> dict[str, Entity]:
        """By the id that is asked for: the entity that stands for it, with the names of all. Unknown ones are left
        out."""
        asked = list(dict.fromkeys(ids))
        same = await self._identities.same(scope, asked, known_at)
        found = {entity.id: entity for entity in await self._entities.entities(scope, same.everyone(asked))}
        return {id: united(found[member] for member in same.all(id)) for id in asked if id in found}
