"""`palimpsest export` and `palimpsest import`, as a person runs them."""

from __future__ import annotations

import gzip
import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_commands import DIARY, lines, printed
from tests.serving import PATIENCE, command, environment


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a diary, and an export of it."""
    folder = tmp_path_factory.mktemp("source")
    (folder / "ana.jsonl").write_text(lines("ana", *DIARY))
    printed(command(folder, "load", "ana.jsonl"))
    finished = command(folder, "export", "all.jsonl")
    printed(finished)
    assert "records exported" in finished.stderr
    return folder


@pytest.fixture(scope="module")
def arrived(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another data folder, into which it was imported."""
    folder = tmp_path_factory.mktemp("arrived")
    finished = command(folder, "import", str(source / "all.jsonl"))
    printed(finished)
    assert "1 users" in finished.stderr
    return folder


def test_what_was_imported_is_exported_the_same(source: Path, arrived: Path) -> None:
    printed(command(arrived, "export", "again.jsonl"))
    assert (arrived / "again.jsonl").read_bytes() == (source / "all.jsonl").read_bytes()


def test_an_export_is_lines_of_json_for_its_owner_alone(source: Path) -> None:
    file = source / "all.jsonl"
    kinds = [json.loads(line)["kind"] for line in file.read_text(encoding="utf-8").splitlines()]
    assert (kinds[0], kinds[-1]) == ("export", "end")
    assert kinds.count("episode") == len(DIARY)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not list(source.glob("*.part"))


def test_what_was_imported_is_found(arrived: Path) -> None:
    assert "blue pot" in printed(command(arrived, "search", "ana", "Where is the spare key?", "--limit", "1"))


def test_importing_again_says_that_it_is_there(source: Path, arrived: Path) -> None:
    finished = command(arrived, "import", str(source / "all.jsonl"))
    printed(finished)
    assert "1 users were there already" in finished.stderr


def test_compressed_by_name_and_the_same_each_time(source: Path) -> None:
    for name in ("one.jsonl.gz", "two.jsonl.gz"):
        printed(command(source, "export", name))
    packed = (source / "one.jsonl.gz").read_bytes()
    assert packed == (source / "two.jsonl.gz").read_bytes()
    assert gzip.decompress(packed) == (source / "all.jsonl").read_bytes()
    assert "1 users were there already" in command(source, "import", "one.jsonl.gz").stderr


def test_from_one_to_the_other_through_a_pipe(source: Path, tmp_path: Path) -> None:
    palimpsest = [sys.executable, "-m", "app"]
    sent = subprocess.run(
        [*palimpsest, "export", "-"], env=environment(source), capture_output=True, check=True, timeout=PATIENCE
    )
    assert sent.stdout == (source / "all.jsonl").read_bytes()
    taken = subprocess.run(
        [*palimpsest, "import", "-", "--tenant", "default"],
        env=environment(tmp_path),
        input=sent.stdout,
        capture_output=True,
        check=True,
        timeout=PATIENCE,
    )
    assert b"1 users with" in taken.stderr


def test_a_users_other_memory_is_not_touched(source: Path, tmp_path: Path) -> None:
    (tmp_path / "ana.jsonl").write_text(lines("ana", "Nobody else knows this."))
    printed(command(tmp_path, "load", "ana.jsonl"))
    assert "user 'ana' of tenant 'default'" in said_last(command(tmp_path, "import", str(source / "all.jsonl")))


@pytest.mark.parametrize(
    ("name", "content", "wrong"),
    [
        ("empty.jsonl", b"", "ends"),
        ("torn.jsonl.gz", gzip.compress(b"x" * 10_000)[:-9], "cannot be read"),
        ("plain.jsonl.gz", b"{}", "cannot be read"),
        ("notes.txt", b"Dear diary\n", "line 1: this is not an export"),
    ],
)
def test_a_file_that_is_no_export_is_refused(tmp_path: Path, name: str, content: bytes, wrong: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert wrong in said_last(command(tmp_path, "import", name))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "nowhere.jsonl" in said_last(command(tmp_path, "import", "nowhere.jsonl"))
    assert "nowhere" in said_last(command(tmp_path, "export", "nowhere/all.jsonl"))


def test_an_unknown_tenant_leaves_no_file(source: Path) -> None:
    assert "initech" in said_last(command(source, "export", "initech.jsonl", "--tenant", "initech"))
    assert not list(source.glob("initech*"))


def said_last(finished: subprocess.CompletedProcess[str]) -> str:
    """A refusal, after whatever progress there was."""
    assert finished.returncode == 1, finished
    assert "Traceback" not in finished.stderr
    said = " ".join(line for line in finished.stderr.splitlines() if line)
    assert "palimpsest: " in said
    return said
