"""Entities and facts on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from app.domain.entity import Entity, EntityType
from app.domain.fact import Cardinality, FactKind
from app.domain.time import Precision
from app.http.schemas.base import Input, Output, Page, PageQuery
from app.http.schemas.names import Line, Moment, Name, Text
from app.memory.facts.book import FactsWritten
from app.memory.facts.given import FactInput
from app.memory.views import FactView
from app.ports.graph.knowledge import EntityCard, FactState

MAX_FACTS = 1_000


class EntityOut(Output):
    """Someone or something that the memory is about."""

    id: str
    name: str
    type: EntityType
    aliases: list[str] = Field(description="Other names seen for it.")
    summary: str | None
    facts: int = Field(description="How many facts believed now name it.")
    episodes: int = Field(description="How many episodes mention it.")
    merged_into: str | None = Field(description="The entity that stands for it while a merge holds.")

    @classmethod
    def of(cls, card: EntityCard) -> EntityOut:
        entity = card.entity
        return cls(
            id=entity.id,
            name=entity.name,
            type=entity.type,
            aliases=list(entity.aliases),
            summary=entity.summary,
            facts=card.facts,
            episodes=card.episodes,
            merged_into=entity.merged_into,
        )


class EntityPage(Page[EntityOut]):
    """Entities by id, ascending."""


class MomentQuery(Input):
    """A view on the two axes of time."""

    as_of: Annotated[Moment | None, Field(description="Count the facts that were true in the world then.")] = None
    known_at: Annotated[Moment | None, Field(description="As it was known here then.")] = None


class EntitiesQuery(PageQuery, MomentQuery):
    q: Annotated[Line | None, Field(description="Only those with this in a name or alias, in any case.")] = None


class SubjectOut(Output):
    id: str
    name: str
    merged_from: str | None = Field(None, description="What the record names, where a merge made it this entity.")


class ObjectOut(Output):
    """The object, where it is an entity."""

    id: str
    name: str
    type: EntityType
    merged_from: str | None = Field(None, description="What the record names, where a merge made it this entity.")


class ValueOut(Output):
    """The object, where it is a plain value."""

    value: str


class EvidenceOut(Output):
    """Where it was said: code points `[start, end)` of the episode's content, and those words."""

    episode_id: str
    start: int
    end: int
    quote: str


class RetiredBy(Output):
    """Why it is believed no longer."""

    rule: str
    fact_id: str | None
    episode_id: str | None


class FactOut(Output):
    """One version of a fact: true in the world in `[valid_from, valid_to)`, believed here in
    `[recorded_from, recorded_to)`; null is unknown or open."""

    id: str
    version: int = Field(description="Counts the versions of the fact from 1.")
    subject: SubjectOut
    predicate: str
    object: ObjectOut | ValueOut
    statement: str = Field(description="The fact as a sentence.")
    kind: FactKind
    cardinality: Cardinality
    valid_from: datetime | None
    valid_to: datetime | None
    valid_precision: Precision
    recorded_from: datetime
    recorded_to: datetime | None
    evidence: list[EvidenceOut]
    extractor: str
    retired_by: RetiredBy | None

    @classmethod
    def of(cls, view: FactView) -> Self:
        return cls.model_validate(_fields(view))


class FactHistory(FactOut):
    """What is believed of it now, or was last, and all of its versions."""

    versions: list[FactOut] = Field(description="Oldest first.")

    @classmethod
    def of_versions(cls, views: list[FactView]) -> FactHistory:
        latest = next((view for view in reversed(views) if view.version.believed), views[-1])
        return cls.model_validate(_fields(latest) | {"versions": [FactOut.of(view) for view in views]})


def object_out(view: FactView) -> ObjectOut | ValueOut:
    if view.object is None:
        return ValueOut(value=view.version.object.literal or "")
    recorded = view.version.object.entity_id
    return ObjectOut(
        id=view.object.id,
        name=view.object.name,
        type=view.object.type,
        merged_from=_merged_from(recorded, view.object),
    )


def _merged_from(recorded: str | None, shown: Entity) -> str | None:
    return recorded if recorded != shown.id else None


