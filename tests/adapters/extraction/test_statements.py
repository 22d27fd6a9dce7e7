"""What people say of their lives, and the facts in it."""

from __future__ import annotations

import pytest

from app.domain.entity import EntityType
from app.domain.fact import Cardinality, FactKind
from tests.adapters.extraction.conftest import Read, told

HOME = [
    ("I live in Trondheim.", ["Nora lives_in Trondheim"]),
    ("We moved to Lisbon last year.", ["Nora lives_in Lisbon"]),
    ("I'm from Ghana but I live in Oslo.", ["Nora from Ghana", "Nora lives_in Oslo"]),
    ("I was born in Kyoto and grew up in Nagoya.", ["Nora born_in Kyoto", "Nora grew_up_in Nagoya"]),
    ("I live in a small village.", []),
    ("I live in Rome, do you know a good bakery there?", ["Nora lives_in Rome"]),
]
WORK = [
    ("I work at Nokia in Espoo.", ["Nora works_at Nokia", "Nora works_in Espoo"]),
    ("I've been working as a nurse at Charité since 2019.", ["Nora works_as nurse", "Nora works_at Charité"]),
    ("I'm a software engineer at Stripe.", ["Nora works_as software engineer", "Nora works_at Stripe"]),
    ("I was hired by Siemens last week.", ["Nora works_at Siemens"]),
    ("I got a job at Google.", ["Nora works_at Google"]),
    ("I started working at Tesla and moved to Austin.", ["Nora works_at Tesla", "Nora lives_in Austin"]),
    ("I was promoted to senior analyst.", ["Nora works_as senior analyst"]),
    ("I'm studying biology at Leiden University.", ["Nora studies biology", "Nora studies_at Leiden University"]),
    ("Nokia is based in Espoo.", ["Nokia located_in Espoo"]),
    ("Our company uses PostgreSQL.", ["Nora's company uses PostgreSQL"]),
]
FAMILY = [
    ("My sister Anna lives in Rome.", ["Anna sibling_of Nora", "Anna lives_in Rome"]),
    ("My wife's name is Sofia.", ["Sofia married_to Nora"]),
    ("I'm married to Sofia.", ["Nora married_to Sofia"]),
    ("My best friend is called Lea.", ["Lea friend_of Nora"]),
    ("Marta is my cousin.", ["Marta relative_of Nora"]),
    ("My daughter Emma plays the cello.", ["Nora parent_of Emma", "Emma plays cello"]),
    ("Bo's dog is called Rex.", ["Bo owns Rex", "Rex is_a dog"]),
    ("We adopted a cat named Luna.", ["Nora owns Luna", "Luna is_a cat"]),
    ("I have two kids and a dog.", ["Nora has two kids", "Nora owns dog"]),
    ("My mom is a teacher.", ["Nora's mom works_as teacher"]),
    ("I've been dating Tom since January.", ["Nora partner_of Tom"]),
    ("My wife and I love hiking.", ["Nora's wife likes hiking", "Nora likes hiking"]),
]
HEALTH = [
    ("I have asthma.", ["Nora suffers_from asthma"]),
    ("I take metformin for diabetes.", ["Nora takes metformin"]),
    ("I'm on antidepressants.", ["Nora takes antidepressants"]),
    ("I need a wheelchair.", ["Nora needs wheelchair"]),
]
CAREER = [
    ("I graduated from MIT in 2015.", ["Nora graduated_from MIT", "Nora studies_at MIT !ends"]),
    ("I have a degree in biology.", ["Nora has degree in biology"]),
    ("I was laid off last week.", ["Nora works_at job !ends_all"]),
    ("I got laid off from Intel.", ["Nora works_at Intel !ends"]),
    ("I got hired by Siemens.", ["Nora works_at Siemens"]),
    ("I just quit my job at Nokia.", ["Nora works_at Nokia !ends"]),
    ("I got promoted to team lead.", ["Nora works_as team lead"]),
    ("I retired in 2020.", ["Nora is retired", "Nora works_at job !ends_all"]),
    ("I'm studying medicine at Oxford.", ["Nora studies medicine", "Nora studies_at Oxford"]),
    ("I run a bakery.", ["Nora run bakery"]),
    ("I'm working on a novel about Rome.", ["Nora work_on novel about Rome"]),
    ("I usually run on Sundays.", ["Nora does running"]),
]
NAMES = [
    ("I have two kids, Emma and Liam.", ["Nora parent_of Emma", "Nora parent_of Liam"]),
    ("We have three children: Ada, Ben and Cleo.", [f"Nora parent_of {name}" for name in ("Ada", "Ben", "Cleo")]),
    ("My kids' names are Emma and Liam.", ["Nora parent_of Emma", "Nora parent_of Liam"]),
    ("We have a daughter named Mia.", ["Nora parent_of Mia"]),
    ("My parents are John and Ruth.", ["John parent_of Nora", "Ruth parent_of Nora"]),
    ("I have two cats, Milo and Otis.", ["Nora owns Milo", "Nora owns Otis", "Otis is_a cat"]),
    ("My cats are called Milo and Otis.", ["Nora owns Milo", "Nora owns Otis"]),
    ("I adopted a dog called Rex.", ["Nora owns Rex", "Rex is_a dog"]),
    ("My boss is Dana.", ["Dana boss_of Nora"]),
    ("Call me Alex.", ["Nora named Alex"]),
    ("You can call me Al.", ["Nora named Al"]),
    ("I go by Sam.", ["Nora named Sam"]),
    ("Call me Monday.", []),
    ("If you call me Bob, I'll be angry.", []),
]
SELF = [
    ("I'm left-handed.", ["Nora is left-handed"]),
    ("I can't eat gluten or dairy.", ["Nora avoids gluten", "Nora avoids dairy"]),
    ("I can't eat another bite.", []),
    ("My flight leaves at 9am from gate 12.", ["Nora flight_leaves 9am from gate 12"]),
    ("My passport expires in 2027.", ["Nora passport_expires 2027"]),
    ("I'm 34.", ["Nora age 34"]),
    ("I'm 34 years old.", ["Nora age 34"]),
    ("I turned 40 yesterday.", ["Nora age 40"]),
    ("My name is Wei.", ["Nora named Wei"]),
    ("My birthday is on March 3rd.", ["Nora born_on March 3rd"]),
    ("I'm vegetarian.", ["Nora is vegetarian"]),
    ("I speak French and Spanish.", ["Nora speaks French", "Nora speaks Spanish"]),
    ("I'm allergic to nuts and penicillin.", ["Nora allergic_to nuts", "Nora allergic_to penicillin"]),
    ("I have diabetes.", ["Nora suffers_from diabetes"]),
    ("I was diagnosed with asthma in 2010.", ["Nora suffers_from asthma"]),
    ("My tooth hurts.", ["Nora suffers_from tooth"]),
]
TASTE = [
    ("I love hiking and cooking.", ["Nora likes hiking", "Nora likes cooking"]),
    ("I like to paint.", ["Nora likes painting"]),
    ("I'm a huge fan of Bach.", ["Nora likes Bach"]),
    ("My favorite color is green.", ["Nora favorite_color green"]),
    ("I hate mushrooms.", ["Nora dislikes mushrooms"]),
    ("I can't stand mushrooms.", ["Nora dislikes mushrooms"]),
    ("I don't like mushrooms.", ["Nora dislikes mushrooms"]),
    ("I want to learn Spanish.", ["Nora wants learn Spanish"]),
    ("I need to buy milk.", ["Nora plans buy milk"]),
]
DOING = [
    ("I visited Naples with my parents.", ["Nora visited Naples", "Nora visit_with Nora's parents"]),
    ("I went hiking with Anna yesterday.", ["Nora does hiking", "Nora go_hiking_with Anna"]),
    ("We went to a jazz concert last night.", ["Nora attended jazz concert"]),
    ("I took my kids to the zoo.", ["Nora visited zoo", "Nora go_out_with Nora's kids"]),
    ("I bought a new laptop yesterday.", ["Nora bought new laptop"]),
    ('I just finished reading "The Name of the Wind".', ["Nora read The Name of the Wind"]),
    ("I signed up for a pottery class.", ["Nora sign_up_for pottery class"]),
    ("Went to the beach yesterday.", ["Nora visited beach"]),
    ("I'm so excited to tell you I joined a choir.", ["Nora member_of choir"]),
    ("I drive a Honda Civic.", ["Nora drive Honda Civic"]),
    ("I made a dairy-free cake.", ["Nora made dairy-free cake"]),
    ("My grandmother passed away in 2020.", ["Nora's grandmother died death"]),
]


