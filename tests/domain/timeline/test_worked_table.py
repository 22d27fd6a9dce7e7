"""The worked table of the design, row by row."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from app.domain.fact import Statement
from app.domain.time import Precision
from app.domain.timeline import known
from tests.domain.timeline.chronicle import Chronicle, day, line, said

NOW, APRIL = day("2026-11-15"), day("2026-04-15")

ACME = said("Acme", "2026-03", "2026-03", text="I work at Acme")
GLOBEX = said("Globex", "2026-06-10", "2026-05", precision=Precision.MONTH, text="I started at Globex in May")
INITECH = said("Initech", "2026-06-20", until="2026-03", text="Before Acme I was at Initech, until March")
BACK = said("Acme", "2026-10-20", "2026-10", precision=Precision.MONTH, text="I am back at Acme since October")
AGAIN = said("Acme", "2026-10-21", "2026-10", precision=Precision.MONTH, text="I am back at Acme since October")

ROWS = [
    # what arrives, what is appended, today, as of April
    (ACME, ["Acme [2026-03, –)"], ["Acme"], ["Acme"]),
    (GLOBEX, ["Acme [2026-03, 2026-05)", "Globex [2026-05, –)"], ["Globex"], ["Acme"]),
    (INITECH, ["Initech [–, 2026-03)"], ["Globex"], ["Acme"]),
    (BACK, ["Globex [2026-05, 2026-10)", "Acme [2026-10, –)"], ["Acme"], ["Acme"]),
    (AGAIN, [], ["Acme"], ["Acme"]),
]


def told(statements: list[Statement]) -> Chronicle:
    chronicle = Chronicle()
    for statement in statements:
        chronicle.tell(statement)
    return chronicle


@pytest.mark.parametrize("row", range(len(ROWS)))
def test_each_row_appends_what_it_says_and_shows_it_on_both_axes(row: int) -> None:
    chronicle = told([arrives for arrives, *_ in ROWS[:row]])
    before, known_before = chronicle.now, chronicle.versions
    arrives, appended, today, as_of_april = ROWS[row]

    revision = chronicle.tell(arrives)

    assert sorted(line(version) for version in revision.append) == sorted(appended)
    assert chronicle.holding(NOW) == today
    assert chronicle.holding(APRIL) == as_of_april
    then = [line(v) for v in known(chronicle.versions, before)]
    assert then == [line(v) for v in known_before if v.believed]


def test_a_change_closes_one_version_and_appends_the_next_of_the_same_fact() -> None:
    chronicle = told([ACME])
    (acme,) = chronicle.believed

    revision = chronicle.tell(GLOBEX)

    (closed,) = revision.close
    globex = next(version for version in revision.append if version.object.literal == "Globex")
    assert (closed.fact_id, closed.version) == (acme.fact_id, 1)
    assert (closed.retirement.rule, closed.retirement.fact_id) == ("superseded", globex.fact_id)
    assert closed.retirement.episode_id == GLOBEX.span.episode_id  # type: ignore[union-attr]
    assert [(v.fact_id, v.version) for v in chronicle.about("Acme")] == [(acme.fact_id, 2)]


def test_the_recurrence_is_a_fact_of_its_own_and_the_old_interval_stays_closed() -> None:
    chronicle = told([ACME, GLOBEX, INITECH, BACK])

    first, second = sorted(chronicle.about("Acme"), key=lambda v: v.recorded_from)
    assert line(first) == "Acme [2026-03, 2026-05)"
    assert line(second) == "Acme [2026-10, –)"
    assert first.fact_id != second.fact_id


def test_the_same_sentence_again_is_one_more_piece_of_evidence() -> None:
    chronicle = told([ACME, GLOBEX, INITECH, BACK])
    current = next(v for v in chronicle.about("Acme") if v.valid.end is None)

    revision = chronicle.tell(AGAIN)

    assert revision.close == revision.append == ()
    (support,) = revision.support
    assert (support.fact_id, support.version, support.statement_ids) == (current.fact_id, 1, (AGAIN.id,))


def test_any_order_of_arrival_ends_in_the_same_picture() -> None:
    expected = told([arrives for arrives, *_ in ROWS]).lines()
    assert expected == [
        "Acme [2026-03, 2026-05)",
        "Acme [2026-10, –)",
        "Globex [2026-05, 2026-10)",
        "Initech [–, 2026-03)",
    ]
    for order in permutations([arrives for arrives, *_ in ROWS]):
        assert told(list(order)).lines() == expected


def test_what_was_believed_before_the_news_can_still_be_asked() -> None:
    chronicle = told([ACME])
    before = chronicle.now
    for arrives, *_ in ROWS[1:]:
        chronicle.tell(arrives)

    assert [line(v) for v in known(chronicle.versions, before, NOW)] == ["Acme [2026-03, –)"]
    assert known(chronicle.versions, before - timedelta(minutes=2)) == ()
