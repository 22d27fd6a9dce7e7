"""Moving a user's memory from one graph store to another: all of it, as it is, in values of no engine in particular."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.domain.entity import Entity
from app.domain.episode import Accepted, Episode
from app.domain.fact import FactVersion, Statement
from app.domain.identity import Doubt, Merge
from app.domain.jobs import Job
from app.domain.note import Note, NoteLink
from app.domain.operations import CoreVersion, Operation, OperationOutcome
from app.domain.scope import Scope
from app.domain.timeline import Support
from app.ports.accounts import Tenant
from app.ports.graph.knowledge import Mention


@dataclass(frozen=True, slots=True)
class UserState:
    """`seq`: the last one given, 0 for none; `revision`: as the ledger counts it."""

    seq: int
    revision: int
    last_activity: datetime | None


@dataclass(frozen=True, slots=True)
class SessionState:
    """`next_position`: of the next episode; positions of deleted ones are not given again."""

    id: str
    next_position: int


@dataclass(frozen=True, slots=True)
class EpisodeRecord:
    """`read_by`: the extractor that read it last."""

    episode: Episode
    read_by: str | None


@dataclass(frozen=True, slots=True)
class AnsweredRequest:
    """What was answered to a request with an Idempotency-Key."""

    key: str
    fingerprint: str
    job_id: str
    accepted: tuple[Accepted, ...]
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Mark:
    """What became of a statement after it was made. `restored_at`: since when it stands against what retired it."""

    statement_id: str
    withdrawn: bool
    outdated: bool
    restored_at: datetime | None


@dataclass(frozen=True, slots=True)
class NoteBasis:
    """The notes that a note is derived from."""

    note_id: str
    derived_from: tuple[str, ...]


Record = (
    UserState
    | SessionState
    | Job
    | EpisodeRecord
    | AnsweredRequest
    | Entity
    | Merge
    | Doubt
    | Mention
    | Statement
    | Mark
    | FactVersion
    | Support
    | Note
    | NoteBasis
    | NoteLink
    | CoreVersion
    | Operation
    | OperationOutcome
)
"""Jobs without `remaining`, entities without `merged_into` and notes without `derived_from`, which follow from the
others. Of notes every version, by note, then version."""


class TransferStore(Protocol):
    """Leases, index tasks and counts are not moved: they are made again where the records arrive."""

    def records(self, scope: Scope) -> AsyncIterator[Sequence[Record]]:
        """All of a user's records by pages, nothing for an unknown user. First the UserState, then kind by kind in
        the order of Record (fact versions with all of their `statement_ids`, so no Support), within a kind in an order
        that stays: episodes by seq, what is numbered by its number, the others by ids. Each page is read for itself;
        whoever wants one state sees to it that nothing is written meanwhile, or looks whether something was."""
        ...

    async def load(self, scope: Scope, records: Iterator[Record]) -> None:
        """Write all of a user's records, in the order in which `records` gives them, with one index task for
        everything that is indexed. The user is there when all of it is, and not before: after an interruption the
        same call can be made again. The versions come open or closed, the merges undone or not, as they are.
        `records` reads from a disk: it is called outside of the event loop, and only here; what it raises is
        raised, and the user is not there then. Raises Conflict for a user that is there already, or for records that
        contradict one another."""
        ...

    async def put_tenant(self, tenant: Tenant) -> None:
        """Add it, or give the one with this id this name and time."""
        ...
