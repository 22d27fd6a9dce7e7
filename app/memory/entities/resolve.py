"""From proposed names to entities of this user's memory: exact and alias matches within compatible types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.domain.entity import Entity, normal_name
from app.domain.identity import VAGUE, Named, compatible


@dataclass(frozen=True, slots=True)
class Matches:
    """`ids`: the entity for each proposed name and type; `fresh`: entities to be made; `aliases`: spellings to add;
    `settled`: known ones of which it is clear by now what they are."""

    ids: Mapping[Named, str]
    fresh: tuple[Entity, ...] = ()
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    settled: tuple[Entity, ...] = ()


def resolve(
    proposed: Iterable[Named],
    known: Mapping[str, Sequence[Entity]],
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> Matches:
    """`known`: by normal_name, this user's entities with that name or alias, oldest first. Where several fit, the
    one of the very same type wins, then the oldest. One that was a mere thing takes on the first definite type."""
    ids: dict[Named, str] = {}
    fresh: dict[str, Entity] = {}
    aliases: dict[str, list[str]] = {}
    settled: dict[str, Entity] = {}
    by_name: dict[str, list[Entity]] = {name: list(entities) for name, entities in known.items()}
    # definite types first, so that a vague mention joins a definite one of the same batch whatever their order
    for name, type in sorted(dict.fromkeys(proposed), key=lambda named: named[1] in VAGUE):
        normal = normal_name(name)
        fitting = [entity for entity in by_name.get(normal, ()) if compatible(entity.type, type)]
        if fitting:
            entity = min(fitting, key=lambda entity: entity.type != type)
            if entity.type in VAGUE and type not in VAGUE:
                definite = replace(entity, type=type)
                settled[entity.id] = definite
                by_name = {n: [definite if e.id == entity.id else e for e in es] for n, es in by_name.items()}
            if name != entity.name and name not in entity.aliases and name not in aliases.get(entity.id, ()):
                aliases.setdefault(entity.id, []).append(name)
        else:
            entity = Entity(new_id(), name, type, (), now)
            fresh[entity.id] = entity
            by_name.setdefault(normal, []).append(entity)
        ids[name, type] = entity.id
    return Matches(
        ids, tuple(fresh.values()), {id: tuple(names) for id, names in aliases.items()}, tuple(settled.values())
    )
