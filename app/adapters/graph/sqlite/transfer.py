"""A user's records as they leave one store and arrive in another."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby, islice
from sqlite3 import Connection
from typing import Any

from app.adapters.graph.encoding import answers, answers_text, micros, moment, outcome_text
from app.adapters.graph.note_records import note_records
from app.adapters.graph.sqlite import changes, entities, identities, merges, noting, operations, outbox, vicinity
from app.adapters.graph.sqlite.database import Database
from app.adapters.graph.sqlite.notes import SqliteNotes
from app.adapters.graph.sqlite.rows import (
    EPISODE,
    JOB,
    STATEMENT,
    Row,
    entity,
    episode,
    episode_row,
    fact,
    job,
    placeholders,
    statement,
)
from app.domain.entity import Entity
from app.domain.errors import Conflict
from app.domain.fact import FactVersion, Statement
from app.domain.identity import Doubt, Merge
from app.domain.jobs import Job
from app.domain.note import Note, NoteLink
from app.domain.operations import CoreVersion, Operation, OperationOutcome
from app.domain.scope import Scope
from app.domain.timeline import Support
from app.ports.accounts import Tenant
from app.ports.graph.knowledge import Mention
from app.ports.graph.transfer import AnsweredRequest, EpisodeRecord, Mark, NoteBasis, Record, SessionState, UserState

PAGE = 500


@dataclass(frozen=True, slots=True)
class _Kind:
    """How the records of a kind are read: in the order of `key`, which is unique."""

    table: str
    key: str
    columns: str
    made: Callable[[Row], Record]

    def page(self, connection: Connection, scope: Scope, after: Row | None) -> tuple[list[Record], Row]:
        """With the key of the last one."""
        beyond = f"AND ({self.key}) > ({placeholders(self.key)})" if after is not None else ""
        rows = connection.execute(
            f"SELECT {self.key}, {self.columns} FROM {self.table} "
            f"WHERE tenant = ? AND user = ? {beyond} ORDER BY {self.key} LIMIT ?",
            (scope.tenant, scope.user, *(after or ()), PAGE),
        ).fetchall()
        width = len(self.key.split(","))
        return [self.made(row[width:]) for row in rows], rows[-1][:width] if rows else ()


def _answered(row: Row) -> AnsweredRequest:
    key, fingerprint, job_id, accepted, recorded_at = row
    return AnsweredRequest(key, fingerprint, job_id, answers(accepted), moment(recorded_at))


def _mention(row: Row) -> Mention:
    episode_id, entity_id, start, end = row
    return Mention(entity_id, episode_id, *((None, None) if start == changes.SPEAKER else (start, end)))


_KINDS = (
    _Kind("session", "id", "id, next_position", lambda row: SessionState(*row)),
    _Kind("job", "id", JOB, job),
    _Kind("episode", "seq", f"{EPISODE}, read_by", lambda row: EpisodeRecord(episode(row), row[-1])),
    _Kind("idempotency", "key", "key, fingerprint, job_id, accepted, recorded_at", _answered),
    _Kind("entity e", "id", entities.COLUMNS, entity),
    _Kind("entity_merge", "id", merges.MERGE, identities.merge),
    _Kind("entity_doubt", "entity_id, other_id", identities.DOUBT, identities.doubt),
    _Kind("mention", "episode_id, entity_id, span_start", "episode_id, entity_id, span_start, span_end", _mention),
    _Kind("statement", "id", STATEMENT, statement),
    _Kind(
        "statement_mark",
        "statement_id",
        "statement_id, withdrawn, outdated, restored_at",
        lambda row: Mark(row[0], bool(row[1]), bool(row[2]), moment(row[3])),
    ),
    _Kind("fact_version v", "fact_id, version", vicinity.COLUMNS, fact),
)
_AFTER_NOTES = (
    _Kind("core_memory", "version", operations.CORE, operations.core),
    _Kind("operation", "number", operations.OPERATION, operations.operation),
    _Kind("operation_outcome", "number", operations.OUTCOME, operations.outcome),
)


class SqliteTransfer:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._notes = SqliteNotes(database)

    async def records(self, scope: Scope) -> AsyncIterator[Sequence[Record]]:
        state = await self._database.read(partial(_state, scope=scope))
        if state is None:
            return
        yield [state]
        for kind in _KINDS:
            async for found in self._pages(scope, kind):
                yield found
        async for found in note_records(self._notes, scope, PAGE):
            yield found
        for kind in _AFTER_NOTES:
            async for found in self._pages(scope, kind):
                yield found

    async def _pages(self, scope: Scope, kind: _Kind) -> AsyncIterator[Sequence[Record]]:
        after: Row | None = None
        while True:
            page, after = await self._database.read(partial(kind.page, scope=scope, after=after))
            if not page:
                break
            yield page

    async def load(self, scope: Scope, records: Iterator[Record]) -> None:
        await self._database.write(lambda connection: _load(connection, scope, records))

    async def put_tenant(self, tenant: Tenant) -> None:
        await self._database.write(
            lambda connection: connection.execute(
                "INSERT INTO tenant (id, name, created_at) VALUES (?, ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET name = excluded.name, created_at = excluded.created_at",
                (tenant.id, tenant.name, micros(tenant.created_at)),
            )
        )


def _state(connection: Connection, scope: Scope) -> UserState | None:
    row = connection.execute(
        "SELECT next_seq, revision, last_activity FROM user WHERE tenant = ? AND user = ?", (scope.tenant, scope.user)
    ).fetchone()
    return None if row is None else UserState(row[0] - 1, row[1], moment(row[2]))


def _load(connection: Connection, scope: Scope, records: Iterator[Record]) -> None:
    """In one transaction, whatever its size: SQLite keeps it on the disk."""
    state = next(records, None)
    if not isinstance(state, UserState):
        raise Conflict(f"the records of user {scope.user!r} do not begin with the user")
    added = connection.execute(
        "INSERT OR IGNORE INTO user (tenant, user, next_seq, revision, last_activity) VALUES (?, ?, ?, ?, ?)",
        (scope.tenant, scope.user, state.seq + 1, state.revision, micros(state.last_activity)),
    )
    if added.rowcount == 0:
        raise Conflict(f"user {scope.user!r} is there already")
    while batch := list(islice(records, PAGE)):
        for kind, same in groupby(batch, key=type):
            _WRITERS[kind](connection, scope, list(same))
    outbox.refill(connection, scope)


def _sessions(connection: Connection, scope: Scope, sessions: Sequence[SessionState]) -> None:
    _insert(connection, scope, "session", "id, next_position", [(s.id, s.next_position) for s in sessions])


def _jobs(connection: Connection, scope: Scope, jobs: Sequence[Job]) -> None:
    """Without `remaining`, which the episodes raise as they come."""
    rows = [
        (
            j.id,
            j.kind.value,
            j.state.value,
            micros(j.created_at),
            j.attempts,
            micros(j.started_at),
            micros(j.finished_at),
            *((None, None) if j.error is None else (j.error.code, j.error.detail)),
            outcome_text(j.outcome),
        )
        for j in jobs
    ]
    columns = "id, kind, state, created_at, attempts, started_at, finished_at, error_code, error_detail, outcome"
    _insert(connection, scope, "job", columns, rows)


def _episodes(connection: Connection, scope: Scope, records: Sequence[EpisodeRecord]) -> None:
    rows = [(*episode_row(record.episode), record.read_by) for record in records]
    _insert(connection, scope, "episode", f"{EPISODE}, read_by", rows)


def _answers(connection: Connection, scope: Scope, answers: Sequence[AnsweredRequest]) -> None:
    rows = [(a.key, a.fingerprint, a.job_id, answers_text(a.accepted), micros(a.recorded_at)) for a in answers]
    _insert(connection, scope, "idempotency", "key, fingerprint, job_id, accepted, recorded_at", rows)


def _marks(connection: Connection, scope: Scope, marks: Sequence[Mark]) -> None:
    connection.executemany(
        "INSERT INTO statement_mark "
        "(tenant, user, statement_id, subject_id, predicate, withdrawn, outdated, restored_at) "
        "SELECT tenant, user, id, subject_id, predicate, ?4, ?5, ?6 "
        "FROM statement WHERE tenant = ?1 AND user = ?2 AND id = ?3",
        [
            (scope.tenant, scope.user, m.statement_id, int(m.withdrawn), int(m.outdated), micros(m.restored_at))
            for m in marks
        ],
    )


def _insert(connection: Connection, scope: Scope, table: str, columns: str, rows: Sequence[Row]) -> None:
    connection.executemany(
        f"INSERT INTO {table} (tenant, user, {columns}) VALUES (?, ?, {placeholders(columns)})",
        [(scope.tenant, scope.user, *row) for row in rows],
    )


_WRITERS: Mapping[type, Callable[[Connection, Scope, Sequence[Any]], object]] = {
    SessionState: _sessions,
    Job: _jobs,
    EpisodeRecord: _episodes,
    AnsweredRequest: _answers,
    Entity: changes.put_entities,
    Merge: merges.merge,
    Doubt: merges.doubt,
    Mention: changes.add_mentions,
    Statement: changes.add_statements,
    Mark: _marks,
    FactVersion: changes.append_versions,
    Support: changes.add_support,
    Note: noting.write_versions,
    NoteBasis: noting.add_bases,
    NoteLink: noting.add_links,
    CoreVersion: operations.write_cores,
    Operation: operations.write_operations,
    OperationOutcome: operations.write_outcomes,
}
