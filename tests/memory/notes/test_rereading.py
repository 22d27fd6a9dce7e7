"""A newer extractor's notes take the place of an older one's, and of nobody else's."""

from __future__ import annotations

import pytest

from app.memory.notes.book import NoteInput, NotePatch
from tests.house import ANA, House
from tests.memory.notes.test_notes import all_of, ids, notes_on, proposal
from tests.scripted import ScriptedExtractor

pytestmark = pytest.mark.asyncio(loop_scope="session")

SAID = "Ana lives_in Porto."


async def contents(house: House) -> list[str]:
    return sorted(note.content for note in await all_of(house))


async def reread(house: House, extractor: ScriptedExtractor) -> None:
    extractor.identity += "+"
    await house.services.reextraction.reread(ANA)


async def test_what_is_proposed_again_stays_what_is_not_goes_and_the_new_comes(
    house: House, extractor: ScriptedExtractor
) -> None:
    notes_on(extractor, SAID, proposal("Ana is at home in Porto."), proposal("Porto is a city."))
    await house.learn(SAID)
    kept = {note.content: note for note in await all_of(house)}["Porto is a city."]
    notes_on(extractor, SAID, proposal("Porto is a  city."), proposal("Ana moved to Porto."))
    await reread(house, extractor)
    assert await contents(house) == ["Ana moved to Porto.", "Porto is a city."]
    assert kept in await all_of(house)
    (new,) = [note for note in await all_of(house) if note != kept]
    assert new.cause.by == extractor.identity
    assert await house.due() == 0


async def test_what_a_caller_wrote_or_changed_stays(house: House, extractor: ScriptedExtractor) -> None:
    notes_on(extractor, SAID, proposal("Ana is at home in Porto."))
    (source,) = ids(await house.learn(SAID))
    (note,) = await all_of(house)
    book = house.services.notes
    await book.revise(ANA, note.id, NotePatch(context="Since May."))
    await book.create(ANA, NoteInput("Porto suits Ana.", sources=(source,)))
    notes_on(extractor, SAID, proposal("Ana moved to Porto."))
    await reread(house, extractor)
    assert await contents(house) == ["Ana is at home in Porto.", "Ana moved to Porto.", "Porto suits Ana."]


async def test_an_extractor_that_makes_no_notes_leaves_those_that_are_there(
    house: House, extractor: ScriptedExtractor
) -> None:
    notes_on(extractor, SAID, proposal("Ana is at home in Porto."))
    await house.learn(SAID)
    notes_on(extractor, SAID)
    await reread(house, extractor)
    assert await contents(house) == ["Ana is at home in Porto."]
