"""Notes: what they say, what they rest on, and how they hang together. They change by the Ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from app.domain.note import Note, NoteLink, NoteMemory
from app.domain.scope import Scope


class NoteStore(Protocol):
    async def notes(self, scope: Scope, ids: Sequence[str]) -> list[Note]:
        """Current versions, in the order of `ids`; unknown ones are left out."""
        ...

    async def page(self, scope: Scope, after: str | None, limit: int) -> list[Note]:
        """Current versions by id, ascending, beyond `after`."""
        ...

    async def versions(self, scope: Scope, ids: Sequence[str]) -> list[Note]:
        """All versions of these notes, by id, then version."""
        ...

    async def links(self, scope: Scope, ids: Sequence[str]) -> list[NoteLink]:
        """All links from or to these, each once, by the ids of both ends, then relation."""
        ...

    async def resting_on(
        self, scope: Scope, episode_ids: Sequence[str] = (), note_ids: Sequence[str] = ()
    ) -> list[Note]:
        """Current versions of those that have one of these episodes or notes among what they rest on, by id."""
        ...

    async def about(self, scope: Scope, entity_ids: Sequence[str], limit: int) -> list[Note]:
        """Current versions of notes about these entities, from among the `limit` latest by id of each: those about the
        most of them first, then the latest, `limit` in all."""
        ...

    async def newest(self, scope: Scope, memory: NoteMemory, limit: int) -> list[Note]:
        """Current versions of what agents keep as such, by id, descending."""
        ...

    async def saying(self, scope: Scope, memory: NoteMemory, content: str) -> list[Note]:
        """Current versions of what agents keep as such with exactly this content, by id."""
        ...
