"""The timeline that led to a note."""

from __future__ import annotations

from app.domain.errors import NotFound
from app.domain.note import Note, NoteLink
from app.domain.note_timeline import NoteTimeline, timeline
from app.domain.sayings import superseded
from app.domain.scope import Scope
from app.domain.time import Clock
from app.ports.graph.history import HistoryStore
from app.ports.graph.notes import NoteStore

MOST_NOTES = 300
"""Notes of a component that are looked at: the nearest to the one asked for."""


class NoteTimelines:
    def __init__(self, *, notes: NoteStore, history: HistoryStore, clock: Clock) -> None:
        self._notes = notes
        self._history = history
        self._clock = clock

    async def timeline(self, scope: Scope, id: str) -> NoteTimeline:
        """Raises NotFound."""
        found, links = await self._component(scope, id)
        sources = sorted({source for note in found for source in note.sources})
        now = self._clock()
        outdated = superseded(await self._history.sayings(scope, sources, now, now)) if sources else set()
        return timeline(id, found, links, outdated)

    async def _component(self, scope: Scope, id: str) -> tuple[list[Note], list[NoteLink]]:
        ids: dict[str, None] = {id: None}
        links: dict[object, NoteLink] = {}
        ahead = [id]
        while ahead:
            found = await self._notes.links(scope, ahead)
            links.update((link.key, link) for link in found)
            ends = dict.fromkeys(end for link in found for end in (link.from_id, link.to_id) if end not in ids)
            ahead = list(ends)[: MOST_NOTES - len(ids)]
            ids.update(dict.fromkeys(ahead))
        notes = await self._notes.notes(scope, list(ids))
        if not any(note.id == id for note in notes):
            raise NotFound(f"no note {id}")
        return notes, list(links.values())
