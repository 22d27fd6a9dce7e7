"""Who is who, given who else there is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from difflib import SequenceMatcher
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.entity import Entity, EntityType
from app.domain.errors import IllegalTransition, Invalid
from app.domain.identity import Evidence, Reason, Same, Verdict, checked_merge, decide, united

NOON = datetime(2026, 5, 8, 12, 0, tzinfo=UTC)
NOTHING = Evidence()

Said = tuple[str, str, Verdict, Reason]


def similarity(one: str, other: str) -> float:
    return SequenceMatcher(None, *sorted((one, other))).ratio()


def person(name: str, *, age: int = 0, type: EntityType = EntityType.PERSON) -> Entity:
    """Its id is its name. `age`: 1 for one that was known before."""
    return Entity(name, name, type, (), NOON - timedelta(days=age))


def decided(known: Iterable[Entity], fresh: Iterable[Entity], evidence: Evidence = NOTHING) -> set[Said]:
    """By name: who is merged into whom, and who may be whom."""
    everybody = sorted((*known, *fresh), key=lambda e: (e.created_at, e.id))
    about = {entity.id for entity in fresh}
    pairs = [(a.id, b.id) for a, b in combinations(everybody, 2) if {a.id, b.id} & about]
    return {
        (r.entity_id, r.other_id, r.judgement.verdict, r.judgement.reason)
        for r in decide(pairs, everybody, Same(), evidence, similarity)
    }


CAROLINE, SMITH, JONES = person("Caroline"), person("Caroline Smith"), person("Caroline Jones")
MEL, MELANIE, MELISSA = person("Mel"), person("Melanie"), person("Melissa")
ADDRESSED = Evidence(addressed={frozenset(("Mel", "Melanie"))})
JOINED = ("Caroline", "Caroline Smith", Verdict.SAME, Reason.GIVEN_NAME)


@pytest.mark.parametrize("before", [CAROLINE, SMITH])
def test_a_first_name_joins_the_one_full_name_whichever_comes_first(before: Entity) -> None:
    after = SMITH if before is CAROLINE else CAROLINE
    assert decided([before], [after]) == decided([], [before, after]) == {JOINED}


def test_a_first_name_that_two_have_stays_apart() -> None:
    told = decided([SMITH, JONES], [CAROLINE])
    assert told == decided([CAROLINE], [SMITH, JONES]) == decided([], [CAROLINE, SMITH, JONES])
    pairs = {frozenset((one, other)) for one, other, _, _ in told}
    assert pairs == {frozenset(("Caroline", "Caroline Smith")), frozenset(("Caroline", "Caroline Jones"))}
    assert {verdict for _, _, verdict, _ in told} == {Verdict.DOUBTFUL}


def test_somebody_who_is_joined_is_not_asked_about_again() -> None:
    everybody = [CAROLINE, JONES, SMITH]
    same = Same().joined("Caroline", "Caroline Smith")
    pairs = [("Caroline Jones", "Caroline"), ("Caroline Jones", "Caroline Smith")]
    assert decide(pairs, everybody, same, NOTHING, similarity) == []


def test_a_short_form_joins_where_it_was_used_as_an_address() -> None:
    assert decided([MELANIE], [MEL], ADDRESSED) == {("Mel", "Melanie", Verdict.SAME, Reason.SHORT_FORM)}
    assert {said[2] for said in decided([MELANIE], [MEL])} == {Verdict.DOUBTFUL}


def test_a_short_form_of_two_names_stays_apart_even_so() -> None:
    told = decided([MELANIE, MELISSA], [MEL], ADDRESSED)
    assert {said[2] for said in told} == {Verdict.DOUBTFUL}
    assert len(told) == 2


@pytest.mark.parametrize("type", [EntityType.PLACE, EntityType.THING])
def test_what_is_no_person_has_no_first_name(type: EntityType) -> None:
    told = decided([SMITH], [person("Caroline", type=type)])
    assert Verdict.SAME not in {said[2] for said in told}


def test_those_who_speak_in_one_session_are_never_merged() -> None:
    apart = Evidence(apart={frozenset(("Caroline", "Caroline Smith"))})
    assert {said[2] for said in decided([], [CAROLINE, SMITH], apart)} == {Verdict.DOUBTFUL}


def test_four_spellings_of_a_company_are_merged_into_the_oldest() -> None:
    old = person("ACME Inc.", age=1, type=EntityType.ORGANIZATION)
    fresh = [person(name, type=EntityType.ORGANIZATION) for name in ("Acme", "Acme, Inc", "Acme Corporation")]
    told = decided([old], fresh)
    assert {(one, other) for one, other, _, _ in told} == {(entity.id, "ACME Inc.") for entity in fresh}
    assert {said[2] for said in told} == {Verdict.SAME}


def test_what_has_a_definite_type_stands_for_what_has_none() -> None:
    vague = person("Acme Inc.", age=1, type=EntityType.THING)
    told = decided([vague], [person("Acme", type=EntityType.ORGANIZATION)])
    assert {(one, other) for one, other, _, _ in told} == {("Acme Inc.", "Acme")}


NAMES = ["Caroline", "Caroline Smith", "Caroline Jones", "Mel", "Melanie", "Dr. Caroline Smith", "caroline smith-jones"]


@given(st.lists(st.sampled_from(NAMES), unique=True), st.randoms(use_true_random=False))
def test_the_order_within_a_batch_does_not_matter(names: list[str], random: object) -> None:
    fresh = [person(name) for name in names]
    assert decided([], fresh, ADDRESSED) == decided([], list(reversed(fresh)), ADDRESSED)


def test_a_merge_is_into_whoever_stands_for_the_other() -> None:
    same = Same().joined("Mel", "Melanie")
    assert checked_merge("Mrs. Jones", "Mel", same) == "Melanie"
    assert checked_merge("Melanie", "Melanie Jones", same) == "Melanie Jones"


@pytest.mark.parametrize(("one", "into"), [("Mel", "Melanie"), ("Melanie", "Mel"), ("Mel", "Bo")])
def test_a_merge_that_contradicts_another_is_refused(one: str, into: str) -> None:
    with pytest.raises(IllegalTransition):
        checked_merge(one, into, Same().joined("Mel", "Melanie"))


def test_nobody_is_merged_into_themselves() -> None:
    with pytest.raises(Invalid):
        checked_merge("Mel", "Mel", Same())


IDS = ["a", "b", "c", "d", "e"]


@given(st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)), max_size=8))
def test_merging_makes_groups_with_one_who_stands_for_all(merges: list[tuple[str, str]]) -> None:
    same = Same()
    for one, other in merges:
        source, into = same.one(one), same.one(other)
        if source != into:
            before, members = same, same.all(source)
            same = same.joined(source, into)
            assert same.one(source) == into
            undone = same.parted(source, members)
            assert {id: set(undone.all(id)) for id in IDS} == {id: set(before.all(id)) for id in IDS}
            assert {id: undone.one(id) for id in IDS} == {id: before.one(id) for id in IDS}
    for id in IDS:
        assert id in same.all(id)
        assert {same.all(member) for member in same.all(id)} == {same.all(id)}


def test_those_who_are_one_have_the_names_of_all() -> None:
    mel = Entity("1", "Mel", EntityType.PERSON, ("Melly", "Melanie"), NOON)
    melanie = Entity("2", "Melanie", EntityType.PERSON, ("Mel",), NOON)
    assert united([melanie, mel]) == Entity("2", "Melanie", EntityType.PERSON, ("Mel", "Melly"), NOON)
