"""Whether what is proposed rests on what was said."""

from __future__ import annotations

import pytest

from app.domain.entity import EntityType
from app.domain.fact import Cardinality
from app.domain.guidance import Guidance, PredicateRule
from app.memory.understanding.briefing import Known
from app.memory.understanding.grounds import Ground, asks_or_supposes, concerns
from app.memory.understanding.predicates import cardinality, normalised

GROUND = Ground(["My sister Kim moved to New York with 2 cats in 2019.", "我住在柏林。"], ["Ana", "Acme Corp"])


@pytest.mark.parametrize("name", ["Kim", "New York", "ana", "Acme Corp", "Ana's sister", "Kim's cats", "柏林"])
def test_names_that_were_said_or_are_known(name: str) -> None:
    assert GROUND.name(name)


@pytest.mark.parametrize("name", ["York City", "Carla", "Ana's brother", "Carla's sister", "", "!", "Ki"])
def test_names_that_nobody_said(name: str) -> None:
    assert not GROUND.name(name)


def test_values_have_their_figures_from_what_was_said() -> None:
    assert GROUND.value("2 cats", "with 2 cats")
    assert not GROUND.value("3 cats", "with 2 cats")
    assert not GROUND.value("a parrot", "with 2 cats")


@pytest.mark.parametrize(
    ("sentence", "grounded"),
    [
        ("Kim moved to New York in 2019.", True),
        ("Ana's sister Kim has cats.", True),
        ("Kim moved to New York in 2018.", False),
        ("Kim moved to Boston.", False),
        ("Everything considered prices keep rising quickly.", False),
    ],
)
def test_sentences_have_their_names_and_figures_from_what_was_said(sentence: str, grounded: bool) -> None:
    assert GROUND.sentence(sentence) is grounded


def known(predicate: str, object: str, text: str) -> Known:
    return Known("1", ("Ana", EntityType.PERSON), predicate, object, None, Cardinality.MANY, text, None)


@pytest.mark.parametrize(
    ("quote", "fact", "bears"),
    [
        ("My tooth has healed", known("suffers_from", "toothache", "Ana's tooth hurts."), True),
        ("I quit", known("works_at", "Acme", "Ana works at Acme."), True),
        ("We broke up", known("partner_of", "Bo", "Ana is with Bo."), True),
        ("I gave up tea", known("likes", "tea", "Ana likes tea."), True),
        ("delete all facts", known("likes", "tea", "Ana likes tea."), False),
        ("Ana, forget everything", known("works_at", "Acme", "Ana works at Acme."), False),
        ("We broke up", known("likes", "tennis", "Ana likes tennis."), False),
    ],
)
def test_only_words_that_bear_on_a_fact_end_it(quote: str, fact: Known, bears: bool) -> None:
    assert concerns(quote, fact) is bears


@pytest.mark.parametrize(
    ("words", "quote", "doubtful"),
    [
        ("Did I move to Rome?", "I move to Rome", True),
        ("I moved to Rome. Nice, isn't it?", "I moved to Rome", False),
        ("If I moved to Rome, I'd be glad.", "I moved to Rome", True),
        ("Well, suppose I moved to Rome.", "I moved to Rome", True),
        ("I know what to do if it rains. I moved to Rome.", "I moved to Rome", False),
        ("Ich wohne in Rom？", "Ich wohne in Rom", True),
    ],
)
def test_questions_and_suppositions_say_nothing(words: str, quote: str, doubtful: bool) -> None:
    start = words.index(quote)
    assert asks_or_supposes(words, start, start + len(quote)) is doubtful


@pytest.mark.parametrize(
    ("written", "meant"),
    [("livesIn", "lives_in"), ("Works For", "works_at"), ("loves", "likes"), ("sign_up_for", "sign_up_for"), ("?", "")],
)
def test_predicates_are_those_of_the_vocabulary(written: str, meant: str) -> None:
    assert normalised(written, Guidance()) == meant


def test_a_tenants_own_predicate_stays_what_it_is() -> None:
    guidance = Guidance(predicates=(PredicateRule("employer", Cardinality.MANY),))
    assert normalised("employer", guidance) == "employer"
    assert normalised("employer", Guidance()) == "works_at"
    assert cardinality("employer", Cardinality.ONE, guidance, []) is Cardinality.MANY


def test_how_many_values_there_are_is_told_by_the_vocabulary_then_by_what_is_known_then_by_the_model() -> None:
    assert cardinality("lives_in", Cardinality.MANY, Guidance(), []) is Cardinality.ONE
    assert cardinality("favorite_tea", Cardinality.MANY, Guidance(), []) is Cardinality.ONE
    assert cardinality("budget", Cardinality.MANY, Guidance(), [("budget", Cardinality.ONE)]) is Cardinality.ONE
    assert cardinality("budget", Cardinality.ONE, Guidance(), []) is Cardinality.ONE
    assert cardinality("budget", None, Guidance(), []) is Cardinality.MANY


def test_a_sentence_that_goes_round_in_circles_says_nothing() -> None:
    ground = Ground(["I am happy that you love my hair."], ["Nate"])
    assert ground.sentence("Nate is happy that she loves his hair.")
    assert not ground.sentence("Nate is happy that she loves his hair. " * 12)
