"""What is believed in the end does not depend on the way that news took, and costs what is near, not what there is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from uuid import uuid4

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.compose.stores import graph_of
from app.domain.entity import Entity, EntityType
from app.domain.fact import Cardinality, FactKind, FactVersion, Polarity, Statement, Value
from app.domain.scope import Scope
from app.domain.time import Interval, Precision
from app.domain.timeline import believe
from app.memory.facts.believing import Believing
from app.observe import PrometheusMeter
from app.ports.graph.knowledge import ChangeSet, FactQuery
from app.ports.graph.store import GraphStore
from app.settings import Settings
from tests.engines import INSTALLATIONS

pytestmark = pytest.mark.asyncio(loop_scope="session")

START = datetime(2026, 1, 1, tzinfo=UTC)
_seq = count(1)


@dataclass
class Memory:
    graph: GraphStore
    scope: Scope = field(default_factory=lambda: Scope("acme", uuid4().hex))
    meter: PrometheusMeter = field(default_factory=PrometheusMeter)
    said: list[Statement] = field(default_factory=list)

    async def hear(self, *news: Statement) -> None:
        believing = Believing(
            facts=self.graph.facts, identities=self.graph.identities, new_id=lambda: uuid4().hex, meter=self.meter
        )
        now = datetime.now(UTC)
        if not self.said:
            await self.commit(now, entities=(Entity("ana", "Ana", EntityType.PERSON, (), now),))
        revised = await believing.revise(self.scope, news, now)
        await self.commit(now, statements=news, close=revised.close, append=revised.append, support=revised.support)
        self.said += news

    async def commit(self, now: datetime, **given: object) -> None:
        revision = await self.graph.ledger.revision(self.scope)
        await self.graph.ledger.commit(self.scope, ChangeSet(revision=revision, recorded_at=now, **given))  # type: ignore[arg-type]

    async def believed(self) -> list[FactVersion]:
        return await self.graph.facts.facts(self.scope, FactQuery(), None, 100_000)

    def loaded(self) -> float:
        found = self.meter.registry.get_sample_value
        return (found("palimpsest_versions_loaded_total") or 0) + (found("palimpsest_statements_loaded_total") or 0)


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def graph(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[GraphStore]:
    settings = Settings(_env_file=None, **INSTALLATIONS.at(tmp_path_factory.mktemp("graph")))
    graph = await graph_of(settings, lambda: datetime.now(UTC), PrometheusMeter())
    yield graph
    await graph.close()


def said(predicate: str, value: str, start: datetime | None, **given: object) -> Statement:
    seq = next(_seq)
    return Statement(
        **{  # type: ignore[arg-type]
            "id": f"s{seq}",
            "subject_id": "ana",
            "predicate": predicate,
            "object": Value(literal=value),
            "polarity": Polarity.HOLDS,
            "cardinality": Cardinality.ONE,
            "kind": FactKind.FACTUAL,
            "text": f"{value} told {seq}",
            "valid": Interval(start),
            "precision": Precision.SECOND,
            "said_at": start or START,
            "recorded_at": START,
            "seq": seq,
            "extractor": "test",
            **given,
        }
    )


@st.composite
def statements(draw: st.DrawFn) -> list[Statement]:
    days = st.integers(0, 8).map(lambda day: START + timedelta(days=day))
    told = []
    for _ in range(draw(st.integers(1, 12))):
        start = draw(days)
        odd = draw(st.integers(0, 11))
        given: dict[str, object] = {"said_at": start if odd < 10 else draw(days)}
        if odd == 0:
            given |= {"polarity": draw(st.sampled_from([Polarity.ENDS, Polarity.ENDS_ALL, Polarity.DENIES]))}
        elif odd == 1:
            given |= {"valid": Interval(start, start + timedelta(days=2))}
        elif odd == 2:
            given |= {"replaces": Value(literal=draw(st.sampled_from("ab")))}
        elif odd == 3:
            given |= {"precision": Precision.WEEK, "said_at": draw(days)}
        cardinality = draw(st.sampled_from(Cardinality))
        told.append(
            said(draw(st.sampled_from("pq")), draw(st.sampled_from("abc")), start, cardinality=cardinality, **given)
        )
    return told


@given(statements(), st.lists(st.integers(1, 4), max_size=6))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_belief_is_that_of_all_statements_together(
    graph: GraphStore, told: list[Statement], sizes: list[int]
) -> None:
    memory = Memory(graph)
    rest = list(told)
    for size in [*sizes, *[1] * len(told)]:
        batch, rest = rest[:size], rest[size:]
        if batch:
            await memory.hear(*batch)
    assert {
        (v.predicate, v.cardinality, v.object, v.valid, v.text, v.precision, frozenset(v.statement_ids))
        for v in await memory.believed()
    } == {
        (r.predicate, r.cardinality, r.object, r.valid, r.text, r.precision, frozenset(r.statement_ids))
        for group in groups(told)
        for r in believe(group).runs
        if r.cardinality is Cardinality.ONE or r.object == group[0].object
    }


def groups(told: list[Statement]) -> list[list[Statement]]:
    """Each with a statement of its own value first."""
    made = []
    for predicate in "pq":
        of = [s for s in told if s.predicate == predicate]
        if one := [s for s in of if s.cardinality is Cardinality.ONE]:
            made.append(one)
        for value in "abc":
            many = [s for s in of if s.cardinality is Cardinality.MANY]
            own = [s for s in many if s.object.literal == value and s.polarity is not Polarity.ENDS_ALL]
            rest = [s for s in many if s not in own]
            bearing = [s for s in rest if s.polarity is Polarity.ENDS_ALL or s.replaces == Value(literal=value)]
            if own:
                made.append([*own, *bearing])
    return made


def updates(number: int) -> list[Statement]:
    """Each a different value than the one before, now and then one that was there already."""
    return [said("status", f"v{n % 97}", START + timedelta(minutes=n)) for n in range(number)]


async def rows_per_update(graph: GraphStore, news: list[Statement], batch: int) -> float:
    memory = Memory(graph)
    for start in range(0, len(news), batch):
        await memory.hear(*news[start : start + batch])
    current = [v for v in await memory.believed() if v.valid.end is None]
    assert [v.object.literal for v in current] == [max(news, key=lambda s: s.valid.start or START).object.literal]
    return memory.loaded() / len(news)


async def test_updates_in_order_load_what_is_near(graph: GraphStore) -> None:
    assert await rows_per_update(graph, updates(150), batch=1) <= 2


async def test_updates_that_come_late_load_what_is_near(graph: GraphStore) -> None:
    few, many = ([*updates(number)] for number in (50, 200))
    for news in (few, many):
        Random(4).shuffle(news)
    assert await rows_per_update(graph, many, batch=1) <= 12
    assert await rows_per_update(graph, many, batch=50) <= 12
    assert await rows_per_update(graph, many, batch=1) <= 1.5 * await rows_per_update(graph, few, batch=1)


async def test_dated_updates_told_long_after_load_what_is_near(graph: GraphStore) -> None:
    """Facts of callers are told at the moment of the request, whatever time they are about."""
    news = [replace(s, said_at=START + timedelta(days=900)) for s in updates(150)]
    assert await rows_per_update(graph, news, batch=1) <= 6
    assert await rows_per_update(graph, news, batch=25) <= 6


async def test_updates_with_one_and_the_same_date_load_what_is_near(graph: GraphStore) -> None:
    """Whichever is told last wins."""
    news = [said("status", f"v{n}", START, said_at=START + timedelta(days=900)) for n in range(150)]
    memory = Memory(graph)
    for statement in news:
        await memory.hear(statement)
    assert [v.object.literal for v in await memory.believed()] == ["v149"]
    assert memory.loaded() / len(news) <= 6
