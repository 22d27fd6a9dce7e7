"""The neighbourhood of an entity, as a picture of nodes and edges."""

from __future__ import annotations

from datetime import datetime

from app.domain.entity import Entity
from app.domain.errors import NotFound
from app.domain.fact import FactVersion, Value
from app.domain.scope import Scope
from app.domain.time import Clock
from app.memory.entities.standing import Standing
from app.memory.insights import Insights
from app.memory.views import FactView, Picture
from app.ports.graph.knowledge import FactQuery, FactStore


class Surroundings:
    def __init__(self, *, facts: FactStore, insights: Insights, standing: Standing, clock: Clock) -> None:
        self._facts = facts
        self._standing = standing
        self._insights = insights
        self._clock = clock

    async def picture(
        self,
        scope: Scope,
        *,
        entity: str | None,
        depth: int,
        limit: int,
        as_of: datetime | None = None,
        known_at: datetime | None = None,
    ) -> Picture:
        """What holds (or held) between entities, up to `depth` facts away from one of them, or anywhere without one;
        at most `limit` facts, the nearest first. Raises NotFound for an unknown entity."""
        at = as_of or known_at or self._clock()
        everything = FactQuery(as_of=at, known_at=known_at)
        if entity is None:
            found = await self._between(scope, everything, limit + 1)
            return _picture(await self._insights.views(scope, found[:limit], known_at), {}, len(found) > limit)
        frontier = list(await self._insights.named(scope, entity, known_at))
        if not frontier:
            raise NotFound(f"no entity called {entity!r}")
        distance = dict.fromkeys(frontier, 0)
        edges: dict[tuple[str, int], FactVersion] = {}
        for step in range(1, depth + 1):
            near = await self._between(scope, FactQuery(tuple(frontier), as_of=at, known_at=known_at), limit + 1)
            values = tuple(Value(entity_id=id) for id in frontier)
            near += await self._between(scope, FactQuery(objects=values, as_of=at, known_at=known_at), limit + 1)
            edges |= {(version.fact_id, version.version): version for version in near}
            ends = dict.fromkeys(id for version in near for id in (version.subject_id, version.object.entity_id) if id)
            reached = await self._standing.everyone(scope, list(ends), known_at)
            frontier = [id for id in reached if id not in distance]
            distance |= dict.fromkeys(frontier, step)
            if not frontier or len(edges) > limit:
                break
        views = await self._insights.views(scope, list(edges.values())[:limit], known_at)
        return _picture(views, distance, len(edges) > limit)

    async def _between(self, scope: Scope, query: FactQuery, limit: int) -> list[FactVersion]:
        """Facts with an entity at both ends, by id; at most `limit`."""
        between: list[FactVersion] = []
        after: tuple[str, int] | None = None
        while len(between) < limit:
            page = await self._facts.facts(scope, query, after, limit)
            between += [version for version in page if version.object.entity_id is not None]
            if len(page) < limit:
                break
            after = page[-1].fact_id, page[-1].version
        return between[:limit]


def _picture(views: list[FactView], distance: dict[str, int], more: bool) -> Picture:
    nodes: dict[str, Entity] = {}
    for view in views:
        nodes[view.subject.id] = view.subject
        if view.object is not None:
            nodes[view.object.id] = view.object
    ordered = sorted(nodes.values(), key=lambda entity: (distance.get(entity.id, 0), entity.id))
    return Picture(tuple((entity, distance.get(entity.id)) for entity in ordered), tuple(views), more)
