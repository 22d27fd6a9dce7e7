"""A cursor leads on in its own listing and nowhere else."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidCursor
from app.http.cursors import MAX_NUMBER, Listing

FACTS = Listing[str, int]("facts", str, int)
USERS = Listing[str]("users", str)


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@given(
    id=st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=200),
    version=st.integers(0, MAX_NUMBER),
)
def test_a_cursor_gives_back_the_position_it_was_made_of(id: str, version: int) -> None:
    cursor = FACTS.cursor(id, version)
    assert FACTS.position(cursor) == (id, version)
    assert cursor.isascii()
    assert not set(cursor) & set("+/=&?# ")


def test_a_cursor_of_another_listing_is_refused() -> None:
    with pytest.raises(InvalidCursor):
        USERS.position(FACTS.cursor("f1", 1))
    with pytest.raises(InvalidCursor):
        FACTS.position(USERS.cursor("ana"))


@given(rubbish=st.one_of(st.text(), st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True)))
def test_rubbish_is_refused(rubbish: str) -> None:
    with pytest.raises(InvalidCursor):
        FACTS.position(rubbish)


@pytest.mark.parametrize(
    "position",
    [
        [],
        ["facts"],
        ["facts", "f1"],
        ["facts", "f1", "1"],
        ["facts", "f1", True],
        ["facts", "f1", 1.0],
        ["facts", "f1", -1],
        ["facts", "f1", 2**63],
        ["facts", None, 1],
        ["facts", "f1", 1, 1],
        ["facts", "\ud800", 1],
        ["facts", "\0", 1],
        {"facts": 1},
        "facts",
        None,
    ],
)
def test_a_forged_position_of_another_shape_is_refused(position: object) -> None:
    with pytest.raises(InvalidCursor):
        FACTS.position(encoded(position))


def test_a_cursor_of_absurd_length_is_not_even_read() -> None:
    with pytest.raises(InvalidCursor):
        USERS.position(USERS.cursor("a" * 10_000))
