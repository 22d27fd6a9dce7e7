"""What embedded stores ask of the commands: a folder is migrated on the way, its owner's, and has one process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_commands import printed, said_in_one_line
from tests.serving import Server, command, serving

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with serving(folder) as server:
        yield server


def test_migrate_says_what_it_would_do_and_does_it(tmp_path: Path) -> None:
    assert printed(command(tmp_path, "migrate", "--dry-run"))
    assert not (tmp_path / "graph.db").exists()
    assert printed(command(tmp_path, "migrate"))
    assert (tmp_path / "graph.db").exists()


@pytest.mark.parametrize(
    "arguments", [("serve", "--port", "0"), ("reindex",), ("export", "all.jsonl"), ("import", "all.jsonl")]
)
def test_a_folder_has_one_process_and_others_are_told_which(
    folder: Path, server: Server, arguments: tuple[str, ...]
) -> None:
    (folder / "all.jsonl").touch()
    said = said_in_one_line(command(folder, *arguments))
    assert f"in use by process {server.process.pid}" in said
    assert server.get("/health/live")


def test_what_is_stored_is_for_its_owner_only(folder: Path, server: Server) -> None:
    assert (folder / "graph.db").stat().st_mode & 0o077 == 0
