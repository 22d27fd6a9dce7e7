"""From a checked proposal to a statement: who says what of whom, since when."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.entity import EntityType
from app.domain.episode import Episode
from app.domain.extraction import Extraction, ProposedEntity, ProposedFact
from app.domain.fact import OBJECT_TYPES, Span, Statement, Value
from app.domain.identity import Named
from app.domain.time import Interval, Precision


@dataclass(frozen=True, slots=True)
class Checked:
    """An extraction of which only what the text bears out is left; `rejected` counts the rest."""

    episode: Episode
    extraction: Extraction
    entities: tuple[ProposedEntity, ...]
    facts: tuple[ProposedFact, ...]
    rejected: int


def check(episode: Episode, extraction: Extraction) -> Checked:
    """Models propose, code decides: an entity needs a name, a fact a span inside the episode and names for what it
    is about. An entity whose span is not there is rejected; the speaker has none."""
    entities = tuple(
        entity
        for entity in extraction.entities
        if entity.name.strip()
        and ((entity.start is None and entity.end is None) or _says(episode, entity.start, entity.end))
    )
    facts = tuple(
        fact
        for fact in extraction.facts
        if _says(episode, fact.start, fact.end)
        and fact.subject.strip()
        and fact.object.strip()
        and fact.predicate.strip()
    )
    dropped = len(extraction.entities) - len(entities) + len(extraction.facts) - len(facts)
    entities, facts = _typed(entities, facts)
    return Checked(episode, extraction, entities, facts, extraction.rejected + dropped)


def _typed(
    entities: tuple[ProposedEntity, ...], facts: tuple[ProposedFact, ...]
) -> tuple[tuple[ProposedEntity, ...], tuple[ProposedFact, ...]]:
    """Whoever one works at is an organisation, though the word alone may look like a person's name; or else what
    ends a fact would miss it."""
    meant: dict[tuple[str, EntityType | None], EntityType] = {
        (fact.object, fact.object_type): OBJECT_TYPES[fact.predicate]
        for fact in facts
        if fact.predicate in OBJECT_TYPES and fact.object_type not in (None, OBJECT_TYPES[fact.predicate])
    }
    return (
        tuple(replace(entity, type=meant.get((entity.name, entity.type), entity.type)) for entity in entities),
        tuple(
            replace(fact, object_type=meant.get((fact.object, fact.object_type), fact.object_type)) for fact in facts
        ),
    )


def _says(episode: Episode, start: int | None, end: int | None) -> bool:
    """Whether there are words at these offsets."""
    return (
        start is not None
        and end is not None
        and 0 <= start < end <= len(episode.content)
        and bool(episode.content[start:end].strip())
    )


def names(checked: Sequence[Checked]) -> list[Named]:
    """Every name and type that needs an entity, in order of appearance."""
    found: dict[Named, None] = {}
    for item in checked:
        for entity in item.entities:
            found[entity.name, entity.type] = None
        for fact in item.facts:
            found[fact.subject, fact.subject_type] = None
            if fact.object_type is not None:
                found[fact.object, fact.object_type] = None
            if fact.replaces is not None and fact.replaces[1] is not None:
                found[fact.replaces[0], fact.replaces[1]] = None
    return list(found)


def statements(
    item: Checked, ids: Mapping[Named, str], *, extractor: str, recorded_at: datetime, new_id: Callable[[], str]
) -> list[Statement]:
    """One per fact. Where no time was said the time of the episode stands in for the start, marked as assumed."""
    episode = item.episode
    made: list[Statement] = []
    for fact in item.facts:
        stated = fact.valid is not None and (fact.valid.start is not None or fact.valid.end is not None)
        made.append(
            Statement(
                id=new_id(),
                subject_id=ids[fact.subject, fact.subject_type],
                predicate=fact.predicate,
                object=_value(fact.object, fact.object_type, ids),
                polarity=fact.polarity,
                cardinality=fact.cardinality,
                kind=fact.kind,
                text=fact.statement,
                valid=fact.valid if stated and fact.valid is not None else Interval(episode.occurred_at),
                precision=(fact.precision or Precision.DAY) if stated else Precision.ASSUMED,
                said_at=episode.occurred_at,
                recorded_at=recorded_at,
                seq=episode.seq,
                extractor=extractor,
                span=Span(episode.id, fact.start, fact.end, episode.content[fact.start : fact.end]),
                replaces=None if fact.replaces is None else _value(*fact.replaces, ids),
            )
        )
    return made


def _value(said: str, type: EntityType | None, ids: Mapping[Named, str]) -> Value:
    return Value(literal=said) if type is None else Value(entity_id=ids[said, type])
