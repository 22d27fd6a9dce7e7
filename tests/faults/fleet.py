"""A server and its workers on engines of their own, each of which can be taken away and given back."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any, NamedTuple

import httpx

from app.adapters.graph.encoding import moment
from tests.servers.neo4j import Neo4jServer
from tests.servers.qdrant import WireServer
from tests.servers.redis import RedisServer
from tests.serving import Running, Server, command, serving, wait_for, working

LEASE = timedelta(seconds=3)
WATCH_SECONDS = 0.2
ANSWER_SECONDS = 30.0
SLOW = re.compile(r"answer within|in time|TimeoutError")
"""Said by readiness of what may be there and is slow, on a busy machine."""

Member = Server | Running
Engine = Neo4jServer | RedisServer | WireServer


class Held(NamedTuple):
    """A lease as it stands in the graph store."""

    user: str
    token: int
    owner: str
    expires_at: datetime

    @property
    def pid(self) -> int:
        """Of the worker; the owner's name has it after the host's."""
        return int(self.owner.split(":")[1])


class Seen(NamedTuple):
    """What a member said of its readiness, between two moments: the parts that are away, each with the reason."""

    since: datetime
    until: datetime
    status: int
    away: dict[str, str]


@dataclass(slots=True)
class Fleet:
    """`trouble`: for each part, from when to when it may rightly have been told to be away, and from when to when it
    has to be."""

    folder: Path
    engines: dict[str, Engine]
    settings: dict[str, str]
    server: Server = field(init=False)
    workers: dict[int, Running] = field(default_factory=dict)
    trouble: list[tuple[str, datetime, datetime]] = field(default_factory=list)
    away: list[tuple[str, datetime, datetime]] = field(default_factory=list)
    _stack: ExitStack = field(default_factory=ExitStack)
    _names: Iterator[int] = field(default_factory=count)

    @property
    def members(self) -> list[Member]:
        return [self.server, *self.workers.values()]

    @property
    def graph(self) -> Neo4jServer:
        engine = self.engines["graph"]
        assert isinstance(engine, Neo4jServer)
        return engine

    @property
    def queue(self) -> RedisServer:
        engine = self.engines["queue"]
        assert isinstance(engine, RedisServer)
        return engine

    def start_server(self) -> None:
        self.server = self._stack.enter_context(serving(self.folder, **self.settings))

    def start_workers(self, many: int) -> list[Running]:
        """All at the same time, for that takes its while."""
        names = [f"worker-{next(self._names)}" for _ in range(many)]
        with ThreadPoolExecutor(many) as pool:
            started = list(pool.map(self._worker, names))
        self.workers |= {worker.process.pid: worker for worker in started}
        return started

    def _worker(self, name: str) -> Running:
        return self._stack.enter_context(working(self.folder, name, **self.settings))

    def kill_worker(self, pid: int) -> list[Held]:
        """The leases that it left behind."""
        self.workers.pop(pid).kill()
        return self.recorded_of(pid)

    @contextmanager
    def worker_paused(self, pid: int) -> Iterator[list[Held]]:
        """The leases that it has, while all of it stands still."""
        worker = self.workers.pop(pid)
        worker.process.send_signal(signal.SIGSTOP)
        wait_for(lambda: stands_still(pid))
        yield self.recorded_of(pid)
        worker.process.send_signal(signal.SIGCONT)
        self.workers[pid] = worker

    def ready(self) -> bool:
        return all(readiness(member).status == 200 for member in self.members)

    @contextmanager
    def without(self, part: str) -> Iterator[None]:
        """The engine is away while the block runs, and every member says so, and says when it is there again."""
        engine, began = self.engines[part], _now()
        engine.stop()
        stopped = _now()
        wait_for(lambda: all(part in readiness(member).away for member in self.members))
        yield
        starts = _now()
        engine.start()
        wait_for(lambda: not any(part in readiness(member).away for member in self.members))
        self.away.append((part, stopped, starts))
        self.trouble.append((part, began, _now()))

    def leases(self) -> list[Held]:
        """Those that have not run out."""
        return [lease for lease in self.recorded() if lease.expires_at > _now()]

    def recorded(self) -> list[Held]:
        """All that nobody has given back."""
        found = self.graph.query(
            "MATCH (l:Lane) WHERE l.owner IS NOT NULL RETURN l.user, l.token, l.owner, l.expires_at ORDER BY l.user"
        )
        return [Held(user, token, owner, moment(until)) for user, token, owner, until in found]

    def recorded_of(self, pid: int) -> list[Held]:
        return [lease for lease in self.recorded() if lease.pid == pid]

    def went_on(self, lease: Held) -> bool:
        """Whether another has leased the lane since, or there was nothing left to do. Nobody may have before the
        lease had run out."""
        ((token, pending),) = self.graph.query(
            "MATCH (l:Lane {user: $user}), (u:User {user: $user}) RETURN l.token, u.pending", user=lease.user
        )
        assert token == lease.token or _now() >= lease.expires_at, "taken from its owner before its time"
        return bool(token > lease.token or not pending)

    def pending(self) -> int:
        return self._count("MATCH (e:Episode {state: 'pending'}) RETURN count(e)")

    def to_be_indexed(self) -> int:
        return self._count("MATCH (t:IndexTask) RETURN count(t)")

    def statements(self) -> int:
        return self._count("MATCH (s:Statement) RETURN count(s)")

    def close(self) -> None:
        self._stack.close()

    def _count(self, query: str) -> int:
        ((found,),) = self.graph.query(query)
        return int(found)


@contextmanager
def fleet(
    folder: Path, graph: Neo4jServer, vectors: WireServer, queue: RedisServer, *, workers: int
) -> Iterator[Fleet]:
    """Migrated, started and ready."""
    vectors.start()
    settings = {
        "GRAPH_URL": graph.url,
        "NEO4J_USER": graph.user,
        "NEO4J_PASSWORD": graph.password,
        "VECTORS_URL": vectors.url,
        "QUEUE_URL": queue.url,
        "LEASE_SECONDS": f"{LEASE.total_seconds():g}",
    }
    migrated = command(folder, "migrate", **settings)
    assert migrated.returncode == 0, migrated
    fleet = Fleet(folder, {"graph": graph, "vectors": vectors, "queue": queue}, settings)
    try:
        fleet.start_server()
        if workers:
            fleet.start_workers(workers)
        yield fleet
    finally:
        fleet.close()


def readiness(member: Member) -> Seen:
    """Raises httpx.TransportError when nobody answers."""
    since = _now()
    reply = member.http.get("/health/ready", timeout=ANSWER_SECONDS)
    away = {check["name"]: check["detail"] for check in reply.json()["checks"] if not check["ok"]}
    return Seen(since, _now(), reply.status_code, away)


@contextmanager
def watched(fleet: Fleet) -> Iterator[list[Seen]]:
    """What the members say of themselves while the block runs."""
    seen: list[Seen] = []
    over = Event()

    def watch() -> None:
        while not over.wait(WATCH_SECONDS):
            for member in fleet.members:
                try:
                    seen.append(readiness(member))
                except httpx.TransportError:
                    # killed, or about to be
                    continue

    watching = Thread(target=watch)
    watching.start()
    try:
        yield seen
    finally:
        over.set()
        watching.join()


def assert_truthful(seen: list[Seen], fleet: Fleet) -> None:
    """Whoever was asked while an engine was away named it, and nobody named one that was there."""
    for one in seen:
        assert one.status == (503 if one.away else 200)
        for part, since, until in fleet.away:
            assert part in one.away or one.since < since or one.until > until, one
        blamed = {part for part, reason in one.away.items() if not SLOW.search(reason)}
        excused = {part for part, since, until in fleet.trouble if one.until >= since and one.since <= until}
        assert blamed <= excused, one


def stands_still(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def said(member: Member) -> dict[str, Any]:
    """What it counted, by the metric's name."""
    lines = member.http.get("/metrics").text.splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


def _now() -> datetime:
    return datetime.now(UTC)
