"""From what is proposed to notes: what they rest on, whom they are about, and how they hang together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.domain.entity import Entity, normal_name
from app.domain.episode import Episode
from app.domain.extraction import Extraction, ProposedNote
from app.domain.note import Cause, Note, NoteLink, Origin
from app.domain.note_words import keywords_of, phrases_of
from app.domain.scope import Scope
from app.memory.notes.linking import Linking
from app.ports.graph.identity import IdentityStore
from app.ports.graph.knowledge import EntityStore

MAX_CONTENT = 8_192
MAX_CONTEXT = 2_048
MAX_WORD = 256
MAX_WORDS = 32
"""Of keywords and of tags, each."""


@dataclass(frozen=True, slots=True)
class NotesMade:
    """`made_by`, `rejected`: counts by episode."""

    notes: tuple[Note, ...] = ()
    links: tuple[NoteLink, ...] = ()
    made_by: Mapping[str, int] = field(default_factory=dict)
    rejected: Mapping[str, int] = field(default_factory=dict)


class NoteMaking:
    def __init__(
        self,
        *,
        entities: EntityStore,
        identities: IdentityStore,
        linking: Linking,
        new_id: Callable[[], str],
    ) -> None:
        self._entities = entities
        self._identities = identities
        self._linking = linking
        self._new_id = new_id

    async def of_batch(
        self,
        scope: Scope,
        read: Sequence[tuple[Episode, Extraction]],
        fresh: Sequence[Entity],
        extractor: str,
        now: datetime,
    ) -> NotesMade:
        """Notes on episodes, for one commit with them. What several episodes say in the same words is one note.
        `fresh`: entities that are new with these episodes."""
        wanted: dict[str, tuple[ProposedNote, list[Episode]]] = {}
        rejected: Counter[str] = Counter()
        for episode, extraction in read:
            for proposed in extraction.notes:
                if not sound(proposed):
                    rejected[episode.id] += 1
                    continue
                _, sources = wanted.setdefault(same_words(proposed.content), (proposed, []))
                if episode not in sources:
                    sources.append(episode)
        notes = [
            Note(
                id=self._new_id(),
                version=1,
                content=proposed.content.strip(),
                context=proposed.context.strip(),
                keywords=words(proposed.keywords) or keywords_of(proposed.content),
                tags=words(proposed.tags),
                sources=tuple(episode.id for episode in sources),
                cause=Cause(Origin.EXTRACTION, episode_id=sources[0].id, by=extractor),
                created_at=now,
                occurred_at=max(episode.occurred_at for episode in sources),
                recorded_from=now,
            )
            for proposed, sources in wanted.values()
        ]
        if not notes:
            return NotesMade(rejected=rejected)
        notes, links = await self.placed(scope, notes, now, fresh)
        made = Counter(note.cause.episode_id for note in notes if note.cause.episode_id is not None)
        return NotesMade(tuple(notes), links, made, rejected)

    async def placed(
        self, scope: Scope, notes: Sequence[Note], now: datetime, fresh: Sequence[Entity] = ()
    ) -> tuple[list[Note], tuple[NoteLink, ...]]:
        """New notes with whom they are about, and their links."""
        about = await self._about(scope, notes, fresh)
        placed = [replace(note, entities=ids) for note, ids in zip(notes, about, strict=True)]
        return placed, await self._linking.links(scope, placed, now)

    async def _about(self, scope: Scope, notes: Sequence[Note], fresh: Sequence[Entity]) -> list[tuple[str, ...]]:
        """The entities whose names stand in each note, those who stand for them."""
        phrases = [
            list(dict.fromkeys(normal_name(phrase) for phrase in (*note.keywords, *phrases_of(note.content))))
            for note in notes
        ]
        known = await self._entities.named(scope, sorted({phrase for said in phrases for phrase in said}))
        named = {name: found[0].id for name, found in known.items() if found}
        for entity in reversed(fresh):
            named.update((normal_name(name), entity.id) for name in (entity.name, *entity.aliases))
        same = await self._identities.same(scope, sorted(set(named.values())))
        return [tuple(dict.fromkeys(same.one(named[phrase]) for phrase in said if phrase in named)) for said in phrases]


def sound(proposed: ProposedNote) -> bool:
    """Whether it says something, at a length that a note may have."""
    return (
        bool(proposed.content.strip())
        and len(proposed.content) <= MAX_CONTENT
        and len(proposed.context) <= MAX_CONTEXT
        and all(len(word) <= MAX_WORD for word in (*proposed.keywords, *proposed.tags))
    )


def words(given: Iterable[str]) -> tuple[str, ...]:
    """Each once, in their order, without what is blank."""
    return tuple(dict.fromkeys(" ".join(word.split()) for word in given if word.strip()))[:MAX_WORDS]


def same_words(content: str) -> str:
    """Equal for two that say the same in the same words."""
    return " ".join(content.casefold().split())
