"""One process at a time has a data folder."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.adapters.datadir import DataFolder
from app.domain.errors import StoreInUse, Unavailable

ROOT = Path(__file__).parents[2]

HOLDING = """
import os, sys, time
from pathlib import Path
from app.adapters.datadir import DataFolder
with DataFolder(Path(sys.argv[1])).lock():
    # of a forked pair the child says so: it has let go of what it must not keep by then
    parent = "fork" in sys.argv and os.fork()
    if not parent:
        print("mine", flush=True)
    sys.stdin.read()
    if "fork" in sys.argv and not parent:
        os._exit(0)
"""


@contextmanager
def holder(folder: Path, *flags: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the folder until its stdin ends."""
    command = [sys.executable, "-c", HOLDING, str(folder), *flags]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "mine\n"
        yield process


def test_the_folder_is_made_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    with DataFolder(folder).lock() as locked:
        assert locked == folder
        if sys.platform != "win32":
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_second_one_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    with (
        DataFolder(tmp_path).lock(),
        pytest.raises(StoreInUse, match=rf"in use by process {os.getpid()};.*DATA_DIR"),
        DataFolder(tmp_path).lock(),
    ):
        pass
    with DataFolder(tmp_path).lock():
        pass


def test_the_process_that_has_it_is_named(tmp_path: Path) -> None:
    with (
        holder(tmp_path) as other,
        pytest.raises(StoreInUse, match=f"in use by process {other.pid};"),
        DataFolder(tmp_path).lock(),
    ):
        pass
    with DataFolder(tmp_path).lock():
        pass


def test_a_killed_process_lets_go(tmp_path: Path) -> None:
    with holder(tmp_path) as other:
        other.kill()
        other.wait()
        with DataFolder(tmp_path).lock():
            pass


@pytest.mark.skipif(not hasattr(os, "fork"), reason="has no fork")
def test_a_forked_child_that_outlives_it_does_not_keep_the_folder(tmp_path: Path) -> None:
    with holder(tmp_path, "fork") as other:
        other.kill()
        other.wait()
        with DataFolder(tmp_path).lock():
            pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="file cannot be used"), DataFolder(tmp_path / "file").lock():
        pass
