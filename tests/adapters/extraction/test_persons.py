"""Who is meant."""

from __future__ import annotations

import pytest

from app.domain.entity import EntityType
from app.domain.episode import Role
from tests.adapters.extraction.conftest import Read, told


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Tom moved to Oslo. He works at Equinor.", "Tom works_at Equinor"),
        ("My brother is a doctor. He lives in Austin.", "Nora's brother lives_in Austin"),
        ("My sister is a chef and my brother is a pilot. She lives in Rome.", "Nora's sister lives_in Rome"),
        ("My sister Anna called. My sister lives in Rome.", "Anna lives_in Rome"),
        ("My friend Tom, who lives in Madrid, plays the guitar.", "Tom lives_in Madrid"),
        ("My friend Tom, who lives in Madrid, plays the guitar.", "Tom plays guitar"),
        ("You live in Oslo, and I live in Rome.", "Eli lives_in Oslo"),
        ("Anna and Tom moved to Oslo.", "Tom lives_in Oslo"),
        ("Anna and Tom moved to Oslo.", "Anna lives_in Oslo"),
    ],
)
def test_the_subject_is_the_one_who_is_meant(read: Read, content: str, expected: str) -> None:
    told_of = [told(fact) for fact in read(content).facts]
    assert expected in told_of, told_of


def test_you_is_nobody_where_several_listen(read: Read) -> None:
    assert read("You live in Oslo.", others=("Eli", "Ada")).facts == ()


def test_an_unnamed_user_is_called_user(read: Read) -> None:
    extraction = read("I live in Oslo.", speaker="user", others=("assistant",))
    assert told(extraction.facts[0]) == "user lives_in Oslo"
    assert extraction.facts[0].statement == "The user lives in Oslo."


def test_a_named_assistant_is_a_person_like_any_other(read: Read) -> None:
    extraction = read("I moved to Oslo.", role=Role.ASSISTANT, speaker="Eli", others=("Nora",))
    assert [told(fact) for fact in extraction.facts] == ["Eli lives_in Oslo"]


def test_the_speaker_is_an_entity_even_when_nothing_is_said(read: Read) -> None:
    (speaker,) = read("ok!").entities
    assert (speaker.name, speaker.type, speaker.start, speaker.end) == ("Nora", EntityType.PERSON, None, None)


def test_names_of_the_session_are_persons_whatever_the_recogniser_thinks(read: Read) -> None:
    found = {e.name: e.type for e in read("I told Paris about it.", others=("Paris",)).entities}
    assert found["Paris"] is EntityType.PERSON


def test_an_entity_has_one_type_in_a_message(read: Read) -> None:
    extraction = read("Globex is great. I work at Globex. Globex hired Tom.")
    types = {fact.object_type for fact in extraction.facts if fact.object == "Globex"}
    types |= {fact.subject_type for fact in extraction.facts if fact.subject == "Globex"}
    types |= {e.type for e in extraction.entities if e.name == "Globex"}
    assert types == {EntityType.ORGANIZATION}


def test_whatever_a_fact_names_is_an_entity(read: Read) -> None:
    extraction = read("My sister Anna lives in Rome. I love jazz. I sold my car to Bo.")
    names = {(e.name, e.type) for e in extraction.entities}
    for fact in extraction.facts:
        assert (fact.subject, fact.subject_type) in names
        assert fact.object_type is None or (fact.object, fact.object_type) in names
