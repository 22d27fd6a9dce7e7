"""Guidance is short, readable and says nothing twice."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.entity import EntityType
from app.domain.errors import Invalid
from app.domain.fact import Cardinality
from app.domain.guidance import MAX_DESCRIPTION, MAX_INSTRUCTIONS, MAX_PREDICATES, Guidance, PredicateRule


@pytest.mark.parametrize("name", ["likes", "works_at", "iso_27001", "x"])
def test_predicates_are_named_in_snake_case(name: str) -> None:
    assert PredicateRule(name, Cardinality.ONE).name == name


@pytest.mark.parametrize(
    "name", ["", "Works_at", "works-at", "works at", "_likes", "likes_", "a__b", "4x", "é", "likes\n", "x" * 65]
)
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(Invalid):
        PredicateRule(name, Cardinality.ONE)


@pytest.mark.parametrize("description", ["two\nlines", "\x00", "x" * (MAX_DESCRIPTION + 1), "\ud83d"])
def test_a_description_is_one_short_line(description: str) -> None:
    with pytest.raises(Invalid):
        PredicateRule("likes", Cardinality.MANY, description)


LIKES = PredicateRule("likes", Cardinality.MANY)


@pytest.mark.parametrize(
    "given",
    [
        {"instructions": "x" * (MAX_INSTRUCTIONS + 1)},
        {"instructions": "a\x1bb"},
        {"instructions": "\ud83d"},
        {"entity_types": (EntityType.PERSON, EntityType.PERSON)},
        {"predicates": (LIKES, PredicateRule("likes", Cardinality.ONE))},
        {"predicates": tuple(PredicateRule(f"p{n}", Cardinality.ONE) for n in range(MAX_PREDICATES + 1))},
    ],
)
def test_what_is_too_much_or_twice_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        Guidance(**given)


def test_instructions_may_have_lines_and_any_script() -> None:
    Guidance("Seulement :\tle projet.\r\n山田\u3000太郎 \U0001f468\u200d\U0001f469\u200d\U0001f467")


def test_without_guidance_everything_is_wanted() -> None:
    anything = Guidance()
    assert anything.wants_entity(EntityType.TOPIC)
    assert anything.wants_predicate("whatever")
    assert anything.cardinality("works_at") is None


def test_with_a_list_only_what_is_listed_is_wanted() -> None:
    guidance = Guidance(entity_types=(EntityType.PERSON,), predicates=(PredicateRule("knows", Cardinality.ONE),))
    assert guidance.wants_entity(EntityType.PERSON)
    assert not guidance.wants_entity(EntityType.TOPIC)
    assert guidance.wants_predicate("knows")
    assert not guidance.wants_predicate("likes")
    assert guidance.cardinality("knows") is Cardinality.ONE
