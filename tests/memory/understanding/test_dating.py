"""When what is said holds, from the words for it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.domain.fact import Polarity
from app.domain.own_words import own_words
from app.memory.understanding.dating import Aspect, dated

SAID_AT = datetime(2026, 5, 8, 12, 0, tzinfo=UTC)


def days(words: str, said: str, aspect: Aspect, polarity: Polarity = Polarity.HOLDS) -> tuple[str, str] | None:
    found = dated(own_words(words), (0, len(words)), said, aspect, polarity, SAID_AT)
    if found is None or found[0] is None:
        return None
    return f"{found[0].start or '':%Y-%m-%d}" if found[0].start else "", (
        f"{found[0].end:%Y-%m-%d}" if found[0].end else ""
    )


@pytest.mark.parametrize(
    ("words", "said", "aspect", "expected"),
    [
        ("I moved to Rome in March.", "in March", Aspect.STATE, ("2026-03-01", "")),
        ("I moved to Rome in March.", "March", Aspect.STATE, ("2026-03-01", "")),
        ("I visited Rome last week.", "last week", Aspect.EVENT, ("2026-04-27", "2026-05-04")),
        ("I have lived in Rome since 2019.", "since 2019", Aspect.STATE, ("2019-01-01", "")),
        ("I lived in Rome since 2019.", "since 2019", Aspect.PAST, ("2019-01-01", "2026-05-08")),
        ("I lived in Rome until March.", "until March", Aspect.PAST, ("", "2026-03-01")),
        ("I'm off to Rome in June.", "in June", Aspect.FUTURE, ("2026-06-01", "")),
        ("I was in Rome in June.", "in June", Aspect.EVENT, ("2025-06-01", "2025-07-01")),
        ("I used to live in Rome.", "", Aspect.PAST, ("", "2026-05-08")),
    ],
)
def test_words_become_intervals(words: str, said: str, aspect: Aspect, expected: tuple[str, str]) -> None:
    assert days(words, said, aspect) == expected


def test_an_end_is_the_beginning_of_its_not_being_so() -> None:
    assert days("I left Acme in March.", "in March", Aspect.EVENT, Polarity.ENDS) == ("2026-03-01", "")
    assert days("I left Acme in March.", "in March", Aspect.PAST, Polarity.ENDS) == ("2026-03-01", "")


@pytest.mark.parametrize("said", ["in April", "2026-03-01", "Rome"])
def test_what_was_not_said_or_is_no_time_is_none(said: str) -> None:
    assert days("I moved to Rome in March.", said, Aspect.STATE) is None


def test_the_expression_next_to_the_quote_counts() -> None:
    words = "In March I was ill. I moved to Rome in April and in March."
    found = dated(own_words(words), (20, 38), "in March", Aspect.STATE, Polarity.HOLDS, SAID_AT)
    assert found is not None
    assert found[0] is not None
    hidden = "<memory>in June</memory> I moved to Rome."
    assert dated(own_words(hidden), (25, 40), "in June", Aspect.STATE, Polarity.HOLDS, SAID_AT) is None
