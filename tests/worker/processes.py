"""Workers as processes of their own, beside a server."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.serving import PATIENCE, environment, wait_for

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    process: subprocess.Popen[bytes]
    http: httpx.Client
    log: Path

    def stop(self) -> int:
        """By SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)


@contextmanager
def working(folder: Path, name: str, **settings: str) -> Iterator[WorkerProcess]:
    """Live when the block begins; killed at its end if it still runs."""
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "worker", "--port", "0"],
            cwd=folder,
            env=environment(folder / name, **settings),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        url = wait_for(lambda: _address(process, log))
        with httpx.Client(base_url=url, timeout=PATIENCE) as http:
            wait_for(lambda: _lives(http))
            yield WorkerProcess(process, http, log)
    finally:
        process.kill()
        process.wait(PATIENCE)


def _address(process: subprocess.Popen[bytes], log: Path) -> str | None:
    assert process.poll() is None, log.read_text()
    found = ADDRESS.search(log.read_text())
    return found[0] if found else None


def _lives(http: httpx.Client) -> bool:
    try:
        return http.get("/health/live").status_code == 200
    except httpx.TransportError:
        return False
