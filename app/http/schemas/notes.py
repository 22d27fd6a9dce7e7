"""Notes on the wire."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import ConfigDict, Field, StrictInt, model_validator

from app.domain.note import Cause, Note, NoteLink, NoteMemory, Origin, Relation
from app.domain.note_timeline import NoteTimeline
from app.http.schemas.base import Input, Output, Page
from app.http.schemas.names import Line, Moment, Name, Text
from app.memory.notes.book import NoteInput, NotePatch
from app.memory.notes.making import MAX_CONTENT, MAX_CONTEXT, MAX_WORD, MAX_WORDS
from app.memory.views import NoteView

MAX_SOURCES = 100

Content = Annotated[Text, Field(min_length=1, max_length=MAX_CONTENT, pattern=r"\S", description="What it says.")]
Context = Annotated[Text, Field(max_length=MAX_CONTEXT, description="What it is about, in a sentence.")]
Word = Annotated[Line, Field(min_length=1, max_length=MAX_WORD)]
Words = Annotated[list[Word], Field(max_length=MAX_WORDS)]
Ids = Annotated[list[Name], Field(max_length=MAX_SOURCES)]


class NoteIn(Input):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"content": "Caroline is looking for a flat in Berlin.", "tags": ["home"]}]}
    )

    content: Content
    context: Context = ""
    keywords: Words | None = Field(None, description="By default the words that tell most, found by counting.")
    tags: Words = Field([])
    sources: Ids = Field([], description="The episodes that it rests on. When all it rests on is gone, so is the note.")
    derived_from: Ids = Field([], description="The notes that it rests on.")
    occurred_at: Moment | None = Field(
        None, description="When what it says was said; by default as the latest that it rests on, or now."
    )

    def given(self) -> NoteInput:
        return NoteInput(
            content=self.content,
            context=self.context,
            keywords=None if self.keywords is None else tuple(self.keywords),
            tags=tuple(self.tags),
            sources=tuple(self.sources),
            derived_from=tuple(self.derived_from),
            occurred_at=self.occurred_at,
        )


class NotePatchIn(Input):
    """What is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"tags": ["home", "Berlin"]}]})

    content: Content | None = None
    context: Context | None = None
    keywords: Words | None = None
    tags: Words | None = None
    version: Annotated[StrictInt, Field(ge=1)] | None = Field(
        None, description="The version that you have seen; 409 if there is a newer one."
    )

    @model_validator(mode="after")
    def _something(self) -> Self:
        if all(value is None for value in (self.content, self.context, self.keywords, self.tags)):
            raise ValueError("give at least one of `content`, `context`, `keywords`, `tags`")
        return self

    def patch(self) -> NotePatch:
        return NotePatch(
            content=self.content,
            context=self.context,
            keywords=None if self.keywords is None else tuple(self.keywords),
            tags=None if self.tags is None else tuple(self.tags),
            version=self.version,
        )


class LinkIn(Input):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"to": "0190c8a4-2f6e-7000-8000-000000000000", "relation": "same_topic"}]}
    )

    to: Name = Field(description="The id of the other note. Whichever is older, the link leads to the newer.")
    relation: Relation


class UnlinkQuery(Input):
    relation: Annotated[Relation | None, Field(description="Only this one; by default all between the two.")] = None


class Side(StrEnum):
    """Of the other note."""

    OLDER = "older"
    NEWER = "newer"


class NoteLinkOut(Output):
    note_id: str = Field(description="The note at the other end.")
    relation: Relation = Field(description="What the newer of the two is to the older.")
    side: Side = Field(description="Whether the note at the other end is the older or the newer one.")

    @classmethod
    def of(cls, link: NoteLink, id: str) -> NoteLinkOut:
        """As seen from the note `id`."""
        side = Side.NEWER if link.from_id == id else Side.OLDER
        return cls(note_id=link.other(id), relation=link.relation, side=side)


