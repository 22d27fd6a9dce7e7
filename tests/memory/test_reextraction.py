"""A newer extractor's reading replaces the older one's, and nothing of the history is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.errors import BadAnswer
from app.domain.extraction import Extraction, Source
from app.domain.timeline import Rule
from app.memory.facts.given import FactInput
from app.memory.reextraction import Reread
from app.ports.graph.knowledge import FactState
from app.ports.models import Embedder
from tests.house import ANA, House, opened
from tests.scripted import Answer, ScriptedExtractor, fact, literally

pytestmark = pytest.mark.asyncio(loop_scope="session")

ACME = "Ana works_at Acme."
PORTO = "Ana lives_in Porto."


def newer(house: House, extractor: ScriptedExtractor) -> ScriptedExtractor:
    """The house's own extractor, a version later."""
    extractor.identity = "scripted@2"
    house.clock.forward(days=1)
    return extractor


def says(subject: str, predicate: str, object: str) -> Answer:
    def answer(source: Source) -> Extraction:
        found = fact(subject, predicate, object, 0, len(source.content), object_type=None)
        return Extraction(source.episode_id, (), (found,))

    return answer


async def reread(house: House) -> Reread:
    return await house.services.reextraction.reread(ANA)


async def test_what_is_said_the_same_stays_as_it_is(house: House, extractor: ScriptedExtractor) -> None:
    await house.learn(ACME, PORTO)
    before = await house.versions()
    newer(house, extractor)
    assert await reread(house) == Reread(episodes=2)
    assert await house.versions() == before


async def test_what_is_said_otherwise_replaces_what_was_said(house: House, extractor: ScriptedExtractor) -> None:
    receipt = await house.learn(ACME)
    before = house.clock()
    newer(house, extractor).answers[ACME] = says("Ana", "works_as", "nurse")
    assert await reread(house) == Reread(episodes=1, changed=1, added=1, outdated=1)
    assert await house.believed() == ["Ana works_as nurse."]
    assert await house.believed(known_at=before) == [ACME]
    (old,) = [version for version in await house.versions() if not version.believed]
    assert old.retired_by is not None
    assert (old.retired_by.rule, old.retired_by.episode_id) == (Rule.REEXTRACTED, receipt.accepted[0].id)
    (view,) = [v for v in await house.services.insights.facts(ANA, state=FactState.ALL) if not v.version.believed]
    assert view.evidence[0].quote == ACME


async def test_what_is_too_much_at_once_is_read_in_parts(house: House, extractor: ScriptedExtractor) -> None:
    await house.learn(*(f"Message {number}." for number in range(10)))
    newer(house, extractor).bears = 4
    extractor.batches.clear()
    assert (await reread(house)).episodes == 10
    assert [len(batch) for batch in extractor.batches] == [10, 5, 2, 8, 4, 4]


async def test_what_cannot_be_read_on_its_own_says_so(house: House, extractor: ScriptedExtractor) -> None:
    await house.learn("Hello.", "Goodbye.")
    newer(house, extractor).bears = 0
    with pytest.raises(BadAnswer):
        await reread(house)


async def test_doing_it_again_reads_nothing(house: House, extractor: ScriptedExtractor) -> None:
    await house.learn(ACME, PORTO)
    newer(house, extractor).answers[ACME] = says("Ana", "works_as", "nurse")
    await reread(house)
    extractor.batches.clear()
    versions = await house.versions()
    assert await reread(house) == Reread()
    assert extractor.batches == []
    assert await house.versions() == versions


async def test_what_the_older_reading_had_retired_is_believed_again(house: House, extractor: ScriptedExtractor) -> None:
    await house.learn(ACME)
    house.clock.forward(days=1)
    wrong = "Ana works_at Globex."
    await house.learn(wrong, occurred_at=house.clock())
    assert await house.believed() == [wrong]
    newer(house, extractor).answers[wrong] = says("Ana", "likes", "Globex")
    await reread(house)
    assert await house.believed() == ["Ana likes Globex.", ACME]


async def test_nothing_left_to_say_leaves_the_words(house: House, extractor: ScriptedExtractor) -> None:
    await house.learn(ACME)
    newer(house, extractor).answers[ACME] = lambda source: Extraction(source.episode_id)
    await reread(house)
    assert await house.believed() == []
    (found,) = await house.found("Where does Ana work?", limit=1)
    assert (found.text, "superseded" in found.signals) == (ACME, False)


async def test_what_callers_said_is_theirs(house: House, extractor: ScriptedExtractor) -> None:
    receipt = await house.learn(ACME)
    given = FactInput("Ana", "likes", "tea", episode_ids=(receipt.accepted[0].id,))
    await house.services.facts.state(ANA, [given])
    newer(house, extractor).answers[ACME] = lambda source: Extraction(source.episode_id)
    await reread(house)
    assert await house.believed() == ["Ana likes tea."]


async def test_what_a_caller_took_back_stays_so(house: House, extractor: ScriptedExtractor) -> None:
    await house.learn(ACME)
    (version,) = await house.versions()
    await house.services.facts.retract(ANA, version.fact_id)

    def in_other_words(source: Source) -> Extraction:
        read = literally(source)
        found = read.facts[0]
        return Extraction(
            source.episode_id,
            read.entities,
            (fact(found.subject, found.predicate, found.object, 0, 5, object_type=found.object_type),),
        )

    newer(house, extractor).answers[ACME] = in_other_words
    assert (await reread(house)).changed == 1
    assert await house.believed() == []


async def test_it_goes_on_where_it_was_interrupted(tmp_path: Path, embedder: Embedder) -> None:
    extractor = ScriptedExtractor()
    async with opened(tmp_path, embedder, extractor=extractor) as house:
        await house.learn(*(f"Ana visited Town{number}." for number in range(70)))
        extractor.identity = "scripted@2"
        extractor.errors["Ana visited Town40."] = [RuntimeError("away")]
        with pytest.raises(RuntimeError):
            await reread(house)
        assert await reread(house) == Reread(episodes=38)