@pytest.mark.parametrize(
    ("sentence", "expected"), [*HOME, *WORK, *FAMILY, *NAMES, *HEALTH, *CAREER, *SELF, *TASTE, *DOING]
)
def test_a_statement_gives_its_facts(read: Read, sentence: str, expected: list[str]) -> None:
    told_of = [told(fact) for fact in read(sentence).facts]
    assert set(expected) <= set(told_of), told_of
    if not expected:
        assert not [line for line in told_of if any(word in line for word in ("lives_in", "named", "avoids"))]


@pytest.mark.parametrize(
    ("sentence", "statement"),
    [
        ("I'm moving to Lisbon in June.", "Nora is moving to Lisbon in June."),
        ("I've been working at Acme since 2019.", "Nora has been working at Acme since 2019."),
        ("I work at Acme.", "Nora works at Acme."),
        ("My sister Anna lives in Rome.", "Nora's sister Anna lives in Rome."),
        ("We sold our car.", "Nora sold their car."),
        ("Well, I actually moved to Berlin, and it's great!", "Nora moved to Berlin."),
        ("I quit my job at Acme and moved to Oslo.", "Nora moved to Oslo."),
    ],
)
def test_a_statement_stands_by_itself_in_the_third_person(read: Read, sentence: str, statement: str) -> None:
    assert statement in [fact.statement for fact in read(sentence).facts]


