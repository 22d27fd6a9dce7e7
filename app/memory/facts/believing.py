"""From news to a revision of what is believed: load the groups that it touches, let the temporal algebra decide."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.domain.fact import Cardinality, FactVersion, Polarity, Retirement, Statement
from app.domain.scope import Scope
from app.domain.timeline import Closure, Rule, Support, reconcile
from app.ports.graph.knowledge import FactStore, Group

NOT_RETIREMENTS = frozenset({Rule.REFINED, Rule.MERGED})
"""Rules that move a fact's interval; the fact itself stays believed."""


@dataclass(frozen=True, slots=True)
class Revised:
    """What changes. `added_by`: by id of a fact that is new, the episode that told of it (None: a caller did)."""

    close: tuple[Closure, ...] = ()
    append: tuple[FactVersion, ...] = ()
    support: tuple[Support, ...] = ()
    added_by: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def retirements(self) -> tuple[Closure, ...]:
        return tuple(closure for closure in self.close if closure.retirement.rule not in NOT_RETIREMENTS)


class Believing:
    def __init__(self, *, facts: FactStore, new_id: Callable[[], str]) -> None:
        self._facts = facts
        self._new_id = new_id

    async def revise(
        self,
        scope: Scope,
        news: Sequence[Statement],
        now: datetime,
        *,
        without: Collection[str] = (),
        touched: Iterable[Statement] = (),
        about: Iterable[Group] = (),
        withdraw: Collection[str] = (),
        reinstate: Collection[str] = (),
        restore: Collection[str] = (),
        cause: Retirement | None = None,
    ) -> Revised:
        """`without`: ids of statements that are about to be deleted; `touched`: these statements. `withdraw`,
        `reinstate`, `restore`: ids of statements of the groups `about`, about to be so marked. `cause`: why versions
        are retired where no statement says so."""
        groups = list(dict.fromkeys([*about, *await self._groups(scope, [*news, *touched])]))
        if not groups:
            return Revised()
        told = await self._facts.statements(scope, groups)
        versions = await self._facts.groups(scope, groups)
        marks = await self._facts.marks(scope, groups)
        gone = set(without)
        aside = {*marks.withdrawn, *withdraw} - {*reinstate, *restore}
        restored = {**marks.restored, **dict.fromkeys(restore, now)}
        revised = Revised()
        for group in groups:
            statements = [s for s in (*told, *news) if s.id not in gone and _concerns(group, s)]
            revision = reconcile(
                [v for v in versions if _within(group, v)],
                statements,
                now=now,
                new_id=self._new_id,
                withdrawn=aside,
                restored={id: at for id, at in restored.items() if id not in aside},
                cause=cause,
            )
            revised = Revised(
                revised.close + revision.close, revised.append + revision.append, revised.support + revision.support
            )
        return Revised(revised.close, revised.append, revised.support, _added(revised.append, news))

    async def _groups(self, scope: Scope, statements: Iterable[Statement]) -> list[Group]:
        """The groups that these statements bear on; one that ends or replaces a value bears on others' too."""
        groups: dict[Group, None] = {}
        everything: dict[Group, None] = {}
        for statement in statements:
            whole = Group(statement.subject_id, statement.predicate)
            if statement.cardinality is Cardinality.ONE:
                groups[whole] = None
                continue
            if statement.polarity is Polarity.ENDS_ALL:
                everything[whole] = None
                continue
            groups[Group(statement.subject_id, statement.predicate, statement.object.key)] = None
            if statement.replaces is not None:
                groups[Group(statement.subject_id, statement.predicate, statement.replaces.key)] = None
        for version in await self._facts.groups(scope, list(everything)) if everything else ():
            groups[Group(version.subject_id, version.predicate, version.object.key)] = None
        return list(groups)


def group_of(version: FactVersion) -> Group:
    key = None if version.cardinality is Cardinality.ONE else version.object.key
    return Group(version.subject_id, version.predicate, key)


def _concerns(group: Group, statement: Statement) -> bool:
    if (statement.subject_id, statement.predicate) != (group.subject_id, group.predicate):
        return False
    if group.object_key is None:
        return statement.cardinality is Cardinality.ONE
    if statement.cardinality is not Cardinality.MANY:
        return False
    return (
        statement.object.key == group.object_key
        or statement.polarity is Polarity.ENDS_ALL
        or (statement.replaces is not None and statement.replaces.key == group.object_key)
    )


def _within(group: Group, version: FactVersion) -> bool:
    if (version.subject_id, version.predicate) != (group.subject_id, group.predicate):
        return False
    if group.object_key is None:
        return version.cardinality is Cardinality.ONE
    return version.cardinality is Cardinality.MANY and version.object.key == group.object_key


def _added(append: Iterable[FactVersion], news: Iterable[Statement]) -> dict[str, str | None]:
    sources = {s.id: s.span.episode_id if s.span is not None else None for s in news}
    return {
        version.fact_id: next((sources[id] for id in version.statement_ids if id in sources), None)
        for version in append
        if version.version == 1 and version.believed
    }
