"""Keywords by counting."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.domain.note_words import MOST_KEYWORDS, keywords_of, phrases_of


def test_names_come_before_other_words_and_empty_words_do_not_come_at_all() -> None:
    found = keywords_of("Last week I finally moved to Berlin and started at Globex.")
    assert found[:2] == ("Berlin", "Globex")
    assert "moved" in found
    assert not {"I", "and", "at", "to"} & set(found)


def test_what_is_said_often_tells_more_and_what_others_say_too_tells_less() -> None:
    assert keywords_of("rex barks, a bowl for rex, rex sleeps")[0] == "rex"
    told = keywords_of("the dog sleeps in the kennel", ["the dog eats", "the dog barks"])
    assert told[-1] == "dog"


def test_any_script() -> None:
    assert keywords_of("Ремонт SR-2023-052 закончен.")[:1] == ("SR-2023-052",)
    assert keywords_of("我去了北京。") == ("我去了北京",)
    assert keywords_of("!?") == ()


@given(st.text(max_size=200))
def test_never_too_many_never_blank_never_twice(text: str) -> None:
    found = keywords_of(text)
    assert len(found) <= MOST_KEYWORDS
    assert all(word.strip() for word in found)
    assert len(set(found)) == len(found)


def test_phrases_in_which_a_name_may_stand() -> None:
    found = phrases_of("Mel likes New York City.")
    assert {"Mel", "New York", "New York City"} <= set(found)
