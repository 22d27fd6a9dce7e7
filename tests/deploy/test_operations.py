"""What the page for operators names is there."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from app.cli.commands import app
from app.http.app import openapi_document
from app.observe import PREFIX
from tests.architecture.tree import ROOT
from tests.deploy.files import SETTINGS, read, text
from tests.deploy.test_dashboard import METRICS

PAGE = text("docs", "operations.md")
QUOTED = re.findall(r"`([^`\n]+)`", PAGE)
COMPOSE = text("docker-compose.yml")


def test_every_setting_is_one() -> None:
    named = {name for words in QUOTED for name in re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", words)}
    elsewhere = set(re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", COMPOSE))
    assert named
    assert named <= SETTINGS | elsewhere


def test_every_command_is_one() -> None:
    commands = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    named = {match for words in QUOTED for match in re.findall(r"^palimpsest ([a-z]+)", words)}
    assert {"export", "import", "migrate", "reindex"} <= named
    assert named <= commands


def test_every_metric_is_one() -> None:
    table = PAGE.partition("## What to watch")[2].partition("## ")[0]
    named = {re.match(r"\w+", words).group() for words in re.findall(r"\| `([a-z_]+[^`]*)`", table)}  # type: ignore[union-attr]
    assert named
    for name in named:
        assert {f"{PREFIX}_{name}", f"{PREFIX}_{name}_bucket"} & set(METRICS), name


def test_every_route_is_one() -> None:
    routes = set(openapi_document()["paths"])
    named = {match.rstrip("/") for words in QUOTED for match in re.findall(r"(?:^|\s)(/(?:v1|health)/\S+)", words)}
    named |= {match for words in QUOTED for match in re.findall(r"=(/health/\w+)$", words)}
    assert named
    for route in named:
        pattern = re.sub(r"\\\{\w+\\\}", r"\\{\\w+\\}", re.escape(route))
        assert any(re.match(pattern, known) for known in routes), route


def test_every_value_of_the_chart_is_one() -> None:
    values = read(ROOT / "deploy" / "helm" / "palimpsest" / "values.yaml")
    dotted = {part for words in QUOTED for part in re.findall(r"^((?:api|worker|networkPolicy|secret)\.[\w.]+)", words)}
    assert dotted
    for path in dotted:
        found = values
        for part in path.split("."):
            assert part in found, path
            found = found[part]


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)]+)\)", PAGE))
def test_every_link_leads_somewhere(link: str) -> None:
    if not urlsplit(link).scheme:
        assert ROOT.joinpath("docs", link.partition("#")[0]).resolve().exists()


def test_every_store_can_be_lost_and_is_told_what_then() -> None:
    away = PAGE.partition("## When something is away")[2]
    assert all(f"| {part} |" in away for part in ("Redis", "Qdrant", "Neo4j", "language model"))
