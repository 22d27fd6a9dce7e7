"""Merging and unmerging: what is believed of two is reconciled as of one, and comes back as it was."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.entity import EntityType
from app.domain.errors import IllegalTransition, Invalid, NotFound
from app.domain.fact import Cardinality, Polarity
from app.domain.scope import Scope
from app.domain.time import Interval, Precision
from app.memory.facts.given import FactInput
from app.memory.views import FactView, Kind
from app.ports.graph.knowledge import ChangeSet, FactState
from tests.contracts.graph.made import entity, statement, value
from tests.house import ANA, House

pytestmark = pytest.mark.asyncio(loop_scope="session")

PERSON, PLACE = EntityType.PERSON, EntityType.PLACE


def day(number: int) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC).replace(day=number)


async def state(house: House, subject: str, predicate: str, object: str, since: int, **given: Any) -> None:
    fact = FactInput(
        subject, predicate, object, subject_type=PERSON, valid_from=day(since), **{"object_type": PLACE, **given}
    )
    await house.services.facts.state(ANA, [fact])
    house.clock.forward(hours=1)


async def id_of(house: House, name: str) -> str:
    (found,) = (await house.graph.entities.named(ANA, [name.casefold()]))[name.casefold()]
    return found.id


async def merged(house: House, one: str, into: str) -> tuple[str, str]:
    ids = await id_of(house, one), await id_of(house, into)
    await house.services.merging.merge(ANA, *ids)
    house.clock.forward(hours=1)
    return ids


def told(views: Sequence[FactView]) -> list[tuple[Any, ...]]:
    """What a reader is told, in some order."""
    return sorted(
        (
            view.subject.name,
            view.version.predicate,
            view.object.name if view.object is not None else view.version.object.literal,
            view.version.text,
            str(view.version.valid),
            sorted(view.version.statement_ids),
        )
        for view in views
    )


async def view(house: House, scope: Scope = ANA, **given: Any) -> list[tuple[Any, ...]]:
    return told(await house.services.insights.facts(scope, limit=1_000, **given))


async def test_one_value_of_both_is_current(house: House) -> None:
    await state(house, "Mel", "lives_in", "Porto", 3)
    await state(house, "Melanie", "lives_in", "Lisbon", 5)
    apart = await view(house)
    mel, melanie = await merged(house, "Mel", "Melanie")
    for name in (mel, melanie, "Mel", "Melanie"):
        (now,) = await house.services.insights.facts(ANA, subject=name)
        assert now.object is not None
        assert (now.subject.name, now.object.name) == ("Melanie", "Lisbon")
    (porto,) = await house.services.insights.facts(ANA, subject="Melanie", as_of=day(4))
    assert (porto.subject.id, porto.version.subject_id) == (melanie, mel)
    assert porto.version.valid == Interval(day(3), day(5))
    await house.services.merging.unmerge(ANA, mel)
    assert await view(house) == apart


async def test_the_past_is_as_it_was_known(house: House) -> None:
    await state(house, "Mel", "lives_in", "Porto", 3)
    await state(house, "Melanie", "lives_in", "Lisbon", 5)
    before = house.clock.now
    house.clock.forward(hours=1)
    apart = await view(house, known_at=before)
    mel, _ = await merged(house, "Mel", "Melanie")
    during = house.clock.now
    joined = await view(house, known_at=during, subject="Mel")
    house.clock.forward(hours=1)
    assert await view(house, known_at=before) == apart
    assert [row[0] for row in await view(house, known_at=before, subject="Mel")] == ["Mel"]
    await house.services.merging.unmerge(ANA, mel)
    house.clock.forward(hours=1)
    assert await view(house, known_at=before) == apart
    assert await view(house, known_at=during, subject="Mel") == joined


async def test_the_same_told_of_both_is_one_fact(house: House) -> None:
    for name in ("Mel", "Melanie"):
        await state(house, name, "likes", "tea", 3, object_type=None, statement="She likes tea.")
    await state(house, "Bo", "knows", "Mel", 3, object_type=PERSON, statement="Bo knows her.")
    await state(house, "Bo", "knows", "Melanie", 3, object_type=PERSON, statement="Bo knows her.")
    apart = await view(house)
    mel, _ = await merged(house, "Mel", "Melanie")
    assert [row[:3] for row in await view(house)] == [("Bo", "knows", "Melanie"), ("Melanie", "likes", "tea")]
    await house.services.merging.unmerge(ANA, mel)
    assert await view(house) == apart


async def test_a_merge_is_followed_by_search_timeline_and_graph(house: House) -> None:
    await state(house, "Mel", "visited", "Porto", 3)
    await state(house, "Melanie", "visited", "Lisbon", 5)
    mel, melanie = await merged(house, "Mel", "Melanie")
    found = await house.found("Mel", kinds=frozenset({Kind.ENTITY}))
    assert mel not in {result.id for result in found}
    (one,) = [result for result in found if result.id == melanie]
    assert one.text == "Melanie (person), also Mel"
    timeline = await house.services.chronicle.timeline(ANA, entity=mel, predicate=None, within=Interval())
    assert [fact.subject.id for fact in timeline.facts] == [melanie, melanie]
    picture = await house.services.surroundings.picture(ANA, entity="Porto", depth=2, limit=10)
    assert {node.name: steps for node, steps in picture.nodes} == {"Porto": 0, "Melanie": 1, "Lisbon": 2}
    await house.services.merging.unmerge(ANA, mel)
    assert mel in {result.id for result in await house.found("Mel", kinds=frozenset({Kind.ENTITY}))}


async def test_chains_are_undone_link_by_link(house: House) -> None:
    for name in ("Mel", "Melanie", "Mrs Jones"):
        await state(house, name, "likes", name, 3, object_type=None)
    mel, melanie = await merged(house, "Mel", "Melanie")
    _, jones = await merged(house, "Melanie", "Mrs Jones")
    assert {row[0] for row in await view(house)} == {"Mrs Jones"}
    await house.services.merging.unmerge(ANA, melanie)
    assert {row[0] for row in await view(house)} == {"Melanie", "Mrs Jones"}
    assert (await house.services.insights.entity(ANA, mel)).entity.merged_into == melanie
    assert len(await house.services.insights.named(ANA, jones)) == 1


async def test_what_makes_no_sense_is_refused(house: House) -> None:
    for name in ("Mel", "Melanie", "Bo"):
        await state(house, name, "likes", "tea", 3, object_type=None)
    mel, melanie = await merged(house, "Mel", "Melanie")
    merging, bo = house.services.merging, await id_of(house, "Bo")
    for one, into in ((melanie, mel), (mel, melanie), (mel, bo)):
        with pytest.raises(IllegalTransition):
            await merging.merge(ANA, one, into)
    with pytest.raises(Invalid):
        await merging.merge(ANA, bo, bo)
    with pytest.raises(IllegalTransition):
        await merging.unmerge(ANA, bo)
    for one, into in ((bo, "unknown"), ("unknown", bo)):
        with pytest.raises(NotFound):
            await merging.merge(ANA, one, into)


@dataclass(frozen=True, slots=True)
class Told:
    """Who, what, of whom or what, from which day on; as one of the people or as a word."""

    subject: int
    predicate: str
    object: int | str
    start: int
    end: int | None
    polarity: Polarity


PEOPLE = 4
STATEMENTS = st.builds(
    Told,
    subject=st.integers(0, PEOPLE - 1),
    predicate=st.sampled_from(["lives_in", "likes", "married_to", "knows"]),
    object=st.one_of(st.integers(0, PEOPLE - 1), st.sampled_from(["x", "y"])),
    start=st.integers(1, 9),
    end=st.none() | st.integers(10, 12),
    polarity=st.sampled_from([Polarity.HOLDS, Polarity.HOLDS, Polarity.HOLDS, Polarity.ENDS]),
)
SINGLE = ("lives_in", "married_to")


async def learn(house: House, scope: Scope, told: Sequence[Told], seed: int) -> list[str]:
    """Each in a commit of its own, in some order. The ids of the people."""
    people = [replace(entity(f"P{number}"), id=str(uuid4())) for number in range(PEOPLE)]
    ledger, believing = house.graph.ledger, house.assembly.believing
    now = house.clock()
    await ledger.commit(scope, ChangeSet(await ledger.revision(scope), now, entities=tuple(people)))
    numbered = list(enumerate(told))
    random.Random(seed).shuffle(numbered)
    for number, one in numbered:
        said = replace(
            statement(people[one.subject], one.predicate, "?"),
            id=f"{scope.user}-{number}",
            object=value(one.object if isinstance(one.object, str) else people[one.object]),
            cardinality=Cardinality.ONE if one.predicate in SINGLE else Cardinality.MANY,
            text=f"{one.subject} {one.predicate} {one.object}",
            valid=Interval(day(one.start), day(one.end) if one.end is not None else None),
            precision=Precision.SECOND,
            polarity=one.polarity,
            said_at=day(20),
            seq=number,
        )
        now = house.clock()
        revised = await believing.revise(scope, [said], now)
        await ledger.commit(
            scope,
            ChangeSet(
                await ledger.revision(scope),
                now,
                statements=(said,),
                close=revised.close,
                append=revised.append,
                support=revised.support,
            ),
        )
        house.clock.forward(minutes=1)
    return [person.id for person in people]


@given(
    told=st.lists(STATEMENTS, min_size=1, max_size=10),
    merges=st.lists(st.permutations(range(PEOPLE)).map(lambda order: order[:2]), min_size=1, max_size=3),
    seed=st.integers(0, 99),
)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
async def test_merging_and_unmerging_changes_nothing(
    house: House, told: list[Told], merges: list[list[int]], seed: int
) -> None:
    scope = Scope("acme", f"user-{uuid4().hex}")
    ids = await learn(house, scope, told, seed)
    whenever = {"as_of": None, "state": FactState.CURRENT}
    moments = [None, *(day(n) for n in (2, 5, 8, 11))]
    before = [await view(house, scope, **{**whenever, "as_of": at}) for at in moments]
    done: list[str] = []
    for one, into in merges:
        try:
            await house.services.merging.merge(scope, ids[one], ids[into])
            done.append(ids[one])
        except IllegalTransition:
            continue
        house.clock.forward(minutes=1)
        now = await view(house, scope)
        single = [row[:2] for row in now if row[1] in SINGLE]
        assert len(single) == len(set(single)), "two current values"
    random.Random(seed).shuffle(done)
    for one in done:
        await house.services.merging.unmerge(scope, one)
        house.clock.forward(minutes=1)
    assert [await view(house, scope, **{**whenever, "as_of": at}) for at in moments] == before
    await house.engines.vectors.remove_all(scope)
