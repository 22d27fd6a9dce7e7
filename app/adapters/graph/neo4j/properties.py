"""Between the properties of nodes and the values of what is known: entities, statements, versions of facts.

Beside what it says, a node carries what its indexes need. An index holds only nodes that have all of its properties,
so a property that is there for some of them alone makes an index of those."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from app.adapters.graph.encoding import micros, moment
from app.domain.entity import Entity, EntityType, normal_name
from app.domain.fact import Cardinality, FactKind, FactVersion, Polarity, Retirement, Span, Statement, Value
from app.domain.identity import words_of
from app.domain.time import Interval, Precision
from app.domain.timeline import plain
from app.ports.graph.knowledge import Group

Properties = dict[str, Any]

LEAST = -(2**63)
"""Stands for an unknown start where an index is to have one; before every moment."""
UNSPOKEN = -1
"""Stands for the place of what has none in a text."""

_LONGEST = 200
_KEPT = 136

ENTITY = "e {.*, merged_into: head([(e)-[merge:MERGED_INTO]->(into:Entity) WHERE merge.undone_at IS NULL | into.id])}"
"""Of an entity `e`, as `entity` reads it."""
FACT = """f {.*, statement_ids: COLLECT {
    MATCH (f)-[support:SUPPORTED_BY]->(supporting) RETURN supporting.id ORDER BY support.position
}}"""
"""Of a version of a fact `f`, as `fact` reads it."""
STATEMENT = "s {.*}"


def indexed(text: str) -> str:
    """A text as an index can hold it: itself, or when it is long its beginning and a digest."""
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_KEPT]}#{hashlib.sha256(text.encode()).hexdigest()}"


def entity_properties(e: Entity) -> Properties:
    return {
        "id": e.id,
        "name": e.name,
        "type": e.type.value,
        "aliases": [name for name in dict.fromkeys(e.aliases) if name != e.name],
        "created_at": micros(e.created_at),
        "summary": e.summary,
    }


def entity(found: Properties) -> Entity:
    return Entity(
        id=found["id"],
        name=found["name"],
        type=EntityType(found["type"]),
        aliases=tuple(found["aliases"]),
        created_at=moment(found["created_at"]),
        summary=found.get("summary"),
        merged_into=found["merged_into"],
    )


def names_properties(names: Iterable[str]) -> list[Properties]:
    """`normal`: for equality; `folded`: for containment in any case."""
    return [{"normal": indexed(normal_name(name)), "folded": name.casefold()} for name in names]


def words(names: Iterable[str]) -> list[str]:
    """The words by which an entity with these names is found, each once."""
    return list(dict.fromkeys(indexed(word) for name in names for word in words_of(name)))


def statement_properties(s: Statement) -> Properties:
    """`special_to`: where it ends, of those alone that are not plain."""
    span, replaces = s.span, s.replaces
    return {
        "id": s.id,
        "subject_id": s.subject_id,
        "predicate": s.predicate,
        **_value_properties("object", s.object),
        "polarity": s.polarity.value,
        "cardinality": s.cardinality.value,
        "kind": s.kind.value,
        "text": s.text,
        "valid_from": micros(s.valid.start),
        "valid_to": micros(s.valid.end),
        "precision": s.precision.value,
        "said_at": micros(s.said_at),
        "recorded_at": micros(s.recorded_at),
        "seq": s.seq,
        "extractor": s.extractor,
        **({} if span is None else _span_properties(span)),
        **({} if replaces is None else _value_properties("replaces", replaces)),
        "group_key": _group_key(s.cardinality, s.object),
        "place": UNSPOKEN if span is None else span.start,
        "special_to": None if plain(s) else LEAST if s.valid.end is None else micros(s.valid.end),
    }


def statement(found: Properties) -> Statement:
    return Statement(
        id=found["id"],
        subject_id=found["subject_id"],
        predicate=found["predicate"],
        object=_value(found, "object"),
        polarity=Polarity(found["polarity"]),
        cardinality=Cardinality(found["cardinality"]),
        kind=FactKind(found["kind"]),
        text=found["text"],
        valid=_interval(found),
        precision=Precision(found["precision"]),
        said_at=moment(found["said_at"]),
        recorded_at=moment(found["recorded_at"]),
        seq=found["seq"],
        extractor=found["extractor"],
        span=_span(found),
        replaces=_value(found, "replaces") if "replaces_key" in found else None,
    )


def span(found: Properties) -> Span:
    """Of a statement that has one."""
    return Span(found["episode_id"], found["span_start"], found["span_end"], found["quote"])


def fact_properties(f: FactVersion) -> Properties:
    """`believed`: true while it is, and not there afterwards."""
    why = f.retired_by
    return {
        "fact_id": f.fact_id,
        "version": f.version,
        "subject_id": f.subject_id,
        "predicate": f.predicate,
        **_value_properties("object", f.object),
        "cardinality": f.cardinality.value,
        "kind": f.kind.value,
        "text": f.text,
        "valid_from": micros(f.valid.start),
        "valid_to": micros(f.valid.end),
        "precision": f.precision.value,
        "recorded_from": micros(f.recorded_from),
        "recorded_to": micros(f.recorded_to),
        "extractor": f.extractor,
        "event": f.event,
        **({} if why is None else retirement_properties(why)),
        "group_key": _group_key(f.cardinality, f.object),
        "begins": LEAST if f.valid.start is None else micros(f.valid.start),
        "believed": True if f.believed else None,
    }


def retirement_properties(why: Retirement) -> Properties:
    return {"retired_rule": why.rule, "retired_fact": why.fact_id, "retired_episode": why.episode_id}


def fact(found: Properties) -> FactVersion:
    rule = found.get("retired_rule")
    return FactVersion(
        fact_id=found["fact_id"],
        version=found["version"],
        subject_id=found["subject_id"],
        predicate=found["predicate"],
        object=_value(found, "object"),
        cardinality=Cardinality(found["cardinality"]),
        kind=FactKind(found["kind"]),
        text=found["text"],
        valid=_interval(found),
        precision=Precision(found["precision"]),
        recorded_from=moment(found["recorded_from"]),
        recorded_to=moment(found.get("recorded_to")),
        extractor=found["extractor"],
        statement_ids=tuple(found["statement_ids"]),
        retired_by=None if rule is None else Retirement(rule, found.get("retired_fact"), found.get("retired_episode")),
        event=found["event"],
    )


def group_properties(group: Group) -> Properties:
    """A group as a parameter; `object` is None where every object is meant."""
    return {
        "subject": group.subject_id,
        "predicate": group.predicate,
        "object": None if group.object_key is None else indexed(group.object_key),
    }


def _group_key(cardinality: Cardinality, object: Value) -> str:
    """What it is reconciled with: all of a single-valued predicate, of a many-valued one those of the same value."""
    return "" if cardinality is Cardinality.ONE else indexed(object.key)


def _value_properties(of: str, value: Value) -> Properties:
    return {f"{of}_key": indexed(value.key), f"{of}_entity": value.entity_id, f"{of}_literal": value.literal}


def _value(found: Properties, of: str) -> Value:
    return Value(entity_id=found.get(f"{of}_entity"), literal=found.get(f"{of}_literal"))


def _span_properties(span: Span) -> Properties:
    return {"episode_id": span.episode_id, "span_start": span.start, "span_end": span.end, "quote": span.quote}


def _span(found: Properties) -> Span | None:
    return span(found) if "episode_id" in found else None


def _interval(found: Properties) -> Interval:
    return Interval(moment(found.get("valid_from")), moment(found.get("valid_to")))
