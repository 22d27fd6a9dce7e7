"""An orderly end, and the end of what the server had started."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.compose import now
from tests.engines import INSTALLATIONS
from tests.faults.diary import Acknowledged, assert_processed_once, pending, post, unpending
from tests.serving import serving, wait_for

PROC = Path("/proc")


async def free_lanes(folder: Path) -> tuple[set[str], set[str]]:
    """The users with pending work, and those of them whose lane anybody may take."""
    graph = await INSTALLATIONS.graph(folder, now)
    try:
        users = await graph.episodes.users("default", None, 100)
        return {user.user_id for user in users if user.pending}, {
            scope.user for scope in await graph.lanes.waiting(now(), 100)
        }
    finally:
        await graph.close()


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
        assert "Traceback" not in server.logged()
    pending_users, free = asyncio.run(free_lanes(tmp_path))
    assert free == pending_users
    with serving(tmp_path, LEASE_SECONDS="600") as server:
        wait_for(lambda: unpending(server))
        assert_processed_once(server)
        assert server.interrupt() == 0
        assert "Traceback" not in server.logged()


@pytest.mark.skipif(not PROC.exists(), reason="asks /proc for the processes")
def test_what_the_server_started_does_not_survive_its_kill(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        started = {child for part in server.parts for child in children(part.process.pid)}
        assert started
        server.kill()
        wait_for(lambda: all(gone(child) for child in started))
