"""Episodes, sessions and users: the verbatim record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.domain.episode import Accepted, Episode, EpisodeDraft
from app.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A caller's key for a whole request, and a fingerprint of that request."""

    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class AppendRequest:
    """`ids`: one fresh id per draft. `job_id`: the id for the job that will process what is fresh."""

    session_id: str
    drafts: tuple[EpisodeDraft, ...]
    ids: tuple[str, ...]
    job_id: str
    recorded_at: datetime
    idempotency: Idempotency | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """`fresh` are the episodes that this call stored, to be indexed and processed. `accepted` stands in the order
    of the drafts; `tickets`: the index tasks of `fresh`, in its order."""

    job_id: str
    accepted: tuple[Accepted, ...]
    fresh: tuple[Episode, ...] = ()
    tickets: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """An episode without its words: where it stands in its session, and who spoke."""

    id: str
    session_id: str
    position: int
    speaker: str


@dataclass(frozen=True, slots=True)
class SessionSummary:
    id: str
    episodes: int
    first_at: datetime
    last_at: datetime
    first_seq: int
    last_seq: int


@dataclass(frozen=True, slots=True)
class UserSummary:
    """`pending`, `failed`: episodes in these states. `last_activity`: when something was last recorded."""

    user_id: str
    sessions: int
    episodes: int
    entities: int
    facts: int
    notes: int
    pending: int
    failed: int
    last_activity: datetime | None


class EpisodeStore(Protocol):
    async def append(self, scope: Scope, request: AppendRequest) -> Receipt:
        """Commit a request in one transaction, durably: episodes as pending (by domain plan_append), their job as
        queued, one index task per episode, and the idempotency record. With a known Idempotency-Key and the same
        fingerprint the first receipt comes back (without `fresh`) and nothing is stored.
        Raises ClientIdConflict, IdempotencyConflict; then nothing is stored."""
        ...

    async def get(self, scope: Scope, ids: Sequence[str]) -> list[Episode]:
        """In the order of `ids`; unknown ones are left out."""
        ...

    async def page(self, scope: Scope, session_id: str, after_seq: int, limit: int) -> list[Episode]:
        """A session's episodes with seq > after_seq, ascending."""
        ...

    async def at_positions(self, scope: Scope, places: Sequence[tuple[str, int]]) -> list[Turn]:
        """The episodes at these (session_id, position), in no order; unknown places are left out."""
        ...

    async def pending(self, scope: Scope, limit: int) -> list[Episode]:
        """Those still to be processed, lowest seq first."""
        ...

    async def all(self, scope: Scope, after_seq: int, limit: int) -> list[Episode]:
        """All of a user's episodes with seq > after_seq, ascending; for rebuilding what is derived."""
        ...

    async def sessions(self, scope: Scope, after: str | None, limit: int) -> list[SessionSummary]:
        """By id, ascending, beyond `after`."""
        ...

    async def user(self, scope: Scope) -> UserSummary:
        """Zeros for a user nobody has written to."""
        ...

    async def users(self, tenant: str, after: str | None, limit: int) -> list[UserSummary]:
        """A tenant's users by id, ascending, beyond `after`."""
        ...

    async def participants(self, scope: Scope, session_id: str | None, limit: int) -> list[str]:
        """Distinct names of those who spoke (role user or assistant): in a session, the latest first; with None in
        the whole memory, by name."""
        ...
