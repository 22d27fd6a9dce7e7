"""The service as a process of its own, to be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx

ROOT = Path(__file__).parents[1]
PATIENCE = 120.0


def wait_for(condition: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """What the condition returns once that is true. Fails after `patience` seconds."""
    deadline = monotonic() + patience
    while not (found := condition()):
        assert monotonic() < deadline, "it did not come to pass in time"
        sleep(0.02)
    return found


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Nothing of this process's own settings, and the quick reactions that tests want."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT", "OMP_NUM_THREADS") if name in os.environ}
    quick = {"SWEEP_SECONDS": "0.2", "LEASE_SECONDS": "1.5", "LOG_FORMAT": "json", "COLUMNS": "200"}
    return {**kept, "PYTHONPATH": str(ROOT), "DATA_DIR": str(folder), **quick, **settings}


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
class Server:
    process: subprocess.Popen[bytes]
    http: httpx.Client
    log: Path

    def stop(self) -> int:
        """By SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def interrupt(self) -> int:
        """As Ctrl-C in a terminal does, which reaches what the server started as well; the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)

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
    """Ready when the block begins; killed at its end if it still runs."""
    log = folder / "server.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "serve", "--port", "0"],
            cwd=folder,
            env=environment(folder, **settings),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        url = wait_for(lambda: _address(folder, process, log))
        with httpx.Client(base_url=url, timeout=PATIENCE) as http:
            wait_for(lambda: _answers(http))
            yield Server(process, http, log)
    finally:
        process.kill()
        process.wait(PATIENCE)


def _address(folder: Path, process: subprocess.Popen[bytes], log: Path) -> str | None:
    assert process.poll() is None, log.read_text()
    try:
        noted = json.loads((folder / "server.json").read_text())
    except (OSError, ValueError):
        return None
    return str(noted["url"]) if noted["pid"] == process.pid else None


def _answers(http: httpx.Client) -> bool:
    try:
        return http.get("/health/ready").status_code == 200
    except httpx.TransportError:
        return False
