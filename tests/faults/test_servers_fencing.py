"""Two workers on one lane never both commit: the one that lost its lease is refused, however far it had come."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from app.domain.jobs import JobState
from app.ports.models import Embedder
from app.ports.vectors import VectorStore
from tests.faults.fleet import Fleet, fleet, said
from tests.house import ANA, House, opened
from tests.scripted import ScriptedExtractor, With
from tests.servers.neo4j import Neo4jServer
from tests.servers.qdrant import WireServer
from tests.servers.redis import RedisServer
from tests.serving import PATIENCE, ROOT, environment, wait_for

WORDS = "Ana lives_in Porto."

SLEEPER = """
import asyncio, os, signal
from dataclasses import replace

from app.compose.assembly import assembled, now
from app.compose.engines import opened
from app.domain.errors import LeaseLost
from app.domain.scope import Scope
from app.observe import PrometheusMeter
from app.settings import Settings
from tests.scripted import With

class FallsAsleep(With):
    async def commit(self, *given):
        os.kill(os.getpid(), signal.SIGSTOP)
        try:
            await self._real.commit(*given)
        except (LeaseLost, asyncio.CancelledError):
            print("refused", flush=True)
            raise
        print("committed", flush=True)

async def main():
    settings, meter = Settings(_env_file=None), PrometheusMeter()
    async with opened(settings, now, meter, reading=True) as engines:
        graph = With(engines.graph, ledger=FallsAsleep(engines.graph.ledger))
        worker = assembled(replace(engines, graph=graph), settings, now, meter)
        await worker.services.lanes.drain(Scope("default", "ana"))

asyncio.run(main())
"""


class Gated:
    """A ledger whose commits wait at a gate."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self.arrived = asyncio.Event()
        self.gate = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def commit(self, *given: Any) -> None:
        self.arrived.set()
        await self.gate.wait()
        await self._real.commit(*given)


class Slow:
    """A worker that has planned what becomes of Ana's lane, and has not committed it yet."""

    def __init__(self, house: House) -> None:
        self.ledger = Gated(house.graph.ledger)
        self.house = house.another(graph=With(house.graph, ledger=self.ledger))
        self.working = asyncio.create_task(self.house.drain())

    @classmethod
    async def of(cls, house: House) -> Slow:
        slow = cls(house)
        await slow.ledger.arrived.wait()
        return slow

    async def goes_on(self) -> None:
        self.ledger.gate.set()
        await self.working


@pytest_asyncio.fixture(loop_scope="session")
async def house(tmp_path: Path, embedder: Embedder, vectors: VectorStore) -> AsyncIterator[House]:
    async with opened(tmp_path, embedder, extractor=ScriptedExtractor(), vectors=vectors) as house:
        yield house
    await vectors.remove_all(ANA)


def refused(house: House) -> float | None:
    return house.meter.registry.get_sample_value("palimpsest_leases_lost_total")


async def assert_committed_once(house: House, job_id: str) -> None:
    job = await house.services.insights.job(ANA.tenant, job_id)
    assert (job.state, job.outcome.episodes, job.outcome.facts_added, job.attempts) == (JobState.SUCCEEDED, 1, 1, 0)
    (view,) = await house.services.insights.facts(ANA)
    assert [span.quote for span in view.evidence] == [WORDS]
    assert await house.graph.lanes.waiting(house.clock(), 10) == []


@pytest.mark.asyncio(loop_scope="session")
async def test_a_plan_is_refused_when_another_has_committed_meanwhile(house: House) -> None:
    receipt = await house.accept(WORDS)
    slow = await Slow.of(house)
    house.clock.forward(seconds=31)
    await house.another().drain()
    await assert_committed_once(house, receipt.job_id)
    await slow.goes_on()
    assert refused(house) == 1
    await assert_committed_once(house, receipt.job_id)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_plan_is_refused_when_another_has_the_lane_and_has_not_committed_yet(house: House) -> None:
    receipt = await house.accept(WORDS)
    slow = await Slow.of(house)
    house.clock.forward(seconds=31)
    next = await Slow.of(house)
    await slow.goes_on()
    assert refused(house) == 1
    assert await house.versions() == []
    await next.goes_on()
    await assert_committed_once(house, receipt.job_id)


@pytest.mark.asyncio(loop_scope="session")
async def test_of_several_that_commit_at_once_the_last_to_take_the_lane_prevails(house: House) -> None:
    receipt = await house.accept(WORDS)
    workers = []
    for _ in range(5):
        workers.append(await Slow.of(house))
        house.clock.forward(seconds=31)
    await asyncio.gather(*(worker.goes_on() for worker in workers))
    assert refused(house) == 4
    await assert_committed_once(house, receipt.job_id)


@pytest.fixture
def running(tmp_path: Path, own_neo4j: Neo4jServer, own_qdrant: WireServer, own_redis: RedisServer) -> Iterator[Fleet]:
    with fleet(tmp_path, own_neo4j, own_qdrant, own_redis, workers=0) as running:
        yield running


@contextmanager
def sleeper(fleet: Fleet) -> Iterator[subprocess.Popen[str]]:
    """A worker of Ana's lane that stops right before its commit, with all of its threads."""
    process = subprocess.Popen(
        [sys.executable, "-c", SLEEPER],
        cwd=ROOT,
        env=environment(fleet.folder / "sleeper", **fleet.settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.server
@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="stops a process")
def test_a_process_that_stood_still_beyond_its_lease_commits_nothing(running: Fleet) -> None:
    told = {"role": "user", "name": "Ana", "content": "I live in Porto.", "client_id": "first"}
    job = running.server.post("/v1/users/ana/episodes", {"session_id": "s1", "episodes": [told]})["job_id"]
    with sleeper(running) as asleep:
        status = wait_for(lambda: os.waitpid(asleep.pid, os.WUNTRACED | os.WNOHANG)[1])
        assert os.WIFSTOPPED(status), asleep.communicate()
        (held,) = running.recorded()
        assert held.pid == asleep.pid

        (worker,) = running.start_workers(1)
        wait_for(lambda: running.server.get(f"/v1/jobs/{job}")["state"] == "succeeded")
        before = (running.server.get(f"/v1/jobs/{job}"), running.server.pages("/v1/users/ana/facts", state="all"))
        asleep.send_signal(signal.SIGCONT)
        output, errors = asleep.communicate(timeout=PATIENCE)

    assert (output.splitlines()[0], asleep.returncode) == ("refused", 0), errors
    assert "committed" not in output
    assert said(worker)["palimpsest_episodes_processed_total"] == 1
    after = (running.server.get(f"/v1/jobs/{job}"), running.server.pages("/v1/users/ana/facts", state="all"))
    assert after == before
    assert [len(fact["evidence"]) for fact in after[1]] == [1]
    assert running.statements() == 1
    wait_for(lambda: not running.recorded())
