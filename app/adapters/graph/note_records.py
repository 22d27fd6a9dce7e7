"""A user's notes as they leave a store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from app.domain.note import Note
from app.domain.scope import Scope
from app.ports.graph.notes import NoteStore
from app.ports.graph.transfer import NoteBasis, Record


async def note_records(store: NoteStore, scope: Scope, size: int) -> AsyncIterator[Sequence[Record]]:
    """Kind by kind, in pages of about this many notes."""
    async for page in _pages(store, scope, size):
        yield [replace(version, derived_from=()) for version in await store.versions(scope, _ids(page))]
    async for page in _pages(store, scope, size):
        yield [NoteBasis(note.id, note.derived_from) for note in page if note.derived_from]
    async for page in _pages(store, scope, size):
        ids = _ids(page)
        own = set(ids)
        yield [link for link in await store.links(scope, ids) if link.from_id in own]


async def _pages(store: NoteStore, scope: Scope, size: int) -> AsyncIterator[list[Note]]:
    after: str | None = None
    while page := await store.page(scope, after, size):
        yield page
        after = page[-1].id


def _ids(notes: Sequence[Note]) -> list[str]:
    return [note.id for note in notes]
