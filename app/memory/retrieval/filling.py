"""From ranked ids to results with their words, as of a moment on both time axes."""

from __future__ import annotations

from collections.abc import Sequence
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


class Filling:
    def __init__(self, *, episodes: EpisodeStore, standing: Standing, facts: FactStore, notes: NoteStore) -> None:
        self._episodes = episodes
        self._standing = standing
        self._facts = facts
        self._notes = notes

    async def fill(self, scope: Scope, chosen: Sequence[Scored], moment: Moment) -> list[Found]:
        """In the given order. What has gone since it was indexed is left out."""
        ids: dict[Kind, list[str]] = {kind: [] for kind in Kind}
        for scored in chosen:
            ids[Kind(scored.kind)].append(scored.id)
        episodes = {e.id: e for e in await self._episodes.get(scope, ids[Kind.EPISODE])} if ids[Kind.EPISODE] else {}
        entities = await self._standing.shown(scope, ids[Kind.ENTITY]) if ids[Kind.ENTITY] else {}
        facts: dict[str, FactVersion] = {}
        if ids[Kind.FACT]:
            for version in await self._facts.versions(scope, ids[Kind.FACT]):
                if version.known(moment.known_at) and version.holds(moment.valid_at):
                    facts[version.fact_id] = version
        notes: dict[str, Note] = {}
        if ids[Kind.NOTE]:
            found = await self._notes.versions(scope, ids[Kind.NOTE])
            notes = {note.id: note for note in found if note.known(moment.known_at)}
        results: list[Found] = []
        for scored in chosen:
            match Kind(scored.kind):
                case Kind.EPISODE if scored.id in episodes:
                    results.append(_episode(scored, episodes[scored.id]))
                case Kind.FACT if scored.id in facts:
                    results.append(_fact(scored, facts[scored.id]))
                case Kind.ENTITY if scored.id in entities and entities[scored.id].id == scored.id:
                    results.append(_entity(scored, entities[scored.id]))
                case Kind.NOTE if scored.id in notes:
                    results.append(_note(scored, notes[scored.id]))
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
