"""The service as processes of its own, to be killed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx

from tests.engines import INSTALLATIONS

ROOT = Path(__file__).parents[1]
PATIENCE = 120.0
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


def wait_for(condition: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """What the condition returns once that is true. Fails after `patience` seconds."""
    deadline = monotonic() + patience
    while not (found := condition()):
        assert monotonic() < deadline, "it did not come to pass in time"
        sleep(0.02)
    return found


def stores(folder: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """Where the stores of this folder are. Whoever names a graph store names them all."""
    if "GRAPH_URL" in settings:
        return {}
    return {name.upper(): value for name, value in INSTALLATIONS.at(folder).items()}


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Nothing of this process's own settings, and the quick reactions that tests want."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT", "OMP_NUM_THREADS") if name in os.environ}
    quick = {"SWEEP_SECONDS": "0.2", "LEASE_SECONDS": "1.5", "LOG_FORMAT": "json", "COLUMNS": "200"}
    own = {"PYTHONPATH": str(ROOT), "DATA_DIR": str(folder)}
    return {**kept, **own, **quick, **stores(folder, settings), **settings}


def command(folder: Path, *arguments: str, patience: float = PATIENCE, **settings: str) -> subprocess.CompletedProcess:
    """`palimpsest` with these arguments, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=folder,
        env=environment(folder, **settings),
        capture_output=True,
        text=True,
        timeout=patience,
        check=False,
    )


@dataclass(frozen=True, slots=True)
class Running:
    """A process of the service."""

    process: subprocess.Popen[bytes]
    http: httpx.Client
    log: Path

    def stop(self) -> int:
        """By SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def interrupt(self) -> int:
        """As Ctrl-C in a terminal does, which reaches what it started as well; the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)


@dataclass(frozen=True, slots=True)
class Server:
    """The service. `parts`: its processes, the one that answers first."""

    parts: tuple[Running, ...]

    @property
    def http(self) -> httpx.Client:
        return self.parts[0].http

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The one that answers."""
        return self.parts[0].process

    def stop(self) -> int:
        """The first exit code that is not 0."""
        return next((code for part in self.parts if (code := part.stop())), 0)

    def interrupt(self) -> int:
        return next((code for part in self.parts if (code := part.interrupt())), 0)

    def kill(self) -> None:
        for part in self.parts:
            part.process.kill()
        for part in self.parts:
            part.kill()

    def logged(self) -> str:
        return "".join(part.log.read_text() for part in self.parts)

    def get(self, path: str, **params: Any) -> Any:
        reply = self.http.get(path, params=params)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def post(self, path: str, body: Any) -> Any:
        reply = self.http.post(path, json=body)
        assert reply.is_success, reply.text
        return reply.json()

    def pages(self, path: str, **params: Any) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = self.get(path, limit=200, **params, **cursor)
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            cursor = {"cursor": page["next_cursor"]}


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Server]:
    """The service, with a worker beside the server where the stores of this folder are servers and not named by the
    test. Ready when the block begins; killed at its end if it still runs."""
    own = stores(folder, settings)
    given = {**own, **settings}
    log = folder / "server.log"
    with ExitStack() as stack:
        process = stack.enter_context(_started("serve", log, environment(folder, **given)))
        # both begin at the same time, for that takes its while
        beside = [stack.enter_context(working(folder, "worker", **given))] if "QUEUE_URL" in own else []
        url = wait_for(lambda: _noted(folder, process, log))
        http = stack.enter_context(httpx.Client(base_url=url, timeout=PATIENCE))
        wait_for(lambda: _answers(http, "/health/ready"))
        yield Server((Running(process, http, log), *beside))


@contextmanager
def working(folder: Path, name: str, **settings: str) -> Iterator[Running]:
    """A worker for stores that are servers. Live when the block begins; killed at its end if it still runs."""
    log = folder / f"{name}.log"
    log.unlink(missing_ok=True)
    with _started("worker", log, environment(folder / name, **settings)) as process:
        url = wait_for(lambda: _told(process, log))
        with httpx.Client(base_url=url, timeout=PATIENCE) as http:
            wait_for(lambda: _answers(http, "/health/live"))
            yield Running(process, http, log)


@contextmanager
def _started(what: str, log: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", what, "--port", "0"],
            cwd=log.parent,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait(PATIENCE)


def _noted(folder: Path, process: subprocess.Popen[bytes], log: Path) -> str | None:
    """Where a server listens, by the word that it leaves in its folder."""
    assert process.poll() is None, log.read_text()
    try:
        noted = json.loads((folder / "server.json").read_text())
    except (OSError, ValueError):
        return None
    return str(noted["url"]) if noted["pid"] == process.pid else None


def _told(process: subprocess.Popen[bytes], log: Path) -> str | None:
    """Where a worker listens, as it says when it begins."""
    assert process.poll() is None, log.read_text()
    found = ADDRESS.search(log.read_text())
    return found[0] if found else None


def _answers(http: httpx.Client, path: str) -> bool:
    try:
        return http.get(path).status_code == 200
    except httpx.TransportError:
        return False
