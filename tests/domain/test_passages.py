"""The texts that are searched: whole messages under their speaker's name, documents in windows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.domain.passages import passage_text, windows


def test_a_text_stands_under_its_speakers_name_but_not_under_a_role() -> None:
    assert passage_text("Caroline", "Hello") == "Caroline: Hello"
    assert passage_text("user", "Hello") == passage_text(None, "Hello") == "Hello"


def test_a_message_is_one_piece_however_it_is_laid_out() -> None:
    assert windows("One.\n\nTwo.") == ["One.\n\nTwo."]


def test_a_document_is_cut_after_sentences_into_pieces_that_overlap() -> None:
    sentences = [f"This is sentence number {number} of the report." for number in range(400)]
    pieces = windows(" ".join(sentences))
    assert len(pieces) > 10
    assert all(piece.endswith(".") for piece in pieces)
    assert all(any(sentence in piece for piece in pieces) for sentence in sentences)


@given(st.text(max_size=400), st.integers(20, 60))
def test_every_word_that_fits_is_whole_in_some_piece(text: str, size: int) -> None:
    pieces = windows(text, whole=size, size=size, overlap=8)
    assert pieces
    assert all(len(piece) <= size or piece == text for piece in pieces)
    assert {character for character in text if not character.isspace()} <= set("".join(pieces))
