"""When things hold, begin and end, and what is taken back. Said on Monday, 8 May 2023."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain.extraction import Extraction
from app.domain.fact import Polarity, Statement, Value
from app.domain.time import Interval, Precision
from app.domain.timeline import believe
from tests.adapters.extraction.conftest import SAID_AT, Read, told


def _day(moment: object) -> str:
    return str(moment)[:10] if moment is not None else "-"


@pytest.mark.parametrize(
    ("sentence", "fact", "start", "end"),
    [
        ("I visited Naples yesterday.", "Nora visited Naples", "2023-05-07", "2023-05-08"),
        ("I moved to Berlin last month.", "Nora lives_in Berlin", "2023-04-01", "-"),
        ("I've worked at Acme since 2019.", "Nora works_at Acme", "2019-01-01", "-"),
        ("I worked at Siemens until March.", "Nora works_at Siemens", "-", "2023-03-01"),
        ("I lived in Paris in 2019.", "Nora lives_in Paris", "2019-01-01", "2020-01-01"),
        ("I used to live in Lyon.", "Nora lives_in Lyon", "-", "2023-05-08"),
        ("I joined Google in 2019.", "Nora works_at Google", "2019-01-01", "-"),
        ("I'm going to start at Siemens next month.", "Nora works_at Siemens", "2023-06-01", "-"),
        ("I will start at Siemens in September.", "Nora works_at Siemens", "2023-09-01", "-"),
        ("I have lived in Berlin for ten years.", "Nora lives_in Berlin", "2013-05-08", "-"),
        ("I'm visiting Naples next week.", "Nora plans visit Naples", "2023-05-08", "2023-05-22"),
        ("I graduated from MIT in 2015.", "Nora graduated_from MIT", "2015-01-01", "2016-01-01"),
        ("I retired in 2020.", "Nora is retired", "2020-01-01", "-"),
        ("I was born in Kyoto in 1990.", "Nora born_in Kyoto", "1990-01-01", "-"),
        ("I was born on 3 March 1990.", "Nora born_on 3 March 1990", "1990-03-03", "-"),
        ("I grew up in Nagoya in the 1990s.", "Nora grew_up_in Nagoya", "1990-01-01", "-"),
        ("My dog Rex died last week.", "Nora owns Rex !ends", "2023-05-01", "-"),
        ("My dog Rex died last week.", "Rex died death", "2023-05-01", "2023-05-08"),
        ("Anna is moving to Rome in June.", "Anna lives_in Rome", "2023-06-01", "-"),
        ("Anna is moving to Rome in March.", "Anna lives_in Rome", "2024-03-01", "-"),
        ("Anna moved to Rome in March.", "Anna lives_in Rome", "2023-03-01", "-"),
        ("I'm meeting Ken on Friday.", "Nora plans meet Ken", "2023-05-08", "2023-05-13"),
        ("I left Siemens last week.", "Nora works_at Siemens !ends", "2023-05-01", "-"),
    ],
)
def test_a_time_bounds_what_is_said_with_it(read: Read, sentence: str, fact: str, start: str, end: str) -> None:
    (found,) = [f for f in read(sentence).facts if told(f) == fact]
    assert found.valid is not None
    assert (_day(found.valid.start), _day(found.valid.end)) == (start, end)


def test_the_dead_are_owned_no_more(read: Read) -> None:
    told_of = [told(fact) for fact in read("My dog Rex died last week. My husband Tom died in 2020.").facts]
    assert "Nora owns Rex" not in told_of
    assert "Tom married_to Nora" not in told_of
    assert "Tom married_to Nora !ends" in told_of


@pytest.mark.parametrize(
    ("begun", "over"),
    [
        ("My tooth hurts.", "My tooth healed."),
        ("I have asthma.", "My asthma is gone."),
        ("I was diagnosed with covid.", "I recovered from covid."),
        ("I have a headache.", "My headache is gone."),
        ("I take ibuprofen.", "I stopped taking ibuprofen."),
        ("I'm dating Tom.", "I broke up with Tom."),
        ("I have a dog called Rex.", "My dog Rex died."),
    ],
)
def test_what_began_is_over_when_it_ends(read: Read, begun: str, over: str) -> None:
    first, last = _stated(read(begun), 0), _stated(read(over), 1)
    ended = [s for s in last if s.polarity is Polarity.ENDS]
    (before,) = [s for s in first if s.predicate == ended[0].predicate]
    (run,) = believe([before, ended[0]]).runs
    assert run.valid == Interval(SAID_AT, SAID_AT + timedelta(days=1))


def _stated(extraction: Extraction, day: int) -> list[Statement]:
    """As the service takes them up, where each message is a day after the one before."""
    at = SAID_AT + timedelta(days=day)
    return [
        Statement(
            id=f"s{day}-{i}",
            subject_id=fact.subject,
            predicate=fact.predicate,
            object=Value(entity_id=fact.object) if fact.object_type else Value(literal=fact.object),
            polarity=fact.polarity,
            cardinality=fact.cardinality,
            kind=fact.kind,
            text=fact.statement,
            valid=Interval(at, None),
            precision=Precision.ASSUMED,
            said_at=at,
            recorded_at=at,
            seq=day,
            extractor="test",
        )
        for i, fact in enumerate(extraction.facts)
    ]


def test_without_a_time_the_caller_decides(read: Read) -> None:
    (fact,) = read("I live in Oslo.").facts
    assert (fact.valid, fact.precision) == (None, None)


def test_a_past_state_is_over_by_the_time_it_is_told(read: Read) -> None:
    (fact,) = read("I worked at Acme.").facts
    assert fact.valid is not None
    assert (fact.valid.start, fact.valid.end, fact.precision) == (None, SAID_AT, Precision.ASSUMED)


def test_a_time_says_nothing_of_another_clause(read: Read) -> None:
    lives, visited = read("I live in Oslo. I visited Naples in 2019.").facts
    assert lives.valid is None
    assert visited.valid is not None
    lives, visited = read("I live in Oslo and I visited Naples in 2019.").facts
    assert lives.valid is None
    assert visited.valid is not None


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("I quit my job at Acme.", "Nora works_at Acme !ends"),
        ("I left Acme in July.", "Nora works_at Acme !ends"),
        ("I no longer work at Acme.", "Nora works_at Acme !ends"),
        ("I don't work at Acme anymore.", "Nora works_at Acme !ends"),
        ("I was laid off from Acme.", "Nora works_at Acme !ends"),
        ("I quit my job.", "Nora works_at job !ends_all"),
        ("I broke up with Tom.", "Nora partner_of Tom !ends"),
        ("I got divorced last year.", "Nora married_to marriage !ends_all"),
        ("I sold my car.", "Nora owns car !ends"),
        ("I stopped smoking.", "Nora does smoking !ends"),
        ("I stopped playing the piano.", "Nora plays piano !ends"),
        ("My tooth healed.", "Nora suffers_from tooth !ends"),
        ("My headache is gone.", "Nora suffers_from headache !ends"),
        ("I no longer eat meat.", "Nora eat meat !ends"),
        ("I graduated from MIT in 2015.", "Nora studies_at MIT !ends"),
    ],
)
def test_an_end_is_told_as_an_end(read: Read, sentence: str, expected: str) -> None:
    told_of = [told(fact) for fact in read(sentence).facts]
    assert expected in told_of, told_of


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("I work at Globex, not Acme.", {"Nora works_at Globex", "Nora works_at Acme !denies"}),
        ("No, it was Globex, not Acme.", {"Nora corrects Globex", "Nora corrects Acme !denies"}),
        ("Actually I don't work at Acme.", {"Nora works_at Acme !denies"}),
        ("I never lived in Rome.", {"Nora lives_in Rome !denies"}),
    ],
)
def test_a_correction_denies_what_was_wrong(read: Read, sentence: str, expected: set[str]) -> None:
    assert {told(fact) for fact in read(sentence).facts} == expected
