"""Whatever a model answers: nothing breaks, and what is accepted stands in the words of its episode."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from app.domain.entity import EntityType
from app.domain.episode import EpisodeKind, Role
from app.domain.extraction import Source
from app.domain.fact import Cardinality
from app.domain.guidance import Guidance
from app.domain.own_words import HIDDEN
from app.memory.understanding.briefing import Briefing, Known, told
from app.memory.understanding.checking import Checking
from app.memory.understanding.extract_prompt import NAME, schema
from app.memory.understanding.refusals import Refusals

CONTENTS = [
    "I moved to Berlin with Kim last spring. I don't work at Acme any more.",
    "<memory>I live in Rome.</memory> Did I move to Oslo? I like tea.",
    "You could try Rome.",
]
WORDS = [
    *("I moved to Berlin", "last spring", "I like tea.", "I live in Rome.", "move to Oslo", "You could try Rome."),
    *("I don't work at Acme any more", "Berlin", "Kim", "Acme", "Rome", "tea", "Ana", "I", "", "\0", "e1", "e2", "e3"),
    *("n1", "f1", "f9", "lives_in", "works_at", "likes", "place", "literal", "person", "factual", "one", "many"),
    *(
        "holds",
        "ends",
        "denies",
        "corrects",
        "state",
        "past",
        "event",
        "future",
        "in 2019",
        "null",
        "7 teas",
    ),
]
LIKELY: dict[str, list[Any]] = {
    "episode": ["e1", "e2", "e3"],
    "quote": WORDS[:7],
    "subject": ["I", "n1", "Ana", "Kim"],
    "predicate": ["lives_in", "likes", "works_at"],
    "object": ["Berlin", "Kim", "tea", "Acme"],
    "object_type": ["place", "literal", "person"],
    "kind": ["factual"],
    "polarity": ["holds", "ends", "denies", "corrects"],
    "known": [None, "f1"],
    "time": [None, "last spring"],
    "content": ["Ana moved to Berlin.", "Ana likes tea.", "Ana likes 7 teas."],
}


def briefing() -> Briefing:
    shown = {}
    for number, content in enumerate(CONTENTS, 1):
        role, name = (Role.ASSISTANT, "assistant") if number == len(CONTENTS) else (Role.USER, "Ana")
        at = datetime(2026, 5, number, 12, 0, tzinfo=UTC)
        one = told(Source(str(number), role, name, EpisodeKind.MESSAGE, content, at))
        assert one is not None
        shown[f"e{number}"] = one
    person = ("Ana", EntityType.PERSON)
    works = Known("1", person, "works_at", "Acme", EntityType.ORGANIZATION, Cardinality.ONE, "Ana works at Acme.", None)
    return Briefing(shown, {"n1": person}, {"f1": works})


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(WORDS) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=3),
    max_leaves=5,
)


def proposals(of: str) -> st.SearchStrategy[Any]:
    rows: Any = schema(episodes=4, facts=8)["properties"]
    names = list(rows[of]["items"]["properties"])
    odd = st.fixed_dictionaries({}, optional={name: st.sampled_from(WORDS) | anything for name in names})
    likely = st.fixed_dictionaries({name: st.sampled_from(LIKELY.get(name, WORDS)) for name in names})
    return st.lists(likely, min_size=6, max_size=12) | st.lists(odd | anything, max_size=8) | anything


@settings(max_examples=300, deadline=None)
@given(st.fixed_dictionaries({key: proposals(key) for key in ("entities", "facts", "notes")}))
def test_what_is_accepted_was_said_by_who_may_say_it(answer: dict[str, Any]) -> None:
    shown = briefing()
    found = Checking(shown, Guidance(), Refusals(NAME)).extractions(answer)
    assert found.keys() == {"1", "2", "3"}
    assert not found["3"].facts
    assert not found["3"].notes
    event(f"{sum(len(one.facts) for one in found.values())} facts accepted")
    for one in shown.episodes.values():
        extraction = found[one.source.episode_id]
        for fact in extraction.facts:
            quote = one.words[fact.start : fact.end]
            assert quote
            assert HIDDEN not in quote
            assert "move to Oslo" not in quote
            assert fact.subject
            assert fact.object
        for entity in extraction.entities:
            assert entity.start is None or HIDDEN not in one.words[entity.start : entity.end]
