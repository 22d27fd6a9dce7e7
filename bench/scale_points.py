"""One point of the curve: fill the memory, work through it, search in it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from time import monotonic, perf_counter
from typing import Any

import httpx
import numpy as np
from rich.progress import Progress

from app.adapters.models.onnx import OnnxEmbedder
from bench.chatter import episodes, queries
from bench.scale_service import TIMEOUT, Deployment, Owner, Running, idle, metrics, running, summary

SENDERS = 4
WARMING = 20
POLL_SECONDS = 0.2
PATIENCE_SECONDS = 300.0
STAGES = {
    "cpu": ("process_cpu_seconds_total", {}),
    "embedding": ("palimpsest_embed_seconds_sum", {"of": "query"}),
    "arms": ("palimpsest_arms_seconds_sum", {}),
    "graph": ("palimpsest_graph_call_seconds_sum", {"access": "read"}),
}
"""What the server itself counts of a search: the time of the processor, which other processes do not lengthen; that of
embedding the query, of asking the vectors with both arms, and of calling a graph store on a server (calls beside each
other each by itself)."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many episodes one user has."""

    owner: Owner
    count: int


@dataclass(frozen=True, slots=True)
class Latency:
    """In milliseconds."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, took: Sequence[float]) -> Latency:
        return cls(*(float(np.percentile(took, at)) for at in (50, 95, 99)))


@dataclass(frozen=True, slots=True)
class Rate:
    """Episodes a second, and milliseconds of the processor for each, in all our processes (not in the stores')."""

    per_s: float
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Point:
    """`own`: the episodes of the user who is searched, `total`: everybody's. A rate is None where nothing was measured:
    no work was done, or all was there already. `stages`: milliseconds of a search by STAGES. `resident_mb`: by
    process."""

    series: str
    mode: str
    engines: str
    tenants: int
    users: int
    own: int
    total: int
    accepted: Rate | None
    processed: Rate | None
    search: Latency
    embed: Latency
    stages: dict[str, float] = field(default_factory=dict)
    resident_mb: dict[str, float] = field(default_factory=dict)


async def measured(
    series: str,
    place: Deployment,
    shares: Sequence[Share],
    *,
    batch: int,
    searches: int,
    work: bool,
    progress: Progress,
) -> Point:
    """Fills up what the shares still lack; the first of them is searched. With `work` all of it is understood first,
    and the worker stays, idle."""
    total, own = sum(share.count for share in shares), shares[0].count
    with running(place, working=False) as service:
        async with httpx.AsyncClient(base_url=service.server, timeout=TIMEOUT) as http:
            accepted = await _fill(http, service, shares, batch, progress)
            # as long as nobody works on it
            left = sum([(await summary(http, share.owner))["pending"] for share in shares]) if work else 0
    with running(place, working=work) as service:
        async with httpx.AsyncClient(base_url=service.server, timeout=TIMEOUT) as http:
            processed = await _worked(http, service, shares, left, progress) if left else None
            latency, embed, stages = await _searched(http, service, shares[0].owner, searches, progress)
            resident = service.resident_megabytes()
    return Point(
        series=series,
        mode=place.mode,
        engines=place.engines.described,
        tenants=len({share.owner.tenant for share in shares}),
        users=len(shares),
        own=own,
        total=total,
        accepted=accepted,
        processed=processed,
        search=latency,
        embed=embed,
        stages=stages,
        resident_mb=resident,
    )


async def _fill(
    http: httpx.AsyncClient, service: Running, shares: Sequence[Share], batch: int, progress: Progress
) -> Rate | None:
    """What is acknowledged: embedded, searchable and durable."""
    missing: list[tuple[Share, int]] = []
    for share in shares:
        there = (await summary(http, share.owner))["episodes"]
        # an interrupted run may have left a gap among the batches that were under way; those there already count twice
        first = max(0, there // batch - SENDERS) * batch if there < share.count else share.count
        missing.append((share, first))
    left = sum(share.count - first for share, first in missing)
    if not left:
        return None
    task = progress.add_task("taking in", total=left)
    queued = batches(missing, batch)

    async def sender() -> None:
        for owner, session, bodies in queued:
            body = {"session_id": session, "episodes": bodies}
            (await http.post(f"{owner.path}/episodes", json=body, headers=owner.headers)).raise_for_status()
            progress.advance(task, len(bodies))

    began, spent = monotonic(), service.cpu_seconds()
    await asyncio.gather(*(sender() for _ in range(SENDERS)))
    rate = _rate(service, left, began, spent)
    progress.remove_task(task)
    return rate


def batches(missing: Sequence[tuple[Share, int]], batch: int) -> Iterator[tuple[Owner, str, list[dict[str, Any]]]]:
    """A session for each; nobody says what another says."""
    for seed, (share, first) in enumerate(missing, 1):
        bodies = islice(episodes(share.count, seed), first, None)
        while chunk := list(islice(bodies, batch)):
            yield share.owner, f"s{first // batch}", chunk
            first += len(chunk)


async def _worked(
    http: httpx.AsyncClient, service: Running, shares: Sequence[Share], left: float, progress: Progress
) -> Rate:
    """What is understood of the episodes that are left, by a service that has just begun: from the first batch on, when
    the extractor is loaded; unless that batch is all there is."""
    assert service.worker is not None
    moved = began = monotonic()
    spent = service.cpu_seconds()
    start = done = 0.0
    task = progress.add_task("working", total=left)
    while done < left:
        await asyncio.sleep(POLL_SECONDS)
        now = await _processed(http, service.worker)
        if now > done:
            moved = monotonic()
            if not done and now < left:
                began, spent, start = moved, service.cpu_seconds(), now
            done = now
            progress.update(task, completed=done)
        elif monotonic() - moved > PATIENCE_SECONDS:
            raise SystemExit(f"the background work stands still at {done:.0f} of {left:.0f}; see the log of the worker")
    rate = _rate(service, left - start, began, spent)
    await idle(http, [share.owner for share in shares])
    progress.remove_task(task)
    return rate


def _rate(service: Running, episodes: float, began: float, spent: float) -> Rate:
    return Rate(episodes / (monotonic() - began), (service.cpu_seconds() - spent) * 1_000 / episodes)


async def _processed(http: httpx.AsyncClient, url: str) -> float:
    found = await metrics(http, url)
    names = ("palimpsest_episodes_processed_total", "palimpsest_episodes_buried_total")
    return sum(found.get((name, frozenset()), 0.0) for name in names)


async def _searched(
    http: httpx.AsyncClient, service: Running, owner: Owner, searches: int, progress: Progress
) -> tuple[Latency, Latency, dict[str, float]]:
    """Each search by embedding another query here, so that both suffer alike from what else the machine does."""
    embedder = await OnnxEmbedder.open()
    asked = queries(WARMING + searches)

    async def search(query: str) -> None:
        reply = await http.post(f"{owner.path}/search", json={"query": query}, headers=owner.headers)
        assert reply.raise_for_status().json()["results"], "nothing was found"

    for query in asked[:WARMING]:
        await search(query)
        await embedder.embed_query(query)
    before, took, embedding = await _stages(http, service), [], []
    for query in progress.track(asked[WARMING:], description="searching"):
        began = perf_counter()
        await search(query)
        took.append((perf_counter() - began) * 1_000)
        began = perf_counter()
        await embedder.embed_query(query)
        embedding.append((perf_counter() - began) * 1_000)
    after = await _stages(http, service)
    await embedder.close()
    stages = {name: (after[name] - before[name]) * 1_000 / searches for name in after if name in before}
    return Latency.of(took), Latency.of(embedding), stages


async def _stages(http: httpx.AsyncClient, service: Running) -> dict[str, float]:
    """Seconds so far."""
    found = await metrics(http, service.server)
    named = {name: (sample, frozenset(labels.items())) for name, (sample, labels) in STAGES.items()}
    return {name: found[sample] for name, sample in named.items() if sample in found}
