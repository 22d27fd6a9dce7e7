"""The product on real engines, with scripted models where a test wants a say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from app.adapters.models.bm25 import Bm25Encoder
from app.adapters.queue.docket import DocketDoorbell
from app.compose import Assembly, assembled
from app.compose.engines import Engines
from app.compose.stores import Models, NextVectors, graph_of, next_vectors_of, vectors_of
from app.domain.episode import EpisodeDraft, Role
from app.domain.fact import FactVersion
from app.domain.jobs import Job
from app.domain.scope import Scope
from app.memory.services import Services
from app.memory.views import Found, SearchReply, SearchRequest
from app.observe import PrometheusMeter
from app.ports.graph.episodes import Idempotency, Receipt
from app.ports.graph.knowledge import FactState
from app.ports.graph.store import GraphStore
from app.ports.models import Embedder
from app.ports.vectors import VectorStore
from app.settings import Settings
from tests.engines import INSTALLATIONS
from tests.scripted import ScriptedExtractor, Watch

ANA = Scope("acme", "ana")
BEN = Scope("acme", "ben")
ELSEWHERE = Scope("globex", "ana")
MORNING = datetime(2026, 5, 8, 9, 0, tzinfo=UTC)
PATIENCE = 60.0
DESCRIBED = dict.fromkeys(("graph", "vectors", "queue", "embedder", "extractor"), "for a test")


async def until(condition: Callable[[], Awaitable[Any]], patience: float = PATIENCE) -> Any:
    """What the condition returns once that is true. Fails after `patience` seconds."""
    async with asyncio.timeout(patience):
        while not (found := await condition()):  # noqa: ASYNC110 - what it waits for rings no bell
            await asyncio.sleep(0.01)
        return found


def draft(content: str, **given: Any) -> EpisodeDraft:
    return EpisodeDraft(**{"role": Role.USER, "content": content, "occurred_at": MORNING, "name": "Ana", **given})


@dataclass(slots=True)
class House:
    engines: Engines
    settings: Settings
    clock: Watch
    meter: PrometheusMeter
    assembly: Assembly

    @property
    def services(self) -> Services:
        return self.assembly.services

    @property
    def graph(self) -> GraphStore:
        return self.engines.graph

    def another(self, *, lease_seconds: float | None = None, **engines: Any) -> House:
        """A second set of services on the same engines, or on others where given: another worker, say."""
        changed = replace(self.engines, **engines)
        settings = self.settings
        if lease_seconds is not None:
            settings = settings.model_copy(update={"lease_seconds": lease_seconds})
        return House(changed, settings, self.clock, self.meter, assembled(changed, settings, self.clock, self.meter))

    async def accept(
        self,
        *contents: str | EpisodeDraft,
        scope: Scope = ANA,
        session: str = "s1",
        key: Idempotency | None = None,
        **given: Any,
    ) -> Receipt:
        drafts = [draft(content, **given) if isinstance(content, str) else content for content in contents]
        return await self.services.ingest.accept(scope, session, drafts, key)

    async def drain(self, scope: Scope = ANA) -> None:
        await self.services.lanes.drain(scope)

    async def learn(self, *contents: str | EpisodeDraft, scope: Scope = ANA, **given: Any) -> Receipt:
        """Accept and process."""
        receipt = await self.accept(*contents, scope=scope, **given)
        await self.drain(scope)
        return receipt

    async def job(self, receipt: Receipt, scope: Scope = ANA) -> Job:
        return await self.services.insights.job(scope.tenant, receipt.job_id)

    async def search(self, query: str, *, scope: Scope = ANA, **given: Any) -> SearchReply:
        return await self.services.recall.search(scope, SearchRequest(query, **given))

    async def found(self, query: str, *, scope: Scope = ANA, **given: Any) -> tuple[Found, ...]:
        return (await self.search(query, scope=scope, **given)).results

    async def believed(self, scope: Scope = ANA, **given: Any) -> list[str]:
        """The words of the facts, current ones unless told otherwise."""
        return sorted(view.version.text for view in await self.services.insights.facts(scope, **given))

    async def versions(self, scope: Scope = ANA) -> list[FactVersion]:
        views = await self.services.insights.facts(scope, state=FactState.ALL, limit=1_000)
        return [view.version for view in views]

    async def due(self) -> int:
        """Index tasks to be done."""
        return len(await self.graph.outbox.due(0, 10_000))

    async def settled(self) -> bool:
        """Whether the vectors are what the graph says, which a job that is done does not wait for."""
        return not await self.due()


@asynccontextmanager
async def opened(
    folder: Path,
    embedder: Embedder,
    *,
    vectors: VectorStore | None = None,
    extractor: ScriptedExtractor | None = None,
    clock: Watch | None = None,
    **settings: Any,
) -> AsyncIterator[House]:
    """`vectors`: a store to share; by default the folder's own, which takes a while to make."""
    clock = clock or Watch()
    meter = PrometheusMeter()
    chosen = Settings(_env_file=None, **{**INSTALLATIONS.at(folder), **settings})
    models = Models(embedder, Bm25Encoder())
    async with AsyncExitStack() as stack:
        graph = await graph_of(chosen, clock, meter)
        stack.push_async_callback(graph.close)
        if vectors is None:
            vectors = await vectors_of(chosen, models, meter)
            stack.push_async_callback(vectors.close)
        doorbell = await stack.enter_async_context(DocketDoorbell(chosen.queue_url, meter, name=uuid4().hex))
        engines = Engines(
            graph, vectors, doorbell, embedder, models.keywords, extractor or ScriptedExtractor(), DESCRIBED
        )
        yield House(engines, chosen, clock, meter, assembled(engines, chosen, clock, meter))


async def vector_store(folder: Path, embedder: Embedder) -> VectorStore:
    """That of a house in this folder."""
    settings, models = _for_vectors(folder, embedder)
    return await vectors_of(settings, models, PrometheusMeter())


async def next_vector_store(folder: Path, embedder: Embedder) -> NextVectors:
    """Another, empty, that may take its place."""
    settings, models = _for_vectors(folder, embedder)
    return await next_vectors_of(settings, models, lambda: datetime.now(UTC), PrometheusMeter())


def _for_vectors(folder: Path, embedder: Embedder) -> tuple[Settings, Models]:
    return Settings(_env_file=None, **INSTALLATIONS.vectors_at(folder)), Models(embedder, Bm25Encoder())


def texts(found: Sequence[Found]) -> list[str]:
    return [result.text for result in found]
