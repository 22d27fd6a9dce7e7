"""Names that mean much the same though they are spelt otherwise ("NYC", "New York City"), by their vectors."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.entity import Entity
from app.domain.errors import Unavailable
from app.domain.scope import Scope
from app.ports.models import Embedder
from app.ports.vectors import VectorKind, VectorStore

NEAR = 0.9
"""Cosine similarity from which two names are worth a look. On conversations most pairs above it mean the same, few
below."""
NEIGHBOURS = 3
MOST = 16
"""Names to look up in one step of work, at most; each costs an embedding."""


def entity_text(entity: Entity) -> str:
    """What an entity is found by."""
    return f"{', '.join(dict.fromkeys((entity.name, *entity.aliases)))} ({entity.type.value})"


class Meaning:
    def __init__(self, *, embedder: Embedder, vectors: VectorStore) -> None:
        self._embedder = embedder
        self._vectors = vectors

    async def near(self, scope: Scope, entities: Sequence[Entity]) -> list[tuple[str, str, float]]:
        """Ids of an entity and of one that is near, with the cosine; nothing while an engine is away. Those that are
        not indexed yet are not found."""
        asked = entities[:MOST]
        try:
            embedded = await self._embedder.embed_passages([entity_text(entity) for entity in asked]) if asked else ()
            return [
                (entity.id, hit.ref, hit.score)
                for entity, vector in zip(asked, embedded, strict=True)
                for hit in await self._vectors.nearest(scope, VectorKind.ENTITY, vector, NEIGHBOURS)
                if hit.score >= NEAR and hit.ref != entity.id
            ]
        except Unavailable:
            return []
