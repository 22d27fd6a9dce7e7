"""What was acknowledged survives kill -9 at any moment, and is processed exactly once, in order."""

from __future__ import annotations

from pathlib import Path

from tests.faults.diary import (
    DIARIES,
    EACH,
    USERS,
    Acknowledged,
    assert_kept,
    assert_processed_once,
    assert_searchable,
    pending,
    post,
    repeat,
    summaries,
    unpending,
)
from tests.serving import serving, wait_for


def test_a_server_that_is_killed_again_and_again_loses_and_repeats_nothing(tmp_path: Path) -> None:
    acknowledged = Acknowledged()

    for moment in (20, 90):
        with serving(tmp_path) as server:
            assert_kept(server, acknowledged)
            assert_searchable(server, acknowledged)
            post(server, acknowledged, kill_at=moment)
        assert moment <= len(acknowledged) < EACH * len(USERS)

    with serving(tmp_path) as server:
        assert_kept(server, acknowledged)
        post(server, acknowledged)
        half = wait_for(lambda: pending(server))
        wait_for(lambda: pending(server) < half)
        server.kill()

    with serving(tmp_path) as server:
        assert_kept(server, acknowledged)
        wait_for(lambda: unpending(server))
        assert_searchable(server, acknowledged)
        assert_processed_once(server)

        before = summaries(server)
        again = repeat(server)
        assert (again.told, again.duplicates) == (acknowledged.told, EACH * len(USERS))
        assert summaries(server) == before
        assert len(acknowledged) == sum(map(len, DIARIES.values()))
        assert server.stop() == 0
