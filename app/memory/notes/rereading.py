"""Notes on an episode that is read again, with a newer extractor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.domain.entity import Entity
from app.domain.episode import Episode
from app.domain.extraction import Extraction
from app.domain.note import Note, NoteLink, Origin
from app.domain.scope import Scope
from app.memory.notes.making import NoteMaking, same_words, sound
from app.memory.notes.withdrawing import withdrawal
from app.ports.graph.knowledge import ChangeSet
from app.ports.graph.notes import NoteStore

_BY_MODELS = frozenset({Origin.EXTRACTION, Origin.EVOLUTION})


class NoteRereading:
    def __init__(self, *, notes: NoteStore, making: NoteMaking) -> None:
        self._notes = notes
        self._making = making

    async def with_notes(
        self,
        scope: Scope,
        changes: ChangeSet,
        episode: Episode,
        extraction: Extraction,
        fresh: Sequence[Entity],
        now: datetime,
    ) -> ChangeSet:
        """The new notes beside the other changes, without those notes on the episode that only models wrote and that
        are not proposed again. Where none are proposed, all stay. `fresh`: entities that are new with the changes."""
        proposed = {same_words(one.content): one for one in extraction.notes if sound(one)}
        if not proposed or changes.extractor is None:
            return changes
        old = {same_words(note.content): note for note in await self._written_by_models(scope, episode)}
        news = tuple(one for words, one in proposed.items() if words not in old)
        gone = [note.id for words, note in old.items() if words not in proposed]
        made = await self._making.of_batch(
            scope, [(episode, replace(extraction, notes=news))], fresh, changes.extractor, now
        )
        without = await withdrawal(self._notes, scope, now, removed=gone)
        removed = (*gone, *without.remove)
        return replace(
            changes,
            notes=(*made.notes, *without.revise),
            link=_without(made.links, removed),
            remove_notes=removed,
        )

    async def _written_by_models(self, scope: Scope, episode: Episode) -> list[Note]:
        """On this episode alone."""
        on = [note for note in await self._notes.resting_on(scope, [episode.id]) if note.sources == (episode.id,)]
        versions = await self._notes.versions(scope, [note.id for note in on if not note.derived_from])
        others = {version.id for version in versions if version.cause.origin not in _BY_MODELS}
        return [note for note in on if not note.derived_from and note.id not in others]


def _without(links: Sequence[NoteLink], removed: Sequence[str]) -> tuple[NoteLink, ...]:
    return tuple(link for link in links if not {link.from_id, link.to_id}.intersection(removed))
