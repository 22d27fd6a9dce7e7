"""The description is true, complete and always the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.http.app import openapi_document

COMMITTED = Path(__file__).resolve().parents[2] / "openapi" / "openapi.json"
DOCUMENT = openapi_document()
SHOWN = {"application/json", "application/x-ndjson", "text/plain"}
OPERATIONS = [
    (f"{method.upper()} {path}", operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]


def test_the_committed_document_is_the_apps() -> None:
    assert json.loads(COMMITTED.read_text(encoding="utf-8")) == DOCUMENT, (
        "run: palimpsest openapi > openapi/openapi.json"
    )


def test_it_is_the_same_each_time() -> None:
    assert json.dumps(openapi_document()) == json.dumps(DOCUMENT)


def test_it_is_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")


@pytest.mark.parametrize(("name", "operation"), OPERATIONS, ids=[name for name, _ in OPERATIONS])
def test_an_operation_is_described_with_its_key_and_its_problems(name: str, operation: dict[str, Any]) -> None:
    assert operation["description"]
    assert operation["tags"]
    guarded = " /v1/" in name
    assert ("security" in operation) == guarded
    for status, reply in operation["responses"].items():
        expected = {"application/problem+json"} if status[0] in "45" else SHOWN
        if status != "204":
            assert set(reply["content"]) <= expected
    if guarded:
        assert {"401", "403", "422", "503"} <= set(operation["responses"])


def test_what_comes_in_is_closed_and_what_goes_out_is_complete() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    for name, schema in schemas.items():
        if name.endswith("In") or name == "Occurred":
            assert schema["additionalProperties"] is False, name
    for name in ("EpisodeOut", "EntityOut", "FactOut", "JobOut", "UserOut"):
        assert set(schemas[name]["required"]) == set(schemas[name]["properties"]), name


def test_no_operation_is_named_twice() -> None:
    ids = [operation["operationId"] for _, operation in OPERATIONS]
    assert len(ids) == len(set(ids))
