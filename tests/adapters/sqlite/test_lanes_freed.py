"""Leases that a dead process left behind."""

from __future__ import annotations

from pathlib import Path

from app.adapters.graph.sqlite import SqliteGraph
from tests.contracts.graph.made import CAROLINE, NOON, TTL, leased, said


async def test_whoever_has_the_folder_frees_the_lanes_of_the_dead(tmp_path: Path) -> None:
    graph = await SqliteGraph.open(tmp_path / "graph.db", lambda: NOON)
    await said(graph, "a")
    lease = await leased(graph)
    assert await graph.lanes.acquire(CAROLINE, "another", NOON, TTL) is None
    assert await graph.lanes.free() == 1
    taken = await graph.lanes.acquire(CAROLINE, "another", NOON, TTL)
    assert taken is not None
    assert taken.token > lease.token
    assert await graph.lanes.free() == 1
    assert await graph.lanes.free() == 0
    await graph.close()
