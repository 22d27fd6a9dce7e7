"""The transaction that takes episodes in."""

from __future__ import annotations

from sqlite3 import Connection

from app.adapters.graph.encoding import answers, answers_text, micros
from app.adapters.graph.sqlite import outbox, users
from app.adapters.graph.sqlite.rows import EPISODE, episode_row, placeholders
from app.domain.episode import AppendPlan, EpisodeDraft, Known, plan_append
from app.domain.errors import IdempotencyConflict
from app.domain.jobs import JobKind, JobState
from app.domain.scope import Scope
from app.ports.graph.episodes import AppendRequest, Receipt
from app.ports.vectors import VectorKind

_INSERT = f"INSERT INTO episode (tenant, user, {EPISODE}) VALUES (?, ?, {placeholders(EPISODE)})"


def append(connection: Connection, scope: Scope, request: AppendRequest) -> Receipt:
    """Raises ClientIdConflict, IdempotencyConflict."""
    before = _answered(connection, scope, request)
    if before is not None:
        return before
    users.ensure(connection, scope)
    (next_seq,) = connection.execute(
        "SELECT next_seq FROM user WHERE tenant = ? AND user = ?", (scope.tenant, scope.user)
    ).fetchone()
    session = connection.execute(
        "SELECT next_position FROM session WHERE tenant = ? AND user = ? AND id = ?",
        (scope.tenant, scope.user, request.session_id),
    ).fetchone()
    plan = plan_append(
        request.drafts,
        request.ids,
        session_id=request.session_id,
        job_id=request.job_id,
        next_seq=next_seq,
        next_position=0 if session is None else session[0],
        known=_known(connection, scope, request.drafts),
        recorded_at=request.recorded_at,
    )
    tickets = _store(connection, scope, request, plan) if plan.fresh else ()
    if request.idempotency is not None:
        connection.execute(
            "INSERT INTO idempotency (tenant, user, key, fingerprint, job_id, accepted, recorded_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                scope.tenant,
                scope.user,
                request.idempotency.key,
                request.idempotency.fingerprint,
                plan.job_id,
                answers_text(plan.answers),
                micros(request.recorded_at),
            ),
        )
    return Receipt(plan.job_id, plan.answers, plan.fresh, tickets)


def _answered(connection: Connection, scope: Scope, request: AppendRequest) -> Receipt | None:
    """What was answered to the same request before."""
    if request.idempotency is None:
        return None
    row = connection.execute(
        "SELECT fingerprint, job_id, accepted FROM idempotency WHERE tenant = ? AND user = ? AND key = ?",
        (scope.tenant, scope.user, request.idempotency.key),
    ).fetchone()
    if row is None:
        return None
    fingerprint, job_id, accepted = row
    if fingerprint != request.idempotency.fingerprint:
        raise IdempotencyConflict(
            f"Idempotency-Key {request.idempotency.key!r} was used for another request; use a new key"
        )
    return Receipt(job_id, answers(accepted))


def _known(connection: Connection, scope: Scope, drafts: tuple[EpisodeDraft, ...]) -> dict[str, Known]:
    """One look each: unlike a list in one parameter, that is exact for every character there is."""
    known: dict[str, Known] = {}
    for client_id in dict.fromkeys(draft.client_id for draft in drafts if draft.client_id is not None):
        row = connection.execute(
            "SELECT id, seq, content, job_id FROM episode WHERE tenant = ? AND user = ? AND client_id = ?",
            (scope.tenant, scope.user, client_id),
        ).fetchone()
        if row is not None:
            known[client_id] = Known(*row)
    return known


def _store(connection: Connection, scope: Scope, request: AppendRequest, plan: AppendPlan) -> tuple[int, ...]:
    """The tickets of the index tasks."""
    owner = (scope.tenant, scope.user)
    fresh = plan.fresh
    connection.execute(
        "INSERT INTO job (tenant, user, id, kind, state, created_at) VALUES (?, ?, ?, ?, ?, ?)",
        (*owner, plan.job_id, JobKind.PROCESS.value, JobState.QUEUED.value, micros(request.recorded_at)),
    )
    connection.execute(
        "INSERT INTO session (tenant, user, id, next_position) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (tenant, user, id) DO UPDATE SET next_position = excluded.next_position",
        (*owner, request.session_id, fresh[-1].position + 1),
    )
    connection.executemany(_INSERT, [(*owner, *episode_row(episode)) for episode in fresh])
    connection.execute("UPDATE user SET next_seq = ? WHERE tenant = ? AND user = ?", (fresh[-1].seq + 1, *owner))
    users.touch(connection, scope, request.recorded_at)
    return outbox.enqueue(connection, scope, [(VectorKind.EPISODE, episode.id) for episode in fresh])
