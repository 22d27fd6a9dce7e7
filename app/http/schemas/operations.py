"""The log of the memory tools on the wire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, JsonValue, StrictInt, model_validator

from app.domain.operations import CORE_ID, Operation, OperationOutcome, Ref
from app.http.schemas.base import Input, Output, Page
from app.http.schemas.names import MetadataIn, Name
from app.memory.agent.log import Logged, Told

LARGEST = 2**63 - 1

Number = Annotated[StrictInt, Field(ge=1, le=LARGEST)]


class OutcomeIn(Input):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"from": 1, "to": 12, "reward": 1.0, "details": {"question": "q-17"}}]}
    )

    from_: Number = Field(alias="from", description="The first operation that it is about.")
    to: Number = Field(description="The last one.")
    reward: Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False, strict=True)]
    details: MetadataIn = Field({}, description="Whatever else was found out.")
    actor: Name | None = Field(None, description="Who found out.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.to < self.from_:
            raise ValueError("`to` must not be before `from`")
        return self


class OutcomeOut(Output):
    number: int
    from_: int = Field(serialization_alias="from")
    to: int
    reward: float
    details: dict[str, JsonValue]
    at: datetime
    actor: str | None

    @classmethod
    def of(cls, outcome: OperationOutcome) -> OutcomeOut:
        return cls(
            number=outcome.number,
            from_=outcome.first,
            to=outcome.last,
            reward=outcome.reward,
            details=dict(outcome.details),
            at=outcome.at,
            actor=outcome.actor,
        )


class RefOut(Output):
    """A version of a memory."""

    id: str
    version: int

    @classmethod
    def of(cls, ref: Ref) -> RefOut:
        return cls(id=ref.id, version=ref.version)


class SeenOut(Output):
    """The state that a call was made in: versions of what there was, newest first."""

    core: int = Field(description="The version of the core, 0 for none.")
    semantic: list[RefOut]
    episodic: list[RefOut]
    fact: list[RefOut]


class CallOut(Output):
    number: int
    at: datetime
    tool: str
    arguments: dict[str, JsonValue]
    actor: str | None
    error: str | None = Field(description="The code of the refusal; null if it was done.")


class OperationOut(CallOut):
    """A call of a tool, done or refused."""

    results: list[RefOut] = Field(description="What it wrote, deleted or found; the core by the id `core`.")
    state: SeenOut
    outcomes: list[OutcomeOut] = Field(description="What was found out about it since.")

    @classmethod
    def of(cls, logged: Logged) -> OperationOut:
        operation = logged.operation
        seen = operation.seen
        return cls(
            **_call(operation),
            results=[RefOut.of(one) for one in operation.results],
            state=SeenOut(
                core=seen.core,
                semantic=[RefOut.of(one) for one in seen.semantic],
                episodic=[RefOut.of(one) for one in seen.episodic],
                fact=[RefOut.of(one) for one in seen.fact],
            ),
            outcomes=[OutcomeOut.of(one) for one in logged.outcomes],
        )


class OperationPage(Page[OperationOut]):
    """By number, ascending."""


class WordsOut(RefOut):
    """A version of a memory with what it says."""

    content: str | None = Field(description="Null where it was deleted since.")


class StateOut(Output):
    """The state that a call was made in, in words, newest first."""

    core: WordsOut
    semantic: list[WordsOut]
    episodic: list[WordsOut]
    fact: list[WordsOut]


class ExportedOperation(CallOut):
    """A call of a tool, done or refused, with all that is to be learnt from it."""

    results: list[WordsOut]
    state: StateOut
    outcomes: list[OutcomeOut]

    @classmethod
    def of(cls, logged: Logged, words: Mapping[Ref, str]) -> ExportedOperation:
        operation = logged.operation
        seen = operation.seen
        return cls(
            **_call(operation),
            results=_worded(operation.results, words),
            state=StateOut(
                core=WordsOut(id=CORE_ID, version=seen.core, content=words.get(Ref(CORE_ID, seen.core), "")),
                semantic=_worded(seen.semantic, words),
                episodic=_worded(seen.episodic, words),
                fact=_worded(seen.fact, words),
            ),
            outcomes=[OutcomeOut.of(one) for one in logged.outcomes],
        )


class ExportQuery(Input):
    after: Annotated[int, Field(ge=0, le=LARGEST, description="Only operations beyond this number.")] = 0


def lines(told: Told) -> bytes:
    """One operation a line."""
    exported = (ExportedOperation.of(one, told.words) for one in told.logged)
    return b"".join(one.model_dump_json(by_alias=True).encode() + b"\n" for one in exported)


def _call(operation: Operation) -> dict[str, Any]:
    """The members of CallOut."""
    return {
        "number": operation.number,
        "at": operation.at,
        "tool": operation.tool,
        "arguments": dict(operation.arguments),
        "actor": operation.actor,
        "error": operation.error,
    }


def _worded(refs: Iterable[Ref], words: Mapping[Ref, str]) -> list[WordsOut]:
    return [WordsOut(id=one.id, version=one.version, content=words.get(one)) for one in refs]
