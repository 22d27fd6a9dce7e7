"""Merges: reversible links that say that two entities are one, and what they come to together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from app.domain.entity import Entity
from app.domain.errors import IllegalTransition, Invalid
from app.domain.fact import FactVersion, Statement, Value
from app.domain.identity.judging import Reason


class By(StrEnum):
    RULE = "rule"
    CALLER = "caller"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Merge:
    """From `at` until `undone_at` the one entity stood for by the other. `evidence`: episode ids, some of which may
    have been deleted since."""

    id: str
    entity_id: str
    into_id: str
    score: float
    reason: Reason
    evidence: tuple[str, ...]
    by: By
    at: datetime
    undone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """Two entities that may be one, for a person to look at. `entity_id` sorts before `other_id`."""

    entity_id: str
    other_id: str
    score: float
    reason: Reason
    evidence: tuple[str, ...]
    noted_at: datetime

    def __post_init__(self) -> None:
        if self.entity_id >= self.other_id:
            raise ValueError("the ids of a doubtful pair stand in order")


@dataclass(frozen=True, slots=True)
class Same:
    """Which entities are one while some merges hold. `groups`: by entity id, all that are one with it, the one that
    stands for them first; those that are alone may be left out."""

    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def one(self, id: str) -> str:
        """The entity that stands for it."""
        return self.groups.get(id, (id,))[0]

    def all(self, id: str) -> tuple[str, ...]:
        return self.groups.get(id, (id,))

    def alone(self, id: str) -> bool:
        return len(self.all(id)) == 1

    def everyone(self, ids: Iterable[str]) -> tuple[str, ...]:
        """All that are one with any of these, in order, each once."""
        return tuple(dict.fromkeys(member for id in ids for member in self.all(id)))

    def joined(self, entity_id: str, into_id: str) -> Same:
        """With one more merge, of an entity that stands for itself."""
        group = (*self.all(self.one(into_id)), *self.all(entity_id))
        return Same({**self.groups, **dict.fromkeys(group, group)})

    def parted(self, entity_id: str, members: Iterable[str]) -> Same:
        """Without the merge of an entity: it stands for itself again, and for `members`."""
        mine = (entity_id, *(id for id in members if id != entity_id))
        rest = tuple(id for id in self.all(entity_id) if id not in mine)
        return Same({**self.groups, **dict.fromkeys(mine, mine), **dict.fromkeys(rest, rest)})

    def value(self, value: Value) -> Value:
        if value.entity_id is None or self.one(value.entity_id) == value.entity_id:
            return value
        return Value(entity_id=self.one(value.entity_id))

    def statement(self, said: Statement) -> Statement:
        """The same, said of those who stand for the ones that it names."""
        if not self.groups:
            return said
        subject, object = self.one(said.subject_id), self.value(said.object)
        replaces = self.value(said.replaces) if said.replaces is not None else None
        if (subject, object, replaces) == (said.subject_id, said.object, said.replaces):
            return said
        return replace(said, subject_id=subject, object=object, replaces=replaces)

    def version(self, believed: FactVersion) -> FactVersion:
        """The same, believed of those who stand for the ones that it names."""
        if not self.groups:
            return believed
        subject, object = self.one(believed.subject_id), self.value(believed.object)
        if (subject, object) == (believed.subject_id, believed.object):
            return believed
        return replace(believed, subject_id=subject, object=object)


def checked_merge(entity_id: str, into_id: str, same: Same) -> str:
    """The id to merge into: of the entity that stands for `into_id`. `same`: as it is now.
    Raises Invalid for an entity and itself, IllegalTransition where the merge would contradict one that holds."""
    if entity_id == into_id:
        raise Invalid("an entity cannot be merged into itself")
    if same.one(entity_id) == same.one(into_id):
        raise IllegalTransition("these two are merged already")
    if same.one(entity_id) != entity_id:
        raise IllegalTransition("this entity is merged into another; undo that first")
    return same.one(into_id)


def united(group: Iterable[Entity]) -> Entity:
    """Those who are one, as the first of them with the names of all."""
    first, *others = group
    names = [*first.aliases, *(name for other in others for name in (other.name, *other.aliases))]
    return replace(first, aliases=tuple(name for name in dict.fromkeys(names) if name != first.name))
