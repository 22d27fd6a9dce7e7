"""Episodes, sessions and users on the wire."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Self

from pydantic import ConfigDict, Field, JsonValue, model_validator

from app.domain.episode import MAX_CONTENT_BYTES, MAX_EPISODES, Episode, EpisodeDraft, EpisodeKind, EpisodeState, Role
from app.http.schemas.base import Input, Output, Page, PageQuery
from app.http.schemas.names import MetadataIn, Moment, Name, Text, canonical_json
from app.ports.graph.episodes import Receipt, SessionSummary, UserSummary

Content = Annotated[Text, Field(min_length=1, json_schema_extra={"maxLength": MAX_CONTENT_BYTES})]


class EpisodeIn(Input):
    """One thing that happened."""

    role: Role
    content: Content | dict[str, JsonValue] = Field(
        description=f"At most {MAX_CONTENT_BYTES} bytes of UTF-8. With kind json: an object, or JSON in a string."
    )
    kind: EpisodeKind = EpisodeKind.MESSAGE
    name: Name | None = Field(None, description="Who spoke, as they are called.")
    occurred_at: Moment | None = Field(None, description="When it happened; default now.")
    client_id: Name | None = Field(None, description="Your own id for it: sending it again is then harmless.")
    metadata: MetadataIn = Field({}, description="Yours to filter by in a search; never read as memory.")

    @model_validator(mode="after")
    def _content_is_of_its_kind(self) -> Self:
        if self.kind is not EpisodeKind.JSON:
            if not isinstance(self.content, str):
                raise ValueError("content may be an object only with kind json")
            return self
        try:
            self.text()
            if isinstance(self.content, str):
                json.loads(self.content)
        except (ValueError, RecursionError):
            raise ValueError("content is not JSON, as kind json wants it") from None
        return self

    def text(self) -> str:
        """What is stored: a string as it came, an object in its canonical spelling."""
        return self.content if isinstance(self.content, str) else canonical_json(self.content)

    def draft(self, now: datetime) -> EpisodeDraft:
        return EpisodeDraft(
            role=self.role,
            content=self.text(),
            occurred_at=self.occurred_at or now,
            kind=self.kind,
            name=self.name,
            client_id=self.client_id,
            metadata=self.metadata,
        )


class EpisodesIn(Input):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "session_id": "s1",
                    "episodes": [
                        {
                            "role": "user",
                            "name": "Caroline",
                            "content": "I moved to Berlin last week.",
                            "occurred_at": "2026-05-08T13:56:00Z",
                            "client_id": "m-17",
                            "metadata": {"channel": "web"},
                        }
                    ],
                }
            ]
        }
    )

    session_id: Name = Field(description="The conversation or task it belongs to; begins with its first episode.")
    episodes: list[EpisodeIn] = Field(min_length=1, max_length=MAX_EPISODES, description="In the order they happened.")


class WaitQuery(Input):
    wait: bool = Field(False, description="Answer once everything is worked out, with what was derived.")
    timeout: float = Field(30.0, gt=0, le=300, description="Seconds to wait at most; then the answer is 202.")


class AcceptedEpisode(Output):
    id: str
    seq: int = Field(description="Counts the user's episodes in the order of arrival.")
    duplicate: bool = Field(description="It was stored before, under the same client_id.")


class EpisodesAccepted(Output):
    """Stored, searchable word for word, and on its way through the background work."""

    job_id: str
    episodes: list[AcceptedEpisode] = Field(description="In the order of the request.")

    @classmethod
    def of(cls, receipt: Receipt) -> EpisodesAccepted:
        return cls(job_id=receipt.job_id, episodes=accepted(receipt))


def accepted(receipt: Receipt) -> list[AcceptedEpisode]:
    return [AcceptedEpisode(id=e.id, seq=e.seq, duplicate=e.duplicate) for e in receipt.accepted]


class EpisodeOut(Output):
    """One thing that happened, word for word."""

    id: str
    session_id: str
    seq: int = Field(description="Counts the user's episodes in the order of arrival.")
    role: Role
    name: str | None
    kind: EpisodeKind
    content: str
    occurred_at: datetime = Field(description="When it happened in the world.")
    recorded_at: datetime = Field(description="When it came here.")
    client_id: str | None
    metadata: dict[str, JsonValue]
    state: EpisodeState = Field(description="How far the background work with it has come.")

    @classmethod
    def of(cls, episode: Episode) -> EpisodeOut:
        return cls.model_validate(episode, from_attributes=True)


class EpisodePage(Page[EpisodeOut]):
    """Episodes by seq, ascending."""


class SessionEpisodesQuery(PageQuery):
    from_seq: Annotated[int, Field(ge=0, le=2**53, description="Begin with this seq.")] = 0


class SessionOut(Output):
    id: str
    episodes: int
    first_at: datetime = Field(description="When its earliest episode happened.")
    last_at: datetime = Field(description="When its latest episode happened.")
    first_seq: int
    last_seq: int

    @classmethod
    def of(cls, session: SessionSummary) -> SessionOut:
        return cls.model_validate(session, from_attributes=True)


class SessionPage(Page[SessionOut]):
    """Sessions by id, ascending."""


class UserOut(Output):
    """How much there is of a user. All counts are 0 for one nobody has written to."""

    user_id: str
    sessions: int
    episodes: int
    entities: int
    facts: int
    notes: int
    pending: int = Field(description="Episodes still to be worked through.")
    failed: int = Field(description="Episodes that could not be worked through; replay their jobs.")
    last_activity: datetime | None = Field(description="When something last came in.")

    @classmethod
    def of(cls, user: UserSummary) -> UserOut:
        return cls.model_validate(user, from_attributes=True)


class UserPage(Page[UserOut]):
    """Users by id, ascending."""
