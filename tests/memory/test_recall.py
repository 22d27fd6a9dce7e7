"""Search: what is relevant, to whom it belongs, within what was asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.episode import Role
from app.domain.errors import Invalid, Unavailable, UnknownRecipe
from app.memory.retrieval.recipes import RECIPES
from app.memory.views import Kind
from tests.house import ANA, BEN, ELSEWHERE, MORNING, House, draft, texts
from tests.scripted import Failing, FickleEmbedder

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEY = "The spare key lies under the blue pot."
EPISODES = frozenset({Kind.EPISODE})
FACTS = frozenset({Kind.FACT})
EVERYTHING = frozenset(Kind)


@pytest.mark.parametrize("recipe", sorted(RECIPES))
async def test_nobody_finds_anothers_memory(house: House, recipe: str) -> None:
    await house.learn(KEY, "Ana lives_in Porto.", scope=ANA)
    for scope in (BEN, ELSEWHERE):
        assert await house.found(KEY, scope=scope, recipe=recipe, kinds=EVERYTHING) == ()
        await house.learn("I feed the cat at seven.", scope=scope)
        found = await house.found(KEY, scope=scope, recipe=recipe, kinds=EVERYTHING, limit=200)
        assert texts(found) == ["I feed the cat at seven."]


async def test_words_that_only_others_use_do_not_weigh_on_ones_search(house: House) -> None:
    """Nothing of another tenant changes what one finds, not even by how often its words occur there."""
    await house.learn(KEY, "The red pot is on the stove.")
    before = await house.found("blue pot", limit=5)
    await house.learn(*(f"Blue pot number {number}, blue." for number in range(40)), scope=ELSEWHERE)
    assert await house.found("blue pot", limit=5) == before


@pytest.mark.parametrize("recipe", sorted(RECIPES))
async def test_the_same_search_gives_the_same_results(house: House, recipe: str) -> None:
    await house.learn(*(f"Box {number} holds the letters of {1900 + number}." for number in range(30)))
    first = await house.search("Which box holds the letters?", recipe=recipe, limit=20)
    assert await house.search("Which box holds the letters?", recipe=recipe, limit=20) == first
    assert [found.score for found in first.results] == sorted((f.score for f in first.results), reverse=True)
    assert all(0 <= found.score <= 1 for found in first.results)


async def test_where_narrows_by_speaker_role_and_metadata(house: House) -> None:
    await house.learn(
        draft("I like tea.", name="Ana", metadata={"channel": "web", "tags": ["a", "b"], "deep": {"er": 3}}),
        draft("I like tea too.", name="Ben", metadata={"channel": "mail", "urgent": True}),
        draft("Tea is noted.", name=None, role=Role.ASSISTANT),
    )
    for where, expected in (
        ({"speaker": "Ana"}, ["I like tea."]),
        ({"role": "assistant"}, ["Tea is noted."]),
        ({"role": "user", "metadata.channel": "mail"}, ["I like tea too."]),
        ({"metadata.urgent": True}, ["I like tea too."]),
        ({"metadata.tags": "b"}, ["I like tea."]),
        ({"metadata.deep.er": 3}, ["I like tea."]),
        ({"metadata.channel": "fax"}, []),
        ({"speaker": "Ana", "metadata.channel": "mail"}, []),
    ):
        assert texts(await house.found("tea", where=where, kinds=EPISODES)) == expected, where


async def test_a_search_may_keep_to_a_session(house: House) -> None:
    await house.learn("Tea at five.", session="s1")
    await house.learn("Tea at six.", session="s2")
    assert texts(await house.found("tea", session_id="s2", kinds=EPISODES)) == ["Tea at six."]
    assert texts(await house.found("tea", session_id="s3", kinds=EPISODES)) == []


async def test_a_search_may_keep_to_a_time(house: House) -> None:
    await house.learn(*(draft(f"Tea on day {day}.", occurred_at=MORNING + timedelta(days=day)) for day in range(4)))
    found = await house.found(
        "tea",
        kinds=EPISODES,
        occurred_from=MORNING + timedelta(days=1),
        occurred_to=MORNING + timedelta(days=3),
    )
    assert sorted(texts(found)) == ["Tea on day 1.", "Tea on day 2."]


async def test_facts_are_found_as_of_a_time_and_as_known_at_another(house: House) -> None:
    await house.learn("Ana lives_in Porto since 2020-01-01.")
    learned = house.clock()
    house.clock.forward(days=10)
    await house.learn("Ana lives_in Oslo since 2024-01-01.")

    async def found(**when: datetime) -> list[str]:
        return texts(await house.found("Where does Ana live?", kinds=FACTS, **when))

    assert await found() == ["Ana lives_in Oslo since 2024-01-01."]
    assert await found(as_of=datetime(2022, 1, 1, tzinfo=UTC)) == ["Ana lives_in Porto since 2020-01-01."]
    assert await found(as_of=datetime(2019, 1, 1, tzinfo=UTC)) == []
    assert await found(known_at=learned) == ["Ana lives_in Porto since 2020-01-01."]
    assert await found(known_at=learned - timedelta(days=1)) == []


async def test_what_was_not_yet_recorded_was_not_known(house: House) -> None:
    await house.learn("Tea at five.")
    learned = house.clock()
    house.clock.forward(days=1)
    await house.learn("Tea at six.")
    assert texts(await house.found("tea", kinds=EPISODES, known_at=learned)) == ["Tea at five."]


async def test_an_answer_is_lifted_by_the_question_before_it(house: House) -> None:
    """By itself the second turn has less to do with the query than many another."""
    answer = "Well, as ever, I suppose."
    filler = [f"Flat number {number} has a green door." for number in range(40)]
    await house.learn("Where did you put the spare key of the house?", answer, *filler)
    query = "the spare key of the house"

    async def place(recipe: str) -> int:
        return texts(await house.found(query, kinds=EPISODES, recipe=recipe, limit=42)).index(answer)

    assert await place("default") < await place("fast")
    lifted = next(f for f in await house.found(query, kinds=EPISODES) if f.text == answer)
    assert lifted.signals["neighbour"] > 0


async def test_a_neighbour_in_another_session_lifts_nothing(house: House) -> None:
    await house.learn("Where did you put the spare key of the house?", session="s1")
    await house.learn("Under the blue pot, as ever.", session="s2")
    found = await house.found("the spare key of the house", kinds=EPISODES)
    assert [result.signals["neighbour"] for result in found] == [0.0, 0.0]


async def test_what_a_better_result_says_already_is_left_out(house: House) -> None:
    await house.learn("Ana lives_in Porto.", "Ana likes Oslo.")
    found = await house.found("Ana lives_in Porto.")
    assert texts(found).count("Ana lives_in Porto.") == 1
    apart = [await house.found("Ana lives_in Porto.", kinds=frozenset({kind})) for kind in (Kind.FACT, Kind.EPISODE)]
    assert all("Ana lives_in Porto." in texts(results) for results in apart)


async def test_two_facts_of_one_message_are_both_found(house: House) -> None:
    await house.learn("Ana lives_in Porto. Ana works_at Acme.")
    assert sorted(texts(await house.found("Ana", kinds=FACTS))) == ["Ana lives_in Porto.", "Ana works_at Acme."]


async def test_however_much_was_overtaken_what_holds_comes_first(house: House) -> None:
    """Every round of sinking lifts others that were not looked at before."""
    await house.learn(
        *(draft(f"Ana lives_in City{n}.", occurred_at=MORNING - timedelta(days=40 - n)) for n in range(40))
    )
    found = await house.found("Where does Ana live?", limit=3, kinds=(Kind.EPISODE,))
    assert found[0].text == "Ana lives_in City39."
    assert [result.signals.get("superseded") for result in found] == [None, 1, 1]


async def test_verbatim_returns_episodes_only(house: House) -> None:
    await house.learn("Ana lives_in Porto.")
    for kinds in (None, EVERYTHING):
        found = await house.found("Ana Porto", recipe="verbatim", kinds=kinds)
        assert {result.kind for result in found} == {Kind.EPISODE}
    assert await house.found("Ana Porto", recipe="verbatim", kinds=FACTS) == ()


async def test_results_are_limited(house: House) -> None:
    await house.learn(*(f"Tea number {number}." for number in range(12)))
    assert len(await house.found("tea", limit=5)) == 5


async def test_a_search_of_nothing_finds_nothing_with_no_confidence(house: House) -> None:
    reply = await house.search("Where is the spare key?")
    assert (reply.results, reply.confidence, reply.degraded) == ((), 0.0, ())


async def test_confidence_is_higher_where_there_is_an_answer(house: House) -> None:
    await house.learn(KEY, "I feed the cat at seven.")
    here = await house.search("Where is the spare key?")
    nowhere = await house.search("Who won the chess championship?")
    assert here.confidence > nowhere.confidence


@pytest.mark.parametrize("query", ["' OR 1=1", "*", '"', "\x00", "🫖", "ключ", "a" * 20_000, "?!", "the of and"])
async def test_any_words_can_be_searched_for(house: House, query: str) -> None:
    await house.learn(KEY)
    assert len(await house.found(query)) <= 1


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"query": " "}, Invalid),
        ({"query": "tea", "limit": 0}, Invalid),
        ({"query": "tea", "limit": 201}, Invalid),
        ({"query": "tea", "recipe": "grandmothers"}, UnknownRecipe),
    ],
)
async def test_what_cannot_be_searched_is_refused(house: House, given: dict, error: type[Exception]) -> None:
    with pytest.raises(error):
        await house.search(**given)


async def test_without_any_arm_the_search_is_unavailable(house: House, fickle: FickleEmbedder) -> None:
    lame = house.another(vectors=Failing(house.engines.vectors, {"arms": Unavailable("the index is away")}))
    fickle.away = True
    with pytest.raises(Unavailable):
        await lame.search("tea")


async def test_what_has_gone_since_it_was_indexed_is_left_out(house: House) -> None:
    deaf = house.another(vectors=Failing(house.engines.vectors))
    receipt = await house.learn(KEY, "I feed the cat at seven.")
    deaf.engines.vectors.errors["remove"] = Unavailable("away")
    await deaf.services.forgetting.delete_episode(ANA, receipt.accepted[0].id)
    assert texts(await house.found("spare key")) == ["I feed the cat at seven."]
