"""Every rule of belief, as a sentence."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain.fact import Cardinality, Statement
from app.domain.time import Precision
from tests.domain.timeline.chronicle import NOON, Chronicle, day, denies, ends, ends_all, said

MANY = Cardinality.MANY


def told(*statements: Statement) -> Chronicle:
    chronicle = Chronicle()
    for statement in statements:
        chronicle.tell(statement)
    return chronicle


class TestOneValueAtATime:
    def test_the_same_value_again_is_evidence_only(self) -> None:
        chronicle = told(said("Acme", "2026-03", "2026-03"))
        revision = chronicle.tell(said("Acme", "2026-04"))
        assert (revision.close, revision.append) == ((), ())
        assert len(chronicle.believed[0].statement_ids) == 2

    def test_the_same_value_after_a_gap_opens_a_new_interval(self) -> None:
        chronicle = told(said("Acme", "2026-03", "2026-01", "2026-02"), said("Acme", "2026-09"))
        assert chronicle.lines() == ["Acme [2026, 2026-02)", "Acme [2026-09, –)"]
        assert len({version.fact_id for version in chronicle.believed}) == 2

    def test_another_value_closes_at_its_start_even_when_the_news_is_late(self) -> None:
        chronicle = told(said("Acme", "2026-03"), said("Initech", "2026-11"), said("Globex", "2026-12", "2026-05"))
        assert chronicle.lines() == [
            "Acme [2026-03, 2026-05)",
            "Globex [2026-05, 2026-11)",
            "Initech [2026-11, –)",
        ]

    def test_what_lies_beneath_a_bounded_statement_resumes_after_it(self) -> None:
        chronicle = told(said("Paris", "2026-01", "2019"), said("Rome", "2026-09", "2026-06", "2026-08"))
        assert chronicle.lines() == ["Paris [2019, 2026-06)", "Paris [2026-08, –)", "Rome [2026-06, 2026-08)"]

    def test_a_resumed_interval_is_a_fact_of_its_own_on_the_evidence_that_carries_it(self) -> None:
        paris = said("Paris", "2026-01", "2019")
        chronicle = told(paris, said("Paris", "2026-02"), said("Rome", "2026-09", "2026-06", "2026-08"))
        first, second = sorted(chronicle.about("Paris"), key=lambda v: v.valid.start or day("1"))
        assert first.fact_id != second.fact_id
        assert second.statement_ids == (paris.id,)
        assert second.text == paris.text

    def test_an_earlier_stated_start_extends_an_undated_statement_back(self) -> None:
        chronicle = told(said("Acme", "2026-03"), said("Acme", "2026-04", "2019"))
        assert chronicle.lines() == ["Acme [2019, –)"]
        assert [version.version for version in chronicle.believed] == [2]
        assert chronicle.retirements() == ["Acme [2026-03, –) refined"]

    def test_of_equal_starts_the_one_told_last_is_believed_and_the_other_is_retired_by_rule(self) -> None:
        chronicle = told(said("Acme", "2026-03", "2019"), said("Globex", "2026-04", "2019"))
        assert chronicle.lines() == ["Globex [2019, –)"]
        assert chronicle.retirements() == ["Acme [2019, –) superseded"]

    def test_of_equal_moments_seq_decides(self) -> None:
        first, second = said("Acme", "2026-03", seq=9001), said("Globex", "2026-03", seq=9002)
        assert told(second, first).lines() == told(first, second).lines() == ["Globex [2026-03, –)"]

    def test_what_is_overruled_before_it_was_ever_believed_is_in_the_history_but_in_no_view(self) -> None:
        chronicle = Chronicle()
        chronicle.tell(said("Acme", "2026-03", "2019"), said("Globex", "2026-04", "2019"))
        (acme,) = (version for version in chronicle.versions if version.object.literal == "Acme")
        assert chronicle.retirements() == ["Acme [2019, –) superseded"]
        assert not acme.known(chronicle.now)
        assert acme.retired_by is not None
        assert acme.retired_by.fact_id == chronicle.believed[0].fact_id

    def test_a_start_in_the_future_is_not_current_until_then(self) -> None:
        chronicle = told(said("Acme", "2026-03"), said("Globex", "2026-04", "2026-12"))
        assert chronicle.holding("2026-11") == ["Acme"]
        assert chronicle.holding("2026-12") == ["Globex"]

    def test_an_unknown_start_lies_beneath_everything(self) -> None:
        chronicle = told(said("Acme", "2026-03", "2026-03"), said("Oslo", "2026-05", whenever=True))
        assert chronicle.lines() == ["Acme [2026-03, –)", "Oslo [–, 2026-03)"]

    def test_a_missing_date_is_the_moment_of_telling_and_marked_so(self) -> None:
        (version,) = told(said("Acme", "2026-03")).believed
        assert (version.valid.start, version.precision) == (day("2026-03") + NOON, Precision.ASSUMED)

    def test_the_finest_word_on_a_start_counts(self) -> None:
        chronicle = told(
            said("Acme", "2026-03", "2019", precision=Precision.YEAR),
            said("Acme", "2026-04", "2019", precision=Precision.DAY),
        )
        assert [version.precision for version in chronicle.believed] == [Precision.DAY]

    def test_an_empty_interval_is_never_believed(self) -> None:
        chronicle = told(said("Acme", "2026-03", "2026-01", "2026-01"))
        assert chronicle.lines() == []
        assert chronicle.retirements() == ["Acme [2026, 2026) stated"]


class TestVagueTimes:
    """ "Today", "this month", "this year" are told as the start of the period."""

    def test_moving_today_supersedes_what_was_said_this_morning(self) -> None:
        noon, evening = day("2026-05-10") + NOON, day("2026-05-10") + timedelta(hours=18)
        chronicle = told(said("Paris", noon), said("Berlin", evening, "2026-05-10", precision=Precision.DAY))
        assert chronicle.lines() == ["Berlin [2026-05-10 18:00, –)", "Paris [2026-05-10, 2026-05-10 18:00)"]

    def test_it_does_so_in_either_order_of_arrival(self) -> None:
        paris = said("Paris", "2026-03-10")
        berlin = said("Berlin", "2026-11-20", "2026", precision=Precision.YEAR)
        assert told(paris, berlin).lines() == told(berlin, paris).lines()
        assert told(berlin, paris).holding("2026-12") == ["Berlin"]
        assert told(berlin, paris).holding("2026-04") == ["Paris"]

    def test_without_a_contradiction_the_period_starts_it(self) -> None:
        chronicle = told(said("Paris", "2025-03"), said("Berlin", "2026-11", "2026", precision=Precision.YEAR))
        assert chronicle.lines() == ["Berlin [2026, –)", "Paris [2025-03, 2026)"]

    def test_what_stopped_this_month_is_not_going_on_though_it_was_told_this_month(self) -> None:
        chronicle = told(
            said("pain", "2026-05-10"),
            ends("pain", "2026-05-20", "2026-05", precision=Precision.MONTH),
        )
        assert chronicle.lines() == ["pain [2026-05-10, 2026-05-20)"]


class TestEnds:
    def test_leaving_closes_the_interval(self) -> None:
        chronicle = told(said("Acme", "2026-03"), ends("Acme", "2026-08", "2026-07"))
        assert chronicle.lines() == ["Acme [2026-03, 2026-07)"]
        assert chronicle.retirements() == ["Acme [2026-03, –) ended"]

    def test_a_resolution_leaves_neither_current_and_both_as_of(self) -> None:
        chronicle = told(
            said("tooth hurts", "2026-03", cardinality=MANY),
            ends("tooth hurts", "2026-03-09", cardinality=MANY),
            said("tooth healed", "2026-03-09", "2026-03-09", "2026-03-10", cardinality=MANY),
        )
        assert chronicle.holding("2026-04") == []
        assert chronicle.holding("2026-03-05") == ["tooth hurts"]
        assert chronicle.holding(day("2026-03-09") + timedelta(hours=13)) == ["tooth healed"]

    def test_the_end_may_be_heard_of_first(self) -> None:
        statements = said("Acme", "2026-03"), ends("Acme", "2026-08", "2026-07")
        assert told(*reversed(statements)).lines() == told(*statements).lines()

    def test_a_later_recurrence_is_not_touched(self) -> None:
        chronicle = told(said("Acme", "2026-03"), said("Acme", "2026-10"), ends("Acme", "2026-11", "2026-07"))
        assert chronicle.lines() == ["Acme [2026-03, 2026-07)", "Acme [2026-10, –)"]

    def test_what_was_superseded_does_not_come_back_when_its_successor_ends(self) -> None:
        chronicle = told(said("Acme", "2026-03"), said("Globex", "2026-05"), ends("Globex", "2026-08"))
        assert chronicle.holding("2026-09") == []

    def test_a_trip_cut_short_brings_home_early(self) -> None:
        chronicle = told(
            said("Paris", "2026-01"),
            said("Rome", "2026-05", "2026-06", "2026-09"),
            ends("Rome", "2026-07-20", "2026-07"),
        )
        assert chronicle.holding("2026-08") == ["Paris"]

    def test_quitting_ends_whatever_it_was(self) -> None:
        chronicle = told(said("Acme", "2026-03"), said("Globex", "2026-05"), ends_all("my job", "2026-08", "2026-07"))
        assert chronicle.lines() == ["Acme [2026-03, 2026-05)", "Globex [2026-05, 2026-07)"]

    def test_a_stated_last_day_ends_what_was_told_without_one(self) -> None:
        chronicle = told(said("Initech", "2026-01"), said("Initech", "2026-06", until="2026-03"))
        assert chronicle.lines() == ["Initech [–, 2026-03)"]

    def test_ending_what_nobody_told_of_changes_nothing(self) -> None:
        chronicle = told(said("Acme", "2026-03"))
        revision = chronicle.tell(ends("Globex", "2026-05"))
        assert (revision.close, revision.append, revision.support) == ((), (), ())


class TestCorrections:
    def test_a_denied_value_leaves_no_trace_in_valid_time(self) -> None:
        chronicle = told(said("Acme", "2026-03"), denies("Acme", "2026-04"))
        assert chronicle.lines() == []
        assert chronicle.retirements() == ["Acme [2026-03, –) corrected"]

    def test_globex_not_acme_takes_the_place_of_acme(self) -> None:
        chronicle = told(said("Acme", "2026-03", "2019"), said("Globex", "2026-04", instead_of="Acme"))
        assert chronicle.lines() == ["Globex [2019, –)"]
        assert chronicle.retirements() == ["Acme [2019, –) corrected"]
        (retired,) = (v.retired_by for v in chronicle.versions if v.retired_by)
        assert retired.fact_id == chronicle.about("Globex")[0].fact_id

    def test_a_correction_with_a_date_of_its_own_keeps_it(self) -> None:
        chronicle = told(said("Acme", "2026-03", "2019"), said("Globex", "2026-04", "2020", instead_of="Acme"))
        assert chronicle.lines() == ["Globex [2020, –)"]

    def test_a_correction_of_a_correction_takes_the_place_too(self) -> None:
        statements = [
            said("Acme", "2026-03", "2019"),
            said("Globex", "2026-04", instead_of="Acme"),
            said("Initech", "2026-05", instead_of="Globex"),
        ]
        assert told(*statements).lines() == told(*reversed(statements)).lines() == ["Initech [2019, –)"]

    def test_it_takes_the_end_of_the_wrong_one_too(self) -> None:
        chronicle = told(
            said("Acme", "2026-03", "2019"),
            ends("Acme", "2026-03-05", "2026-01"),
            said("Globex", "2026-04", instead_of="Acme"),
        )
        assert chronicle.lines() == ["Globex [2019, 2026)"]

    def test_a_correction_of_nothing_is_news(self) -> None:
        assert told(said("Globex", "2026-04", instead_of="Acme")).lines() == ["Globex [2026-04, –)"]

    def test_what_is_told_after_the_denial_stands(self) -> None:
        chronicle = told(said("Acme", "2026-03"), denies("Acme", "2026-04"), said("Acme", "2026-05"))
        assert chronicle.lines() == ["Acme [2026-05, –)"]

    def test_what_was_told_before_the_denial_is_denied_though_it_arrives_after(self) -> None:
        chronicle = told(denies("Acme", "2026-04"), said("Acme", "2026-03"))
        assert chronicle.lines() == []
        assert chronicle.retirements() == ["Acme [2026-03, –) corrected"]

    def test_what_the_denied_value_had_superseded_comes_back_as_the_same_fact(self) -> None:
        chronicle = told(
            said("Acme", "2026-03", "2019"), said("Globex", "2026-04", "2019"), denies("Globex", "2026-05")
        )
        assert chronicle.lines() == ["Acme [2019, –)"]
        assert [(v.fact_id, v.version) for v in chronicle.about("Acme")] == [("f1", 2)]

    def test_intervals_that_a_denial_joins_become_one_fact(self) -> None:
        chronicle = told(
            said("Paris", "2026-01", "2019"), said("Rome", "2026-09", "2026-06", "2026-08"), denies("Rome", "2026-10")
        )
        assert chronicle.lines() == ["Paris [2019, –)"]
        assert "Paris [2026-08, –) merged" in chronicle.retirements()


class TestManyValues:
    def test_overlapping_values_coexist(self) -> None:
        chronicle = told(said("chess", "2026-03", cardinality=MANY), said("go", "2026-04", cardinality=MANY))
        assert chronicle.holding("2026-05") == ["chess", "go"]

    def test_intervals_of_the_same_value_that_overlap_are_one(self) -> None:
        chronicle = told(
            said("chess", "2026-03", "2020", "2022", cardinality=MANY),
            said("chess", "2026-04", "2021", "2024", cardinality=MANY),
            said("chess", "2026-05", "2025", cardinality=MANY),
        )
        assert chronicle.lines() == ["chess [2020, 2024)", "chess [2025, –)"]

    def test_an_end_ends_its_own_value_only(self) -> None:
        chronicle = told(
            said("chess", "2026-03", cardinality=MANY),
            said("go", "2026-03", cardinality=MANY),
            ends("chess", "2026-04", cardinality=MANY),
        )
        assert chronicle.holding("2026-05") == ["go"]

    def test_a_replaced_value_gives_its_time_to_the_right_one(self) -> None:
        chronicle = told(
            said("Paris", "2026-03", "2025-05", "2025-06", cardinality=MANY),
            said("Rome", "2026-04", instead_of="Paris", cardinality=MANY),
        )
        assert chronicle.lines() == ["Rome [2025-05, 2025-06)"]


@pytest.mark.parametrize("spelling", ["acme", "ACME", "  Acme "])
def test_spellings_of_a_literal_are_one_value(spelling: str) -> None:
    chronicle = told(said("Acme", "2026-03"), said(spelling, "2026-04"))
    assert len(chronicle.believed) == 1
