"""From proposed names to entities of this user's memory: exact and alias matches within compatible types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.entity import Entity, EntityType, normal_name

VAGUE = frozenset({EntityType.THING, EntityType.TOPIC})
"""Types an extractor gives when it does not know better; they join whatever else has the name."""

Named = tuple[str, EntityType]


@dataclass(frozen=True, slots=True)
class Resolution:
    """`ids`: the entity for each proposed name and type; `fresh`: entities to be made; `aliases`: spellings to add."""

    ids: Mapping[Named, str]
    fresh: tuple[Entity, ...]
    aliases: Mapping[str, tuple[str, ...]]


def compatible(one: EntityType, other: EntityType) -> bool:
    """Paris the city and Paris the person are two; a "thing" called Paris may be either."""
    return one == other or one in VAGUE or other in VAGUE


def resolve(
    proposed: Iterable[Named],
    known: Mapping[str, Sequence[Entity]],
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> Resolution:
    """`known`: by normal_name, this user's entities with that name or alias, oldest first. Where several fit, the
    one of the very same type wins, then the oldest."""
    ids: dict[Named, str] = {}
    fresh: list[Entity] = []
    aliases: dict[str, list[str]] = {}
    by_name: dict[str, list[Entity]] = {name: list(entities) for name, entities in known.items()}
    # definite types first, so that a vague mention joins a definite one of the same batch whatever their order
    for name, type in sorted(dict.fromkeys(proposed), key=lambda named: named[1] in VAGUE):
        normal = normal_name(name)
        fitting = [entity for entity in by_name.get(normal, ()) if compatible(entity.type, type)]
        if fitting:
            entity = min(fitting, key=lambda entity: entity.type != type)
            if name != entity.name and name not in entity.aliases and name not in aliases.get(entity.id, ()):
                aliases.setdefault(entity.id, []).append(name)
        else:
            entity = Entity(new_id(), name, type, (), now)
            fresh.append(entity)
            by_name.setdefault(normal, []).append(entity)
        ids[name, type] = entity.merged_into or entity.id
    return Resolution(ids, tuple(fresh), {id: tuple(names) for id, names in aliases.items()})
