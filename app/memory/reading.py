"""What an extractor says of episodes, checked against their words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from app.domain.episode import Episode
from app.domain.extraction import Extraction, Source
from app.domain.scope import Scope
from app.memory.entities.identify import Heard, heard
from app.memory.facts.statements import Checked, check, names
from app.ports.graph.episodes import EpisodeStore
from app.ports.metrics import Meter
from app.ports.models import Extractor

PARTICIPANTS = 8


@dataclass(frozen=True, slots=True)
class Read:
    checked: Checked
    heard: Heard


class Reader(Protocol):
    @property
    def extractor(self) -> str:
        """The identity of whoever reads."""
        ...

    def portion(self, pending: Sequence[Episode]) -> Sequence[Episode]:
        """As many of the first of these as are read at once; one at least."""
        ...

    async def read(self, scope: Scope, batch: Sequence[Episode]) -> list[Read]:
        """In the order of the batch. Raises Unavailable, BadAnswer, ReadingFailed; then nothing of it was read."""
        ...


class Sources:
    """Episodes as an extractor sees them."""

    def __init__(self, episodes: EpisodeStore) -> None:
        self._episodes = episodes

    async def of(self, scope: Scope, batch: Sequence[Episode]) -> list[Source]:
        people = {
            session: await self._episodes.participants(scope, session, PARTICIPANTS)
            for session in dict.fromkeys(episode.session_id for episode in batch)
        }
        return [
            Source(
                episode_id=episode.id,
                role=episode.role,
                speaker=episode.speaker,
                kind=episode.kind,
                content=episode.content,
                occurred_at=episode.occurred_at,
                others=tuple(name for name in people[episode.session_id] if name != episode.speaker),
            )
            for episode in batch
        ]


class LocalReader:
    """Reads with an extractor that needs nothing but the words."""

    def __init__(self, *, extractor: Extractor, episodes: EpisodeStore, meter: Meter) -> None:
        self._extractor = extractor
        self._sources = Sources(episodes)
        self._meter = meter

    @property
    def extractor(self) -> str:
        return self._extractor.identity

    def portion(self, pending: Sequence[Episode]) -> Sequence[Episode]:
        return pending

    async def read(self, scope: Scope, batch: Sequence[Episode]) -> list[Read]:
        """See Reader. Raises ValueError for answers to what was not asked, too."""
        with self._meter.timed("extract"):
            sources = await self._sources.of(scope, batch)
            extractions = await self._extractor.extract(sources)
        return reads(batch, sources, extractions)


def reads(batch: Sequence[Episode], sources: Sequence[Source], extractions: Sequence[Extraction]) -> list[Read]:
    """All three in the same order. Raises ValueError where they are not of the same episodes."""
    if [extraction.episode_id for extraction in extractions] != [episode.id for episode in batch]:
        raise ValueError("the extractor answered about other episodes than it was asked about")
    checked = [check(episode, extraction) for episode, extraction in zip(batch, extractions, strict=True)]
    return [Read(item, heard(source, names([item]))) for source, item in zip(sources, checked, strict=True)]
