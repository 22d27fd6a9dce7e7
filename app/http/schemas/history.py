"""Timelines, differences and pictures on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, model_validator

from app.domain.entity import Entity, EntityType
from app.http.schemas.base import Input, Output, Page, PageQuery
from app.http.schemas.knowledge import FactOut, ObjectOut, SubjectOut, ValueOut, in_order, object_out
from app.http.schemas.names import Line, Moment
from app.memory.views import Change, Gap, Learned, Picture

MAX_EDGES = 1_000


class TimelineQuery(PageQuery):
    entity: Annotated[Line | None, Field(description="An entity's id, name or alias.")] = None
    predicate: Annotated[Line | None, Field(description="Such as `lives_in`.")] = None
    from_: Annotated[Moment | None, Field(alias="from", description="Only what held at or after it.")] = None
    to: Annotated[Moment | None, Field(description="Only what held before it.")] = None
    as_of: Annotated[Moment | None, Field(description="Only what had begun by then.")] = None
    known_at: Annotated[Moment | None, Field(description="As it was believed here then.")] = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        in_order(self.from_, self.to, "from", "to")
        return self


class GapOut(Output):
    """A time, half-open, at which nothing held: `to` is null where that lasts."""

    subject: SubjectOut
    predicate: str
    object: ObjectOut | ValueOut | None = Field(
        description="The value that did not hold; null for a single-valued predicate, which then had none at all."
    )
    from_: datetime | None = Field(serialization_alias="from")
    to: datetime | None

    @classmethod
    def of(cls, gap: Gap) -> GapOut:
        return cls(
            subject=SubjectOut(id=gap.subject.id, name=gap.subject.name),
            predicate=gap.predicate,
            object=None if gap.of is None else object_out(gap.of),
            from_=gap.valid.start,
            to=gap.valid.end,
        )


class TimelinePage(Page[FactOut]):
    """What held when: by start of validity, unknown starts first."""

    gaps: list[GapOut] = Field(description="Times without a value that begin within this page, by start.")


class DiffQuery(PageQuery):
    known_from: Annotated[Moment, Field(description="The earlier moment of what was believed here.")]
    known_to: Annotated[Moment | None, Field(description="The later moment; default now.")] = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        in_order(self.known_from, self.known_to, "known_from", "known_to")
        return self


class ChangeOut(Output):
    """A fact that was believed at one of the two moments only, or at both but otherwise."""

    change: Learned
    before: FactOut | None = Field(description="As it was believed at the earlier moment.")
    after: FactOut | None = Field(description="As it was believed at the later moment.")

    @classmethod
    def of(cls, change: Change) -> ChangeOut:
        return cls(
            change=change.how,
            before=None if change.before is None else FactOut.of(change.before),
            after=None if change.after is None else FactOut.of(change.after),
        )


class DiffPage(Page[ChangeOut]):
    """Changes by the id of the fact."""


class GraphQuery(Input):
    entity: Annotated[Line | None, Field(description="In the middle: an entity's id, name or alias.")] = None
    depth: Annotated[int, Field(ge=1, le=3, description="How many facts away from it, at most.")] = 1
    limit: Annotated[int, Field(ge=1, le=MAX_EDGES, description="How many facts, at most.")] = 200
    as_of: Annotated[Moment | None, Field(description="What was true in the world then; default now.")] = None
    known_at: Annotated[Moment | None, Field(description="As it was believed here then.")] = None


class NodeOut(Output):
    id: str
    name: str
    type: EntityType
    distance: int | None = Field(description="Facts between it and the one in the middle; null without one.")

    @classmethod
    def of(cls, entity: Entity, distance: int | None) -> NodeOut:
        return cls(id=entity.id, name=entity.name, type=entity.type, distance=distance)


class EdgeOut(Output):
    """A fact between two entities."""

    fact_id: str
    version: int
    source: str = Field(description="The id of its subject.")
    target: str = Field(description="The id of its object.")
    predicate: str
    statement: str
    valid_from: datetime | None
    valid_to: datetime | None


class GraphOut(Output):
    nodes: list[NodeOut] = Field(description="Nearest first.")
    edges: list[EdgeOut]
    more: bool = Field(description="There are more facts than the limit.")

    @classmethod
    def of(cls, picture: Picture) -> GraphOut:
        return cls(
            nodes=[NodeOut.of(entity, distance) for entity, distance in picture.nodes],
            edges=[
                EdgeOut(
                    fact_id=view.version.fact_id,
                    version=view.version.version,
                    source=view.subject.id,
                    target=view.object.id,
                    predicate=view.version.predicate,
                    statement=view.version.text,
                    valid_from=view.version.valid.start,
                    valid_to=view.version.valid.end,
                )
                for view in picture.facts
                if view.object is not None
            ],
            more=picture.more,
        )
