"""What any store of facts finds around a start of validity."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.fact import Cardinality, FactVersion, Polarity, Statement, Value
from app.domain.scope import Scope
from app.domain.time import BEGINNING, Interval, Precision
from app.domain.timeline import horizon, plain
from app.domain.timeline.claims import telling
from app.ports.graph.knowledge import Group, Place
from app.ports.graph.store import GraphStore
from tests.contracts import SHARED
from tests.contracts.graph.made import BOB, CAROLINE, DAY, NOON, change, closure, entity, new_id, statement, version

DAYS = [NOON + number * DAY for number in range(6)]
TEA = Value(literal="tea").key


def concerns(group: Group, said: Statement) -> bool:
    if group.object_key is None:
        return said.cardinality is Cardinality.ONE
    return said.cardinality is Cardinality.MANY and (
        said.object.key == group.object_key
        or said.polarity is Polarity.ENDS_ALL
        or (said.replaces is not None and said.replaces.key == group.object_key)
    )


def around(versions: list[FactVersion], at: datetime) -> list[FactVersion]:
    ordered = sorted(versions, key=lambda v: v.valid.start or BEGINNING)
    before = [v for v in ordered if (v.valid.start or BEGINNING) <= at and (v.valid.end is None or v.valid.end >= at)]
    after = [v for v in ordered if (v.valid.start or BEGINNING) > at]
    return before + after[:1]


@st.composite
def told(draw: st.DrawFn) -> list[dict[str, object]]:
    made: list[dict[str, object]] = []
    for _ in range(draw(st.integers(0, 8))):
        start = draw(st.sampled_from([None, *DAYS, *DAYS]))
        end = draw(st.sampled_from([None, None, None, *DAYS]))
        made.append(
            {
                "object": draw(st.sampled_from(["tea", "Tea", "milk"])),
                "cardinality": draw(st.sampled_from(Cardinality)),
                "polarity": draw(st.sampled_from([Polarity.HOLDS] * 6 + list(Polarity))),
                "replaces": draw(st.sampled_from([None] * 6 + [Value(literal="tea")])),
                "precision": draw(st.sampled_from([Precision.SECOND, Precision.ASSUMED, Precision.WEEK])),
                "valid": Interval(start, end if start is None or end is None else max(start, end)),
                "said_at": draw(st.sampled_from(DAYS)),
                "seq": draw(st.integers(1, 3)),
            }
        )
    return made


class VicinityContract:
    @given(told(), st.sampled_from(DAYS))
    @settings(max_examples=60, deadline=None, suppress_health_check=SHARED)
    async def test_the_reach_of_a_group(self, graph: GraphStore, given: list[dict[str, object]], at: datetime) -> None:
        scope, caroline = Scope("acme", new_id("user")), entity()
        every = [statement(caroline, "likes", **fields) for fields in given]  # type: ignore[arg-type]
        other = statement(caroline, "drinks", "tea", valid=Interval(DAYS[-1] + DAY))
        await change(graph, scope=scope, entities=(caroline,), statements=(*every, other))
        groups = [Group(caroline.id, "likes"), Group(caroline.id, "likes", TEA)]
        found = await graph.facts.vicinities(scope, [Place(group, at) for group in groups])
        for group, vicinity in zip(groups, found, strict=True):
            bearing = [said for said in every if concerns(group, said)]
            assert vicinity.reach == horizon(bearing)
            assert vicinity.plain == all(map(plain, bearing))
            assert not vicinity.restored

    async def test_the_versions_beside_a_start(self, graph: GraphStore) -> None:
        caroline = entity()
        said = statement(caroline, "likes", "tea")
        spans = [Interval(None, DAYS[1]), *(Interval(DAYS[n], DAYS[n + 1]) for n in range(1, 5)), Interval(DAYS[5])]
        runs = [version(said, valid=span) for span in spans]
        closed, many = version(said), version(said, cardinality=Cardinality.MANY)
        await change(graph, entities=(caroline,), statements=(said,), append=(*runs, closed, many))
        await change(graph, close=(closure(closed),))
        one = Group(caroline.id, "likes")
        for at in [NOON - DAY, *DAYS, DAYS[2] + DAY / 2, DAYS[5] + DAY]:
            (vicinity,) = await graph.facts.vicinities(CAROLINE, [Place(one, at)])
            assert list(vicinity.versions) == around(runs, at)
        tea = Group(caroline.id, "likes", TEA)
        (of_tea,) = await graph.facts.vicinities(CAROLINE, [Place(tea, NOON)])
        assert of_tea.versions == (many,)
        (elsewhere,) = await graph.facts.vicinities(BOB, [Place(one, NOON)])
        assert (elsewhere.versions, elsewhere.reach, elsewhere.plain) == ((), None, True)
        assert await graph.facts.vicinities(CAROLINE, []) == []

    async def test_a_restored_statement_is_told_of(self, graph: GraphStore) -> None:
        caroline = entity()
        said = statement(caroline, "likes", "tea")
        place = Place(Group(caroline.id, "likes"), NOON)
        await change(graph, entities=(caroline,), statements=(said,), withdraw=(said.id,))
        assert not (await graph.facts.vicinities(CAROLINE, [place]))[0].restored
        await change(graph, restore=(said.id,))
        assert (await graph.facts.vicinities(CAROLINE, [place]))[0].restored
        assert not (await graph.facts.vicinities(BOB, [place]))[0].restored

    async def test_what_is_behind_versions(self, graph: GraphStore) -> None:
        caroline = entity()
        said = [statement(caroline, "likes", f"tea {n}", valid=Interval(DAYS[n]), seq=n) for n in range(4)]
        tie = statement(caroline, "likes", "milk", valid=Interval(DAYS[2]), seq=9)
        believed, gone, revised = version(said[0], said[1]), version(said[1]), version(said[0])
        again = version(said[3], fact_id=revised.fact_id, version=2)
        everything = (believed, gone, revised, again)
        await change(graph, entities=(caroline,), statements=(*said, tie), append=everything)
        await change(graph, close=tuple(closure(v) for v in (gone, revised, again)))
        (gone_closed,) = await graph.facts.versions(CAROLINE, [gone.fact_id])
        group = Group(caroline.id, "likes")
        fences = [Place(group, DAYS[2]), Place(group, DAYS[4])]
        backing = await graph.facts.backing(CAROLINE, [(believed.fact_id, 1)], fences)
        assert sorted(backing.statements, key=telling) == said[:2]
        assert backing.former == (gone_closed,)
        assert backing.fences == {fences[0]: tie}
        nothing = await graph.facts.backing(BOB, [(believed.fact_id, 1)], fences)
        assert (nothing.statements, nothing.former, dict(nothing.fences)) == ((), (), {})
