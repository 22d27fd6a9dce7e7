"""How notes change: every change is another version, and nothing is overwritten."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.errors import IllegalTransition, Invalid
from app.domain.note import Cause, LinkKey, Note, NoteChange, NoteLink, Origin, ProposedLink, Relation


def revised(
    note: Note,
    at: datetime,
    cause: Cause,
    *,
    content: str | None = None,
    context: str | None = None,
    keywords: tuple[str, ...] | None = None,
    tags: tuple[str, ...] | None = None,
    stale: bool | None = None,
) -> Note:
    """The next version; what is None stays. A clock that was set back does not end a version before it began."""
    return replace(
        note,
        version=note.version + 1,
        content=note.content if content is None else content,
        context=note.context if context is None else context,
        keywords=note.keywords if keywords is None else keywords,
        tags=note.tags if tags is None else tags,
        stale=note.stale if stale is None else stale,
        cause=cause,
        recorded_from=max(at, note.recorded_from),
        recorded_to=None,
    )


def undone(versions: Sequence[Note], at: datetime) -> Note:
    """The version before the current one, as another version. A note that is stale stays so: what is gone does not
    come back. `versions`: all of a note, oldest first. Raises IllegalTransition where there is only one."""
    if len(versions) < 2:
        raise IllegalTransition("this note has only one version, so there is nothing to undo")
    before, current = versions[-2:]
    return revised(
        current,
        at,
        Cause(Origin.UNDO),
        content=before.content,
        context=before.context,
        keywords=before.keywords,
        tags=before.tags,
        stale=before.stale or current.stale,
    )


def linked(one: Note, other: Note, relation: Relation, cause: Cause, at: datetime) -> NoteLink:
    """From the older to the newer, whichever is given first. Raises Invalid for a note and itself."""
    if one.id == other.id:
        raise Invalid("a note cannot be linked with itself")
    older, newer = sorted((one, other), key=lambda note: note.place)
    return NoteLink(LinkKey(older.id, newer.id, relation), cause, at)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What becomes of notes when something that they rest on goes: those of `remove` rest on nothing any more, those of
    `revise` are stale from now on."""

    remove: tuple[str, ...] = ()
    revise: tuple[Note, ...] = ()


def withdrawn(
    notes: Iterable[Note], at: datetime, *, episodes: Collection[str] = (), removed: Collection[str] = ()
) -> Withdrawal:
    """Without these episodes and these notes. `notes`: the current versions of all that rest on either, directly or
    through one another, `removed` themselves left out."""
    left = {note.id: note for note in notes}
    gone, stale = set(removed), set[str]()
    while True:
        lost = {n.id for n in left.values() if _robbed(n, episodes, gone) and not _remains(n, episodes, gone)}
        shaken = {n.id for n in left.values() if _robbed(n, episodes, gone) or stale.intersection(n.derived_from)}
        if lost <= gone and shaken <= stale | gone:
            break
        gone |= lost
        stale |= shaken - gone
        left = {id: note for id, note in left.items() if id not in gone}
    cause = Cause(Origin.SOURCE_GONE, next(iter(episodes), None), next(iter(removed), None))
    return Withdrawal(
        remove=tuple(sorted(gone.difference(removed))),
        revise=tuple(
            replace(
                revised(left[id], at, cause, stale=True),
                sources=tuple(source for source in left[id].sources if source not in episodes),
                derived_from=tuple(source for source in left[id].derived_from if source not in gone),
            )
            for id in sorted(stale)
            if id in left and (not left[id].stale or _robbed(left[id], episodes, gone))
        ),
    )


def _robbed(note: Note, episodes: Collection[str], gone: Collection[str]) -> bool:
    return any(id in episodes for id in note.sources) or any(id in gone for id in note.derived_from)


def _remains(note: Note, episodes: Collection[str], gone: Collection[str]) -> bool:
    return any(id not in episodes for id in note.sources) or any(id not in gone for id in note.derived_from)


@dataclass(frozen=True, slots=True)
class Evolved:
    """`rejected`: proposals that were refused, because they name what is not there or would change nothing."""

    notes: tuple[Note, ...] = ()
    links: tuple[NoteLink, ...] = ()
    rejected: int = 0


def evolved(
    notes: Mapping[str, Note], known: Collection[LinkKey], changes: Iterable[NoteChange], at: datetime, cause: Cause
) -> Evolved:
    """What comes of proposals. `notes`: the current versions that were shown to whoever proposes, by id, and no
    others may be changed; `known`: the links between them. A note is revised once at most."""
    made: dict[str, Note] = {}
    links: dict[LinkKey, NoteLink] = {}
    rejected = 0
    for change in changes:
        if isinstance(change, ProposedLink):
            one, other = notes.get(change.from_id), notes.get(change.to_id)
            if one is None or other is None or one is other:
                rejected += 1
                continue
            link = linked(one, other, change.relation, cause, at)
            if link.key in known or link.key in links:
                rejected += 1
            else:
                links[link.key] = link
            continue
        note = notes.get(change.note_id)
        same = note is None or (note.context, note.tags) == (change.context, change.tags)
        if note is None or same or note.id in made:
            rejected += 1
        else:
            made[note.id] = revised(note, at, cause, context=change.context, tags=change.tags)
    return Evolved(tuple(made.values()), tuple(links.values()), rejected)
