"""What someone's number, size or budget is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain.fact import Cardinality
from tests.adapters.extraction.conftest import SAID_AT, Read, told

VALUES = [
    ("My phone number is 555-1234.", "Nora phone_number 555-1234"),
    ("My phone number is (555) 010-9999, call me there.", "Nora phone_number (555) 010-9999"),
    ("My budget is 2000 euros.", "Nora budget 2000 euros"),
    ("My email is a@b.c", "Nora email a@b.c"),
    ("My favourite film is Alien.", "Nora favorite_film Alien"),
    ("My password hint is bluebird", "Nora password_hint bluebird"),
    ("My shoe size is 43", "Nora shoe_size 43"),
    ("Our wifi is called Starship.", "Nora wifi Starship"),
    ("Our deadline is 5 June.", "Nora deadline 5 June"),
    ("My blood type is O negative.", "Nora blood_type O negative"),
    ("My rent is $1,200 a month.", "Nora rent $1,200 a month"),
    ("My appointment is at 3pm on Friday.", "Nora appointment 3pm on Friday"),
    ("My address is 12 Main Street, Springfield.", "Nora address 12 Main Street, Springfield"),
    ("My mom's phone number is 555-9876.", "Nora's mom phone_number 555-9876"),
    ("My website is example.com.", "Nora website example.com"),
    ("My last name is Smith.", "Nora last_name Smith"),
    ("My native language is Dutch.", "Nora native_language Dutch"),
    ("My major is economics and I love it.", "Nora major economics"),
]
OPINIONS = [
    "My day was great.",
    "My point is that we should go.",
    "My advice is to wait.",
    "My opinion is that it works.",
    "My goal is to run a marathon.",
    "My schedule is busy.",
    "My schedule is packed today.",
    "My job is stressful.",
    "My order is late.",
    "My diet is bad.",
    "My shoe size is not 43.",
    "My car is 10 years old.",
    "Is my budget 2000 euros?",
    "If my budget is 2000 euros, what can I buy?",
]


@pytest.mark.parametrize(("sentence", "expected"), VALUES)
def test_an_attribute_has_a_plain_value(read: Read, sentence: str, expected: str) -> None:
    told_of = [told(fact) for fact in read(sentence).facts]
    assert expected in told_of, told_of


@pytest.mark.parametrize("sentence", OPINIONS)
def test_an_opinion_is_no_attribute(read: Read, sentence: str) -> None:
    assert [told(fact) for fact in read(sentence).facts] == []


def test_a_single_thing_has_one_value(read: Read) -> None:
    (now,) = read("My budget is 3000 euros now.").facts
    assert (told(now), now.cardinality) == ("Nora budget 3000 euros", Cardinality.ONE)
    assert now.statement == "Nora's budget is 3000 euros now."


def test_the_time_in_a_value_is_not_when_it_holds(read: Read) -> None:
    for sentence in ("Our deadline is 5 June.", "Our deadline is 5 June, not 10 June."):
        (deadline,) = read(sentence).facts
        assert (told(deadline), deadline.valid) == ("Nora deadline 5 June", None)


def test_a_former_value_is_over(read: Read) -> None:
    (former,) = read("My budget was 2000 euros.").facts
    assert former.valid is not None
    assert former.valid.contains(SAID_AT - timedelta(days=1))
    assert not former.valid.contains(SAID_AT)
