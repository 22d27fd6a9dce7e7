"""Who is meant by the names in what was said."""

from __future__ import annotations

import pytest

from app.domain.entity import EntityType
from app.domain.extraction import Extraction, ProposedEntity, Source
from app.memory.facts.given import FactInput
from app.memory.merging import Candidate
from tests.house import ANA, House, draft
from tests.scripted import Answer, FickleEmbedder, ScriptedExtractor, fact

pytestmark = pytest.mark.asyncio(loop_scope="session")

PERSON, ORG, PLACE, THING = EntityType.PERSON, EntityType.ORGANIZATION, EntityType.PLACE, EntityType.THING


def naming(*names: tuple[str, EntityType]) -> Answer:
    """The speaker, and these."""

    def answer(source: Source) -> Extraction:
        speaker = ProposedEntity(source.speaker, PERSON, None, None)
        found = [ProposedEntity(name, type, 0, 1) for name, type in names]
        return Extraction(source.episode_id, (speaker, *found), ())

    return answer


async def entities(house: House) -> dict[str, tuple[str, ...]]:
    """Names and aliases of those that are listed."""
    cards = await house.services.insights.entities(ANA, None, None, 100)
    return {card.entity.name: card.entity.aliases for card in cards}


async def candidates(house: House) -> list[Candidate]:
    return await house.services.merging.candidates(ANA, None, 100)


async def doubtful(house: House) -> list[set[str]]:
    return [{pair.one.name, pair.other.name} for pair in await candidates(house)]


async def say(
    house: House, extractor: ScriptedExtractor, content: str, *names: tuple[str, EntityType], **by: str
) -> str:
    extractor.answers[content] = naming(*names)
    receipt = await house.learn(draft(content, name=by.get("name", "Ana")), session=by.get("session", "s1"))
    return receipt.accepted[0].id


async def test_a_first_name_joins_the_full_name_that_comes_later(house: House, extractor: ScriptedExtractor) -> None:
    await say(house, extractor, "I met Caroline.", ("Caroline", PERSON))
    second = await say(house, extractor, "Caroline Smith called.", ("Caroline Smith", PERSON))
    assert await entities(house) == {"Ana": (), "Caroline Smith": ("Caroline",)}
    (caroline,) = (await house.graph.entities.named(ANA, ["caroline"]))["caroline"]
    (merge,) = await house.graph.identities.merges(ANA, [caroline.id])
    assert (merge.entity_id, merge.reason, merge.by) == (caroline.id, "given_name", "rule")
    assert second in merge.evidence
    assert await candidates(house) == []


async def test_a_first_name_of_two_stays_apart_and_is_asked_about(house: House, extractor: ScriptedExtractor) -> None:
    names = (("Caroline Smith", PERSON), ("Caroline Jones", PERSON), ("Caroline", PERSON))
    await say(house, extractor, "All three.", *names)
    assert set(await entities(house)) == {"Ana", "Caroline", "Caroline Jones", "Caroline Smith"}
    assert sorted(map(sorted, await doubtful(house))) == [
        ["Caroline", "Caroline Jones"],
        ["Caroline", "Caroline Smith"],
    ]
    assert {pair.doubt.evidence for pair in await candidates(house)} != {()}


async def test_mel_is_melanie_where_melanie_is_spoken_to(house: House, extractor: ScriptedExtractor) -> None:
    await say(house, extractor, "Hello.", name="Melanie")
    await say(house, extractor, "I saw Mel there.", ("Mel", PERSON), name="Caroline")
    assert await doubtful(house) == [{"Mel", "Melanie"}]
    address = await say(house, extractor, "Thanks, Mel!", name="Caroline")
    assert await entities(house) == {"Melanie": ("Mel",), "Caroline": ()}
    assert await candidates(house) == []
    (mel,) = (await house.graph.entities.named(ANA, ["mel"]))["mel"]
    (merge,) = await house.graph.identities.merges(ANA, [mel.id])
    assert (merge.reason, merge.evidence) == ("short_form", (address,))


async def test_mel_is_not_melanie_where_somebody_else_is_spoken_to(house: House, extractor: ScriptedExtractor) -> None:
    await say(house, extractor, "Hello.", name="Melanie", session="s0")
    await say(house, extractor, "Hi.", name="Bo")
    await say(house, extractor, "Thanks, Mel!", ("Mel", PERSON), name="Caroline")
    assert {"Mel", "Melanie"} <= set(await entities(house))
    assert await doubtful(house) == [{"Mel", "Melanie"}]


