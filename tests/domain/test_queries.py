"""What is searched for, given how a question is put."""

from __future__ import annotations

import pytest

from app.domain.queries import search_text

PEOPLE = ("Caroline", "Dr. John Smith", "user", "assistant")


@pytest.mark.parametrize(
    ("query", "dense", "named"),
    [
        ("When did Caroline go to the support group?", "When did go to the support group?", {"Caroline"}),
        ("What is caroline's favourite book?", "What is favourite book?", {"Caroline"}),
        ("Which city did John Smith move to?", "Which city did move to?", {"Dr. John Smith"}),
        ("Did Smith meet Caroline in Lisbon last spring?", "Did meet in Lisbon last spring?", set(PEOPLE[:2])),
    ],
)
def test_a_speaker_named_in_the_query_is_noted_and_not_embedded(query: str, dense: str, named: set[str]) -> None:
    text = search_text(query, PEOPLE)
    assert (text.dense, text.keyword, text.named) == (dense, query, frozenset(named))


@pytest.mark.parametrize("query", ["Caroline", "What do you know about Caroline?", "Who is Dr. John Smith?"])
def test_a_name_stays_where_little_else_is_asked(query: str) -> None:
    assert search_text(query, PEOPLE).dense == query


@pytest.mark.parametrize("query", ["What did Carolines band play?", "the johnson account", "", "¿Dónde?", "(((", "\\"])
def test_what_is_no_speaker_is_left_as_it_is(query: str) -> None:
    text = search_text(query, PEOPLE)
    assert (text.dense, text.named) == (query, frozenset())


@pytest.mark.parametrize(
    ("query", "role"),
    [
        ("How many postcards have I added to my collection?", "user"),
        ("What type of beer did you recommend for the stew?", "assistant"),
        ("Remind me which book you suggested", "assistant"),
        ("Can you suggest some activities for the evening?", None),
    ],
)
def test_first_and_second_person_mean_the_roles(query: str, role: str | None) -> None:
    assert search_text(query, ()).named == (frozenset({role}) if role else frozenset())


def test_names_with_signs_and_other_scripts_are_read_literally() -> None:
    assert search_text("Was hat C++ (bot) über Köln erzählt?", ["C++ (bot)"]).named == {"C++ (bot)"}
    assert search_text("Что сказала Ольга про новую работу?", ["Ольга"]).dense == "Что сказала про новую работу?"
