"""Revisions from what is near the news alone, so that the thousandth update of something costs what the second did.

A group whose news cannot be decided from nearby is left to a full reconciliation, which loads all of the group: ends,
denials, corrections and statements with an end or a vague date, unless they are simply the newest; several such at
once; news of what a caller restored or that begins where something told later does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.fact import FactVersion, Polarity, Statement
from app.domain.time import BEGINNING
from app.domain.timeline import Revision, insert, plain, weave
from app.memory.facts.canonical import Canonical
from app.ports.graph.knowledge import Backing, Group, Place, Vicinity
from app.ports.metrics import Meter


@dataclass(frozen=True, slots=True)
class _Stretch:
    """News of one group that are to be woven into the same unbroken stretch of believed versions, both by start."""

    group: Group
    news: tuple[Statement, ...]
    versions: tuple[FactVersion, ...]

    @property
    def keys(self) -> list[tuple[str, int]]:
        return [(version.fact_id, version.version) for version in self.versions]

    @property
    def fence(self) -> Place | None:
        end = self.versions[-1].valid.end if self.versions else None
        return None if end is None else Place(self.group, end)


class Nearby:
    def __init__(self, *, new_id: Callable[[], str], meter: Meter) -> None:
        self._new_id = new_id
        self._meter = meter

    async def revise(
        self, view: Canonical, news: Mapping[Group, Sequence[Statement]], now: datetime
    ) -> dict[Group, list[Revision]]:
        """By group, as far as it can be told. `news`: of each group all that bears on it."""
        places = {
            group: [Place(group, start) for statement in said if (start := statement.valid.start) is not None]
            for group, said in news.items()
            if said and all(_simple(statement) for statement in said)
        }
        found = iter(await view.vicinities([place for at in places.values() for place in at]))
        decided: dict[Group, list[Revision]] = {}
        stretches: list[_Stretch] = []
        for group, at in places.items():
            around = [next(found) for _ in at]
            self._meter.count("versions_loaded", sum(len(vicinity.versions) for vicinity in around))
            if around[0].restored:
                continue
            if len(at) == 1 and (revision := self._inserted(news[group][0], around[0], now)) is not None:
                decided[group] = [revision]
            elif around[0].plain and all(plain(statement) for statement in news[group]):
                stretches += _stretches(group, news[group], around)
        woven = await self._woven(view, stretches, now)
        return decided | woven

    def _inserted(self, statement: Statement, around: Vicinity, now: datetime) -> Revision | None:
        return insert(around.versions, statement, around.reach, now=now, new_id=self._new_id)

    async def _woven(
        self, view: Canonical, stretches: Sequence[_Stretch], now: datetime
    ) -> dict[Group, list[Revision]]:
        if not stretches:
            return {}
        backing = await view.backing(
            [key for stretch in stretches for key in stretch.keys],
            [fence for stretch in stretches if (fence := stretch.fence) is not None],
        )
        self._meter.count("versions_loaded", len(backing.former))
        self._meter.count("statements_loaded", len(backing.statements) + len(backing.fences))
        statements = {statement.id: statement for statement in backing.statements}
        former = _former(backing)
        woven: dict[Group, list[Revision]] = {}
        unclear: set[Group] = set()
        for stretch in stretches:
            ids = dict.fromkeys(id for version in stretch.versions for id in version.statement_ids)
            before = {version.fact_id: version for id in ids for version in former.get(id, ())}
            fence = stretch.fence
            revision = weave(
                [*stretch.versions, *before.values()],
                [statements[id] for id in ids],
                stretch.news,
                None if fence is None else backing.fences.get(fence),
                now=now,
                new_id=self._new_id,
            )
            if revision is None:
                unclear.add(stretch.group)
            else:
                woven.setdefault(stretch.group, []).append(revision)
        return {group: revisions for group, revisions in woven.items() if group not in unclear}


def _simple(statement: Statement) -> bool:
    return (
        statement.polarity is Polarity.HOLDS
        and statement.replaces is None
        and statement.valid.start is not None
        and not statement.valid.empty
    )


def _stretches(group: Group, news: Sequence[Statement], around: Sequence[Vicinity]) -> list[_Stretch]:
    """News whose neighbours are the same belong together; without any neighbour, all of them do."""
    stretches: list[_Stretch] = []
    for statement, vicinity in sorted(
        zip(news, around, strict=True), key=lambda pair: (pair[0].valid.start or BEGINNING, pair[0].seq)
    ):
        here = _Stretch(group, (statement,), vicinity.versions)
        last = stretches[-1] if stretches else None
        if last is not None and (not here.versions or not set(here.keys).isdisjoint(last.keys)):
            further = [version for key, version in zip(here.keys, here.versions, strict=True) if key not in last.keys]
            stretches[-1] = _Stretch(group, (*last.news, statement), (*last.versions, *further))
        else:
            stretches.append(here)
    return stretches


def _former(backing: Backing) -> dict[str, list[FactVersion]]:
    by_statement: dict[str, list[FactVersion]] = {}
    for version in backing.former:
        for id in version.statement_ids:
            by_statement.setdefault(id, []).append(version)
    return by_statement
