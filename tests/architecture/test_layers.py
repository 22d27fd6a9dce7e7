"""Imports point inwards. The contracts stand in pyproject.toml; here they are kept, and shown to bite."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, imported, modules

LINT = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache"]
ROOMS = ("cli", "compose", "http", "worker", "memory", "adapters", "ports", "domain")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*LINT, "--no-logo"], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def empty_house(tmp_path: Path) -> Path:
    """All rooms, each with one module `room` and nothing in it, under the contracts of this repository."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for room in ROOMS:
        (tmp_path / "app" / room).mkdir(parents=True)
        (tmp_path / "app" / room / "__init__.py").touch()
        (tmp_path / "app" / room / "room.py").touch()
    (tmp_path / "app" / "__init__.py").touch()
    return tmp_path


def test_the_contracts_are_kept() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("importer", "target"),
    [
        ("cli", "app.compose.room"),
        ("compose", "app.adapters.room"),
        ("compose", "app.http.room"),
        ("http", "app.memory.room"),
        ("adapters", "app.ports.room"),
        ("adapters", "sqlite3"),
        ("memory", "app.domain.room"),
    ],
)
def test_an_import_that_points_inwards_is_kept(empty_house: Path, importer: str, target: str) -> None:
    (empty_house / "app" / importer / "room.py").write_text(f"import {target}\n")
    result = lint(empty_house)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("importer", "target"),
    [
        ("domain", "app.ports.room"),
        ("ports", "app.memory.room"),
        ("memory", "app.http.room"),
        ("memory", "app.adapters.room"),
        ("memory", "sqlite3"),
        ("memory", "fastapi"),
        ("adapters", "app.memory.room"),
        ("http", "app.adapters.room"),
        ("http", "app.worker.room"),
        ("http", "app.compose.room"),
        ("worker", "app.adapters.room"),
        ("cli", "app.adapters.room"),
    ],
)
def test_an_import_that_points_outwards_is_refused(empty_house: Path, importer: str, target: str) -> None:
    (empty_house / "app" / importer / "room.py").write_text(f"import {target}\n")
    result = lint(empty_house)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "BROKEN" in result.stdout


@pytest.mark.parametrize("module", modules("app/domain"), ids=lambda path: path.stem)
def test_the_domain_imports_the_standard_library_only(module: Path) -> None:
    foreign = {
        name
        for name in imported(module)
        if name.partition(".")[0] not in sys.stdlib_module_names and not f"{name}.".startswith("app.domain.")
    }
    assert not foreign
