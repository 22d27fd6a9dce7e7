"""What the tools are described as is what they take."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.entity import EntityType
from app.domain.errors import InvalidArguments, UnknownTool
from app.domain.note import NoteMemory
from app.domain.operations import MemoryType
from app.memory.agent.calls import (
    DeleteFact,
    DeleteNote,
    InsertFact,
    InsertNote,
    Method,
    Search,
    UpdateCore,
    UpdateFact,
    UpdateNote,
)
from app.memory.agent.definitions import call_of, definitions
from app.memory.facts.given import Correction, FactInput

PARAMETERS: dict[str, Any] = {tool["function"]["name"]: tool["function"]["parameters"] for tool in definitions()}  # type: ignore[index, call-overload]
MARCH = datetime(2026, 3, 1, tzinfo=UTC)
FACT = {"memory_type": "fact", "subject": "Ana", "predicate": "works_at", "object": "Acme"}
SEMANTIC = {"memory_type": "semantic", "content": "Ana likes tea."}


@pytest.mark.parametrize(
    ("tool", "arguments", "call"),
    [
        ("memory_insert", SEMANTIC, InsertNote(NoteMemory.SEMANTIC, "Ana likes tea.")),
        (
            "memory_insert",
            {"memory_type": "episodic", "content": "Ana ran.", "occurred_at": "2026-03-01T01:00:00+01:00"},
            InsertNote(NoteMemory.EPISODIC, "Ana ran.", MARCH),
        ),
        ("memory_insert", FACT, InsertFact(FactInput("Ana", "works_at", "Acme"))),
        (
            "memory_insert",
            {**FACT, "object_type": "organization", "content": "So it is.", "valid_from": "2026-03-01T00:00:00Z"},
            InsertFact(
                FactInput("Ana", "works_at", "Acme", EntityType.ORGANIZATION, statement="So it is.", valid_from=MARCH)
            ),
        ),
        ("memory_insert", {**FACT, "object_type": "literal"}, InsertFact(FactInput("Ana", "works_at", "Acme"))),
        ("memory_update", {"memory_type": "core", "content": ""}, UpdateCore("")),
        ("memory_update", {**SEMANTIC, "id": "n"}, UpdateNote(NoteMemory.SEMANTIC, "n", "Ana likes tea.")),
        (
            "memory_update",
            {"memory_type": "fact", "id": "f", "object": "Globex"},
            UpdateFact("f", Correction(object="Globex")),
        ),
        ("memory_delete", {"memory_type": "fact", "id": "f"}, DeleteFact("f")),
        ("memory_delete", {"memory_type": "episodic", "id": "n"}, DeleteNote(NoteMemory.EPISODIC, "n")),
        ("memory_search", {"memory_type": "fact", "query": "tea"}, Search(MemoryType.FACT, "tea", Method.BOTH, 20)),
        (
            "memory_search",
            {"memory_type": "semantic", "query": "tea", "method": "bm25", "k": 3},
            Search(MemoryType.SEMANTIC, "tea", Method.BM25, 3),
        ),
    ],
)
def test_a_call_is_read(tool: str, arguments: dict[str, Any], call: object) -> None:
    assert call_of(tool, arguments) == call
    # models that must name every parameter write null for the others
    everything: dict[str, Any] = dict.fromkeys(PARAMETERS[tool]["properties"])
    assert call_of(tool, everything | arguments) == call


@pytest.mark.parametrize(
    ("tool", "arguments", "wrong"),
    [
        ("memory_insert", {}, "memory_type"),
        ("memory_insert", {"memory_type": "core", "content": "x"}, "memory_type"),
        ("memory_insert", {"memory_type": ["fact"]}, "memory_type"),
        ("memory_insert", {"memory_type": "semantic"}, "content"),
        ("memory_insert", {**SEMANTIC, "content": " \n"}, "content"),
        ("memory_insert", {**SEMANTIC, "content": 5}, "content"),
        ("memory_insert", {**SEMANTIC, "content": "x" * 8_193}, "content"),
        ("memory_insert", {**SEMANTIC, "occurred_at": "2026-03-01T00:00:00Z"}, "occurred_at"),
        ("memory_insert", {**SEMANTIC, "memory_type": "episodic", "occurred_at": "2026-03-01"}, "occurred_at"),
        ("memory_insert", {**SEMANTIC, "memory_type": "episodic", "occurred_at": 1772323200}, "occurred_at"),
        ("memory_insert", {**SEMANTIC, "memory_type": "episodic", "occurred_at": "0001-01-01T00:00:00Z"}, "occurred"),
        ("memory_insert", {**SEMANTIC, "subject": "Ana"}, "subject"),
        ("memory_insert", {k: v for k, v in FACT.items() if k != "object"}, "object"),
        ("memory_insert", {**FACT, "subject": " Ana"}, "subject"),
        ("memory_insert", {**FACT, "predicate": "x" * 129}, "predicate"),
        ("memory_insert", {**FACT, "object": "\0"}, "object"),
        ("memory_insert", {**FACT, "object_type": "dragon"}, "object_type"),
        ("memory_insert", {**FACT, "subject_type": "literal"}, "subject_type"),
        ("memory_insert", {**FACT, "cardinality": "two"}, "cardinality"),
        ("memory_insert", {**FACT, "content": "x" * 4_097}, "content"),
        ("memory_update", {**SEMANTIC}, "id"),
        ("memory_update", {"memory_type": "core", "id": "core", "content": "x"}, "id"),
        ("memory_update", {"memory_type": "fact", "id": "f"}, "corrected"),
        ("memory_update", {"memory_type": "fact", "id": "f", "subject": "Bo"}, "subject"),
        ("memory_delete", {"memory_type": "core"}, "memory_type"),
        ("memory_delete", {"memory_type": "fact", "id": "f", "content": "x"}, "content"),
        ("memory_search", {"memory_type": "core", "query": "x"}, "memory_type"),
        ("memory_search", {"memory_type": "fact", "query": ""}, "query"),
        ("memory_search", {"memory_type": "fact", "query": "x", "method": "magic"}, "method"),
        ("memory_search", {"memory_type": "fact", "query": "x", "k": 0}, "k"),
        ("memory_search", {"memory_type": "fact", "query": "x", "k": 101}, "k"),
        ("memory_search", {"memory_type": "fact", "query": "x", "k": True}, "k"),
        ("memory_search", {"memory_type": "fact", "query": "x", "k": 2.5}, "k"),
    ],
)
def test_what_makes_no_sense_is_refused_and_named(tool: str, arguments: dict[str, Any], wrong: str) -> None:
    with pytest.raises(InvalidArguments, match=wrong):
        call_of(tool, arguments)


@given(
    st.sampled_from(sorted(PARAMETERS)),
    st.dictionaries(
        st.sampled_from(sorted({name for one in PARAMETERS.values() for name in one["properties"]})) | st.text(),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(list(MemoryType)),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
            max_leaves=4,
        ),
    ),
)
def test_whatever_a_policy_says_is_a_call_or_refused(tool: str, arguments: dict[str, Any]) -> None:
    with suppress(InvalidArguments):
        call_of(tool, arguments)


def test_an_unknown_tool_is_told_which_there_are() -> None:
    with pytest.raises(UnknownTool, match="memory_insert, memory_update, memory_delete, memory_search"):
        call_of("memory_forget", {})


def test_the_definitions_are_plain_json_schemas_with_every_parameter_explained() -> None:
    assert json.loads(json.dumps(definitions())) == definitions()
    for schema in PARAMETERS.values():
        assert schema["additionalProperties"] is False
        assert set(schema["required"]) <= set(schema["properties"])
        assert all("description" in one for name, one in schema["properties"].items() if name != "memory_type")
    assert PARAMETERS["memory_insert"]["required"] == ["memory_type"]
    assert PARAMETERS["memory_delete"]["required"] == ["memory_type", "id"]
    assert PARAMETERS["memory_insert"]["properties"]["subject"]["description"].endswith("Required for fact.")
