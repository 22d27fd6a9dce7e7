"""What agents do to a memory with its tools: the core that they keep, the log of their calls, what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.episode import Json
from app.domain.tokens import count_tokens

MAX_CORE_TOKENS = 512
MAX_SPAN = 10_000
"""Operations that one outcome may be about."""


class MemoryType(StrEnum):
    """What an agent may keep: one paragraph that is always in view, what it knows, what took place, and facts."""

    CORE = "core"
    SEMANTIC = "semantic"
    EPISODIC = "episodic"
    FACT = "fact"


@dataclass(frozen=True, slots=True)
class CoreVersion:
    """`version`: 1 for the first that was written; 0, and `at` None, before any was."""

    version: int
    content: str
    at: datetime | None

    @property
    def tokens(self) -> int:
        return count_tokens(self.content)


NO_CORE = CoreVersion(0, "", None)


CORE_ID = "core"
"""Of the core, among the ids of notes and facts."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A version of a note, of a fact, or of the core."""

    id: str
    version: int


@dataclass(frozen=True, slots=True)
class Seen:
    """The state that a call was made in: the version of the core, and the newest memories of each type, newest first.
    Not their words, since versions are kept."""

    core: int = 0
    semantic: tuple[Ref, ...] = ()
    episodic: tuple[Ref, ...] = ()
    fact: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """A call of a tool, done or refused. `number`: 1, 2, … for each user, given by the log; 0 before. `results`: what
    it wrote, took away or found. `error`: the code of the refusal, if it was refused. `actor`: who called, in the
    caller's words."""

    number: int
    at: datetime
    tool: str
    arguments: Mapping[str, Json]
    seen: Seen
    results: tuple[Ref, ...] = ()
    error: str | None = None
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class OperationOutcome:
    """What became of the operations `first` to `last`, both included, as somebody found out later. `number`: as of an
    operation. `reward` in [-1, 1]."""

    number: int
    first: int
    last: int
    reward: float
    details: Mapping[str, Json]
    at: datetime
    actor: str | None = None

    def about(self, operation: int) -> bool:
        return self.first <= operation <= self.last
