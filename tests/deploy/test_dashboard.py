"""The dashboard and the alerts ask for what the service counts."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from app.observe import PREFIX
from tests.architecture.tree import modules
from tests.deploy.files import DEPLOY, read

DASHBOARD = json.loads((DEPLOY / "grafana" / "palimpsest.json").read_text(encoding="utf-8"))
RULES = [rule for group in read(DEPLOY / "grafana" / "alerts.yaml")["groups"] for rule in group["rules"]]
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
SUFFIXES = {
    "count": ("_total",),
    "gauge": ("",),
    "observe": ("_seconds_bucket", "_seconds_count", "_seconds_sum"),
    "timed": ("_seconds_bucket", "_seconds_count", "_seconds_sum"),
}


def metered() -> Iterator[tuple[str, set[str]]]:
    """Every metric by the name that Prometheus sees, with its labels."""
    for module in modules("app"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
                continue
            meter, name = ast.unparse(node.func.value), node.args[0]
            if not meter.endswith("meter") or not isinstance(name, ast.Constant):
                continue
            labels = {keyword.arg for keyword in node.keywords if keyword.arg} - {"amount", "value", "seconds"}
            for suffix in SUFFIXES.get(node.func.attr, ()):
                yield f"{PREFIX}_{name.value}{suffix}", labels


METRICS = dict(metered())
QUERIES = [(panel["title"], target["expr"]) for panel in PANELS for target in panel.get("targets", ())]
EXPRESSIONS = [*QUERIES, *((rule["alert"], rule["expr"]) for rule in RULES)]


def plain(expression: str) -> str:
    """With Grafana's variables put in."""
    return expression.replace("$__rate_interval", "1m").replace("$__range", "3h").replace("$job", ".+")


def test_the_code_counts_something() -> None:
    assert {f"{PREFIX}_http_requests_total", f"{PREFIX}_lanes_waiting", f"{PREFIX}_batch_seconds_bucket"} <= set(
        METRICS
    )


@pytest.mark.parametrize(("title", "expression"), EXPRESSIONS)
def test_every_metric_asked_for_is_counted(title: str, expression: str) -> None:
    named = set(re.findall(rf"\b{PREFIX}_\w+", expression))
    assert named or "process_" in expression, f"{title} asks for nothing of ours"
    assert named <= set(METRICS)


@pytest.mark.parametrize(("title", "expression"), EXPRESSIONS)
def test_every_label_asked_for_is_given(title: str, expression: str) -> None:
    for name, selector in re.findall(rf"\b({PREFIX}_\w+)\{{([^}}]*)\}}", expression):
        labels = set(re.findall(r"(\w+)\s*[=!]~?\"", selector)) | set(re.findall(r"(\w+)=\"", selector))
        assert labels <= METRICS[name] | {"job"}, title


@pytest.mark.parametrize(("title", "expression"), EXPRESSIONS)
def test_prometheus_understands_every_expression(title: str, expression: str) -> None:
    promql = pytest.importorskip("promql_parser", reason="needs the Python package promql-parser")
    promql.parse(plain(expression))


def test_what_the_service_counts_is_shown() -> None:
    shown = {name for _, expression in QUERIES for name in re.findall(rf"\b{PREFIX}_\w+", expression)}
    stems = {re.sub(r"_(total|seconds_\w+)$", "", name) for name in shown}
    assert stems == {re.sub(r"_(total|seconds_\w+)$", "", name) for name in METRICS}


def test_panels_are_told_apart_and_do_not_overlap() -> None:
    assert not [id_ for id_, times in Counter(panel["id"] for panel in PANELS).items() if times > 1]
    taken: Counter[tuple[int, int]] = Counter()
    for place in (panel["gridPos"] for panel in PANELS):
        assert place["x"] + place["w"] <= 24
        columns, rows = range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])
        taken.update((x, y) for x in columns for y in rows)
    assert max(taken.values()) == 1


def test_the_dashboard_names_no_data_source_of_somebody_elses() -> None:
    sources = {json.dumps(panel["datasource"], sort_keys=True) for panel in PANELS if "datasource" in panel}
    assert sources == {json.dumps({"type": "prometheus", "uid": "${source}"}, sort_keys=True)}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_says_how_bad_it_is_and_what_it_means(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["description"]


def test_what_operators_must_hear_of_has_an_alert() -> None:
    asked = " ".join(rule["expr"] for rule in RULES)
    for metric in ("lanes_waiting", "episodes_buried_total", "http_request_seconds_bucket", "rings_lost_total"):
        assert f"{PREFIX}_{metric}" in asked
    assert "/health/ready" in asked
