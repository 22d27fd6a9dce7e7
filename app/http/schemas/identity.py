"""Merges and doubtful pairs on the wire."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from app.domain.entity import EntityType
from app.domain.identity import By, Merge, Reason
from app.http.schemas.base import Input, Output, Page
from app.http.schemas.names import Name
from app.memory.merging import Candidate


class MergeIn(Input):
    into: Name = Field(description="The id of the entity that is to stand for this one.")


class MergeOut(Output):
    """A link that says that two entities are one; it holds until it is undone."""

    entity_id: str
    into: str = Field(description="The id of the entity that stands for it.")
    score: float = Field(description="How sure it was, from 0 to 1.")
    reason: Reason = Field(description="What spoke for it.")
    evidence: list[str] = Field(description="Episodes that name them, by id; some may have been deleted since.")
    by: By = Field(description="Who made it.")
    merged_at: datetime
    undone_at: datetime | None

    @classmethod
    def of(cls, merge: Merge) -> MergeOut:
        return cls(
            entity_id=merge.entity_id,
            into=merge.into_id,
            score=merge.score,
            reason=merge.reason,
            evidence=list(merge.evidence),
            by=merge.by,
            merged_at=merge.at,
            undone_at=merge.undone_at,
        )


class Merges(Output):
    """Oldest first."""

    items: list[MergeOut]


class CandidateEntity(Output):
    id: str
    name: str
    type: EntityType
    aliases: list[str] = Field(description="Other names seen for it.")


class CandidateOut(Output):
    """Two entities that may be one."""

    entities: list[CandidateEntity] = Field(description="The two, as they stand now.", min_length=2, max_length=2)
    score: float = Field(description="How likely it is, from 0 to 1.")
    reason: Reason = Field(description="What speaks for it.")
    evidence: list[str] = Field(description="Episodes that name them, by id; some may have been deleted since.")

    @classmethod
    def of(cls, candidate: Candidate) -> CandidateOut:
        return cls(
            entities=[
                CandidateEntity(id=entity.id, name=entity.name, type=entity.type, aliases=list(entity.aliases))
                for entity in (candidate.one, candidate.other)
            ],
            score=candidate.doubt.score,
            reason=candidate.doubt.reason,
            evidence=list(candidate.doubt.evidence),
        )


class CandidatePage(Page[CandidateOut]):
    """Pairs that a person may want to merge, in a stable order."""
