"""A Neo4j for the tests: NEO4J_URL (with NEO4J_USER and NEO4J_PASSWORD), or a container where testcontainers and Docker
are there, or else the engine out of Maven Central in a JVM of its own, which needs a JDK and Maven. What is in it is
deleted."""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from neo4j import Driver, GraphDatabase
from neo4j.exceptions import DriverError, Neo4jError

from tests.servers.redis import missing

URL = "NEO4J_URL"
USER = "NEO4J_USER"
PASSWORD = "NEO4J_PASSWORD"
IMAGE = "neo4j:5.26-community"
PATIENCE = 180.0
HEAP = "-Xmx512m"

_HERE = Path(__file__).parent
_POM = _HERE / "pom.xml"
_SOURCE = _HERE / "Neo4jServer.java"


@dataclass(slots=True)
class Neo4jServer:
    """`folder` is None for one that somebody else runs, which cannot be stopped."""

    url: str
    user: str
    password: str = field(repr=False)
    folder: Path | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    migrated: bool = False
    _driver: Driver | None = field(default=None, repr=False)

    @property
    def url_with_credentials(self) -> str:
        scheme, _, address = self.url.partition("://")
        return f"{scheme}://{self.user}:{self.password}@{address}"

    def query(self, text: str, **parameters: object) -> list[Any]:
        """In a transaction of its own."""
        if self._driver is None:
            auth = (self.user, self.password)
            self._driver = GraphDatabase.driver(self.url, auth=auth, max_transaction_retry_time=0)
        return self._driver.execute_query(text, parameters).records

    def close(self) -> None:
        if self._driver is not None:
            self._driver.close()
            self._driver = None

    def start(self) -> None:
        assert self.folder is not None
        self.folder.mkdir(exist_ok=True)
        port = self.url.rpartition(":")[2]
        # for a short life: no time spent on compiling well
        command = ["java", HEAP, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", _classpath(), str(_SOURCE)]
        log = self.folder / "server.log"
        with log.open("ab") as written:
            self.process = subprocess.Popen(
                [*command, str(self.folder), port, self.password], cwd=self.folder, stdout=written, stderr=written
            )
        deadline = monotonic() + PATIENCE
        while not self.answers():
            assert self.process.poll() is None, log.read_text()
            assert monotonic() < deadline, "Neo4j does not answer"
            sleep(0.1)

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        self.close()
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(PATIENCE)
            self.process = None

    def answers(self) -> bool:
        try:
            self.query("RETURN 1")
        except (DriverError, Neo4jError):
            self.close()
            return False
        return True

    def wipe(self) -> None:
        """Everything but the schema and the record of its migrations."""
        self.query("MATCH (n) WHERE NOT n:Migration DETACH DELETE n")

    def raze(self) -> None:
        """Everything, the schema too."""
        self.migrated = False
        self.query("MATCH (n) DETACH DELETE n")
        for (name,) in self.query("SHOW CONSTRAINTS YIELD name"):
            self.query(f"DROP CONSTRAINT `{name}`")
        for (name,) in self.query("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name"):
            self.query(f"DROP INDEX `{name}`")


def startable(folder: Path) -> Neo4jServer:
    """One that a test may stop and start again; not yet started."""
    if shutil.which("java") is None or shutil.which("mvn") is None:
        missing(f"needs Neo4j: set {URL}, or install a JDK (17 or later) and Maven")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return Neo4jServer(f"bolt://127.0.0.1:{port}", "neo4j", secrets.token_urlsafe(12), folder)


@contextmanager
def running(folder: Path) -> Iterator[Neo4jServer]:
    """The one that is given, or another."""
    if url := os.environ.get(URL):
        server = Neo4jServer(url, os.environ.get(USER, "neo4j"), os.environ.get(PASSWORD, ""))
        try:
            yield server
        finally:
            server.close()
    else:
        with another(folder) as server:
            yield server


@contextmanager
def another(folder: Path) -> Iterator[Neo4jServer]:
    """One in a container, or one that is started in this folder."""
    if _docker_runs() and importlib.util.find_spec("testcontainers") is not None:
        yield from _container()
    else:
        server = startable(folder)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neo4jServer]:
    """For all tests that leave it running, one at a time: each wipes what it finds."""
    with running(tmp_path_factory.mktemp("neo4j")) as server:
        yield server


@pytest.fixture
def own_neo4j(tmp_path: Path) -> Iterator[Neo4jServer]:
    """One to stop and start again; empty, and not migrated."""
    server = startable(tmp_path / "neo4j")
    server.start()
    yield server
    server.stop()


def _container() -> Iterator[Neo4jServer]:
    from testcontainers.core.container import DockerContainer

    password = secrets.token_urlsafe(12)
    made = DockerContainer(IMAGE).with_exposed_ports(7687).with_env("NEO4J_AUTH", f"neo4j/{password}")
    with made as container:
        address = f"{container.get_container_host_ip()}:{container.get_exposed_port(7687)}"
        server = Neo4jServer(f"bolt://{address}", "neo4j", password)
        deadline = monotonic() + PATIENCE
        while not server.answers():
            assert monotonic() < deadline, "Neo4j does not answer"
            sleep(0.5)
        yield server
        server.close()


def _classpath() -> str:
    """As Maven resolves it, which is asked once for each version of the pom."""
    digest = sha256(_POM.read_bytes()).hexdigest()[:16]
    kept = Path(tempfile.gettempdir()) / f"palimpsest-neo4j-{os.getuid()}-{digest}.classpath"
    if not kept.exists() or not all(Path(jar).exists() for jar in kept.read_text().split(os.pathsep)):
        resolved = kept.with_suffix(f".{os.getpid()}")
        command = ["mvn", "-B", "-q", "-f", str(_POM), "dependency:build-classpath", f"-Dmdep.outputFile={resolved}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"Maven resolves no Neo4j:\n{done.stdout}{done.stderr}"
        resolved.replace(kept)
    return kept.read_text()


def _docker_runs() -> bool:
    try:
        return subprocess.run(["docker", "info"], capture_output=True, timeout=10, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
