"""The wiring: the services on their engines, with the worker beside them. Nothing runs yet."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import uuid_utils

from app.adapters.queue.docket import DRAIN
from app.compose.agents import agents_of
from app.compose.chat import budgets_of
from app.compose.engines import Engines
from app.compose.stores import Models, secret
from app.compose.understanding import understanding_of
from app.domain.time import Clock
from app.memory.access import Access
from app.memory.chronicle import Chronicle
from app.memory.completion import Completion
from app.memory.entities.identify import Identification
from app.memory.entities.meaning import Meaning
from app.memory.entities.standing import Standing
from app.memory.facts.believing import Believing
from app.memory.facts.book import FactBook
from app.memory.forgetting import Forgetting
from app.memory.health import Health, Probe
from app.memory.indexing import Indexing
from app.memory.ingest import Ingest
from app.memory.insights import Insights
from app.memory.lanes import Lanes
from app.memory.merging import Merging
from app.memory.modelling.guidance import GuidanceBook
from app.memory.notes.book import NoteBook
from app.memory.notes.linking import Linking
from app.memory.notes.making import NoteMaking
from app.memory.notes.rereading import NoteRereading
from app.memory.notes.timelines import NoteTimelines
from app.memory.pipeline import Pipeline
from app.memory.reextraction import Reextraction
from app.memory.retrieval.context import ContextBuilder
from app.memory.retrieval.filling import Filling
from app.memory.retrieval.recall import Recall
from app.memory.retrieval.sinking import Sinking
from app.memory.retrieval.timing import Timing
from app.memory.services import Services
from app.memory.surroundings import Surroundings
from app.memory.understanding.evolution import Evolution
from app.observe import PrometheusMeter
from app.ports.graph.store import GraphStore
from app.ports.metrics import Meter
from app.ports.vectors import VectorStore
from app.settings import Settings
from app.worker.worker import Worker


@dataclass(frozen=True, slots=True)
class Assembly:
    """The services on their engines, and what works behind them."""

    services: Services
    believing: Believing
    identification: Identification
    indexing: Indexing
    worker: Worker


def now() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    """UUID version 7: unique, and ascending in time, which keeps indexes compact."""
    return str(uuid_utils.uuid7())


def indexing_of(graph: GraphStore, vectors: VectorStore, models: Models, meter: Meter) -> Indexing:
    return Indexing(
        embedder=models.embedder,
        keywords=models.keywords,
        vectors=vectors,
        outbox=graph.outbox,
        episodes=graph.episodes,
        standing=Standing(entities=graph.entities, identities=graph.identities),
        facts=graph.facts,
        notes=graph.notes,
        ledger=graph.ledger,
        meter=meter,
    )


def assembled(engines: Engines, settings: Settings, clock: Clock, meter: PrometheusMeter) -> Assembly:
    """The wiring; nothing runs yet. Raises Invalid for a root key that is too short."""
    graph, doorbell = engines.graph, engines.doorbell
    completion = Completion()
    indexing = indexing_of(graph, engines.vectors, Models(engines.embedder, engines.keywords), meter)
    standing = Standing(entities=graph.entities, identities=graph.identities)
    insights = Insights(
        episodes=graph.episodes,
        entities=graph.entities,
        facts=graph.facts,
        notes=graph.notes,
        standing=standing,
        ledger=graph.ledger,
        jobs=graph.jobs,
        clock=clock,
    )
    believing = Believing(facts=graph.facts, identities=graph.identities, new_id=new_id, meter=meter)
    identification = Identification(
        entities=graph.entities,
        identities=graph.identities,
        meaning=Meaning(embedder=engines.embedder, vectors=engines.vectors),
        new_id=new_id,
    )
    understanding = understanding_of(engines, settings, standing=standing, clock=clock, new_id=new_id, meter=meter)
    linking = Linking(notes=graph.notes, vectors=engines.vectors, indexing=indexing, standing=standing)
    making = NoteMaking(entities=graph.entities, identities=graph.identities, linking=linking, new_id=new_id)
    pipeline = Pipeline(
        reader=understanding.reader,
        identification=identification,
        deciding=understanding.deciding,
        ledger=graph.ledger,
        believing=believing,
        making=making,
        evolution=Evolution(
            evolving=understanding.evolving,
            notes=graph.notes,
            linking=linking,
            making=making,
            indexing=indexing,
            new_id=new_id,
        ),
        indexing=indexing,
        clock=clock,
        new_id=new_id,
        meter=meter,
    )
    lanes = Lanes(
        lanes=graph.lanes,
        jobs=graph.jobs,
        episodes=graph.episodes,
        pipeline=pipeline,
        doorbell=doorbell,
        completion=completion,
        clock=clock,
        meter=meter,
        owner=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
        lease_ttl=timedelta(seconds=settings.lease_seconds),
    )
    recall = Recall(
        embedder=engines.embedder,
        keywords=engines.keywords,
        vectors=engines.vectors,
        episodes=graph.episodes,
        sinking=Sinking(history=graph.history, notes=graph.notes, meter=meter),
        filling=Filling(episodes=graph.episodes, standing=standing, facts=graph.facts, notes=graph.notes),
        timing=Timing(graph.episodes),
        clock=clock,
        meter=meter,
    )
    facts = FactBook(
        ledger=graph.ledger,
        entities=graph.entities,
        identification=identification,
        facts=graph.facts,
        episodes=graph.episodes,
        believing=believing,
        insights=insights,
        indexing=indexing,
        clock=clock,
        new_id=new_id,
    )
    notes = NoteBook(
        notes=graph.notes,
        ledger=graph.ledger,
        episodes=graph.episodes,
        making=making,
        indexing=indexing,
        clock=clock,
        new_id=new_id,
    )
    agents = agents_of(
        engines,
        note_book=notes,
        fact_book=facts,
        standing=standing,
        insights=insights,
        indexing=indexing,
        clock=clock,
        new_id=new_id,
    )
    services = Services(
        ingest=Ingest(
            episodes=graph.episodes,
            jobs=graph.jobs,
            indexing=indexing,
            doorbell=doorbell,
            completion=completion,
            clock=clock,
            new_id=new_id,
        ),
        recall=recall,
        context=ContextBuilder(recall, graph.operations),
        insights=insights,
        chronicle=Chronicle(facts=graph.facts, history=graph.history, insights=insights, clock=clock),
        surroundings=Surroundings(facts=graph.facts, insights=insights, standing=standing, clock=clock),
        lanes=lanes,
        facts=facts,
        merging=Merging(
            ledger=graph.ledger,
            entities=graph.entities,
            identities=graph.identities,
            standing=standing,
            believing=believing,
            insights=insights,
            indexing=indexing,
            clock=clock,
            new_id=new_id,
        ),
        notes=notes,
        note_timelines=NoteTimelines(notes=graph.notes, history=graph.history, clock=clock),
        core=agents.core,
        tools=agents.tools,
        operations=agents.operations,
        forgetting=Forgetting(
            ledger=graph.ledger,
            episodes=graph.episodes,
            facts=graph.facts,
            notes=graph.notes,
            believing=believing,
            indexing=indexing,
            clock=clock,
        ),
        reextraction=Reextraction(
            reader=understanding.reader,
            history=graph.history,
            facts=graph.facts,
            ledger=graph.ledger,
            identification=identification,
            believing=believing,
            rereading=NoteRereading(notes=graph.notes, making=making),
            indexing=indexing,
            clock=clock,
            new_id=new_id,
        ),
        access=Access(
            accounts=graph.accounts,
            root_key=secret(settings.root_key),
            open_access=settings.root_key is None,
            clock=clock,
            new_id=new_id,
        ),
        health=Health(
            {
                "graph": _probe(graph.check, engines.described["graph"]),
                "vectors": _probe(engines.vectors.check, engines.described["vectors"]),
                "queue": _probe(doorbell.check, engines.described["queue"]),
                "embedder": _probe(_nothing, engines.described["embedder"]),
                "extractor": _probe(_nothing, engines.described["extractor"]),
                "model": _probe(engines.chat.check, engines.described.get("model", engines.chat.identity)),
            },
            dispensable=frozenset({"model"}),
        ),
        budgets=budgets_of(graph, settings, clock, meter),
        guidance=GuidanceBook(guidance=graph.guidance, accounts=graph.accounts, clock=clock),
    )
    worker = Worker(
        docket=doorbell.docket,
        task_name=DRAIN,
        lanes=lanes,
        indexing=indexing,
        sweep_seconds=settings.sweep_seconds,
    )
    return Assembly(services, believing, identification, indexing, worker)


def _probe(check: Callable[[], Awaitable[object]], description: str) -> Probe:
    async def probe() -> str:
        await check()
        return description

    return probe


async def _nothing() -> None:
    """For a part that cannot be away."""
