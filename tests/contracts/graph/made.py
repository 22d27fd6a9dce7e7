"""Values to fill a store with: plain ones, unless a test says what matters."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from app.domain.entity import Entity, EntityType
from app.domain.episode import EpisodeDraft, Role
from app.domain.fact import Cardinality, FactKind, FactVersion, Polarity, Retirement, Span, Statement, Value
from app.domain.jobs import JobError, Outcome
from app.domain.note import BY_CALLER, Note, NoteLink, Relation
from app.domain.note_history import linked
from app.domain.operations import CoreVersion, Operation, Ref, Seen
from app.domain.scope import Scope
from app.domain.time import Interval, Precision
from app.domain.timeline import Closure
from app.ports.graph.episodes import AppendRequest, Idempotency, Receipt
from app.ports.graph.knowledge import ChangeSet, Processed
from app.ports.graph.lanes import Lease
from app.ports.graph.store import GraphStore

NOON = datetime(2026, 5, 8, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TTL = timedelta(seconds=30)
CAROLINE = Scope("acme", "caroline")
BOB = Scope("acme", "bob")
RUBBISH = JobError("model_rubbish", "the model answered with a poem")
SPENT = JobError("budget_exhausted", "the tenant has used up its tokens for today")

_numbers = count(1)


def new_id(kind: str = "id") -> str:
    """Ascending in the order of making, as ids are."""
    return f"{kind}-{next(_numbers):08}"


def draft(content: str = "I moved to Berlin.", **given: Any) -> EpisodeDraft:
    return EpisodeDraft(**{"role": Role.USER, "content": content, "occurred_at": NOON, "name": "Caroline", **given})


def request(
    *drafts: EpisodeDraft | str,
    session: str = "s1",
    ids: tuple[str, ...] | None = None,
    job_id: str | None = None,
    at: datetime = NOON,
    key: str | None = None,
    fingerprint: str = "f",
) -> AppendRequest:
    made = tuple(draft(given) if isinstance(given, str) else given for given in drafts or ("Hello.",))
    return AppendRequest(
        session_id=session,
        drafts=made,
        ids=ids or tuple(new_id("episode") for _ in made),
        job_id=job_id or new_id("job"),
        recorded_at=at,
        idempotency=None if key is None else Idempotency(key, fingerprint),
    )


def entity(name: str = "Caroline", **given: Any) -> Entity:
    return Entity(
        **{
            "id": new_id("entity"),
            "name": name,
            "type": EntityType.PERSON,
            "aliases": (),
            "created_at": NOON,
            **given,
        }
    )


def value(of: Entity | str) -> Value:
    return Value(literal=of) if isinstance(of, str) else Value(entity_id=of.id)


def statement(
    subject: Entity, predicate: str, object: Entity | str, episode_id: str | None = None, **given: Any
) -> Statement:
    return Statement(
        **{
            "id": new_id("statement"),
            "subject_id": subject.id,
            "predicate": predicate,
            "object": value(object),
            "polarity": Polarity.HOLDS,
            "cardinality": Cardinality.ONE,
            "kind": FactKind.FACTUAL,
            "text": f"{subject.name} {predicate} {object if isinstance(object, str) else object.name}",
            "valid": Interval(NOON),
            "precision": Precision.ASSUMED,
            "said_at": NOON,
            "recorded_at": NOON,
            "seq": 1,
            "extractor": "test-1",
            "span": None if episode_id is None else Span(episode_id, 0, 5, "I mov"),
            **given,
        }
    )


def version(of: Statement, *others: Statement, **given: Any) -> FactVersion:
    """What is believed because of these statements."""
    return FactVersion(
        **{
            "fact_id": new_id("fact"),
            "version": 1,
            "subject_id": of.subject_id,
            "predicate": of.predicate,
            "object": of.object,
            "cardinality": of.cardinality,
            "kind": of.kind,
            "text": of.text,
            "valid": of.valid,
            "precision": of.precision,
            "recorded_from": of.recorded_at,
            "recorded_to": None,
            "extractor": of.extractor,
            "statement_ids": (of.id, *(other.id for other in others)),
            **given,
        }
    )


def closure(of: FactVersion, rule: str = "superseded", **given: Any) -> Closure:
    return Closure(of.fact_id, of.version, Retirement(rule, **given))


def note(content: str = "Caroline moved to Berlin.", **given: Any) -> Note:
    return Note(
        **{
            "id": new_id("note"),
            "version": 1,
            "content": content,
            "context": "",
            "keywords": (),
            "tags": (),
            "sources": (),
            "cause": BY_CALLER,
            "created_at": NOON,
            "occurred_at": NOON,
            "recorded_from": NOON,
            **given,
        }
    )


def link(one: Note, other: Note, relation: Relation = Relation.RELATED) -> NoteLink:
    return linked(one, other, relation, BY_CALLER, NOON)


def core(version: int = 1, content: str = "Caroline lives in Berlin.", at: datetime = NOON) -> CoreVersion:
    return CoreVersion(version, content, at)


def operation(tool: str = "memory_insert", number: int = 0, **given: Any) -> Operation:
    return Operation(
        **{
            "number": number,
            "at": NOON,
            "tool": tool,
            "arguments": {"memory_type": "semantic", "content": "Caroline likes tea."},
            "seen": Seen(1, (Ref("note-2", 1), Ref("note-1", 3))),
            **given,
        }
    )


async def said(graph: GraphStore, *drafts: EpisodeDraft | str, scope: Scope = CAROLINE, **given: Any) -> Receipt:
    return await graph.episodes.append(scope, request(*drafts, **given))


async def change(
    graph: GraphStore, *, scope: Scope = CAROLINE, lease: Lease | None = None, at: datetime = NOON, **given: Any
) -> int | None:
    """Commit on top of what is there."""
    revision = await graph.ledger.revision(scope)
    return await graph.ledger.commit(scope, ChangeSet(**{"revision": revision, "recorded_at": at, **given}), lease)


async def leased(graph: GraphStore, owner: str = "w1", *, scope: Scope = CAROLINE, at: datetime = NOON) -> Lease:
    lease = await graph.lanes.acquire(scope, owner, at, TTL)
    assert lease is not None
    return lease


def processed(*episode_ids: str, **counts: int) -> tuple[Processed, ...]:
    return tuple(Processed(id, replace(Outcome(episodes=1), **counts)) for id in episode_ids)
