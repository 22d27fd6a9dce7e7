"""What new notes change: links, their neighbours' context and tags, and what follows from both; for the commit that
they are made in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.domain.entity import Entity
from app.domain.jobs import Outcome
from app.domain.note import Cause, LinkKey, Note, NoteLink, Origin, ProposedFragment, ProposedLink
from app.domain.note_history import evolved, linked
from app.domain.scope import Scope
from app.memory.indexing import Indexing
from app.memory.notes.linking import Linking
from app.memory.notes.making import NoteMaking, NotesMade
from app.memory.understanding.evolving import NEIGHBOURS, Evolved, Evolving, Near
from app.ports.graph.notes import NoteStore


@dataclass(slots=True)
class Thoughts:
    """Of one batch, however often it is planned: the model is asked once. `fresh`: ids of its new notes when it was;
    `seen`: versions of their neighbours, by id."""

    proposed: Evolved | None = None
    fresh: tuple[str, ...] = ()
    seen: Mapping[str, int] = field(default_factory=dict)

    @property
    def cost(self) -> Outcome:
        return Outcome() if self.proposed is None else self.proposed.outcome


class Evolution:
    def __init__(
        self,
        *,
        evolving: Evolving,
        notes: NoteStore,
        linking: Linking,
        making: NoteMaking,
        indexing: Indexing,
        new_id: Callable[[], str],
    ) -> None:
        self._evolving = evolving
        self._notes = notes
        self._linking = linking
        self._making = making
        self._indexing = indexing
        self._new_id = new_id

    async def evolve(
        self, scope: Scope, made: NotesMade, entities: Sequence[Entity], now: datetime, thoughts: Thoughts
    ) -> tuple[NotesMade, Outcome]:
        """The notes with all that they change, and what that gave. Without an answer of the model they stay as they
        are. `entities`: those that are new with the batch."""
        if not self._evolving.configured or not made.notes:
            return made, Outcome()
        if thoughts.proposed is None:
            near = await self._near(scope, made.notes, now)
            thoughts.fresh = tuple(note.id for note in made.notes)
            thoughts.seen = {one.note.id: one.note.version for one in near}
            thoughts.proposed = await self._evolving.propose(scope.tenant, made.notes, near)
        proposed = _renamed(thoughts.proposed, dict(zip(thoughts.fresh, (n.id for n in made.notes), strict=True)))
        current = await self._notes.notes(scope, list(thoughts.seen))
        known = {note.id: note for note in current if note.version == thoughts.seen[note.id]}
        shown = known | {note.id: note for note in made.notes}
        cause = Cause(Origin.EVOLUTION, note_id=made.notes[0].id, by=self._evolving.identity)
        links = {link.key for link in (*made.links, *await self._notes.links(scope, list(known)))}
        changed = evolved(shown, links, proposed.changes, now, cause)
        fragments, more = await self._fragments(scope, proposed.fragments, shown, entities, now)
        grown = replace(
            made,
            notes=(*made.notes, *changed.notes, *fragments),
            links=_each_once((*made.links, *changed.links, *more)),
        )
        return grown, Outcome(notes=len(fragments), rejected=changed.rejected)

    async def _near(self, scope: Scope, fresh: Sequence[Note], now: datetime) -> list[Near]:
        neighbours = await self._linking.neighbours(scope, fresh, now, NEIGHBOURS)
        vectors = await self._indexing.embedded([note.text for note in (*fresh, *neighbours)])
        return [
            Near(note.id, other, float(vectors[note.text] @ vectors[other.text]))
            for note in fresh
            for other in neighbours
            if note.text in vectors and other.text in vectors
        ]

    async def _fragments(
        self,
        scope: Scope,
        proposed: Sequence[ProposedFragment],
        shown: Mapping[str, Note],
        entities: Sequence[Entity],
        now: datetime,
    ) -> tuple[list[Note], list[NoteLink]]:
        """What follows from several notes rests on them and on what they rest on; those that are gone since, or were
        changed, let nothing follow."""
        made: list[Note] = []
        links: list[NoteLink] = []
        for one in proposed:
            bases = [shown[id] for id in one.derived_from if id in shown]
            if len(bases) < len(one.derived_from):
                continue
            cause = Cause(Origin.EVOLUTION, note_id=bases[-1].id, by=self._evolving.identity)
            fragment = Note(
                id=self._new_id(),
                version=1,
                content=one.content,
                context=one.context,
                keywords=one.keywords,
                tags=one.tags,
                sources=tuple(dict.fromkeys(source for base in bases for source in base.sources)),
                cause=cause,
                created_at=now,
                occurred_at=max(base.occurred_at for base in bases),
                recorded_from=now,
                derived_from=tuple(base.id for base in bases),
                stale=any(base.stale for base in bases),
            )
            made.append(fragment)
            links += [linked(base, fragment, one.relation, cause, now) for base in bases]
        if not made:
            return [], []
        placed, alike = await self._making.placed(scope, made, now, entities)
        return placed, [*links, *alike]


def _renamed(proposed: Evolved, ids: Mapping[str, str]) -> Evolved:
    """Of new notes by the ids that they have now."""
    return replace(
        proposed,
        changes=tuple(
            replace(change, from_id=ids.get(change.from_id, change.from_id), to_id=ids.get(change.to_id, change.to_id))
            if isinstance(change, ProposedLink)
            else change
            for change in proposed.changes
        ),
        fragments=tuple(
            replace(one, derived_from=tuple(ids.get(id, id) for id in one.derived_from)) for one in proposed.fragments
        ),
    )


def _each_once(links: Sequence[NoteLink]) -> tuple[NoteLink, ...]:
    found: dict[LinkKey, NoteLink] = {}
    for link in links:
        found.setdefault(link.key, link)
    return tuple(found.values())
