"""What keeps the house easy to walk through."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, committed, modules

LONGEST = {"app": 300, "tests": 500}
LONGER_FOR_A_REASON: dict[str, str] = {}

VAGUE = {"common", "helper", "helpers", "manager", "managers", "misc", "shared", "util", "utils"}

# Built from parts, so that this file does not accuse itself.
HOMES = ("work", "root", "tmp", "home", "Users")
MACHINE_PATH = re.compile(r"(?<![\w.~*$}/-])/(?:" + "|".join(HOMES) + r")/[\w.]")


@pytest.mark.parametrize("under", LONGEST)
def test_no_file_is_too_long_to_read_at_a_sitting(under: str) -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in modules(under)
    }
    too_long = {name: n for name, n in lengths.items() if n > LONGEST[under] and name not in LONGER_FOR_A_REASON}
    assert not too_long


def test_the_exceptions_to_the_length_are_still_needed() -> None:
    for name in LONGER_FOR_A_REASON:
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        assert len(lines) > LONGEST[name.partition("/")[0]], f"{name} is short enough by now"


@pytest.mark.parametrize("under", LONGEST)
def test_every_module_is_named_for_what_it_does(under: str) -> None:
    parts = {part for path in modules(under) for part in path.relative_to(ROOT).with_suffix("").parts}
    assert not parts & VAGUE


def test_no_committed_file_knows_the_machine_it_was_written_on() -> None:
    found = [f"{path.relative_to(ROOT)}:{line}: {text}" for path in committed() for line, text in machine_paths(path)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("home", HOMES)
def test_a_machine_path_is_recognised(home: str) -> None:
    assert MACHINE_PATH.search(f"open('/{home}/someone/notes.txt')")
    assert MACHINE_PATH.search(f"# see /{home}/x")
    assert not MACHINE_PATH.search(f"https://example.org/{home}/x")
    assert not MACHINE_PATH.search(f"../{home}/x and $HOME/{home}/x")


def machine_paths(path: Path) -> list[tuple[int, str]]:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return []
    return [(i, line.strip()[:120]) for i, line in enumerate(text.splitlines(), 1) if MACHINE_PATH.search(line)]