def _fields(view: FactView) -> dict[str, object]:
    version = view.version
    retired = version.retired_by
    return {
        "id": version.fact_id,
        "version": version.version,
        "subject": SubjectOut(
            id=view.subject.id, name=view.subject.name, merged_from=_merged_from(version.subject_id, view.subject)
        ),
        "predicate": version.predicate,
        "object": object_out(view),
        "statement": version.text,
        "kind": version.kind,
        "cardinality": version.cardinality,
        "valid_from": version.valid.start,
        "valid_to": version.valid.end,
        "valid_precision": version.precision,
        "recorded_from": version.recorded_from,
        "recorded_to": version.recorded_to,
        "evidence": [
            EvidenceOut(episode_id=span.episode_id, start=span.start, end=span.end, quote=span.quote)
            for span in view.evidence
        ],
        "extractor": version.extractor,
        "retired_by": None
        if retired is None
        else RetiredBy(rule=retired.rule, fact_id=retired.fact_id, episode_id=retired.episode_id),
    }


class FactPage(Page[FactOut]):
    """Versions of facts by id and version, ascending."""


class FactsQuery(PageQuery):
    subject: Annotated[Line | None, Field(description="An entity's id, name or alias.")] = None
    predicate: Annotated[Line | None, Field(description="Such as `lives_in`.")] = None
    object: Annotated[Line | None, Field(description="An entity's id, name or alias, or a plain value.")] = None
    as_of: Annotated[Moment | None, Field(description="What was true in the world then.")] = None
    known_at: Annotated[Moment | None, Field(description="As it was believed here then.")] = None
    state: Annotated[
        FactState, Field(description="`current`: believed and valid. `all`: every version, retired ones too.")
    ] = FactState.CURRENT


def in_order(start: datetime | None, end: datetime | None, start_name: str, end_name: str) -> None:
    """Raises ValueError."""
    if start is not None and end is not None and end < start:
        raise ValueError(f"{end_name} must not be before {start_name}")


class FactIn(Input):
    """Something the caller knows already."""

    subject: Name = Field(description="An entity's name or id; becomes an entity if there is none.")
    subject_type: EntityType | None = None
    predicate: Annotated[Line, Field(max_length=128)] = Field(description="Such as `works_at`.")
    object: Line = Field(description="An entity's name or id, or a plain value.")
    object_type: EntityType | Literal["literal"] = Field(
        "literal", description="The type of the object as an entity, or `literal` for a plain value."
    )
    statement: Annotated[Text, Field(min_length=1, max_length=4_096)] | None = Field(
        None, description="The fact as a sentence; made from the parts if there is none."
    )
    valid_from: Moment | None = None
    valid_to: Moment | None = None
    cardinality: Cardinality | None = Field(
        None, description="How many values the subject has for it at one time; known for the usual predicates."
    )
    episode_ids: list[Name] = Field([], max_length=100, description="The episodes that say so.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        in_order(self.valid_from, self.valid_to, "valid_from", "valid_to")
        return self

    def given(self) -> FactInput:
        return FactInput(
            subject=self.subject,
            subject_type=self.subject_type,
            predicate=self.predicate,
            object=self.object,
            object_type=self.object_type if isinstance(self.object_type, EntityType) else None,
            statement=self.statement,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            cardinality=self.cardinality,
            episode_ids=tuple(self.episode_ids),
        )


class FactsIn(Input):
    facts: list[FactIn] = Field(
        min_length=1,
        max_length=MAX_FACTS,
        examples=[
            [{"subject": "Caroline", "predicate": "works_at", "object": "Acme", "object_type": "organization"}],
        ],
    )


class FactsWrittenOut(Output):
    written: list[FactOut] = Field(description="Versions that were appended.")
    retired: list[FactOut] = Field(description="Versions that are believed no longer because of them.")

    @classmethod
    def of(cls, done: FactsWritten) -> FactsWrittenOut:
        return cls(
            written=[FactOut.of(view) for view in done.written], retired=[FactOut.of(view) for view in done.retired]
        )
