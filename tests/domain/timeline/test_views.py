"""Views over versions: as of, known at, timeline, and what was learned between two moments."""

from __future__ import annotations

from app.domain.timeline import as_of, diff, known, timeline
from tests.domain.timeline.chronicle import Chronicle, day, denies, ends, line, said


def lines(versions: object) -> list[str]:
    return sorted(line(version) for version in versions)  # type: ignore[attr-defined]


def test_as_of_is_half_open() -> None:
    chronicle = Chronicle()
    chronicle.tell(said("Acme", "2026-06", "2026-01", "2026-03"))
    assert lines(as_of(chronicle.versions, day("2026-01"))) == ["Acme [2026, 2026-03)"]
    assert as_of(chronicle.versions, day("2026-03")) == ()


def test_known_at_shows_what_was_believed_then_at_any_date_or_at_one() -> None:
    chronicle = Chronicle()
    chronicle.tell(said("Acme", "2026-03"))
    then = chronicle.now
    chronicle.tell(said("Globex", "2026-05"))
    assert lines(known(chronicle.versions, then)) == ["Acme [2026-03, –)"]
    assert lines(known(chronicle.versions, then, day("2026-12"))) == ["Acme [2026-03, –)"]
    assert known(chronicle.versions, then, day("2026-01")) == ()
    assert lines(known(chronicle.versions, chronicle.now, day("2026-12"))) == ["Globex [2026-05, –)"]


def test_a_timeline_shows_what_held_when_with_its_gaps() -> None:
    chronicle = Chronicle()
    chronicle.tell(
        said("Initech", "2026-06", until="2026-01"),
        said("Acme", "2026-03", "2026-03"),
        ends("Acme", "2026-06", "2026-05"),
        said("Globex", "2026-07", "2026-07"),
    )
    told = [
        ([str(v.object.literal) for v in period.versions], period.valid.start, period.valid.end)
        for period in timeline(chronicle.versions)
    ]
    assert told == [
        (["Initech"], None, day("2026-01")),
        ([], day("2026-01"), day("2026-03")),
        (["Acme"], day("2026-03"), day("2026-05")),
        ([], day("2026-05"), day("2026-07")),
        (["Globex"], day("2026-07"), None),
    ]


def test_a_timeline_can_be_asked_for_as_it_was_known() -> None:
    chronicle = Chronicle()
    chronicle.tell(said("Acme", "2026-03", "2026-03"))
    then = chronicle.now
    chronicle.tell(said("Globex", "2026-07", "2026-05"))
    (period,) = timeline(chronicle.versions, then)
    assert lines(period.versions) == ["Acme [2026-03, –)"]


def test_a_timeline_of_nothing_is_empty() -> None:
    assert timeline(()) == ()


def test_diff_says_what_was_learned_unlearned_and_revised() -> None:
    chronicle = Chronicle()
    chronicle.tell(said("Acme", "2026-03"), said("Oslo", "2025-01", "2025", "2025-06"))
    before = chronicle.now
    chronicle.tell(said("Globex", "2026-05"))
    chronicle.tell(denies("Oslo", "2026-06"))

    found = diff(chronicle.versions, before, chronicle.now)

    assert lines(found.learned) == ["Globex [2026-05, –)"]
    assert lines(found.unlearned) == ["Oslo [2025, 2025-06)"]
    assert [(line(a), line(b)) for a, b in found.revised] == [("Acme [2026-03, –)", "Acme [2026-03, 2026-05)")]


def test_diff_of_a_moment_with_itself_is_empty() -> None:
    chronicle = Chronicle()
    chronicle.tell(said("Acme", "2026-03"))
    found = diff(chronicle.versions, chronicle.now, chronicle.now)
    assert (found.learned, found.unlearned, found.revised) == ((), (), ())
