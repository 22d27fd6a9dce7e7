"""Reading with a language model: one question for a batch, and nothing that its words do not bear out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.domain.episode import Episode
from app.domain.extraction import Extraction, Source
from app.domain.scope import Scope
from app.domain.tokens import count_tokens
from app.memory.reading import Read, Sources, reads
from app.memory.understanding.briefing import Briefings
from app.memory.understanding.checking import Checking
from app.memory.understanding.extract_prompt import NAME, VERSION, extract_prompt
from app.memory.understanding.refusals import Refusals
from app.ports.graph.episodes import EpisodeStore
from app.ports.graph.guidance import GuidanceStore
from app.ports.metrics import Meter
from app.ports.models import ChatModel


class ModelReader:
    """See Reader."""

    def __init__(
        self,
        *,
        chat: ChatModel,
        briefings: Briefings,
        guidance: GuidanceStore,
        episodes: EpisodeStore,
        meter: Meter,
        batch_tokens: int,
    ) -> None:
        """`batch_tokens`: of episodes in one question; a longer episode is read alone."""
        self._chat = chat
        self._briefings = briefings
        self._guidance = guidance
        self._sources = Sources(episodes)
        self._meter = meter
        self._batch_tokens = batch_tokens

    @property
    def extractor(self) -> str:
        return f"llm:{self._chat.identity}+{NAME}@{VERSION}"

    def portion(self, pending: Sequence[Episode]) -> Sequence[Episode]:
        tokens = 0
        for number, episode in enumerate(pending):
            tokens += count_tokens(episode.content)
            if number and tokens > self._batch_tokens:
                return pending[:number]
        return pending

    async def read(self, scope: Scope, batch: Sequence[Episode]) -> list[Read]:
        with self._meter.timed("extract"):
            sources = await self._sources.of(scope, batch)
            extractions = await self._extractions(scope, sources)
        return reads(batch, sources, extractions)

    async def _extractions(self, scope: Scope, sources: Sequence[Source]) -> list[Extraction]:
        """In the order of the sources; the first of them bears what the question took."""
        briefing = await self._briefings.of(scope, sources)
        if not briefing.episodes:
            return [Extraction(source.episode_id) for source in sources]
        guidance = (await self._guidance.current(scope.tenant)).guidance
        answer = await self._chat.answer(scope.tenant, extract_prompt(briefing, guidance))
        refusals = Refusals(NAME)
        found = Checking(briefing, guidance, refusals).extractions(answer.value)
        refusals.tell(self._meter)
        everything = [
            replace(found.get(id, Extraction(id)), rejected=refusals.by_episode[id])
            for id in (source.episode_id for source in sources)
        ]
        first = everything[0]
        everything[0] = replace(
            first,
            rejected=first.rejected + refusals.by_episode[None],
            model_calls=answer.calls,
            tokens=answer.tokens,
        )
        return everything
