"""Doubtful names are put to the model; what it says is carried out where the rules of identity allow it."""

from __future__ import annotations

import pytest

from tests.thinking import Mind, named, says

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def befriend(mind: Mind, *names: str) -> None:
    for number, name in enumerate(names, 1):
        words = f"My friend is {name}."
        fact = says("friend_of", name, object_type="person", statement=f"Ana is a friend of {name}.")
        mind.reading.of(words, fact, entities=[named(name, "person")])
        await mind.hear(words, f"2026-03-0{number}")


async def entities(mind: Mind) -> set[str]:
    return {card["name"] for card in await mind.memory.all_pages("entities")}


async def candidates(mind: Mind) -> int:
    return len((await mind.memory.get("entities", "candidates")).json()["items"])


async def test_two_spellings_of_a_person_are_one_when_the_model_says_so(mind: Mind) -> None:
    mind.decides(Lopes="merge")
    await befriend(mind, "Maria Lopez", "Maria Lopes")
    assert await entities(mind) == {"Ana", "Maria Lopez"}
    (fact,) = await mind.memory.facts(predicate="friend_of")
    assert len(fact["evidence"]) == 2
    (merge,) = (await mind.memory.get("entities", fact["object"]["id"], "merges")).json()["items"]
    assert (merge["by"], merge["undone_at"]) == ("model", None)
    assert await candidates(mind) == 0


async def test_they_stay_two_when_it_says_so_and_nobody_is_asked_again(mind: Mind) -> None:
    mind.decides(Lopes="add")
    await befriend(mind, "Maria Lopez", "Maria Lopes")
    assert await entities(mind) == {"Ana", "Maria Lopez", "Maria Lopes"}
    assert await candidates(mind) == 0


async def test_when_it_cannot_tell_a_person_is_to_look(mind: Mind) -> None:
    mind.decides(Lopes="noop")
    await befriend(mind, "Maria Lopez", "Maria Lopes")
    assert await candidates(mind) == 1


async def test_two_who_spoke_in_the_same_session_are_never_one(mind: Mind) -> None:
    mind.decides(Lopes="merge")
    await mind.hear("Hello.", "2026-03-01", name="Maria Lopez")
    mind.reading.of("I like tea.", says("likes", "tea", statement=""))
    mind.reading.of("I like chess.", says("likes", "chess", statement=""))
    await mind.hear("I like tea.", "2026-03-02", name="Maria Lopez")
    told = await mind.memory.told("I like chess.", name="Maria Lopes", occurred_at="2026-03-03T12:00:00Z")
    assert "decide" in mind.calls()
    assert told["job"]["outcome"]["rejected"] == 1
    assert await entities(mind) >= {"Maria Lopez", "Maria Lopes"}
    assert await candidates(mind) == 1


async def test_an_answer_that_is_none_for_names_is_refused(mind: Mind) -> None:
    mind.decides(Lopes="supersede")
    await befriend(mind, "Maria Lopez", "Maria Lopes")
    assert await entities(mind) == {"Ana", "Maria Lopez", "Maria Lopes"}
    assert await candidates(mind) == 1
