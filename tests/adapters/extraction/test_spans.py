"""Evidence: where a fact stands in the message, and what of a message is not its author's."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spacy.language import Language

from app.adapters.models.spacy.batch import extract_batch
from app.adapters.models.spacy.lexicon import words
from app.domain.episode import Role
from app.domain.own_words import blank
from tests.adapters.extraction.conftest import Read, source, told

FENCED = [
    "```\nI live in Paris.\n```\nI live in Oslo.",
    "```python\nI live in Paris\n``` I live in Oslo.",
    "<memory>\nI live in Paris.\n</memory>\nI live in Oslo.",
    "<context>I live in Paris.</context> I live in Oslo.",
    '<retrieved_memories source="x">\n- I live in Paris.\n</retrieved_memories>\n\nI live in Oslo.',
    "I live in Oslo.\n<memory>\nI live in Paris.",
    "[MEMORY] I live in Paris. [/MEMORY] I live in Oslo.",
    "[MEMORY]\nI live in Paris.\nI work at Acme.\n\nI live in Oslo.",
    "### Relevant memories:\n- I live in Paris.\n- I work at Acme.\n\nI live in Oslo.",
    "Retrieved context: I live in Paris.\n\nI live in Oslo.",
    "--- BEGIN CONTEXT ---\nI live in Paris.\n--- END CONTEXT ---\nI live in Oslo.",
    "> I live in Paris.\n\nI live in Oslo.",
    "<outer><inner>I live in Paris.</inner> I live in Rome.</outer> I live in Oslo.",
]


@pytest.mark.parametrize("content", FENCED)
def test_fenced_text_is_not_read_and_spans_stay_true(read: Read, content: str) -> None:
    (fact,) = read(content).facts
    assert told(fact) == "Nora lives_in Oslo"
    assert content[fact.start : fact.end] == "I live in Oslo"


def test_the_span_is_the_clause_that_says_so(read: Read) -> None:
    content = "🎉 Hi Eli! “Big news” – I’ve moved to Oslo, and my sister Anna works at Acme."
    spans = {told(fact): content[fact.start : fact.end] for fact in read(content).facts}
    assert spans["Nora lives_in Oslo"] == "I’ve moved to Oslo"
    assert spans["Anna works_at Acme"] == "my sister Anna works at Acme"


def test_paragraphs_and_lists_of_a_user_are_read(read: Read) -> None:
    content = "About me:\n- I live in Oslo.\n- I work at Acme.\n\n| a | b |\n\nI have a sister named Kate."
    facts = read(content).facts
    assert [told(fact) for fact in facts] == ["Nora lives_in Oslo", "Nora works_at Acme", "Kate sibling_of Nora"]
    assert all("\n" not in content[fact.start : fact.end] for fact in facts)


def test_a_sentence_broken_over_lines_is_one(read: Read) -> None:
    content = "We looked at quite a lot of flats, and then last month I finally moved\nto Oslo with Tom."
    assert "Nora lives_in Oslo" in [told(fact) for fact in read(content).facts]


VOCABULARY = words(
    "I my we you she he Anna Rome Acme live lives moved work at in to not never if maybe quit sold car sister dog "
    "named called is was 'm the Wind , . ! ? - 2019 since until 李明 🎉 <b> </b> <memory> ``` [MEMORY] > | * 1."
)
tokens = st.sampled_from([*sorted(VOCABULARY), '"', "\n", "\n\n"])
messages = st.one_of(st.text(max_size=200), st.lists(tokens, max_size=40).map(" ".join))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=messages, role=st.sampled_from([Role.USER, Role.ASSISTANT]), speaker=st.sampled_from(["Nora", "user"]))
def test_any_text_is_read_and_every_span_lies_in_it(parser: Language, content: str, role: Role, speaker: str) -> None:
    extraction = extract_batch(parser, [source(content, role=role, speaker=speaker)])[0]
    for fact in extraction.facts:
        assert 0 <= fact.start < fact.end <= len(content)
        assert content[fact.start : fact.end].strip()
        assert all((fact.subject, fact.predicate, fact.object))
        assert fact.statement.endswith(".")
    for entity in extraction.entities:
        assert entity.name.strip()
        if entity.start is not None and entity.end is not None:
            assert 0 <= entity.start < entity.end <= len(content)


@pytest.mark.parametrize(
    "content",
    [
        "the dog of " * 3_000,
        "I moved and moved and " * 1_500,
        "<a1><b>" * 9_000,
        "[memory] " * 7_000,
        " " * 60_000 + "x",
        "Anna Tom " * 3_000,
        "--- begin\n" * 6_000,
        "I live in Oslo. " * 1_000,
    ],
    ids=lambda content: content[:10],
)
def test_long_and_strange_messages_are_read(read: Read, content: str) -> None:
    facts = read(content).facts
    assert len(facts) <= 1


def test_a_long_paragraph_is_read_to_its_end(read: Read) -> None:
    content = "We talked about this and that for quite a while. " * 100 + "I live in Oslo."
    (fact,) = read(content).facts
    assert content[fact.start : fact.end] == "I live in Oslo"


@given(st.text(alphabet="ab<>/[]`~=- \nmemory", max_size=300))
def test_blanking_keeps_the_length_and_the_lines(content: str) -> None:
    blanked = blank(content)
    assert len(blanked) == len(content)
    assert [i for i, c in enumerate(blanked) if c == "\n"] == [i for i, c in enumerate(content) if c == "\n"]


def test_a_message_reads_the_same_alone_and_in_a_batch(parser: Language) -> None:
    contents = ["I live in Oslo.", "Anna is my sister.", "She works at Acme.", "", "I love jazz and my dog Rex."]
    together = extract_batch(parser, [source(c, id=str(i)) for i, c in enumerate(contents)])
    alone = [extract_batch(parser, [source(c, id=str(i))])[0] for i, c in enumerate(contents)]
    assert together == alone
