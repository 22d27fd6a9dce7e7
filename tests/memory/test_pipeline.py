"""From words to what is believed: models propose, code decides."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.entity import EntityType
from app.domain.episode import Role
from app.domain.extraction import Extraction, ProposedEntity, Source
from app.domain.fact import Polarity
from app.domain.time import Precision
from app.memory.facts.given import FactInput
from app.memory.reading import PARTICIPANTS
from tests.house import ANA, BEN, MORNING, House, draft
from tests.scripted import Answer, ScriptedExtractor, With, fact

pytestmark = pytest.mark.asyncio(loop_scope="session")

WORDS = "We had tea."


def proposing(*proposed: object, rejected: int = 0) -> Answer:
    def answer(source: Source) -> Extraction:
        entities = tuple(one for one in proposed if isinstance(one, ProposedEntity))
        facts = tuple(one for one in proposed if not isinstance(one, ProposedEntity))
        return Extraction(source.episode_id, entities, facts, rejected, model_calls=1, tokens=10)

    return answer


@pytest.mark.parametrize(
    "bad",
    [
        fact("Ana", "likes", "tea", -1, 3),
        fact("Ana", "likes", "tea", 0, len(WORDS) + 1),
        fact("Ana", "likes", "tea", 3, 3),
        fact("Ana", "likes", "tea", 5, 2),
        fact("Ana", "likes", "tea", 2, 3),
        fact(" ", "likes", "tea", 0, 3),
        fact("Ana", "likes", "", 0, 3),
        ProposedEntity("Ana", EntityType.PERSON, 0, 99),
        ProposedEntity("Ana", EntityType.PERSON, None, 3),
        ProposedEntity("Ana", EntityType.PERSON, 4, 4),
        ProposedEntity("  ", EntityType.PERSON, None, None),
    ],
)
async def test_what_the_text_does_not_bear_out_is_rejected_and_counted(
    house: House, extractor: ScriptedExtractor, bad: object
) -> None:
    extractor.answers[WORDS] = proposing(bad, fact("Ben", "likes", "tea", 0, 3), rejected=2)
    receipt = await house.learn(WORDS)
    outcome = (await house.job(receipt)).outcome
    assert (outcome.rejected, outcome.facts_added, outcome.model_calls, outcome.tokens) == (3, 1, 1, 10)
    assert [view.subject.name for view in await house.services.insights.facts(ANA)] == ["Ben"]
    assert {card.entity.name for card in await house.services.insights.entities(ANA, None, None, 10)} == {"Ben", "tea"}


async def test_a_fact_cites_the_words_that_say_so(house: House) -> None:
    receipt = await house.learn("Well. Ana lives_in Porto. So it is.")
    (view,) = await house.services.insights.facts(ANA)
    (span,) = view.evidence
    assert (span.episode_id, span.quote) == (receipt.accepted[0].id, "Ana lives_in Porto.")
    assert (span.start, span.end) == (6, 25)
    assert view.version.extractor == "scripted@1"


async def test_without_a_time_of_its_own_a_fact_holds_from_the_time_of_its_episode(house: House) -> None:
    await house.learn("Ana lives_in Porto.", "Ana works_at Acme since 2020-01-01.")
    lives, works = sorted(await house.versions(), key=lambda version: version.predicate)
    assert (lives.valid.start, lives.valid.end, lives.precision) == (MORNING, None, Precision.ASSUMED)
    assert (works.valid.start, works.precision) == (datetime(2020, 1, 1, tzinfo=UTC), Precision.DAY)
    assert {lives.recorded_from, works.recorded_from} == {house.clock()}


@pytest.mark.parametrize("together", [True, False])
async def test_the_same_statement_twice_is_one_fact_with_two_pieces_of_evidence(house: House, together: bool) -> None:
    if together:
        receipts = [await house.learn("Ana lives_in Porto.", "Ana lives_in Porto.")]
    else:
        receipts = [await house.learn("Ana lives_in Porto.") for _ in range(2)]
    (view,) = await house.services.insights.facts(ANA)
    said = [answer.id for receipt in receipts for answer in receipt.accepted]
    assert [span.episode_id for span in view.evidence] == said
    outcomes = [(await house.job(receipt)).outcome for receipt in receipts]
    assert sum(outcome.facts_added for outcome in outcomes) == 1
    assert sum(outcome.facts_retired for outcome in outcomes) == 0


async def test_a_change_of_a_single_valued_fact_closes_the_old_one(house: House) -> None:
    await house.learn("Ana lives_in Porto since 2020-01-01.")
    house.clock.forward(days=1)
    receipt = await house.learn("Ana lives_in Oslo since 2024-01-01.")
    assert await house.believed() == ["Ana lives_in Oslo since 2024-01-01."]
    then = datetime(2022, 1, 1, tzinfo=UTC)
    assert await house.believed(as_of=then) == ["Ana lives_in Porto since 2020-01-01."]
    before = house.clock() - timedelta(hours=1)
    assert await house.believed(known_at=before) == ["Ana lives_in Porto since 2020-01-01."]

    derived = await house.services.insights.derived(ANA, [receipt.accepted[0].id])
    (retired,) = derived.retired
    assert (retired.version.text, retired.version.recorded_to) == (
        "Ana lives_in Porto since 2020-01-01.",
        house.clock(),
    )
    assert retired.version.retired_by is not None
    assert retired.version.retired_by.rule == "superseded"
    assert retired.version.retired_by.episode_id == receipt.accepted[0].id
    assert [view.version.text for view in derived.facts] == ["Ana lives_in Oslo since 2024-01-01."]
    assert {entity.name for entity in derived.entities} == {"Ana", "Oslo"}
    assert (await house.job(receipt)).outcome.facts_retired == 1


async def test_late_news_of_the_past_changes_nothing_of_the_present(house: House) -> None:
    await house.learn("Ana lives_in Oslo since 2024-01-01.")
    await house.learn("Ana lives_in Porto since 2020-01-01.")
    assert await house.believed() == ["Ana lives_in Oslo since 2024-01-01."]
    assert await house.believed(as_of=datetime(2022, 1, 1, tzinfo=UTC)) == ["Ana lives_in Porto since 2020-01-01."]


async def test_values_of_a_many_valued_predicate_stand_side_by_side(house: House) -> None:
    await house.learn("Ana visited Porto.", "Ana visited Oslo.")
    assert await house.believed() == ["Ana visited Oslo.", "Ana visited Porto."]


async def test_what_ends_is_believed_no_longer_from_then_on(house: House, extractor: ScriptedExtractor) -> None:
    await house.learn("Ana works_at Acme since 2020-01-01.")
    words = "I left Acme."
    extractor.answers[words] = proposing(
        fact(
            "Ana",
            "works_at",
            "Acme",
            0,
            len(words),
            object_type=EntityType.ORGANIZATION,
            polarity=Polarity.ENDS,
        )
    )
    await house.learn(draft(words, occurred_at=MORNING))
    assert await house.believed() == []
    assert await house.believed(as_of=MORNING - timedelta(days=1)) == ["Ana works_at Acme since 2020-01-01."]


async def test_a_name_is_found_again_however_it_is_spelt(house: House) -> None:
    await house.learn("Ana works_at Acme.", "Ana works_at ACME.", "ANA works_at acme.")
    cards = {card.entity.name: card.entity for card in await house.services.insights.entities(ANA, None, None, 10)}
    assert {name: set(entity.aliases) for name, entity in cards.items()} == {"Ana": {"ANA"}, "Acme": {"ACME", "acme"}}
    assert len(await house.services.insights.facts(ANA)) == 1


async def test_one_name_of_two_types_is_two_entities(house: House, extractor: ScriptedExtractor) -> None:
    extractor.answers[WORDS] = proposing(
        ProposedEntity("Paris", EntityType.PLACE, 0, 3), ProposedEntity("Paris", EntityType.PERSON, 4, 6)
    )
    await house.learn(WORDS)
    cards = await house.services.insights.entities(ANA, None, None, 10)
    assert sorted(card.entity.type for card in cards) == [EntityType.PERSON, EntityType.PLACE]


@pytest.mark.parametrize("vague_first", [True, False])
async def test_a_vague_mention_joins_the_entity_of_that_name(
    house: House, extractor: ScriptedExtractor, vague_first: bool
) -> None:
    vague = ProposedEntity("Paris", EntityType.THING, 0, 3)
    definite = ProposedEntity("Paris", EntityType.PLACE, 4, 6)
    extractor.answers[WORDS] = proposing(*((vague, definite) if vague_first else (definite, vague)))
    await house.learn(WORDS)
    (card,) = await house.services.insights.entities(ANA, None, None, 10)
    assert (card.entity.type, card.episodes) == (EntityType.PLACE, 1)


async def test_codes_that_differ_in_a_digit_are_two_entities(house: House) -> None:
    await house.learn("Ana works_at SR 2023 052.", "Ben works_at SR 2023 053.")
    names = {card.entity.name for card in await house.services.insights.entities(ANA, "SR", None, 10)}
    assert names == {"SR 2023 052", "SR 2023 053"}


async def test_entities_and_facts_are_the_users_own(house: House) -> None:
    await house.learn("Ana lives_in Porto.", scope=ANA)
    await house.learn("Ana lives_in Porto.", scope=BEN)
    (mine,), (theirs,) = [await house.services.insights.facts(scope) for scope in (ANA, BEN)]
    assert mine.subject.id != theirs.subject.id
    assert mine.version.fact_id != theirs.version.fact_id


async def test_the_extractor_is_told_who_else_takes_part(house: House, extractor: ScriptedExtractor) -> None:
    seen: list[Source] = []

    def noting(source: Source) -> Extraction:
        seen.append(source)
        return Extraction(source.episode_id)

    for words in ("Hello.", "Hi.", "Beep."):
        extractor.answers[words] = noting
    await house.learn(
        draft("Hello.", name="Ana"),
        draft("Hi.", name="Ben", role=Role.ASSISTANT),
        draft("Beep.", name="Sensor", role=Role.TOOL),
    )
    await house.learn(draft("Hello.", name="Cleo"), session="another")
    others = [(source.speaker, source.others) for source in seen]
    assert others == [("Ana", ("Ben",)), ("Ben", ("Ana",)), ("Sensor", ("Ben", "Ana")), ("Cleo", ())]
    assert len(seen[0].others) <= PARTICIPANTS


async def test_outcomes_are_credited_to_the_jobs_they_belong_to(house: House) -> None:
    """One batch of three jobs."""
    receipts = [
        await house.accept(words)
        for words in ("Ana lives_in Porto.", "Nothing to see here.", "Ana visited Oslo. Ana visited Rome.")
    ]
    await house.drain()
    outcomes = [(await house.job(receipt)).outcome for receipt in receipts]
    assert [(o.episodes, o.entities, o.facts_added) for o in outcomes] == [(1, 2, 1), (1, 0, 0), (1, 2, 2)]


async def test_a_plan_made_stale_by_another_writer_is_made_again(house: House, extractor: ScriptedExtractor) -> None:
    """A caller states something between the reading of the memory and the commit."""
    moved = asyncio.Event()

    class Meddling(With):
        async def revision(self, scope: object) -> int:
            revision = await self._real.revision(scope)
            if not moved.is_set():
                moved.set()
                await house.services.facts.state(ANA, [FactInput("Ana", "likes", "tea", statement="Ana likes tea.")])
            return int(revision)

    other = house.another(graph=With(house.graph, ledger=Meddling(house.graph.ledger)))
    receipt = await other.learn("Ana lives_in Porto.")
    assert await house.believed() == ["Ana likes tea.", "Ana lives_in Porto."]
    assert (await house.job(receipt)).attempts == 0
    assert len(extractor.batches) == 1, "it is planned again, not read again"
