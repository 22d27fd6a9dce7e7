"""How a new note hangs together with those that are there: by its vector, and by whom it is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import structlog

from app.domain.errors import Unavailable
from app.domain.note import Cause, Note, NoteLink, Origin
from app.domain.note_history import linked
from app.domain.note_kinship import Kin, closest
from app.domain.scope import Scope
from app.memory.entities.standing import Standing
from app.memory.indexing import Indexing
from app.ports.graph.notes import NoteStore
from app.ports.models import Vectors
from app.ports.vectors import VectorFilter, VectorKind, VectorStore

NEIGHBOURS = 20
KIN = 20

log = structlog.get_logger(__name__)


class Linking:
    def __init__(self, *, notes: NoteStore, vectors: VectorStore, indexing: Indexing, standing: Standing) -> None:
        self._notes = notes
        self._vectors = vectors
        self._indexing = indexing
        self._standing = standing

    async def links(self, scope: Scope, fresh: Sequence[Note], at: datetime) -> tuple[NoteLink, ...]:
        """Of notes that are about to be stored, with those that are there and with one another; a few for each."""
        embedded = await self._indexing.embedded([note.text for note in fresh])
        made: dict[object, NoteLink] = {}
        for number, note in enumerate(fresh):
            for kin in closest(await self._kin(scope, note, fresh[:number], embedded, at)):
                assert kin.relation is not None
                link = linked(note, kin.note, kin.relation, Cause(Origin.SIMILARITY), at)
                made[link.key] = link
        return tuple(made.values())

    async def neighbours(self, scope: Scope, notes: Sequence[Note], at: datetime, limit: int) -> list[Note]:
        """Of each the nearest others that are there, each once; none while the engine is away."""
        embedded = await self._indexing.embedded([note.text for note in notes])
        own = {note.id for note in notes}
        near: dict[str, None] = {}
        for note in notes:
            found = await self._near(scope, embedded.get(note.text), at, limit + len(own))
            near.update(dict.fromkeys([id for id in found if id not in own][:limit]))
        return await self._notes.notes(scope, list(near))

    async def _kin(
        self, scope: Scope, note: Note, others: Sequence[Note], embedded: dict[str, Vectors], at: datetime
    ) -> list[Kin]:
        vector = embedded.get(note.text)
        near = await self._near(scope, vector, at, NEIGHBOURS)
        meant = await self._standing.everyone(scope, note.entities) if note.entities else ()
        about = await self._notes.about(scope, meant, KIN) if meant else []
        known = {other.id: other for other in (*await self._notes.notes(scope, list(near)), *about, *others)}
        if vector is not None:
            near |= {other.id: float(vector @ embedded[other.text]) for other in others if other.text in embedded}
        return [Kin(other, near.get(id), _shared(other, meant)) for id, other in known.items() if id != note.id]

    async def _near(self, scope: Scope, vector: Vectors | None, at: datetime, limit: int) -> dict[str, float]:
        """By id, the nearest first."""
        if vector is None:
            return {}
        try:
            hits = await self._vectors.nearest(scope, VectorKind.NOTE, vector, limit, VectorFilter(known_at=at))
        except Unavailable as error:
            log.warning("notes linked by entities only", reason=str(error))
            return {}
        return {hit.ref: hit.score for hit in hits}


def _shared(note: Note, meant: Iterable[str]) -> int:
    return len(set(note.entities).intersection(meant))
