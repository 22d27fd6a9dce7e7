"""Between rows and values. Each kind of row has its columns named once, in the order in which they are read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from app.adapters.graph.encoding import metadata_text, micros, moment, outcome
from app.domain.entity import Entity, EntityType
from app.domain.episode import Episode, EpisodeKind, EpisodeState, Role
from app.domain.fact import Cardinality, FactKind, FactVersion, Polarity, Retirement, Span, Statement, Value
from app.domain.jobs import Job, JobError, JobKind, JobState
from app.domain.time import Interval, Precision

Row = tuple[Any, ...]

# looked up, which takes a third of the time of calling the class; a batch of work reads thousands
_ROLE: dict[str, Role] = {one.value: one for one in Role}
_EPISODE_KIND: dict[str, EpisodeKind] = {one.value: one for one in EpisodeKind}
_EPISODE_STATE: dict[str, EpisodeState] = {one.value: one for one in EpisodeState}
_POLARITY: dict[str, Polarity] = {one.value: one for one in Polarity}
_CARDINALITY: dict[str, Cardinality] = {one.value: one for one in Cardinality}
_FACT_KIND: dict[str, FactKind] = {one.value: one for one in FactKind}
_PRECISION: dict[str, Precision] = {one.value: one for one in Precision}


def listed(values: Iterable[object]) -> str:
    """For `json_each`: a list of any length as one parameter."""
    return json.dumps(list(values), ensure_ascii=False)


def placeholders(columns: str) -> str:
    return ", ".join("?" for _ in columns.split(","))


def of(alias: str, columns: str) -> str:
    """The columns, each with the table's alias before it."""
    return ", ".join(f"{alias}.{column.strip()}" for column in columns.split(","))


EPISODE = (
    "id, session_id, seq, position, role, name, kind, content, occurred_at, recorded_at, client_id, metadata, "
    "state, job_id"
)


def episode_row(e: Episode) -> Row:
    return (
        e.id,
        e.session_id,
        e.seq,
        e.position,
        e.role.value,
        e.name,
        e.kind.value,
        e.content,
        micros(e.occurred_at),
        micros(e.recorded_at),
        e.client_id,
        metadata_text(e.metadata),
        e.state.value,
        e.job_id,
    )


def episode(row: Row) -> Episode:
    return Episode(
        id=row[0],
        session_id=row[1],
        seq=row[2],
        position=row[3],
        role=_ROLE[row[4]],
        name=row[5],
        kind=_EPISODE_KIND[row[6]],
        content=row[7],
        occurred_at=moment(row[8]),
        recorded_at=moment(row[9]),
        client_id=row[10],
        metadata=json.loads(row[11]),
        state=_EPISODE_STATE[row[12]],
        job_id=row[13],
    )


ENTITY = "id, name, type, created_at, summary"


def entity_row(e: Entity) -> Row:
    return (e.id, e.name, e.type.value, micros(e.created_at), e.summary)


def entity(row: Row) -> Entity:
    """From the columns of ENTITY and, after them, what it is merged into and the aliases as a JSON array."""
    return Entity(
        id=row[0],
        name=row[1],
        type=EntityType(row[2]),
        aliases=tuple(json.loads(row[6])),
        created_at=moment(row[3]),
        summary=row[4],
        merged_into=row[5],
    )


STATEMENT = (
    "id, subject_id, predicate, object_key, object_entity, object_literal, polarity, cardinality, kind, text, "
    "valid_from, valid_to, precision, said_at, recorded_at, seq, extractor, episode_id, span_start, span_end, quote, "
    "replaces_key, replaces_entity, replaces_literal"
)


def statement_row(s: Statement) -> Row:
    return (
        s.id,
        s.subject_id,
        s.predicate,
        *_value_row(s.object),
        s.polarity.value,
        s.cardinality.value,
        s.kind.value,
        s.text,
        micros(s.valid.start),
        micros(s.valid.end),
        s.precision.value,
        micros(s.said_at),
        micros(s.recorded_at),
        s.seq,
        s.extractor,
        *((None,) * 4 if s.span is None else (s.span.episode_id, s.span.start, s.span.end, s.span.quote)),
        *((None,) * 3 if s.replaces is None else _value_row(s.replaces)),
    )


def statement(row: Row) -> Statement:
    return Statement(
        id=row[0],
        subject_id=row[1],
        predicate=row[2],
        object=Value(entity_id=row[4], literal=row[5]),
        polarity=_POLARITY[row[6]],
        cardinality=_CARDINALITY[row[7]],
        kind=_FACT_KIND[row[8]],
        text=row[9],
        valid=Interval(moment(row[10]), moment(row[11])),
        precision=_PRECISION[row[12]],
        said_at=moment(row[13]),
        recorded_at=moment(row[14]),
        seq=row[15],
        extractor=row[16],
        span=None if row[17] is None else Span(*row[17:21]),
        replaces=None if row[21] is None else Value(entity_id=row[22], literal=row[23]),
    )


FACT = (
    "fact_id, version, subject_id, predicate, object_key, object_entity, object_literal, cardinality, kind, text, "
    "valid_from, valid_to, precision, recorded_from, recorded_to, extractor, retired_rule, retired_fact, "
    "retired_episode, event"
)


def fact_row(f: FactVersion) -> Row:
    why = f.retired_by
    return (
        f.fact_id,
        f.version,
        f.subject_id,
        f.predicate,
        *_value_row(f.object),
        f.cardinality.value,
        f.kind.value,
        f.text,
        micros(f.valid.start),
        micros(f.valid.end),
        f.precision.value,
        micros(f.recorded_from),
        micros(f.recorded_to),
        f.extractor,
        *((None,) * 3 if why is None else (why.rule, why.fact_id, why.episode_id)),
        int(f.event),
    )


def fact(row: Row) -> FactVersion:
    """From the columns of FACT and, after them, the ids of the supporting statements as a JSON array."""
    return FactVersion(
        fact_id=row[0],
        version=row[1],
        subject_id=row[2],
        predicate=row[3],
        object=Value(entity_id=row[5], literal=row[6]),
        cardinality=_CARDINALITY[row[7]],
        kind=_FACT_KIND[row[8]],
        text=row[9],
        valid=Interval(moment(row[10]), moment(row[11])),
        precision=_PRECISION[row[12]],
        recorded_from=moment(row[13]),
        recorded_to=moment(row[14]),
        extractor=row[15],
        statement_ids=tuple(json.loads(row[20])),
        retired_by=None if row[16] is None else Retirement(*row[16:19]),
        event=bool(row[19]),
    )


def _value_row(value: Value) -> Row:
    return (value.key, value.entity_id, value.literal)


JOB = (
    "id, user, kind, state, created_at, remaining, attempts, started_at, finished_at, error_code, error_detail, outcome"
)


def job(row: Row) -> Job:
    return Job(
        id=row[0],
        user_id=row[1],
        kind=JobKind(row[2]),
        state=JobState(row[3]),
        created_at=moment(row[4]),
        remaining=row[5],
        attempts=row[6],
        started_at=moment(row[7]),
        finished_at=moment(row[8]),
        error=None if row[9] is None else JobError(row[9], row[10]),
        outcome=outcome(row[11]),
    )
