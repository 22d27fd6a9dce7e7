"""What must not become a fact."""

from __future__ import annotations

import pytest

from app.domain.episode import EpisodeKind, Role
from tests.adapters.extraction.conftest import Read, told

SMALL_TALK = [
    "Hey Eli! How's it going?",
    "Thanks, that's great!",
    "Wow, that's awesome, congrats!",
    "Yeah, totally. You're amazing!",
    "It was so much fun.",
    "I love it!",
    "I know what you mean.",
    "That means a lot to me.",
    "I love your hat!",
    "Good luck with the interview!",
    "You've got this!",
    "I couldn't agree more.",
]
NOT_ASSERTED = [
    "Do you live in Rome?",
    "Where does Anna work?",
    "I don't eat meat.",
    "I don't live in Rome.",
    "I never eat sushi, do I?",
    "If I move to Rome, I'll buy a car.",
    "I might move to Rome.",
    "Maybe I should move to Rome.",
    "I could work at Google.",
    "I'd love to visit Japan.",
    "I wish I lived in Rome.",
    "I hope Anna moves to Rome.",
    "I was thinking about whether I should buy a house.",
    "Imagine I lived in Rome.",
    "Move to Rome!",
    "Let's go to Rome.",
    "I'll call you later.",
    "We should raise money and build a school.",
    "I almost bought a house.",
]
HEARSAY = [
    "Anna said she moved to Oslo.",
    "I heard that Tom bought a house.",
    "I think Rome is beautiful.",
    "They say Oslo is expensive.",
]
UNCLEAR = [
    "He works at Acme.",
    "It lives in the garden.",
    "They moved to Rome.",
    "Someone bought a car.",
    "Anna and Maria met in May. She lives in Rome.",
    "When you visit Rome, you eat pasta.",
]


@pytest.mark.parametrize("content", [*SMALL_TALK, *NOT_ASSERTED, *HEARSAY])
def test_no_fact(read: Read, content: str) -> None:
    assert [told(fact) for fact in read(content).facts] == []


@pytest.mark.parametrize("content", UNCLEAR)
def test_nobody_is_guessed(read: Read, content: str) -> None:
    assert not [told(fact) for fact in read(content).facts if fact.predicate in ("works_at", "lives_in", "bought")]


@pytest.mark.parametrize("role", [Role.SYSTEM, Role.TOOL])
def test_system_and_tool_messages_are_not_read(read: Read, role: Role) -> None:
    extraction = read("I live in Rome and work at Acme.", role=role, speaker=role.value)
    assert (extraction.entities, extraction.facts) == ((), ())


def test_json_is_not_read(read: Read) -> None:
    extraction = read('{"note": "I live in Rome"}', kind=EpisodeKind.JSON)
    assert (extraction.entities, extraction.facts) == ((), ())


def test_an_unnamed_assistant_says_nothing_of_itself(read: Read) -> None:
    extraction = read("I live in the cloud. I love Rome.", role=Role.ASSISTANT, speaker="assistant", others=("user",))
    assert extraction.facts == ()


def test_advice_in_a_long_answer_is_not_read(read: Read) -> None:
    answer = "Here are some ideas:\n\n1. Rome is the capital of Italy.\n2. Paris has the Louvre.\n3. Oslo has fjords.\n"
    extraction = read(answer, role=Role.ASSISTANT, speaker="assistant", others=("user",))
    assert extraction.facts == ()
    assert extraction.entities == ()


def test_a_document_does_not_speak_for_the_one_who_sent_it(read: Read) -> None:
    extraction = read("I live in Rome.", kind=EpisodeKind.TEXT, speaker="user", others=())
    assert extraction.facts == ()


def test_another_script_is_not_guessed_at_but_its_speaker_is_known(read: Read) -> None:
    extraction = read("我叫李明,住在北京,在微软工作。", speaker="李明")
    assert extraction.facts == ()
    assert [e.name for e in extraction.entities] == ["李明"]


def test_a_name_in_another_script_amid_english_is_found(read: Read) -> None:
    assert "Nora met 李明" in [told(fact) for fact in read("I met 李明 in Beijing last year.").facts]
