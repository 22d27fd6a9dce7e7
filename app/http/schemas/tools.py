"""The memory tools and the core on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, JsonValue, StrictInt

from app.domain.note import Note
from app.domain.operations import MAX_CORE_TOKENS, CoreVersion, MemoryType
from app.http.schemas.base import Input, Output, Page
from app.http.schemas.knowledge import ObjectOut, SubjectOut, ValueOut, object_out
from app.http.schemas.names import Text
from app.memory.agent.parameters import MAX_CORE
from app.memory.agent.searching import MemoriesFound
from app.memory.agent.tools import Ran
from app.memory.agent.view import AgentState, Memory


class FunctionOut(Output):
    name: str
    description: str
    parameters: dict[str, JsonValue] = Field(description="JSON Schema.")


class ToolOut(Output):
    type: Literal["function"]
    function: FunctionOut


class ToolsOut(Output):
    tools: list[ToolOut] = Field(description="As an OpenAI-compatible chat endpoint takes them.")


class CoreIn(Input):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"content": "Ana lives in Porto and likes to be brief."}]}
    )

    content: Annotated[Text, Field(max_length=MAX_CORE, description="All of it; empty to keep nothing.")]
    version: Annotated[StrictInt, Field(ge=0)] | None = Field(
        None, description="The version that you have seen, 0 for none; 409 if there is a newer one."
    )


class CoreOut(Output):
    """The paragraph that agents always have in view."""

    version: int = Field(description="From 1; 0 while nothing was written.")
    content: str
    tokens: int
    tokens_left: int
    tokens_allowed: int
    updated_at: datetime | None

    @classmethod
    def of(cls, core: CoreVersion) -> CoreOut:
        return cls(
            version=core.version,
            content=core.content,
            tokens=core.tokens,
            tokens_left=MAX_CORE_TOKENS - core.tokens,
            tokens_allowed=MAX_CORE_TOKENS,
            updated_at=core.at,
        )


class CorePage(Page[CoreOut]):
    """Newest first."""


class MemoryOut(Output):
    """What an agent keeps: a note, semantic or episodic, or a fact."""

    id: str
    memory_type: MemoryType
    version: int
    content: str = Field(description="What it says; of a fact, the fact as a sentence.")
    occurred_at: datetime | None = Field(description="Of a note: when what it says took place or was told.")
    updated_at: datetime
    subject: SubjectOut | None = Field(description="Of a fact, as the four below.")
    predicate: str | None
    object: ObjectOut | ValueOut | None
    valid_from: datetime | None
    valid_to: datetime | None

    @classmethod
    def of(cls, memory: Memory) -> MemoryOut:
        return cls.model_validate(_fields(memory))


class FoundOut(MemoryOut):
    score: float = Field(description="Higher is better; comparable within one reply.")


class SearchedOut(Output):
    memories: list[FoundOut] = Field(description="Best first.")
    degraded: list[str] = Field(description="What was missing this time, in words.")

    @classmethod
    def of(cls, found: MemoriesFound) -> SearchedOut:
        return cls(
            memories=[FoundOut.model_validate(_fields(memory) | {"score": score}) for memory, score in found.memories],
            degraded=list(found.degraded),
        )


class ToolRan(Output):
    """A call that was done."""

    operation: int = Field(description="Its number in the log.")
    result: MemoryOut | CoreOut | SearchedOut | None = Field(
        description="The memory as it was written, or deleted; the core; or what was found. Null where somebody else "
        "deleted the memory right after."
    )

    @classmethod
    def of(cls, ran: Ran) -> ToolRan:
        match ran.result:
            case None:
                return cls(operation=ran.number, result=None)
            case CoreVersion() as core:
                return cls(operation=ran.number, result=CoreOut.of(core))
            case MemoriesFound() as found:
                return cls(operation=ran.number, result=SearchedOut.of(found))
            case memory:
                return cls(operation=ran.number, result=MemoryOut.of(memory))


class ToolStateOut(Output):
    """What a policy sees before it writes. Of each type the newest, newest first."""

    core: CoreOut
    semantic: list[MemoryOut]
    episodic: list[MemoryOut]
    fact: list[MemoryOut] = Field(description="Those that are believed and true now.")
    operation: int = Field(description="The number of the last operation, 0 for none.")

    @classmethod
    def of(cls, state: AgentState) -> ToolStateOut:
        return cls(
            core=CoreOut.of(state.core),
            semantic=[MemoryOut.of(note) for note in state.semantic],
            episodic=[MemoryOut.of(note) for note in state.episodic],
            fact=[MemoryOut.of(view) for view in state.fact],
            operation=state.operation,
        )


def _fields(memory: Memory) -> dict[str, object]:
    if isinstance(memory, Note):
        parts = dict.fromkeys(("subject", "predicate", "object", "valid_from", "valid_to"))
        return {
            "id": memory.id,
            "memory_type": memory.memory,
            "version": memory.version,
            "content": memory.content,
            "occurred_at": memory.occurred_at,
            "updated_at": memory.recorded_from,
            **parts,
        }
    version = memory.version
    return {
        "id": version.fact_id,
        "memory_type": MemoryType.FACT,
        "version": version.version,
        "content": version.text,
        "occurred_at": None,
        "updated_at": version.recorded_from,
        "subject": SubjectOut(id=memory.subject.id, name=memory.subject.name),
        "predicate": version.predicate,
        "object": object_out(memory),
        "valid_from": version.valid.start,
        "valid_to": version.valid.end,
    }
