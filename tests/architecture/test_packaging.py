"""What is declared, locked, imported and shipped is the same thing."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zipfile import ZipFile

import pytest

from tests.architecture.tree import ROOT, imported, modules

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def names(requirements: list[str]) -> set[str]:
    return {normal(re.split(r"[\s<>=!~;\[]", requirement, maxsplit=1)[0]) for requirement in requirements}


# FastAPI hands out Starlette classes as its own, and their home is where some must be imported from.
REEXPORTED = {"starlette"}

RUNTIME = names(PROJECT["project"]["dependencies"])
PROVIDERS = packages_distributions()
OPTIONAL = {name for extra in PROJECT["project"]["optional-dependencies"].values() for name in names(extra)}


def locked(*, dev: bool) -> dict[str, tuple[str, frozenset[str]]]:
    """Version and hashes of every package that the project needs on any platform, by uv.lock, extras left out."""
    packages: dict[str, dict[str, Any]] = {package["name"]: package for package in LOCK["package"]}
    project = packages["palimpsest"]
    wanted = list(project["dependencies"]) + (list(project["dev-dependencies"]["dev"]) if dev else [])
    seen: set[tuple[str, str]] = set()
    while wanted:
        needed = wanted.pop()
        package = packages[needed["name"]]
        for extra in ("", *needed.get("extra", ())):
            if (needed["name"], extra) not in seen:
                seen.add((needed["name"], extra))
                optional = package.get("optional-dependencies", {})
                wanted += optional.get(extra, ()) if extra else package.get("dependencies", ())
    return {name: (packages[name]["version"], hashes(packages[name])) for name, _ in seen}


def hashes(package: dict[str, Any]) -> frozenset[str]:
    files = [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else ())]
    return frozenset(file["hash"] for file in files)


def exported(file: str) -> dict[str, tuple[str, frozenset[str]]]:
    """The same by a requirements file."""
    pins = re.split(r"(?m)^(?=[A-Za-z0-9])", (ROOT / file).read_text(encoding="utf-8"))[1:]
    found = {}
    for pin in pins:
        match = re.match(r"(\S+?)==(\S+)", pin)
        assert match, f"not a pin: {pin.splitlines()[0]}"
        found[match[1]] = (match[2], frozenset(re.findall(r"--hash=(\S+)", pin)))
    return found


@pytest.mark.parametrize(("file", "dev"), [("requirements.lock", False), ("requirements-dev.lock", True)])
def test_pip_and_uv_install_the_same_packages(file: str, dev: bool) -> None:
    assert exported(file) == locked(dev=dev), "run: make lock"


def test_the_lock_covers_what_is_declared() -> None:
    metadata = next(package for package in LOCK["package"] if package["name"] == "palimpsest")["metadata"]
    declared = {(need["name"], need.get("specifier", "")) for need in metadata["requires-dist"]}
    stated = [
        *PROJECT["project"]["dependencies"],
        *(one for extra in PROJECT["project"]["optional-dependencies"].values() for one in extra),
    ]
    assert declared == {split(requirement) for requirement in stated}, "run: make lock"
    assert {(need["name"], need.get("specifier", "")) for need in metadata["requires-dev"]["dev"]} == {
        split(requirement) for requirement in PROJECT["dependency-groups"]["dev"]
    }, "run: make lock"


def split(requirement: str) -> tuple[str, str]:
    match = re.match(r"([\w.-]+)(.*)", requirement)
    assert match
    specifier, _, _ = match[2].partition(";")  # uv writes the marker, by which a package is left out, in its own form
    return normal(match[1]), specifier.strip()


def test_the_locks_name_no_host_but_the_public_index() -> None:
    for lock in ("uv.lock", "requirements.lock", "requirements-dev.lock"):
        urls = re.findall(r"[a-z+]+://[^\s\"']+", (ROOT / lock).read_text(encoding="utf-8"))
        assert {urlsplit(url).hostname for url in urls} <= {"pypi.org", "files.pythonhosted.org"}, lock


@pytest.mark.parametrize("module", modules("app"), ids=lambda path: str(path.relative_to(ROOT)))
def test_what_the_app_imports_is_declared(module: Path) -> None:
    tops = {name.partition(".")[0] for name in imported(module)} - sys.stdlib_module_names - {"app"}
    providers = {top: {normal(name) for name in PROVIDERS.get(top, [top])} for top in tops}
    undeclared = {top for top, names in providers.items() if not names & (RUNTIME | OPTIONAL | REEXPORTED)}
    assert not undeclared


def test_the_documentation_lists_every_dependency() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    listed = {
        normal(name) for row in re.findall(r"(?m)^\| (`[^|]+) \|", page) for name in re.findall(r"`([^`]+)`", row)
    }
    development = names(PROJECT["dependency-groups"]["dev"])
    assert listed == RUNTIME | OPTIONAL | development


def test_the_wheel_carries_the_package_and_its_migrations(tmp_path: Path) -> None:
    build = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", build, str(tmp_path)], cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("palimpsest-*.whl")
    shipped = set(ZipFile(wheel).namelist())
    migrations = {path.relative_to(ROOT / "migrations") for path in (ROOT / "migrations").rglob("*.*")}
    assert migrations
    assert {f"app/_migrations/{path.as_posix()}" for path in migrations} <= shipped
    assert {path.relative_to(ROOT).as_posix() for path in modules("app")} <= shipped
    assert {name.partition("/")[0] for name in shipped if ".dist-info/" not in name} == {"app"}
