"""Jobs on the wire, and the reply of a write that waits for its job."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.domain.jobs import Job, JobKind, JobState
from app.http.schemas.base import Output, Page, PageQuery
from app.http.schemas.episodes import AcceptedEpisode
from app.http.schemas.knowledge import EntityOut, FactOut
from app.http.schemas.notes import NoteOut


class JobErrorOut(Output):
    code: str
    detail: str


class OutcomeOut(Output):
    """What it did, in numbers."""

    episodes: int
    entities: int
    facts_added: int
    facts_retired: int
    notes: int
    rejected: int = Field(description="Proposals that failed a check.")
    model_calls: int
    tokens: int
    degraded: int = Field(description="Questions for a language model that were left open, for it was not there.")


class JobOut(Output):
    """One piece of background work."""

    id: str
    user_id: str
    kind: JobKind
    state: JobState
    attempts: int = Field(description="Failed attempts so far.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error: JobErrorOut | None
    outcome: OutcomeOut

    @classmethod
    def of(cls, job: Job) -> JobOut:
        return cls.model_validate(job, from_attributes=True)


class JobPage(Page[JobOut]):
    """Jobs, the newest first."""


class JobsQuery(PageQuery):
    state: Annotated[JobState | None, Field(description="Only those in this state.")] = None


class DerivedOut(Output):
    """What the episodes of a request gave rise to."""

    entities: list[EntityOut]
    facts: list[FactOut]
    notes: list[NoteOut]
    retired: list[FactOut] = Field(description="Versions that are believed no longer because of them.")


class EpisodesProcessed(Output):
    """The episodes are worked through."""

    job: JobOut
    episodes: list[AcceptedEpisode] = Field(description="In the order of the request.")
    derived: DerivedOut
