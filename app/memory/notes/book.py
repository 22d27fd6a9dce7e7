"""Notes as callers write, read, change and link them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.errors import Conflict, NotFound
from app.domain.note import BY_CALLER, Note, NoteLink, NoteMemory, Relation
from app.domain.note_history import linked, revised, undone
from app.domain.note_words import keywords_of
from app.domain.scope import Scope
from app.domain.time import Clock
from app.memory.indexing import Indexing
from app.memory.notes.making import NoteMaking, words
from app.memory.notes.withdrawing import withdrawal
from app.memory.planning import Plan, committed
from app.memory.views import NoteView
from app.ports.graph.episodes import EpisodeStore
from app.ports.graph.knowledge import ChangeSet, Ledger
from app.ports.graph.notes import NoteStore


@dataclass(frozen=True, slots=True)
class NoteInput:
    """`keywords` None: those that counting finds. `occurred_at` None: of the latest that it rests on, or now.
    `memory`: of one that an agent keeps."""

    content: str
    context: str = ""
    keywords: tuple[str, ...] | None = None
    tags: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    derived_from: tuple[str, ...] = ()
    occurred_at: datetime | None = None
    memory: NoteMemory | None = None


@dataclass(frozen=True, slots=True)
class NotePatch:
    """What is None stays. `version`: the one that the caller has seen; None for whichever it is."""

    content: str | None = None
    context: str | None = None
    keywords: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    version: int | None = None


class NoteBook:
    def __init__(
        self,
        *,
        notes: NoteStore,
        ledger: Ledger,
        episodes: EpisodeStore,
        making: NoteMaking,
        indexing: Indexing,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._notes = notes
        self._ledger = ledger
        self._episodes = episodes
        self._making = making
        self._indexing = indexing
        self._clock = clock
        self._new_id = new_id

    async def note(self, scope: Scope, id: str) -> NoteView:
        """Raises NotFound."""
        (view,) = await self.views(scope, [await self._note(scope, id)])
        return view

    async def page(self, scope: Scope, after: str | None, limit: int) -> list[NoteView]:
        """By id, ascending, beyond `after`."""
        return await self.views(scope, await self._notes.page(scope, after, limit))

    async def views(self, scope: Scope, notes: Sequence[Note]) -> list[NoteView]:
        return await viewed(self._notes, scope, notes)

    async def versions(self, scope: Scope, id: str) -> list[Note]:
        """Oldest first. Raises NotFound."""
        found = await self._notes.versions(scope, [id])
        if not found:
            raise NotFound(f"no note {id}")
        return found

    async def links(self, scope: Scope, id: str) -> list[NoteLink]:
        """To older notes and to newer ones. Raises NotFound."""
        return list((await self.note(scope, id)).links)

    async def create(self, scope: Scope, given: NoteInput) -> NoteView:
        """With links to those that it is like. Raises NotFound for a source that is not there, Unavailable."""
        id = self._new_id()
        return await self._changed(scope, id, self.creating(scope, id, given))

    async def revise(self, scope: Scope, id: str, patch: NotePatch) -> NoteView:
        """As another version, unless it says the same. A caller who says what a stale note says vouches for it.
        Raises NotFound, Conflict where another version is the current one, Unavailable."""
        return await self._changed(scope, id, self.revising(scope, id, patch))

    async def undo(self, scope: Scope, id: str) -> NoteView:
        """Back to the version before, as another version; a second time, forth again. Raises NotFound, and
        IllegalTransition where there is only one version."""

        async def plan(revision: int) -> ChangeSet:
            now = self._clock()
            return ChangeSet(revision, now, notes=(undone(await self.versions(scope, id), now),))

        return await self._changed(scope, id, plan)

    async def delete(self, scope: Scope, id: str) -> None:
        """With its versions and links. What was derived from it is stale, or goes too where it rested on nothing else.
        Raises NotFound, Unavailable."""
        await committed(self._ledger, scope, self.deleting(scope, id))
        await self._indexing.follow(scope)

    # --- the same as plans, for who commits more with them; they raise the same

    def creating(self, scope: Scope, id: str, given: NoteInput) -> Plan:
        """A note of this id."""
        return lambda revision: self._created(scope, id, given, revision)

    def revising(self, scope: Scope, id: str, patch: NotePatch) -> Plan:
        async def plan(revision: int) -> ChangeSet:
            note = await self._note(scope, id)
            if patch.version is not None and patch.version != note.version:
                raise Conflict(f"note {id} is at version {note.version}, not {patch.version}; read it again")
            now = self._clock()
            made = revised(
                note,
                now,
                BY_CALLER,
                content=patch.content,
                context=patch.context,
                keywords=None if patch.keywords is None else words(patch.keywords),
                tags=None if patch.tags is None else words(patch.tags),
                stale=False if patch.content is not None else None,
            )
            return ChangeSet(revision, now, notes=() if _says(made) == _says(note) else (made,))

        return plan

    def deleting(self, scope: Scope, id: str) -> Plan:
        async def plan(revision: int) -> ChangeSet:
            await self._note(scope, id)
            now = self._clock()
            without = await withdrawal(self._notes, scope, now, removed=[id])
            return ChangeSet(revision, now, notes=without.revise, remove_notes=(id, *without.remove))

        return plan

    async def link(self, scope: Scope, id: str, to: str, relation: Relation) -> NoteLink:
        """From the older of the two to the newer; one that is there already stays as it is. Raises NotFound, and
        Invalid for a note and itself."""

        async def plan(revision: int) -> ChangeSet:
            now = self._clock()
            link = linked(await self._note(scope, id), await self._note(scope, to), relation, BY_CALLER, now)
            return ChangeSet(revision, now, link=(link,))

        (wanted,) = (await committed(self._ledger, scope, plan)).link
        return next(link for link in await self._notes.links(scope, [id]) if link.key == wanted.key)

    async def unlink(self, scope: Scope, id: str, other: str, relation: Relation | None) -> None:
        """Between the two, in whichever direction; with None whatever links there are. Raises NotFound for none."""

        async def plan(revision: int) -> ChangeSet:
            keys = tuple(
                link.key
                for link in await self.links(scope, id)
                if link.other(id) == other and relation in (None, link.relation)
            )
            if not keys:
                raise NotFound(f"no such link between notes {id} and {other}")
            return ChangeSet(revision, self._clock(), unlink=keys)

        await committed(self._ledger, scope, plan)

    async def _created(self, scope: Scope, id: str, given: NoteInput, revision: int) -> ChangeSet:
        now = self._clock()
        sources, bases = tuple(dict.fromkeys(given.sources)), tuple(dict.fromkeys(given.derived_from))
        episodes = {episode.id: episode for episode in await self._episodes.get(scope, sources)}
        notes = {note.id: note for note in await self._notes.notes(scope, bases)}
        for what, ids, there in (("episode", sources, episodes.keys()), ("note", bases, notes.keys())):
            if missing := [one for one in ids if one not in there]:
                raise NotFound(f"no {what} {missing[0]}")
        told = [*(e.occurred_at for e in episodes.values()), *(n.occurred_at for n in notes.values())]
        note = Note(
            id=id,
            version=1,
            content=given.content,
            context=given.context,
            keywords=keywords_of(given.content) if given.keywords is None else words(given.keywords),
            tags=words(given.tags),
            sources=sources,
            cause=BY_CALLER,
            created_at=now,
            occurred_at=given.occurred_at or max(told, default=now),
            recorded_from=now,
            derived_from=bases,
            stale=any(note.stale for note in notes.values()),
            memory=given.memory,
        )
        placed, links = await self._making.placed(scope, [note], now)
        return ChangeSet(revision, now, notes=tuple(placed), link=links)

    async def _changed(self, scope: Scope, id: str, plan: Plan) -> NoteView:
        await committed(self._ledger, scope, plan)
        await self._indexing.follow(scope)
        return await self.note(scope, id)

    async def _note(self, scope: Scope, id: str) -> Note:
        found = await self._notes.notes(scope, [id])
        if not found:
            raise NotFound(f"no note {id}")
        return found[0]


async def viewed(store: NoteStore, scope: Scope, notes: Sequence[Note]) -> list[NoteView]:
    """With the links of each, in the same order."""
    links = await store.links(scope, [note.id for note in notes])
    return [NoteView(note, tuple(link for link in links if note.id in (link.from_id, link.to_id))) for note in notes]


def _says(note: Note) -> object:
    return note.content, note.context, note.keywords, note.tags, note.stale
