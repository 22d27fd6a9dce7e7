"""The tools as a policy is given them, trained or prompted, and the reading of what it calls them with. One table says
both what a parameter is described as and how it is read, so that the two cannot differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, overload

from app.domain.entity import EntityType
from app.domain.episode import Json
from app.domain.errors import Invalid, InvalidArguments, UnknownTool
from app.domain.note import NoteMemory
from app.domain.operations import MAX_CORE_TOKENS, MemoryType
from app.memory.agent.calls import (
    USUALLY_FOUND,
    Call,
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
from app.memory.agent.parameters import PARAMETERS, one_of
from app.memory.facts.given import Correction, FactInput
from app.memory.notes.making import MAX_CONTENT

MAX_STATEMENT = 4_096

Given = Mapping[str, Any]
"""Parameters by name, read."""


@dataclass(frozen=True, slots=True)
class _Tool:
    """`takes`: by type of memory, what has to be given and what may be. `made`: the call."""

    description: str
    takes: Mapping[MemoryType, tuple[tuple[str, ...], tuple[str, ...]]]
    made: Callable[[MemoryType, Given], Call]


def definitions() -> list[dict[str, Json]]:
    """As an OpenAI-compatible chat endpoint takes them for `tools`."""
    return [
        {
            "type": "function",
            "function": {"name": name, "description": tool.description, "parameters": _schema(tool)},
        }
        for name, tool in _TOOLS.items()
    ]


def call_of(name: str, arguments: Mapping[str, Json]) -> Call:
    """Raises UnknownTool, InvalidArguments."""
    tool = _TOOLS.get(name)
    if tool is None:
        raise UnknownTool(f"no tool {name!r}; there are {', '.join(_TOOLS)}")
    # models that have to name every parameter write null for what they leave out
    given = {name: value for name, value in arguments.items() if value is not None}
    try:
        type = MemoryType(one_of(tool.takes).read(given.pop("memory_type", None)))
    except ValueError as error:
        raise InvalidArguments(f"memory_type: {error}") from None
    required, optional = tool.takes[type]
    if missing := [one for one in required if one not in given]:
        raise InvalidArguments(f"{missing[0]}: has to be given for a memory of type {type}")
    if unknown := [one for one in given if one not in (*required, *optional)]:
        raise InvalidArguments(f"{unknown[0]}: {name} takes no such parameter for a memory of type {type}")
    try:
        return tool.made(type, {name: _read(name, value) for name, value in given.items()})
    except Invalid as error:
        raise error if isinstance(error, InvalidArguments) else InvalidArguments(str(error)) from None


def _read(name: str, value: Json) -> Any:
    try:
        return PARAMETERS[name].read(value)
    except (ValueError, Invalid) as error:
        raise InvalidArguments(f"{name}: {error}") from None


def _schema(tool: _Tool) -> dict[str, Json]:
    """What every type of memory needs is required; what only some take is optional, and said to be theirs."""
    taken = list(dict.fromkeys(one for lists in tool.takes.values() for part in lists for one in part))
    always = [one for one in taken if all(one in required for required, _ in tool.takes.values())]
    return {
        "type": "object",
        "properties": {
            "memory_type": dict(one_of(tool.takes).schema),
            **{name: _described(name, tool) for name in taken},
        },
        "required": ["memory_type", *always],
        "additionalProperties": False,
    }


def _described(name: str, tool: _Tool) -> dict[str, Json]:
    schema = dict(PARAMETERS[name].schema)
    types = [type for type, lists in tool.takes.items() if any(name in part for part in lists)]
    if len(types) < len(tool.takes):
        required = [type for type in types if name in tool.takes[type][0]]
        schema["description"] = f"{schema['description']} {'Required' if required else 'Only'} for {', '.join(types)}."
    return schema


# -- tools ------------------------------------------------------------------------------------------------------------


def _insert(type: MemoryType, given: Given) -> Call:
    if type is MemoryType.FACT:
        return InsertFact(
            FactInput(
                subject=given["subject"],
                predicate=given["predicate"],
                object=given["object"],
                object_type=_entity(given.get("object_type")),
                subject_type=given.get("subject_type"),
                statement=_worded(given.get("content"), MAX_STATEMENT),
                valid_from=given.get("valid_from"),
                valid_to=given.get("valid_to"),
                cardinality=given.get("cardinality"),
            )
        )
    return InsertNote(NoteMemory(type), _worded(given["content"]), given.get("occurred_at"))


def _update(type: MemoryType, given: Given) -> Call:
    if type is MemoryType.CORE:
        return UpdateCore(given["content"])
    if type is MemoryType.FACT:
        correction = Correction(
            object=given.get("object"),
            object_type=given.get("object_type"),
            statement=_worded(given.get("content"), MAX_STATEMENT),
            valid_from=given.get("valid_from"),
            valid_to=given.get("valid_to"),
        )
        if correction == Correction():
            raise InvalidArguments("say what is to be corrected: object, valid_from, valid_to or content")
        return UpdateFact(given["id"], correction)
    return UpdateNote(NoteMemory(type), given["id"], _worded(given["content"]))


def _delete(type: MemoryType, given: Given) -> Call:
    return DeleteFact(given["id"]) if type is MemoryType.FACT else DeleteNote(NoteMemory(type), given["id"])


def _search(type: MemoryType, given: Given) -> Call:
    return Search(type, given["query"], given.get("method", Method.BOTH), given.get("k", USUALLY_FOUND))


@overload
def _worded(content: str, most: int = ...) -> str: ...
@overload
def _worded(content: str | None, most: int = ...) -> str | None: ...
def _worded(content: str | None, most: int = MAX_CONTENT) -> str | None:
    if content is not None and not (content.strip() and len(content) <= most):
        raise InvalidArguments(f"content: must have 1 to {most} characters, not only blank ones")
    return content


def _entity(type: EntityType | str | None) -> EntityType | None:
    return type if isinstance(type, EntityType) else None


_ONE_OF_THEM: tuple[tuple[str, ...], tuple[str, ...]] = (("id",), ())
_LOOK: tuple[tuple[str, ...], tuple[str, ...]] = (("query",), ("method", "k"))
_TOOLS: Mapping[str, _Tool] = {
    "memory_insert": _Tool(
        "Keep something new: semantic, what is so; episodic, what took place and when; fact, a relation that is "
        "checked against all that is believed. What is kept already in just these words is refused.",
        {
            MemoryType.SEMANTIC: (("content",), ()),
            MemoryType.EPISODIC: (("content",), ("occurred_at",)),
            MemoryType.FACT: (
                ("subject", "predicate", "object"),
                ("content", "subject_type", "object_type", "valid_from", "valid_to", "cardinality"),
            ),
        },
        _insert,
    ),
    "memory_update": _Tool(
        f"Write a memory anew. The core is one paragraph of at most {MAX_CORE_TOKENS} tokens that is always in view: "
        "give all of it, and no id. A fact is corrected: give what was wrong of it.",
        {
            MemoryType.CORE: (("content",), ()),
            MemoryType.SEMANTIC: (("id", "content"), ()),
            MemoryType.EPISODIC: (("id", "content"), ()),
            MemoryType.FACT: (("id",), ("content", "object", "object_type", "valid_from", "valid_to")),
        },
        _update,
    ),
    "memory_delete": _Tool(
        "Keep something no longer. A fact is taken back; that can be undone.",
        dict.fromkeys((MemoryType.SEMANTIC, MemoryType.EPISODIC, MemoryType.FACT), _ONE_OF_THEM),
        _delete,
    ),
    "memory_search": _Tool(
        "Find what is kept. The core and the newest of each type are in view without it.",
        dict.fromkeys((MemoryType.SEMANTIC, MemoryType.EPISODIC, MemoryType.FACT), _LOOK),
        _search,
    ),
}
