"""What of a message is its author's own, and where it says what is quoted."""

from __future__ import annotations

import pytest

from app.domain.own_words import HIDDEN, find_quote, own_words

FENCED = [
    "I like tea. ```I live in Rome.``` Bye.",
    "I like tea. <memory>I live in Rome.</memory> Bye.",
    "I like tea.\n### Relevant memories:\nI live in Rome.\n\nBye.",
    "I like tea.\n> I live in Rome.\nBye.",
    "I like tea.\n--- begin context ---\nI live in Rome.\n--- end context ---\nBye.",
]


@pytest.mark.parametrize("content", FENCED)
def test_what_was_put_into_a_message_is_no_source(content: str) -> None:
    words = own_words(content)
    assert len(words) == len(content)
    assert HIDDEN in words
    assert find_quote(words, "I live in Rome.") is None
    assert find_quote(words, "I like tea.") == (0, 11)
    assert find_quote(words, "I like tea. Bye.") is None


@pytest.mark.parametrize(
    ("content", "quote", "found"),
    [
        ("I moved  to\nBerlin.", "I moved to Berlin", "I moved  to\nBerlin"),
        ("She said “no”, and that’s that.", 'said "no", and that\'s', "said “no”, and that’s"),
        ("I moved to Berlin!", '"I moved to Berlin."', "I moved to Berlin"),
        ("我住在柏林。", "住在柏林", "住在柏林"),
    ],
)
def test_white_space_and_marks_may_differ(content: str, quote: str, found: str) -> None:
    span = find_quote(own_words(content), quote)
    assert span is not None
    assert content[span[0] : span[1]] == found


@pytest.mark.parametrize("quote", ["art", "I moved to Rome", "", "!", "I started anew", "i started"])
def test_other_words_and_parts_of_words_are_not_found(quote: str) -> None:
    assert find_quote(own_words("I started at Acme."), quote) is None
