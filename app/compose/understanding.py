"""The rooms that ask a language model, and what reads where there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.compose.engines import Engines
from app.domain.time import Clock
from app.memory.entities.standing import Standing
from app.memory.reading import LocalReader, Reader
from app.memory.understanding.briefing import Briefings
from app.memory.understanding.candidates import Candidates
from app.memory.understanding.deciding import Deciding
from app.memory.understanding.evolving import Evolving
from app.memory.understanding.extracting import ModelReader
from app.ports.metrics import Meter
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Understanding:
    reader: Reader
    deciding: Deciding
    evolving: Evolving


def understanding_of(
    engines: Engines, settings: Settings, *, standing: Standing, clock: Clock, new_id: Callable[[], str], meter: Meter
) -> Understanding:
    graph, chat = engines.graph, engines.chat
    deciding = Deciding(
        chat=chat,
        candidates=Candidates(
            facts=graph.facts,
            entities=graph.entities,
            identities=graph.identities,
            embedder=engines.embedder,
            vectors=engines.vectors,
        ),
        facts=graph.facts,
        identities=graph.identities,
        new_id=new_id,
        meter=meter,
    )
    evolving = Evolving(chat=chat, meter=meter)
    if not chat.configured:
        return Understanding(
            LocalReader(extractor=engines.extractor, episodes=graph.episodes, meter=meter), deciding, evolving
        )
    briefings = Briefings(
        entities=graph.entities,
        facts=graph.facts,
        standing=standing,
        embedder=engines.embedder,
        vectors=engines.vectors,
        clock=clock,
    )
    reader = ModelReader(
        chat=chat,
        briefings=briefings,
        guidance=graph.guidance,
        episodes=graph.episodes,
        meter=meter,
        batch_tokens=settings.llm_batch_tokens,
    )
    return Understanding(reader, deciding, evolving)