class CauseOut(Output):
    """What brought a version about."""

    origin: Origin
    episode_id: str | None = Field(description="What was read; it may have been deleted since.")
    note_id: str | None = Field(description="Because of which note; it may have been deleted since.")
    by: str | None = Field(description="The extractor or model that proposed it.")

    @classmethod
    def of(cls, cause: Cause) -> CauseOut:
        return cls(origin=cause.origin, episode_id=cause.episode_id, note_id=cause.note_id, by=cause.by)


class NoteVersionOut(Output):
    """What a note said while this was its current version."""

    id: str
    version: int = Field(description="Counts from 1.")
    content: str
    context: str
    keywords: list[str]
    tags: list[str]
    stale: bool = Field(description="Something that it rested on is gone.")
    cause: CauseOut
    recorded_from: datetime
    recorded_to: datetime | None = Field(description="Null for the current version.")

    @classmethod
    def of_version(cls, note: Note) -> NoteVersionOut:
        return cls(
            id=note.id,
            version=note.version,
            content=note.content,
            context=note.context,
            keywords=list(note.keywords),
            tags=list(note.tags),
            stale=note.stale,
            cause=CauseOut.of(note.cause),
            recorded_from=note.recorded_from,
            recorded_to=note.recorded_to,
        )


class NoteVersions(Output):
    items: list[NoteVersionOut] = Field(description="Oldest first.")


class NoteOut(Output):
    """A unit of derived memory that stands by itself."""

    id: str
    version: int
    content: str
    context: str
    keywords: list[str]
    tags: list[str]
    links: list[NoteLinkOut]
    sources: list[str] = Field(description="The episodes that it rests on.")
    derived_from: list[str] = Field(description="The notes that it rests on.")
    entities: list[str] = Field(description="The ids of those whom it is about.")
    stale: bool = Field(description="Something that it rested on is gone.")
    memory_type: NoteMemory | None = Field(description="As what an agent keeps it with the memory tools.")
    cause: CauseOut
    occurred_at: datetime = Field(description="When what it says was said.")
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, view: NoteView) -> NoteOut:
        note = view.note
        return cls(
            id=note.id,
            version=note.version,
            content=note.content,
            context=note.context,
            keywords=list(note.keywords),
            tags=list(note.tags),
            links=[NoteLinkOut.of(link, note.id) for link in view.links],
            sources=list(note.sources),
            derived_from=list(note.derived_from),
            entities=list(note.entities),
            stale=note.stale,
            memory_type=note.memory,
            cause=CauseOut.of(note.cause),
            occurred_at=note.occurred_at,
            created_at=note.created_at,
            updated_at=note.recorded_from,
        )


class NotePage(Page[NoteOut]):
    """Notes in a stable order."""


class NoteLinks(Output):
    items: list[NoteLinkOut]


class TimelineNote(Output):
    id: str
    content: str
    context: str
    occurred_at: datetime
    sources: list[str]
    stale: bool
    superseded: bool = Field(description="It holds no longer.")
    superseded_by: list[str] = Field(
        description="The notes that say so; empty where all that it rests on was overtaken by other facts."
    )


class NoteTimelineOut(Output):
    """How linked notes led to one: what came first, and what came of it."""

    items: list[TimelineNote] = Field(description="All notes on the paths, oldest first.")
    paths: list[list[str]] = Field(description="Ids, each path from the earliest note along the links to this one.")
    sampled: bool = Field(description="There are more paths than these.")

    @classmethod
    def of(cls, found: NoteTimeline) -> NoteTimelineOut:
        return cls(
            items=[
                TimelineNote(
                    id=note.id,
                    content=note.content,
                    context=note.context,
                    occurred_at=note.occurred_at,
                    sources=list(note.sources),
                    stale=note.stale,
                    superseded=note.id in found.overtaken,
                    superseded_by=list(found.overtaken.get(note.id, ())),
                )
                for note in found.notes
            ],
            paths=[list(path) for path in found.paths],
            sampled=found.sampled,
        )
