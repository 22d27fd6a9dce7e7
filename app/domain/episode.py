"""Episodes: the verbatim record, and the decision what an ingest request adds to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.domain.errors import ClientIdConflict

Json = str | int | float | bool | None | Mapping[str, "Json"] | Sequence["Json"]
Metadata = Mapping[str, Json]

MAX_EPISODES = 1_000
MAX_CONTENT_BYTES = 64 * 1024


class Role(StrEnum):
    USER = "user"
    ASSISTANT = "assistant"
    SYSTEM = "system"
    TOOL = "tool"


class EpisodeKind(StrEnum):
    MESSAGE = "message"
    TEXT = "text"
    JSON = "json"


class EpisodeState(StrEnum):
    PENDING = "pending"
    PROCESSED = "processed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class EpisodeDraft:
    """What a caller sends. `occurred_at`: aware UTC, when it was said in the world."""

    role: Role
    content: str
    occurred_at: datetime
    kind: EpisodeKind = EpisodeKind.MESSAGE
    name: str | None = None
    client_id: str | None = None
    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Episode:
    """One stored thing that happened.

    `seq` counts a user's episodes in the order of arrival from 1, without reuse; `position` counts those of
    its session from 0. `recorded_at` is when we accepted it.
    """

    id: str
    session_id: str
    seq: int
    position: int
    role: Role
    name: str | None
    kind: EpisodeKind
    content: str
    occurred_at: datetime
    recorded_at: datetime
    client_id: str | None
    metadata: Metadata
    state: EpisodeState
    job_id: str

    @property
    def speaker(self) -> str:
        """Who said it, as the reader would call them."""
        return self.name or self.role.value


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer for one draft: the stored episode's id and seq, and whether it was there before."""

    id: str
    seq: int
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored under a client_id."""

    id: str
    seq: int
    content: str
    job_id: str


@dataclass(frozen=True, slots=True)
class AppendPlan:
    """`fresh` are to be stored; `answers` stand in the order of the drafts. `job_id`: the new job, or, where nothing
    is fresh, the job that took care of the first duplicate."""

    fresh: tuple[Episode, ...]
    answers: tuple[Accepted, ...]
    job_id: str


def plan_append(
    drafts: Sequence[EpisodeDraft],
    ids: Sequence[str],
    *,
    session_id: str,
    job_id: str,
    next_seq: int,
    next_position: int,
    known: Mapping[str, Known],
    recorded_at: datetime,
) -> AppendPlan:
    """Decide which drafts are new. A client_id seen before, in the store or earlier in the same request, is a
    duplicate when the content is the same.

    `ids`: one fresh id per draft; `known`: by client_id, what the user's memory already has.
    Raises ClientIdConflict when a client_id comes back with other content; then nothing is to be stored.
    """
    fresh: list[Episode] = []
    answers: list[Accepted] = []
    seen = dict(known)
    for draft, id in zip(drafts, ids, strict=True):
        before = seen.get(draft.client_id) if draft.client_id is not None else None
        if before is not None:
            if before.content != draft.content:
                raise ClientIdConflict(
                    f"client_id {draft.client_id!r} is stored with other content; use a new client_id"
                )
            answers.append(Accepted(before.id, before.seq, duplicate=True))
            continue
        episode = Episode(
            id=id,
            session_id=session_id,
            seq=next_seq + len(fresh),
            position=next_position + len(fresh),
            role=draft.role,
            name=draft.name,
            kind=draft.kind,
            content=draft.content,
            occurred_at=draft.occurred_at,
            recorded_at=recorded_at,
            client_id=draft.client_id,
            metadata=draft.metadata,
            state=EpisodeState.PENDING,
            job_id=job_id,
        )
        fresh.append(episode)
        answers.append(Accepted(episode.id, episode.seq, duplicate=False))
        if draft.client_id is not None:
            seen[draft.client_id] = Known(episode.id, episode.seq, draft.content, job_id)
    settled = seen[drafts[0].client_id].job_id if not fresh and drafts[0].client_id is not None else job_id
    return AppendPlan(tuple(fresh), tuple(answers), settled)
