"""From news to a revision of what is believed: load the groups that it touches, let the temporal algebra decide."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.domain.fact import Cardinality, FactVersion, Polarity, Retirement, Statement
from app.domain.scope import Scope
from app.domain.timeline import Closure, Revision, Rule, Support, reconcile
from app.memory.facts.canonical import AS_IT_IS, Canonical, Rearrangement
from app.memory.facts.nearby import Nearby
from app.ports.graph.identity import IdentityStore
from app.ports.graph.knowledge import FactStore, Group, Marks
from app.ports.metrics import Meter

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
    def __init__(self, *, facts: FactStore, identities: IdentityStore, new_id: Callable[[], str], meter: Meter) -> None:
        self._facts = facts
        self._identities = identities
        self._new_id = new_id
        self._meter = meter
        self._nearby = Nearby(new_id=new_id, meter=meter)

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
        rearrangement: Rearrangement = AS_IT_IS,
    ) -> Revised:
        """Entities that are one count as one; what is appended has the ids that were told.

        `without`: ids of statements that are about to be deleted; `touched`: these statements, or others whose groups
        are to be looked at. `withdraw`, `reinstate`, `restore`: ids of statements of the groups `about`, about to be
        so marked. `cause`: why versions are retired where no statement says so. `rearrangement`: of who is one, about
        to be made too."""
        view = Canonical(self._facts, self._identities, scope, rearrangement)
        news = await view.said(news)
        given = [*await view.groups_of(about), *await self._groups(view, [*news, *await view.said(touched)])]
        groups = list(dict.fromkeys(given))
        by_predicate: dict[tuple[str, str], list[Statement]] = {}
        for statement in news:
            by_predicate.setdefault((statement.subject_id, statement.predicate), []).append(statement)
        heard = {
            group: [s for s in by_predicate.get((group.subject_id, group.predicate), ()) if _concerns(group, s)]
            for group in groups
        }
        revisions: dict[Group, list[Revision]] = {}
        if cause is None and not (without or withdraw or reinstate or restore):
            near = {group: said for group, said in heard.items() if view.alone(group)}
            revisions = await self._nearby.revise(view, near, now)
        wholly = {group: said for group, said in heard.items() if group not in revisions}
        if wholly:
            marks = await view.marks(list(wholly))
            aside = {*marks.withdrawn, *withdraw} - {*reinstate, *restore}
            restored = {**marks.restored, **dict.fromkeys(restore, now)}
            marks = Marks(frozenset(aside), {id: at for id, at in restored.items() if id not in aside})
            revisions |= await self._reconciled(view, wholly, now, set(without), marks, cause)
        every = [revision for group in groups for revision in revisions[group]]
        append = view.as_told(version for revision in every for version in revision.append)
        return Revised(
            close=tuple(closure for revision in every for closure in revision.close),
            append=append,
            support=tuple(support for revision in every for support in revision.support),
            added_by=_added(append, news),
        )

    async def groups(self, scope: Scope, statements: Iterable[Statement]) -> list[Group]:
        """The groups that these bear on, as of those who are one now."""
        view = Canonical(self._facts, self._identities, scope)
        return await self._groups(view, await view.said(statements))

    async def _reconciled(
        self,
        view: Canonical,
        news: Mapping[Group, Sequence[Statement]],
        now: datetime,
        without: Collection[str],
        marks: Marks,
        cause: Retirement | None,
    ) -> dict[Group, list[Revision]]:
        """From all that was ever said and believed of these groups."""
        told = await view.statements(list(news))
        versions = await view.groups(list(news))
        self._meter.count("versions_loaded", len(versions))
        self._meter.count("statements_loaded", len(told))
        said_of: dict[tuple[str, str], list[Statement]] = {}
        for statement in told:
            said_of.setdefault((statement.subject_id, statement.predicate), []).append(statement)
        believed_of: dict[tuple[str, str], list[FactVersion]] = {}
        for version in versions:
            believed_of.setdefault((version.subject_id, version.predicate), []).append(version)
        revisions: dict[Group, list[Revision]] = {}
        beside: list[FactVersion] = []
        for group, said in news.items():
            key = group.subject_id, group.predicate
            known = [s for s in said_of.get(key, ()) if s.id not in without and _concerns(group, s)]
            held = [v for v in believed_of.get(key, ()) if _within(group, v)]
            revision = reconcile(
                held,
                [*known, *said],
                elsewhere=_elsewhere(held, known, told) if view.rearrangement.unmerge else (),
                now=now,
                new_id=self._new_id,
                withdrawn=marks.withdrawn,
                restored=marks.restored,
                cause=cause,
            )
            own = tuple(version for version in revision.append if _within(group, version))
            beside += [version for version in revision.append if version not in own]
            revisions[group] = [replace(revision, append=own)]
        return _attributed(revisions, beside)

    async def _groups(self, view: Canonical, statements: Iterable[Statement]) -> list[Group]:
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
        for version in await view.groups(list(everything)) if everything else ():
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


def _elsewhere(
    versions: Iterable[FactVersion], known: Iterable[Statement], told: Iterable[Statement]
) -> list[Statement]:
    """What these versions rest upon and no longer speaks for them: it was said of somebody else, as it is now."""
    rested = {id for version in versions for id in version.statement_ids} - {statement.id for statement in known}
    return [statement for statement in told if statement.id in rested]


def _attributed(revisions: dict[Group, list[Revision]], beside: Iterable[FactVersion]) -> dict[Group, list[Revision]]:
    """What takes the place of one value among many is a fact of the group of its own value; `beside`: as it showed in
    the group of the value that it replaces. Retirements there are to name the former."""
    facts = {
        id: version.fact_id
        for found in revisions.values()
        for revision in found
        for version in revision.append
        for id in version.statement_ids
    }
    same = {
        version.fact_id: next((facts[id] for id in version.statement_ids if id in facts), None) for version in beside
    }

    def renamed(closure: Closure) -> Closure:
        why = closure.retirement
        return replace(closure, retirement=replace(why, fact_id=same[why.fact_id])) if why.fact_id in same else closure

    return (
        {
            group: [replace(revision, close=tuple(map(renamed, revision.close))) for revision in found]
            for group, found in revisions.items()
        }
        if same
        else revisions
    )


def _added(append: Iterable[FactVersion], news: Iterable[Statement]) -> dict[str, str | None]:
    sources = {s.id: s.span.episode_id if s.span is not None else None for s in news}
    return {
        version.fact_id: next((sources[id] for id in version.statement_ids if id in sources), None)
        for version in append
        if version.version == 1 and version.believed
    }
