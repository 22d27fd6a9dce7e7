"""Deleting evidence, taking facts back, undoing retirements, reading again."""

from __future__ import annotations

from datetime import timedelta

from app.domain.fact import Retirement, Statement
from app.domain.timeline import Rule
from tests.domain.timeline.chronicle import Chronicle, ends, line, said


def told(*statements: Statement) -> Chronicle:
    chronicle = Chronicle()
    for statement in statements:
        chronicle.tell(statement)
    return chronicle


class TestDeletedEvidence:
    def test_facts_that_other_episodes_support_stay(self) -> None:
        first, second = said("Acme", "2026-03", "2019"), said("Acme", "2026-04")
        chronicle = told(first, second)
        revision = chronicle.delete(second)
        assert (revision.close, revision.append) == ((), ())

    def test_facts_that_only_it_supported_go(self) -> None:
        acme = said("Acme", "2026-03")
        chronicle = told(acme)
        chronicle.delete(acme)
        assert chronicle.lines() == []
        assert chronicle.retirements() == ["Acme [2026-03, –) evidence_deleted"]

    def test_facts_that_it_had_retired_are_open_again(self) -> None:
        globex = said("Globex", "2026-05")
        chronicle = told(said("Acme", "2026-03"), globex)
        revision = chronicle.delete(globex)
        assert chronicle.lines() == ["Acme [2026-03, –)"]
        assert {closure.retirement.episode_id for closure in revision.close} == {f"e{globex.seq}"}
        assert chronicle.about("Acme")[0].version == 3

    def test_unless_something_else_retired_them_too(self) -> None:
        globex = said("Globex", "2026-05")
        chronicle = told(said("Acme", "2026-03"), globex, said("Initech", "2026-07"))
        chronicle.delete(globex)
        assert chronicle.lines() == ["Acme [2026-03, 2026-07)", "Initech [2026-07, –)"]

    def test_deleting_an_end_takes_the_end_away(self) -> None:
        end = ends("Acme", "2026-05")
        chronicle = told(said("Acme", "2026-03"), end)
        chronicle.delete(end)
        assert chronicle.lines() == ["Acme [2026-03, –)"]

    def test_the_recorded_history_stays(self) -> None:
        acme = said("Acme", "2026-03")
        chronicle = told(acme)
        before = chronicle.now
        chronicle.delete(acme)
        assert [line(v) for v in chronicle.versions if v.known(before)] == ["Acme [2026-03, –)"]


class TestRetraction:
    def test_what_a_retracted_fact_had_superseded_is_open_again(self) -> None:
        chronicle = told(said("Acme", "2026-03"), said("Globex", "2026-05"))
        chronicle.retract("Globex")
        assert chronicle.lines() == ["Acme [2026-03, –)"]
        assert "Globex [2026-05, –) retracted" in chronicle.retirements()

    def test_restoring_it_brings_back_the_same_fact_and_is_itself_recorded(self) -> None:
        chronicle = told(said("Acme", "2026-03"), said("Globex", "2026-05"))
        (before,) = chronicle.about("Globex")
        chronicle.retract("Globex")
        chronicle.restore("Globex")
        assert chronicle.lines() == ["Acme [2026-03, 2026-05)", "Globex [2026-05, –)"]
        (after,) = chronicle.about("Globex")
        assert (after.fact_id, after.version) == (before.fact_id, before.version + 1)
        assert chronicle.retirements()[-1] == "Acme [2026-03, –) restored"

    def test_saying_it_anew_after_a_retraction_is_news(self) -> None:
        chronicle = told(said("Acme", "2026-03"))
        chronicle.retract("Acme")
        chronicle.tell(said("Acme", "2026-06"))
        assert chronicle.lines() == ["Acme [2026-06, –)"]


class TestRestoration:
    def test_a_superseded_fact_holds_again_beside_its_successor(self) -> None:
        chronicle = told(said("Acme", "2026-03"), said("Globex", "2026-05"))
        chronicle.restore("Acme")
        assert chronicle.lines() == ["Acme [2026-03, –)", "Globex [2026-05, –)"]
        assert [v.fact_id for v in chronicle.about("Acme")] == ["f1"]

    def test_it_is_not_superseded_again_by_later_news(self) -> None:
        chronicle = told(said("Acme", "2026-03"), said("Globex", "2026-05"))
        chronicle.restore("Acme")
        chronicle.tell(said("Initech", "2026-07"))
        assert chronicle.holding("2026-08") == ["Acme", "Initech"]

    def test_an_ended_fact_goes_on_until_another_end_is_told(self) -> None:
        chronicle = told(said("Acme", "2026-03"), ends("Acme", "2026-05"))
        chronicle.restore("Acme")
        assert chronicle.lines() == ["Acme [2026-03, –)"]
        chronicle.tell(ends("Acme", "2026-08"))
        assert chronicle.lines() == ["Acme [2026-03, 2026-08)"]

    def test_a_corrected_fact_holds_again_beside_the_correction(self) -> None:
        chronicle = told(said("Acme", "2026-03"), said("Globex", "2026-05", instead_of="Acme"))
        chronicle.restore("Acme")
        assert chronicle.lines() == ["Acme [2026-03, –)", "Globex [2026-05, –)"]

    def test_saying_a_restored_value_again_is_evidence_only(self) -> None:
        chronicle = told(said("Acme", "2026-03"), said("Globex", "2026-05"))
        chronicle.restore("Acme")
        chronicle.tell(said("Acme", "2026-07"))
        assert len(chronicle.about("Acme")) == 1
        assert len(chronicle.about("Acme")[0].statement_ids) == 2


def test_reading_an_episode_again_replaces_what_was_read_and_keeps_the_history() -> None:
    old, new = said("Acme", "2026-03"), said("Acme", "2026-03")
    chronicle = told(old)
    before = chronicle.now
    chronicle.now += timedelta(minutes=1)
    chronicle.statements = [new]
    chronicle.reconcile(Retirement(Rule.REEXTRACTED, None, f"e{old.seq}"))

    (version,) = chronicle.believed
    assert (version.fact_id, version.version, version.statement_ids) == ("f1", 2, (new.id,))
    assert chronicle.retirements() == ["Acme [2026-03, –) reextracted"]
    assert [v.statement_ids for v in chronicle.versions if v.known(before)] == [(old.id,)]
