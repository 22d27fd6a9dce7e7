"""Jobs: one piece of background work, what state it is in and what it did."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum


class JobKind(StrEnum):
    PROCESS = "process"
    ERASE = "erase"
    REINDEX = "reindex"


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Counts of what a job did; never a bare "completed". `degraded`: questions that a language model would have
    settled and did not, so that they were left open."""

    episodes: int = 0
    entities: int = 0
    facts_added: int = 0
    facts_retired: int = 0
    notes: int = 0
    rejected: int = 0
    model_calls: int = 0
    tokens: int = 0
    degraded: int = 0

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class JobError:
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Job:
    """`remaining`: episodes of it that are still pending; it ends when there are none."""

    id: str
    user_id: str
    kind: JobKind
    state: JobState
    created_at: datetime
    remaining: int = 0
    attempts: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    error: JobError | None = None
    outcome: Outcome = field(default_factory=Outcome)

    @property
    def ended(self) -> bool:
        return self.state in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


MAX_ATTEMPTS = 5
MAX_ATTEMPTS_AWAY = 50
"""While an engine or model is away the fault is not the episode's: about four hours of patience."""


def backoff(attempts: int) -> timedelta:
    """How long a lane rests after its nth failed attempt in a row: 1, 2, 4 … seconds, at most five minutes."""
    return timedelta(seconds=min(300.0, 2.0 ** max(0, attempts - 1)))
