"""PREMem: times are made dates, and what follows from two memories is stored with both as its sources."""

from __future__ import annotations

import pytest

from tests.thinking import Mind, evolving, named, note, says

pytestmark = pytest.mark.asyncio(loop_scope="session")

HIKES = "Ana goes hiking in the Alps every weekend."
BOOTS = "Ana bought new hiking boots for the Alps."
FOLLOWS = "Ana goes hiking in the Alps in new boots."


@pytest.mark.parametrize(
    ("words", "said", "aspect", "starts", "ends"),
    [
        ("I moved to Berlin last spring.", "last spring", "state", "2025-03-01", None),
        ("I lived in Berlin from 2019 to 2021.", "from 2019 to 2021", "past", "2019-01-01", "2022-01-01"),
        ("I used to live in Berlin.", None, "past", None, "2026-03-10"),
        ("I live in Berlin.", None, "state", "2026-03-10", None),
        ("I will live in Berlin from June.", "from June", "future", "2026-06-01", None),
    ],
)
async def test_times_are_normalised_by_the_day_they_were_told(
    mind: Mind, words: str, said: str | None, aspect: str, starts: str | None, ends: str | None
) -> None:
    mind.reading.of(
        words,
        says("lives_in", "Berlin", object_type="place", time=said, aspect=aspect),
        entities=[named("Berlin", "place")],
    )
    await mind.hear(words, "2026-03-10")
    (fact,) = await mind.memory.facts(state="all")
    assert ((fact["valid_from"] or "")[:10], (fact["valid_to"] or "")[:10]) == (starts or "", ends or "")


async def test_a_time_that_was_not_said_is_not_believed(mind: Mind) -> None:
    words = "I live in Berlin."
    mind.reading.of(
        words,
        says("lives_in", "Berlin", object_type="place", time="since 2019"),
        entities=[named("Berlin", "place")],
    )
    told = await mind.memory.told(words, occurred_at="2026-03-10T12:00:00Z")
    (fact,) = told["derived"]["facts"]
    assert (fact["valid_from"], fact["valid_precision"]) == ("2026-03-10T12:00:00Z", "assumed")
    assert told["job"]["outcome"]["rejected"] == 1


async def hear_of_both(mind: Mind, conclusion: str = FOLLOWS) -> tuple[str, str]:
    mind.reading.of("I go hiking every weekend", notes=[note(HIKES)])
    mind.reading.of("I bought hiking boots", notes=[note(BOOTS)])
    mind.chat.answers["evolve"] = evolving(
        conclusions=[{"of": [HIKES, BOOTS], "relation": "implication", "content": conclusion, "context": "hiking"}]
    )
    one = await mind.hear("I go hiking every weekend in the Alps.", "2026-03-01")
    other = await mind.hear("I bought hiking boots, new ones for the Alps.", "2026-03-08")
    return one, other


async def test_a_pair_that_is_near_yields_a_labelled_fragment_on_both_sources(mind: Mind) -> None:
    one, other = await hear_of_both(mind)
    notes = await mind.notes()
    fragment = notes[FOLLOWS]
    assert fragment["derived_from"] == [notes[HIKES]["id"], notes[BOOTS]["id"]]
    assert set(fragment["sources"]) == {one, other}
    assert (fragment["cause"]["origin"], fragment["stale"]) == ("evolution", False)
    for base in (HIKES, BOOTS):
        assert {"note_id": notes[base]["id"], "relation": "implication", "side": "older"} in fragment["links"]


async def test_a_fragment_is_stale_when_a_source_goes(mind: Mind) -> None:
    one, _ = await hear_of_both(mind)
    assert (await mind.memory.delete("episodes", one)).status_code == 204
    notes = await mind.notes()
    assert HIKES not in notes
    assert notes[FOLLOWS]["stale"]
    assert not notes[BOOTS]["stale"]


async def test_a_fragment_that_neither_bears_out_is_refused(mind: Mind) -> None:
    await hear_of_both(mind, "Ben met Carla in Rome in 1999.")
    assert set(await mind.notes()) == {HIKES, BOOTS}


async def test_a_pair_that_is_not_near_yields_none(mind: Mind) -> None:
    far = "Ana's grandmother speaks Portuguese."
    mind.reading.of("I bought hiking boots", notes=[note(BOOTS)])
    mind.reading.of("My grandmother", notes=[note(far)])
    content = "Ana's grandmother bought hiking boots."
    mind.chat.answers["evolve"] = evolving(
        conclusions=[{"of": [far, BOOTS], "relation": "implication", "content": content}]
    )
    await mind.hear("My grandmother speaks Portuguese.", "2026-03-01")
    await mind.hear("I bought hiking boots, new ones for the Alps.", "2026-03-08")
    assert set(await mind.notes()) == {far, BOOTS}
