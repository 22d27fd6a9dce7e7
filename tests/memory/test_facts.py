"""What callers state, take back and put back; and what goes with the words that said it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.entity import EntityType
from app.domain.errors import IllegalTransition, Invalid, NotFound, StaleRevision, Unavailable
from app.memory.facts.given import FactInput
from app.memory.views import Kind
from app.ports.graph.knowledge import FactState
from tests.house import ANA, BEN, House, texts
from tests.scripted import With

pytestmark = pytest.mark.asyncio(loop_scope="session")

PORTO, OSLO = "Ana lives_in Porto since 2020-01-01.", "Ana lives_in Oslo since 2024-01-01."
THEN = datetime(2022, 1, 1, tzinfo=UTC)


def lives(town: str, **given: object) -> FactInput:
    stated = {"object_type": EntityType.PLACE, "statement": f"Ana lives in {town}.", **given}
    return FactInput("Ana", "lives_in", town, **stated)


# --- stating


async def test_what_a_caller_states_is_believed_and_searchable(house: House) -> None:
    written = await house.services.facts.state(ANA, [lives("Porto")])
    assert [view.version.text for view in written.written] == ["Ana lives in Porto."]
    assert written.retired == ()
    assert written.written[0].version.extractor == "caller"
    assert texts(await house.found("Where does Ana live?", kinds=frozenset({Kind.FACT}))) == ["Ana lives in Porto."]


async def test_stating_a_new_value_retires_the_old(house: House) -> None:
    await house.services.facts.state(ANA, [lives("Porto")])
    house.clock.forward(days=1)
    written = await house.services.facts.state(ANA, [lives("Oslo")])
    assert [view.version.text for view in written.retired] == ["Ana lives in Porto."]
    assert await house.believed() == ["Ana lives in Oslo."]


async def test_stating_the_same_again_changes_no_belief(house: House) -> None:
    first = await house.services.facts.state(ANA, [lives("Porto")])
    house.clock.forward(days=1)
    again = await house.services.facts.state(ANA, [lives("Porto")])
    assert again.retired == ()
    assert [view.version.fact_id for view in again.written] == [first.written[0].version.fact_id]
    assert len(await house.versions()) == 1


async def test_what_a_caller_states_may_rest_on_episodes(house: House) -> None:
    receipt = await house.learn("We spoke about towns.")
    id = receipt.accepted[0].id
    written = await house.services.facts.state(ANA, [lives("Porto", episode_ids=(id,))])
    assert [span.episode_id for span in written.written[0].evidence] == [id]
    await house.services.forgetting.delete_episode(ANA, id)
    assert await house.believed() == []


async def test_entities_may_be_named_by_id(house: House) -> None:
    await house.learn(PORTO)
    (view,) = await house.services.insights.facts(ANA)
    await house.services.facts.state(ANA, [FactInput(view.subject.id, "likes", "tea", statement="Ana likes tea.")])
    assert {view.subject.name for view in await house.services.insights.facts(ANA)} == {"Ana"}


@pytest.mark.parametrize(
    ("fact", "error"),
    [
        (lives("Porto", valid_from=THEN, valid_to=THEN), Invalid),
        (lives("Porto", valid_from=THEN, valid_to=THEN - timedelta(1)), Invalid),
        (lives("Porto", episode_ids=("unknown",)), NotFound),
    ],
)
async def test_a_fact_that_cannot_be_is_refused_and_nothing_with_it(
    house: House, fact: FactInput, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await house.services.facts.state(ANA, [lives("Oslo"), fact])
    assert await house.believed() == []


async def test_another_users_episode_bears_nothing_out(house: House) -> None:
    receipt = await house.learn("We spoke about towns.", scope=BEN)
    with pytest.raises(NotFound):
        await house.services.facts.state(ANA, [lives("Porto", episode_ids=(receipt.accepted[0].id,))])


async def test_a_memory_that_never_holds_still_is_told_as_such(house: House) -> None:
    class Restless(With):
        async def commit(self, *given: object) -> None:
            raise StaleRevision("changed again")

    other = house.another(graph=With(house.graph, ledger=Restless(house.graph.ledger)))
    with pytest.raises(Unavailable):
        await other.services.facts.state(ANA, [lives("Porto")])
    receipt = await house.learn("Hello.")
    with pytest.raises(Unavailable):
        await other.services.forgetting.delete_episode(ANA, receipt.accepted[0].id)


# --- taking back and putting back


async def test_a_retracted_fact_keeps_its_history_and_can_be_restored(house: House) -> None:
    await house.learn(PORTO)
    (fact,) = await house.versions()
    house.clock.forward(days=1)
    retracted = await house.services.facts.retract(ANA, fact.fact_id)
    assert retracted.version.retired_by is not None
    assert retracted.version.retired_by.rule == "retracted"
    assert await house.believed() == []
    assert await house.believed(known_at=house.clock() - timedelta(hours=1)) == [PORTO]
    assert await house.found("Where does Ana live?", kinds=frozenset({Kind.FACT})) == ()

    house.clock.forward(days=1)
    restored = await house.services.facts.restore(ANA, fact.fact_id)
    assert (restored.version.fact_id, restored.version.believed) == (fact.fact_id, True)
    assert await house.believed() == [PORTO]
    assert texts(await house.found("Where does Ana live?", kinds=frozenset({Kind.FACT}))) == [PORTO]


async def test_a_retracted_fact_is_believed_again_when_it_is_said_again(house: House) -> None:
    await house.learn(PORTO)
    await house.services.facts.retract(ANA, (await house.versions())[0].fact_id)
    house.clock.forward(days=1)
    await house.learn(PORTO)
    assert await house.believed() == [PORTO]


async def test_retracting_what_superseded_another_believes_that_again(house: House) -> None:
    await house.learn(PORTO)
    await house.learn(OSLO)
    (oslo,) = await house.services.insights.facts(ANA)
    await house.services.facts.retract(ANA, oslo.version.fact_id)
    assert await house.believed() == [PORTO]


async def test_a_superseded_fact_can_be_restored_beside_its_successor(house: House) -> None:
    await house.learn(PORTO)
    (porto,) = await house.versions()
    house.clock.forward(days=1)
    await house.learn(OSLO)
    house.clock.forward(days=1)
    await house.services.facts.restore(ANA, porto.fact_id)
    assert await house.believed() == [OSLO, PORTO]


async def test_only_what_is_believed_can_be_retracted_and_only_what_was_retired_restored(house: House) -> None:
    await house.learn(PORTO)
    (fact,) = await house.versions()
    with pytest.raises(IllegalTransition):
        await house.services.facts.restore(ANA, fact.fact_id)
    await house.services.facts.retract(ANA, fact.fact_id)
    with pytest.raises(IllegalTransition):
        await house.services.facts.retract(ANA, fact.fact_id)
    for scope, id in ((ANA, "unknown"), (BEN, fact.fact_id)):
        with pytest.raises(NotFound):
            await house.services.facts.retract(scope, id)
        with pytest.raises(NotFound):
            await house.services.facts.restore(scope, id)


# --- forgetting


async def test_a_fact_that_others_bear_out_outlives_a_deleted_episode(house: House) -> None:
    receipt = await house.learn(PORTO, PORTO)
    first, second = [answer.id for answer in receipt.accepted]
    await house.services.forgetting.delete_episode(ANA, first)
    (view,) = await house.services.insights.facts(ANA)
    assert [span.episode_id for span in view.evidence] == [second]
    (found,) = await house.found("Where does Ana live?", kinds=frozenset({Kind.FACT}))
    assert found.sources == (second,)


async def test_a_fact_that_nothing_else_bears_out_goes_with_its_episode(house: House) -> None:
    receipt = await house.learn(PORTO)
    house.clock.forward(days=1)
    await house.services.forgetting.delete_episode(ANA, receipt.accepted[0].id)
    assert await house.believed() == []
    (version,) = await house.versions()
    assert version.retired_by is not None
    assert (version.retired_by.rule, version.retired_by.episode_id) == ("evidence_deleted", receipt.accepted[0].id)
    (view,) = await house.services.insights.facts(ANA, state=FactState.ALL)
    assert view.evidence == ()
    assert await house.found("Where does Ana live? Porto") == ()


async def test_what_a_deleted_episode_had_superseded_is_believed_again(house: House) -> None:
    await house.learn(PORTO)
    receipt = await house.learn(OSLO)
    await house.services.forgetting.delete_episode(ANA, receipt.accepted[0].id)
    assert await house.believed() == [PORTO]


async def test_what_another_superseded_too_stays_retired(house: House) -> None:
    await house.learn(PORTO)
    receipt = await house.learn(OSLO)
    await house.learn("Ana lives_in Rome since 2025-01-01.")
    await house.services.forgetting.delete_episode(ANA, receipt.accepted[0].id)
    assert await house.believed() == ["Ana lives_in Rome since 2025-01-01."]


async def test_a_deleted_episode_is_neither_stored_nor_found_nor_mentioned(house: House) -> None:
    receipt = await house.learn(PORTO)
    id = receipt.accepted[0].id
    await house.services.forgetting.delete_episode(ANA, id)
    assert await house.graph.episodes.get(ANA, [id]) == []
    assert await house.engines.vectors.refs(ANA, Kind.EPISODE) == set()
    assert [card.episodes for card in await house.services.insights.entities(ANA, None, None, 10)] == [0, 0]
    derived = await house.services.insights.derived(ANA, [id])
    assert (derived.entities, derived.facts) == ((), ())
    with pytest.raises(NotFound):
        await house.services.forgetting.delete_episode(ANA, id)


async def test_an_episode_that_waits_may_be_deleted_and_its_job_is_done(house: House) -> None:
    receipt = await house.accept(PORTO)
    await house.services.forgetting.delete_episode(ANA, receipt.accepted[0].id)
    await house.drain()
    job = await house.job(receipt)
    assert (job.state.value, job.remaining, job.outcome.episodes) == ("succeeded", 0, 0)


async def test_nobody_deletes_anothers_episode(house: House) -> None:
    receipt = await house.learn(PORTO)
    with pytest.raises(NotFound):
        await house.services.forgetting.delete_episode(BEN, receipt.accepted[0].id)
    assert await house.believed() == [PORTO]
