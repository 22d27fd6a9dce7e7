"""From ranked ids to results with their words, as of a moment on both time axes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.entity import Entity
from app.domain.episode import Episode
from app.domain.fact import FactVersion
from app.domain.note import Note
from app.domain.ranking import Scored
from app.domain.scope import Scope
from app.memory.entities.standing import Standing
from app.memory.views import Found, Kind
from app.ports.graph.episodes import EpisodeStore
from app.ports.graph.knowledge import FactStore
from app.ports.graph.notes import NoteStore


@dataclass(frozen=True, slots=True)
class Moment:
    """True then, as known then; aware UTC."""

    valid_at: datetime
    known_at: datetime


Contents = Mapping[str, Episode | Entity | FactVersion | Note]
"""By id."""


class Filling:
    def __init__(self, *, episodes: EpisodeStore, standing: Standing, facts: FactStore, notes: NoteStore) -> None:
        self._episodes = episodes
        self._standing = standing
        self._facts = facts
        self._notes = notes

    async def read(
        self, scope: Scope, chosen: Sequence[Scored], moment: Moment, known: Contents | None = None
    ) -> Contents:
        """What these are, as of then, and what is `known` besides."""
        known = known or {}
        ids: dict[Kind, list[str]] = {kind: [] for kind in Kind}
        for scored in chosen:
            if scored.id not in known:
                ids[Kind(scored.kind)].append(scored.id)
        if not any(ids.values()):
            return known
        found = await asyncio.gather(*(self._of(kind, scope, wanted, moment) for kind, wanted in ids.items() if wanted))
        return {**known, **{id: content for contents in found for id, content in contents.items()}}

    async def _of(self, kind: Kind, scope: Scope, ids: list[str], moment: Moment) -> Contents:
        match kind:
            case Kind.EPISODE:
                return {episode.id: episode for episode in await self._episodes.get(scope, ids)}
            case Kind.ENTITY:
                return await self._standing.shown(scope, ids)
            case Kind.FACT:
                versions = await self._facts.versions(scope, ids)
                return {v.fact_id: v for v in versions if v.known(moment.known_at) and v.holds(moment.valid_at)}
            case Kind.NOTE:
                notes = await self._notes.versions(scope, ids)
                return {note.id: note for note in notes if note.known(moment.known_at)}


def filled(chosen: Sequence[Scored], contents: Contents) -> list[Found]:
    """In the given order. What has gone since it was indexed is left out."""
    results: list[Found] = []
    for scored in chosen:
        match contents.get(scored.id):
            case Episode() as episode:
                results.append(_episode(scored, episode))
            case FactVersion() as version:
                results.append(_fact(scored, version))
            case Entity() as entity if entity.id == scored.id:
                results.append(_entity(scored, entity))
            case Note() as note:
                results.append(_note(scored, note))
            case _:
                continue
    return results


def _episode(scored: Scored, episode: Episode) -> Found:
    return Found(
        kind=Kind.EPISODE,
        id=episode.id,
        text=episode.content,
        score=scored.score,
        sources=(episode.id,),
        signals=dict(scored.signals),
        session_id=episode.session_id,
        seq=episode.seq,
        speaker=episode.speaker,
        occurred_at=episode.occurred_at,
    )


def _fact(scored: Scored, version: FactVersion) -> Found:
    return Found(
        kind=Kind.FACT,
        id=version.fact_id,
        text=version.text,
        score=scored.score,
        sources=scored.sources,
        signals=dict(scored.signals),
        valid_from=version.valid.start,
        valid_to=version.valid.end,
    )


def _entity(scored: Scored, entity: Entity) -> Found:
    names = f"{entity.name} ({entity.type.value})"
    return Found(
        kind=Kind.ENTITY,
        id=entity.id,
        text=f"{names}, also {', '.join(entity.aliases)}" if entity.aliases else names,
        score=scored.score,
        sources=scored.sources,
        signals=dict(scored.signals),
    )


def _note(scored: Scored, note: Note) -> Found:
    return Found(
        kind=Kind.NOTE,
        id=note.id,
        text=note.content,
        score=scored.score,
        sources=note.sources,
        signals=dict(scored.signals),
        occurred_at=note.occurred_at,
        stale=note.stale,
    )
