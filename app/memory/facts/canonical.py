"""Facts as if every entity had always had the id of the one that stands for it.

The record keeps the ids that were told. What is believed is worked out over those who are one, so statements and
versions are read through this view, and what is to be appended is given its recorded ids back: a fact keeps those of
its first version, a new fact has those of the statement that it begins with.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.domain.fact import FactVersion, Statement, Value
from app.domain.identity import Merge, Same
from app.domain.scope import Scope
from app.ports.graph.identity import IdentityStore
from app.ports.graph.knowledge import Backing, FactStore, Group, Marks, Place, Vicinity

ENTITY_KEY = "e:"


@dataclass(frozen=True, slots=True)
class Rearrangement:
    """Merges that are about to begin, in their order, and entities whose merge is about to be undone."""

    merge: tuple[Merge, ...] = ()
    unmerge: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.merge or self.unmerge)

    @property
    def ids(self) -> set[str]:
        return {*self.unmerge, *(id for made in self.merge for id in (made.entity_id, made.into_id))}


AS_IT_IS = Rearrangement()


@dataclass(slots=True)
class Canonical:
    """For one revision of one scope; remembers what passed through it."""

    facts: FactStore
    identities: IdentityStore
    scope: Scope
    rearrangement: Rearrangement = AS_IT_IS
    same: Same = field(default_factory=Same)
    _known: set[str] = field(default_factory=set)
    _told: dict[str, Statement] = field(default_factory=dict)
    _kept: dict[str, tuple[str, Value]] = field(default_factory=dict)
    _resting: dict[str, tuple[str, Value]] = field(default_factory=dict)

    async def said(self, statements: Iterable[Statement]) -> list[Statement]:
        found = list(statements)
        await self._learn(id for statement in found for id in _entities(statement))
        self._told.update((statement.id, statement) for statement in found)
        return [self.same.statement(statement) for statement in found]

    async def kept(self, versions: Iterable[FactVersion]) -> list[FactVersion]:
        found = list(versions)
        await self._learn(id for version in found for id in (version.subject_id, version.object.entity_id) if id)
        for version in found:
            self._kept[version.fact_id] = version.subject_id, version.object
            self._resting.update(dict.fromkeys(version.statement_ids, (version.subject_id, version.object)))
        return [self.same.version(version) for version in found]

    async def groups_of(self, groups: Iterable[Group]) -> list[Group]:
        """Each once."""
        found = list(groups)
        await self._learn(id for group in found for id in _named(group))
        return list(dict.fromkeys(Group(self.same.one(g.subject_id), g.predicate, self._key(g)) for g in found))

    def alone(self, group: Group) -> bool:
        """Whether nobody else is meant by its ids."""
        return all(self.same.alone(id) for id in _named(group))

    async def groups(self, groups: Sequence[Group]) -> list[FactVersion]:
        return await self.kept(await self.facts.groups(self.scope, self._all(groups)))

    async def statements(self, groups: Sequence[Group]) -> list[Statement]:
        return await self.said(await self.facts.statements(self.scope, self._all(groups)))

    async def marks(self, groups: Sequence[Group]) -> Marks:
        return await self.facts.marks(self.scope, self._all(groups))

    async def vicinities(self, places: Sequence[Place]) -> list[Vicinity]:
        """Of groups that are alone."""
        found = await self.facts.vicinities(self.scope, places)
        versions = iter(await self.kept(version for around in found for version in around.versions))
        return [replace(around, versions=tuple(next(versions) for _ in around.versions)) for around in found]

    async def backing(self, versions: Sequence[tuple[str, int]], fences: Sequence[Place]) -> Backing:
        """Of groups that are alone."""
        found = await self.facts.backing(self.scope, versions, fences)
        return Backing(
            statements=tuple(await self.said(found.statements)),
            former=tuple(await self.kept(found.former)),
            fences=dict(zip(found.fences, await self.said(found.fences.values()), strict=True)),
        )

    def as_told(self, versions: Iterable[FactVersion]) -> tuple[FactVersion, ...]:
        """With the ids that they are to have in the record."""
        return tuple(self._recorded(version) for version in versions)

    def _recorded(self, version: FactVersion) -> FactVersion:
        subject, object = self._kept.get(version.fact_id) or self._beginning(version)
        return replace(version, subject_id=subject, object=object if object.entity_id is not None else version.object)

    def _beginning(self, version: FactVersion) -> tuple[str, Value]:
        """As told by what a new fact begins with, or, where it is cut off another, as that has it."""
        told = [self._told[id] for id in version.statement_ids if id in self._told]
        if told:
            first = next((statement for statement in told if statement.text == version.text), told[0])
            return first.subject_id, first.object
        known = (self._resting[id] for id in version.statement_ids if id in self._resting)
        return next(known, (version.subject_id, version.object))

    def _all(self, groups: Iterable[Group]) -> list[Group]:
        """The groups as they may be recorded."""
        return [
            Group(subject, group.predicate, key)
            for group in groups
            for subject in self.same.all(group.subject_id)
            for key in self._keys(group.object_key)
        ]

    def _keys(self, key: str | None) -> Sequence[str | None]:
        if key is None or not key.startswith(ENTITY_KEY):
            return (key,)
        return [ENTITY_KEY + id for id in self.same.all(key.removeprefix(ENTITY_KEY))]

    def _key(self, group: Group) -> str | None:
        key = group.object_key
        if key is None or not key.startswith(ENTITY_KEY):
            return key
        return ENTITY_KEY + self.same.one(key.removeprefix(ENTITY_KEY))

    async def _learn(self, ids: Iterable[str]) -> None:
        """Who is one with these, as it will be."""
        fresh = set(ids) - self._known
        if not fresh:
            return
        fresh |= self.rearrangement.ids
        found = await self.identities.same(self.scope, sorted(self._known | fresh))
        self._known |= fresh
        self.same = rearranged(found, self.rearrangement, await self._below())

    async def _below(self) -> Mapping[str, Collection[str]]:
        """Who goes with those whose merge is about to be undone."""
        return {id: await members_below(self.identities, self.scope, id) for id in self.rearrangement.unmerge}


async def members_below(identities: IdentityStore, scope: Scope, id: str) -> tuple[str, ...]:
    """All that are merged into it, directly or through others, itself first."""
    group = (await identities.same(scope, [id])).all(id)
    held = {made.entity_id: made.into_id for made in await identities.merges(scope, group) if made.undone_at is None}
    below = [id]
    for member in below:
        below += [source for source, into in held.items() if into == member]
    return tuple(below)


def rearranged(same: Same, change: Rearrangement, below: Mapping[str, Collection[str]]) -> Same:
    for id in change.unmerge:
        same = same.parted(id, below[id])
    for made in change.merge:
        same = same.joined(made.entity_id, made.into_id)
    return same


def _entities(statement: Statement) -> Iterable[str]:
    yield statement.subject_id
    for value in (statement.object, statement.replaces):
        if value is not None and value.entity_id is not None:
            yield value.entity_id


def _named(group: Group) -> Iterable[str]:
    yield group.subject_id
    if group.object_key is not None and group.object_key.startswith(ENTITY_KEY):
        yield group.object_key.removeprefix(ENTITY_KEY)
