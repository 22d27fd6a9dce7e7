"""What was acknowledged is processed once and in order, whatever is killed, flushed or away meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from tests.faults.fleet import LEASE, Fleet, assert_truthful, fleet, watched
from tests.faults.letters import (
    Post,
    assert_accounted_for,
    assert_found,
    assert_kept,
    assert_understood_once,
    letters,
)
from tests.servers.neo4j import Neo4jServer
from tests.servers.qdrant import WireServer
from tests.servers.redis import RedisServer
from tests.serving import wait_for

pytestmark = pytest.mark.server

SEED = 20
WORKERS = 2
SAMPLE = 10
WORK_SECONDS = 900.0
"""In which all is done, on however busy a machine."""

Fault = Callable[[Fleet, Random], None]


@pytest.fixture
def running(tmp_path: Path, own_neo4j: Neo4jServer, own_qdrant: WireServer, own_redis: RedisServer) -> Iterator[Fleet]:
    with fleet(tmp_path, own_neo4j, own_qdrant, own_redis, workers=WORKERS) as running:
        yield running


def a_worker_is_killed(fleet: Fleet, chance: Random) -> None:
    """Its lanes go to another once their leases have run out, and not before."""
    left = fleet.kill_worker(one_at_work(fleet, chance))
    now = datetime.now(UTC)
    assert all(lease.expires_at <= now + LEASE for lease in left)
    wait_for(lambda: all(fleet.went_on(lease) for lease in left))
    fleet.start_workers(1)


def a_worker_is_paused(fleet: Fleet, chance: Random) -> None:
    """Its lanes go to another, as if it were dead; then it goes on."""
    with fleet.worker_paused(one_at_work(fleet, chance)) as left:
        wait_for(lambda: all(fleet.went_on(lease) for lease in left))


def all_workers_are_killed(fleet: Fleet, chance: Random) -> None:
    left = [lease for pid in list(fleet.workers) for lease in fleet.kill_worker(pid)]
    fleet.start_workers(WORKERS)
    wait_for(lambda: all(fleet.went_on(lease) for lease in left))


def one_at_work(fleet: Fleet, chance: Random) -> int:
    """A worker that has a lease, if there is any work."""
    holding = wait_for(lambda: fleet.leases() or not fleet.pending())
    owners = {lease.pid for lease in holding} & set(fleet.workers) if isinstance(holding, list) else set[int]()
    return chance.choice(sorted(owners or fleet.workers))


def redis_is_flushed(fleet: Fleet, chance: Random) -> None:
    fleet.queue.flush()


def redis_is_restarted(fleet: Fleet, chance: Random) -> None:
    with fleet.without("queue"):
        pass


def neo4j_is_restarted(fleet: Fleet, chance: Random) -> None:
    with fleet.without("graph"):
        pass


def qdrant_is_restarted(fleet: Fleet, chance: Random) -> None:
    with fleet.without("vectors"):
        pass


def the_server_is_killed(fleet: Fleet, chance: Random) -> None:
    fleet.server.kill()
    fleet.start_server()


FAULTS: tuple[Fault, ...] = (
    a_worker_is_killed,
    a_worker_is_paused,
    all_workers_are_killed,
    redis_is_flushed,
    redis_is_restarted,
    neo4j_is_restarted,
    qdrant_is_restarted,
    the_server_is_killed,
)


@pytest.mark.parametrize(
    ("users", "each", "times"), [(10, 20, 1), pytest.param(50, 40, 2, marks=pytest.mark.slow)], ids=["200", "2000"]
)
def test_every_acknowledged_letter_is_processed_once_and_in_order(
    running: Fleet, users: int, each: int, times: int
) -> None:
    chance = Random(SEED)
    post = Post(lambda: running.server, letters(users, each, chance), chance)
    faults = chance.sample(FAULTS * times, len(FAULTS) * times)
    with ThreadPoolExecutor(users) as pool, watched(running) as seen:
        writing = post.begin(pool)
        try:
            for number, fault in enumerate(faults):
                before, after = (each * (2 * number + half) // (2 * len(faults)) for half in (1, 2))
                post.allow(before)
                wait_for(lambda enough=users * before: post.acknowledged >= enough or any(w.done() for w in writing))
                # what comes in while something is away
                post.allow(after)
                fault(running, chance)
            post.allow(each)
            for one in writing:
                one.result()
        finally:
            post.stop()
        wait_for(lambda: not running.pending() and not running.leases() and not running.to_be_indexed(), WORK_SECONDS)
        wait_for(running.ready)

    assert_truthful(seen, running)
    assert_kept(running.server, post)
    assert_understood_once(running.server, post)
    assert_accounted_for(running.server, post)
    assert_found(running.server, post, chance, SAMPLE)
    assert running.statements() == users * each
