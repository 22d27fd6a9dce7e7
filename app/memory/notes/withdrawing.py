"""What becomes of notes when something that they rest on goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.domain.note import Note
from app.domain.note_history import Withdrawal, withdrawn
from app.domain.scope import Scope
from app.ports.graph.notes import NoteStore


async def withdrawal(
    store: NoteStore, scope: Scope, at: datetime, *, episodes: Sequence[str] = (), removed: Sequence[str] = ()
) -> Withdrawal:
    """Without these episodes and notes."""
    found: dict[str, Note] = {}
    fresh = await store.resting_on(scope, episodes, removed)
    while fresh := [note for note in fresh if note.id not in found and note.id not in removed]:
        found.update((note.id, note) for note in fresh)
        fresh = await store.resting_on(scope, (), [note.id for note in fresh])
    return withdrawn(found.values(), at, episodes=episodes, removed=removed)
