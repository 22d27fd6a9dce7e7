"""What is undecided in a batch: pairs of news and current facts that are near in meaning, and pairs of names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.domain.entity import Entity
from app.domain.errors import Unavailable
from app.domain.fact import Cardinality, FactVersion, Polarity, Statement
from app.domain.identity import Doubt, Same
from app.domain.scope import Scope
from app.memory.entities.identify import Resolution
from app.ports.graph.identity import IdentityStore
from app.ports.graph.knowledge import EntityStore, FactStore
from app.ports.models import Embedder
from app.ports.vectors import VectorFilter, VectorKind, VectorStore

NEAR = 0.7
"""Cosine similarity of two sentences from which they may bear on one another: "has a cat" and "the cat died" are at
0.85, what is unrelated but of the same person is mostly below 0.6."""
NEIGHBOURS = 6
OF_EACH = 3
MOST = 24

Key = tuple[str, ...]
"""What a pair is known by from one plan to the next, in which new things have other ids."""


@dataclass(frozen=True, slots=True)
class FactPair:
    """Something new, and a current fact of the same subject under another predicate or value."""

    new: Statement
    old: FactVersion

    @property
    def key(self) -> Key:
        span = self.new.span
        place = (span.episode_id, str(span.start), str(span.end)) if span is not None else ()
        return (self.old.fact_id, self.new.predicate, self.new.text, *place)


@dataclass(frozen=True, slots=True)
class IdentityPair:
    """Two that may be one."""

    doubt: Doubt
    one: Entity
    other: Entity

    @property
    def key(self) -> Key:
        return tuple(sorted(f"{entity.type.value} {entity.name}" for entity in (self.one, self.other)))


@dataclass(frozen=True, slots=True)
class Undecided:
    """`same`: who is one with whom, the merges of the batch included."""

    facts: tuple[FactPair, ...]
    identities: tuple[IdentityPair, ...]
    same: Same


class Candidates:
    def __init__(
        self,
        *,
        facts: FactStore,
        entities: EntityStore,
        identities: IdentityStore,
        embedder: Embedder,
        vectors: VectorStore,
    ) -> None:
        self._facts = facts
        self._entities = entities
        self._identities = identities
        self._embedder = embedder
        self._vectors = vectors

    async def undecided(self, scope: Scope, resolution: Resolution, said: Sequence[Statement]) -> Undecided:
        """In the order of telling, the nearest first. Facts that cannot be looked for are not found."""
        pairs = await self._identities_of(scope, resolution)
        near = await self._near(scope, said)
        versions = {
            v.fact_id: v for v in await self._facts.versions(scope, sorted({id for _, id in near})) if v.believed
        }
        told = {s.subject_id for s in said} | {v.subject_id for v in versions.values()}
        values = {v.object.entity_id for v in versions.values()} | {s.object.entity_id for s in said}
        doubted = {id for pair in pairs for id in (pair.one.id, pair.other.id)}
        same = await self._identities.same(scope, sorted({*told, *doubted, *(id for id in values if id is not None)}))
        for made in resolution.merge:
            same = same.joined(made.entity_id, made.into_id)
        return Undecided(tuple(_facts(near, versions, said, same)), tuple(pairs), same)

    async def _near(self, scope: Scope, said: Sequence[Statement]) -> list[tuple[Statement, str]]:
        """Ids of facts that are near what holds."""
        asked = [s for s in said if s.polarity is Polarity.HOLDS and s.replaces is None]
        near: list[tuple[Statement, str]] = []
        try:
            vectors = await self._embedder.embed_passages([s.text for s in asked]) if asked else ()
            for statement, vector in zip(asked, vectors, strict=True):
                where = VectorFilter(
                    valid_at=statement.valid.start or statement.said_at, known_at=statement.recorded_at
                )
                hits = await self._vectors.nearest(scope, VectorKind.FACT, vector, NEIGHBOURS, where)
                near += [(statement, hit.ref) for hit in hits if hit.score >= NEAR]
        except Unavailable:
            return []
        return near

    async def _identities_of(self, scope: Scope, resolution: Resolution) -> list[IdentityPair]:
        ids = [id for doubt in resolution.doubt for id in (doubt.entity_id, doubt.other_id)]
        if not ids:
            return []
        known = {entity.id: entity for entity in await self._entities.entities(scope, list(dict.fromkeys(ids)))}
        known |= {entity.id: entity for entity in (*resolution.settled, *resolution.fresh)}
        found = (
            IdentityPair(doubt, known[doubt.entity_id], known[doubt.other_id])
            for doubt in resolution.doubt
            if doubt.entity_id in known and doubt.other_id in known
        )
        return sorted(found, key=lambda pair: (-pair.doubt.score, pair.key))[:MOST]


def _facts(
    near: Iterable[tuple[Statement, str]], versions: dict[str, FactVersion], said: Sequence[Statement], same: Same
) -> list[FactPair]:
    spoken_of = {
        (same.one(s.subject_id), s.predicate, same.value(value).key)
        for s in said
        for value in (s.object, s.replaces)
        if value is not None
    }
    count: dict[str, int] = {}
    pairs: list[FactPair] = []
    for new, fact_id in near:
        old = versions.get(fact_id)
        if old is None or same.one(old.subject_id) != same.one(new.subject_id) or count.get(new.id, 0) >= OF_EACH:
            continue
        here = same.one(old.subject_id), old.predicate, same.value(old.object).key
        if here in spoken_of or _left_to_time(new, old):
            continue
        count[new.id] = count.get(new.id, 0) + 1
        pairs.append(FactPair(new, old))
    return pairs[:MOST]


def _left_to_time(new: Statement, old: FactVersion) -> bool:
    """Of what there is only one at a time, the later takes the place of the earlier by itself."""
    return new.predicate == old.predicate and Cardinality.ONE is new.cardinality is old.cardinality