async def test_two_who_speak_in_one_session_are_two(house: House, extractor: ScriptedExtractor) -> None:
    await say(house, extractor, "Hello.", name="Caroline Smith")
    await say(house, extractor, "Hi.", name="Caroline")
    assert set(await entities(house)) == {"Caroline", "Caroline Smith"}


async def test_four_spellings_of_a_company_are_one(house: House, extractor: ScriptedExtractor) -> None:
    await say(house, extractor, "1", ("ACME Inc.", ORG))
    await say(house, extractor, "2", ("Acme", ORG), ("Acme, Inc", ORG))
    await say(house, extractor, "3", ("Acme Corporation", THING))
    assert await entities(house) == {"Ana": (), "ACME Inc.": ("Acme", "Acme, Inc", "Acme Corporation")}
    found = await house.services.insights.named(ANA, "acme corporation")
    assert len(found) == 4


async def test_codes_that_differ_in_a_digit_are_two(house: House, extractor: ScriptedExtractor) -> None:
    await say(house, extractor, "1", ("SR-2023-052", THING))
    await say(house, extractor, "2", ("SR-2023-053", THING))
    assert set(await entities(house)) == {"Ana", "SR-2023-052", "SR-2023-053"}
    assert await candidates(house) == []


async def test_paris_and_paris_are_two_whatever_comes_first(house: House, extractor: ScriptedExtractor) -> None:
    await say(house, extractor, "1", ("Paris", THING))
    await say(house, extractor, "2", ("Paris", PLACE))
    await say(house, extractor, "3", ("Paris", PERSON))
    cards = await house.services.insights.entities(ANA, "paris", None, 10)
    assert {card.entity.type for card in cards} == {PLACE, PERSON}
    assert await candidates(house) == []


async def test_a_name_in_another_script_is_one_in_all_messages(house: House, extractor: ScriptedExtractor) -> None:
    for content in ("一", "二", "三"):
        await say(house, extractor, content, ("李明", PERSON))
    (card,) = await house.services.insights.entities(ANA, "李", None, 10)
    assert (card.entity.name, card.episodes) == ("李明", 3)


async def test_what_was_unmerged_is_not_merged_by_rule_again(house: House, extractor: ScriptedExtractor) -> None:
    await say(house, extractor, "Hello.", name="Melanie")
    await say(house, extractor, "Thanks, Mel!", ("Mel", PERSON), name="Caroline")
    (mel,) = (await house.graph.entities.named(ANA, ["mel"]))["mel"]
    await house.services.merging.unmerge(ANA, mel.id)
    await say(house, extractor, "Wow, Mel!", ("Mel", PERSON), name="Caroline")
    assert {"Mel", "Melanie"} <= set(await entities(house))


async def test_a_caller_s_names_are_resolved_alike(house: House) -> None:
    for subject in ("Caroline", "Caroline Smith"):
        await house.services.facts.state(ANA, [FactInput(subject, "likes", "tea", subject_type=PERSON)])
    assert await entities(house) == {"Caroline Smith": ("Caroline",)}


async def test_a_single_valued_fact_has_one_value_after_a_merge_by_rule(
    house: House, extractor: ScriptedExtractor
) -> None:
    await house.learn("Caroline lives_in Porto since 2024-01-01.")

    def moved(source: Source) -> Extraction:
        told = fact("Caroline Smith", "lives_in", "Lisbon", 0, 5, object_type=PLACE)
        return Extraction(source.episode_id, (ProposedEntity("Caroline Smith", PERSON, 0, 1),), (told,))

    extractor.answers["She moved."] = moved
    await house.learn("She moved.")
    assert await house.believed(subject="Caroline") == ["Caroline Smith lives_in Lisbon."]
    assert await house.believed(subject="Caroline Smith") == ["Caroline Smith lives_in Lisbon."]


async def test_other_words_for_the_same_are_asked_about(house: House, extractor: ScriptedExtractor) -> None:
    await say(house, extractor, "1", ("New York City", PLACE), ("Room 12", PLACE))
    await say(house, extractor, "2", ("NYC", PLACE), ("Room 13", PLACE))
    (pair,) = await candidates(house)
    assert {pair.one.name, pair.other.name} == {"NYC", "New York City"}
    assert pair.doubt.reason == "meaning"


async def test_names_are_identified_while_the_embedder_is_away(house: House, fickle: FickleEmbedder) -> None:
    fickle.away = True
    identification = house.assembly.identification
    resolution = await identification.identify(ANA, [("New York City", PLACE)], house.clock())
    assert [entity.name for entity in resolution.fresh] == ["New York City"]
