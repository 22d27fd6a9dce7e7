"""Which entities are one: merges, pairs in doubt, and names that are like another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from app.domain.entity import Entity
from app.domain.fact import Statement
from app.domain.identity import Doubt, Merge, Same
from app.domain.scope import Scope


class IdentityStore(Protocol):
    async def same(self, scope: Scope, ids: Sequence[str], known_at: datetime | None = None) -> Same:
        """Who is one with these now, or by the merges that held at `known_at`. Within a group, those who do not stand
        for it are by id."""
        ...

    async def alike(self, scope: Scope, words: Sequence[str], beginnings: Sequence[str], limit: int) -> list[Entity]:
        """Entities that have one of these words in a name or alias, or a word with one of these beginnings, all as
        `words_of` gives them; for each at most `limit`, by word, then id. Oldest first."""
        ...

    async def said_of(self, scope: Scope, ids: Sequence[str]) -> list[Statement]:
        """Every statement of which one of these is the subject, the object or the value replaced, by seq, then id."""
        ...

    async def merges(self, scope: Scope, ids: Sequence[str]) -> list[Merge]:
        """All merges from or into these, those undone too, oldest first."""
        ...

    async def doubts(self, scope: Scope, after: tuple[str, str] | None, limit: int) -> list[Doubt]:
        """By (entity_id, other_id), ascending, beyond `after`; also of pairs that were merged since."""
        ...