def test_facts_know_their_kind_and_how_many_values_there_are(read: Read) -> None:
    lives, likes, visited = read("I live in Oslo. I love jazz. I visited Naples.").facts
    assert (lives.kind, lives.cardinality) == (FactKind.FACTUAL, Cardinality.ONE)
    assert (likes.kind, likes.cardinality) == (FactKind.SUBJECTIVE, Cardinality.MANY)
    assert (visited.kind, visited.cardinality) == (FactKind.EXPERIENTIAL, Cardinality.MANY)
    assert read("My favorite color is green.").facts[0].cardinality is Cardinality.ONE


def test_the_predicate_tells_what_its_object_is(read: Read) -> None:
    (fact,) = read("I work at Globex.").facts
    assert fact.object_type is EntityType.ORGANIZATION
    assert [(e.name, e.type) for e in read("I work at Globex.").entities] == [
        ("Nora", EntityType.PERSON),
        ("Globex", EntityType.ORGANIZATION),
    ]


def test_names_are_found_with_their_type_and_place(read: Read) -> None:
    content = "Yesterday Angela Merkel visited Microsoft in Seattle."
    found = {e.name: e for e in read(content).entities}
    assert found["Angela Merkel"].type is EntityType.PERSON
    assert found["Microsoft"].type in (EntityType.ORGANIZATION, EntityType.PLACE)
    seattle = found["Seattle"]
    assert seattle.type is EntityType.PLACE
    assert seattle.start is not None
    assert content[seattle.start : seattle.end] == "Seattle"


SHARED = [
    ("I work at Acme in Lisbon.", {"works_at": "Nora works at Acme in Lisbon.", "works_in": "Nora works in Lisbon."}),
    ("I live in Rome with my sister Anna.", {"live_with": "Nora lives with their sister Anna."}),
    ("I work as a nurse at Charité.", {"works_as": "Nora works as a nurse.", "works_at": "Nora works at Charité."}),
    (
        "I work for Acme as a designer in Berlin.",
        {"works_at": "Nora works for Acme.", "works_in": "Nora works in Berlin."},
    ),
]


@pytest.mark.parametrize(("words", "sentences"), SHARED)
def test_what_may_be_overtaken_is_not_told_in_the_sentence_of_another_fact(
    read: Read, words: str, sentences: dict[str, str]
) -> None:
    found = {fact.predicate: fact.statement for fact in read(words).facts}
    assert {predicate: found[predicate] for predicate in sentences} == sentences


def test_a_home_that_two_share_is_told_of_each_alone(read: Read) -> None:
    found = {fact.subject: fact.statement for fact in read("Anna and Bob live in Oslo.").facts}
    assert found == {"Anna": "Anna lives in Oslo.", "Bob": "Bob lives in Oslo."}


def test_what_is_not_overtaken_keeps_all_its_words(read: Read) -> None:
    (fact, *_) = read("Anna and Bob visited Rome with Carol.").facts
    assert fact.statement == "Anna and Bob visited Rome with Carol."
