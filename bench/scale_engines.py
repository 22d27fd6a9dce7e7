"""The stores of server mode: those that were named, and otherwise some for the time of the measurement, started from
what this machine has. Qdrant has no such server: its stand-in is the local mode of its client, which is exact, written
in Python, and says nothing of how fast a Qdrant is."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep

import neo4j
import redis
from neo4j.exceptions import DriverError, Neo4jError

ROOT = Path(__file__).resolve().parents[1]
SERVERS = ROOT / "tests" / "servers"
QDRANT_VERSION = "1.17.1"
HEAP = "-Xmx1g"
PATIENCE = 180.0


@dataclass(frozen=True, slots=True)
class Urls:
    """Stores that are there already; None for one to be started."""

    graph: str | None = None
    vectors: str | None = None
    queue: str | None = None


@dataclass(frozen=True, slots=True)
class Engines:
    """The settings that name the stores, and what they are, for people."""

    settings: dict[str, str]
    described: str


EMBEDDED = Engines(
    {"GRAPH_URL": "sqlite:///", "VECTORS_URL": "edge:///", "QUEUE_URL": "memory://"}, "SQLite, Qdrant Edge"
)


@contextmanager
def served(given: Urls, folder: Path) -> Iterator[Engines]:
    """What is started keeps its data in `folder` and ends with the block. Ends the program where a part is missing."""
    with ExitStack() as stack:
        settings = {
            "GRAPH_URL": given.graph or stack.enter_context(_neo4j(_made(folder / "neo4j"))),
            "VECTORS_URL": given.vectors or stack.enter_context(_qdrant(_made(folder / "qdrant"))),
            "QUEUE_URL": given.queue or stack.enter_context(_redis(_made(folder / "redis"))),
        }
        qdrant = "Qdrant" if given.vectors else "stand-in for Qdrant"
        yield Engines(settings, f"Neo4j, {qdrant}, Redis")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(
    command: Sequence[str], *, log: Path, ready: Callable[[], bool], environment: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """One that is ready when the block begins and is told to end with it."""
    with log.open("ab") as written:
        started = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=written, stderr=written)
    try:
        deadline = monotonic() + PATIENCE
        while not ready():
            if started.poll() is not None or monotonic() > deadline:
                raise SystemExit(f"{' '.join(command[:4])} … does not get ready:\n{log.read_text()[-2_000:]}")
            sleep(0.05)
        yield started
    finally:
        started.terminate()
        try:
            started.wait(60)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


@contextmanager
def _neo4j(folder: Path) -> Iterator[str]:
    address, password = f"127.0.0.1:{free_port()}", secrets.token_urlsafe(12)
    java = ["java", HEAP, "-cp", _classpath(), str(SERVERS / "Neo4jServer.java")]
    command = [*java, str(folder), address.rpartition(":")[2], password]
    with (
        neo4j.GraphDatabase.driver(f"bolt://{address}", auth=("neo4j", password)) as driver,
        process(command, log=folder / "server.log", ready=lambda: _answers(driver)),
    ):
        yield f"bolt://neo4j:{password}@{address}"


def _answers(driver: neo4j.Driver) -> bool:
    try:
        driver.verify_connectivity()
    except (DriverError, Neo4jError):
        return False
    return True


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    port = free_port()
    command = [_found("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with redis.Redis(port=port) as client, process(command, log=folder / "server.log", ready=lambda: _pongs(client)):
        yield f"redis://127.0.0.1:{port}/0"


def _pongs(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.exceptions.ConnectionError:
        return False


@contextmanager
def _qdrant(folder: Path) -> Iterator[str]:
    port, log = free_port(), folder / "server.log"
    command = [sys.executable, "-m", "tests.servers.qdrant_wire", str(port), str(folder), QDRANT_VERSION]
    log.unlink(missing_ok=True)
    with process(command, log=log, ready=lambda: "ready" in log.read_text()):
        yield f"http://127.0.0.1:6333?grpc_port={port}"


@cache
def _classpath() -> str:
    """As Maven resolves it."""
    _found("java")
    with TemporaryDirectory(prefix="palimpsest-scale-") as folder:
        resolved = Path(folder) / "classpath"
        pom = ["-f", str(SERVERS / "pom.xml"), "dependency:build-classpath", f"-Dmdep.outputFile={resolved}"]
        done = subprocess.run([_found("mvn"), "-B", "-q", *pom], capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"Maven resolves no Neo4j:\n{done.stdout}{done.stderr}")
        return resolved.read_text()


def _found(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise SystemExit(f"server mode needs {program} here, or the URLs of stores that run: see --help")
    return found


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def named() -> Urls:
    """The stores that the environment names, as for the tests."""
    return Urls(os.environ.get("NEO4J_URL"), os.environ.get("QDRANT_URL"), os.environ.get("REDIS_URL"))
