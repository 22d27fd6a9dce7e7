"""An orderly end, and the end of what the server had started."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.diary import Acknowledged, assert_processed_once, pending, post, unpending
from tests.serving import serving, wait_for

PROC = Path("/proc")


def leases(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "graph.db")) as database:
        return [owner for (owner,) in database.execute("SELECT owner FROM lane WHERE owner IS NOT NULL")]


def children(pid: int) -> set[int]:
    return {
        int(child) for task in (PROC / str(pid) / "task").iterdir() for child in (task / "children").read_text().split()
    }


def gone(pid: int) -> bool:
    """Ended, though nobody may have asked how."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def test_sigterm_during_work_gives_the_lanes_back_and_the_next_server_goes_on(tmp_path: Path) -> None:
    with serving(tmp_path, LEASE_SECONDS="600") as server:
        post(server, Acknowledged())
        wait_for(lambda: pending(server))
        assert server.stop() == 0
        assert not (tmp_path / "server.json").exists()
        assert "Traceback" not in server.log.read_text()
    assert leases(tmp_path) == []
    with serving(tmp_path, LEASE_SECONDS="600") as server:
        wait_for(lambda: unpending(server))
        assert_processed_once(server)
        assert server.interrupt() == 0
        assert "Traceback" not in server.log.read_text()


@pytest.mark.skipif(not PROC.exists(), reason="asks /proc for the processes")
def test_what_the_server_started_does_not_survive_its_kill(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        started = children(server.process.pid)
        assert started
        server.kill()
        wait_for(lambda: all(gone(child) for child in started))
