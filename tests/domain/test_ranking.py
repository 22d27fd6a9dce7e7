"""Ranking: what lifts a result, and what never changes the order."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ranking import (
    Candidate,
    Scored,
    Weights,
    best,
    collapse,
    confidence,
    gather,
    neighbours,
    rank,
    united,
    unscored,
)

CONVERSATION = Weights(before=(0.4, 0.2), after=(0.4, 0.2))


@dataclass(frozen=True)
class Found:
    ref: str
    score: float
    session_id: str | None = None
    position: int | None = None
    speaker: str | None = None
    sources: tuple[str, ...] = ()


def turn(position: int, dense: float, keyword: float = 0.0, *, session: str = "s", speaker: str = "Ann") -> Candidate:
    return Candidate(f"{session}{position}", "episode", dense, keyword, session, position, speaker)


def order(results: list[Scored]) -> list[str]:
    return [result.id for result in results]


def test_nothing_found_ranks_to_nothing() -> None:
    assert rank([], Weights()) == []
    assert collapse([]) == []
    assert confidence([]) == 0.0


def test_either_arm_can_bring_a_result_up() -> None:
    found = [turn(0, 0.3, 0.0), turn(10, 0.7, 0.0), turn(20, 0.3, 9.0)]
    assert order(rank(found, Weights()))[2] == "s0"


def test_both_arms_together_beat_either_alone() -> None:
    assert order(rank([turn(0, 0.6, 0.0), turn(10, 0.1, 8.0), turn(20, 0.5, 7.0)], Weights()))[0] == "s20"


def test_a_faint_best_keyword_score_moves_less_than_a_strong_one() -> None:
    nearer = turn(0, 0.6, 0.0)
    assert order(rank([nearer, turn(10, 0.4, 0.5)], Weights()))[0] == "s0"
    assert order(rank([nearer, turn(10, 0.4, 12.0)], Weights()))[0] == "s10"


def test_the_neighbour_of_a_strong_turn_is_lifted() -> None:
    question, answer, elsewhere = turn(4, 0.9, 6.0), turn(5, 0.3), turn(5, 0.35, session="t")
    assert order(rank([question, answer, elsewhere], Weights())) == ["s4", "t5", "s5"]
    ranked = rank([question, answer, elsewhere], CONVERSATION)
    assert order(ranked) == ["s4", "s5", "t5"]
    assert ranked[1].signals["neighbour"] > 0


def test_a_weak_neighbour_lends_nothing() -> None:
    (first, second) = rank([turn(4, 0.3), turn(5, 0.2)], CONVERSATION)
    assert first.signals["neighbour"] == second.signals["neighbour"] == 0


def test_a_turn_of_a_named_speaker_goes_before_the_same_of_another() -> None:
    found = [turn(0, 0.5, speaker="Ann"), turn(10, 0.5, speaker="Bob")]
    assert order(rank(found, Weights(), frozenset({"Bob"}))) == ["s10", "s0"]


def test_a_further_signal_counts_by_its_weight_and_without_one_not_at_all() -> None:
    found = [Candidate("a", dense=0.5), Candidate("b", dense=0.5, signals={"time": 1.0})]
    assert order(rank(found, Weights())) == ["a", "b"]
    assert order(rank(found, Weights(signals={"time": 0.1}))) == ["b", "a"]


def test_equal_candidates_stand_in_the_order_of_their_ids() -> None:
    assert order(rank([Candidate(id, dense=0.4) for id in "cab"], Weights())) == ["a", "b", "c"]


def test_a_candidate_without_scores_is_last_but_not_lost() -> None:
    assert order(rank([Candidate("a"), Candidate("b", dense=0.2)], Weights())) == ["b", "a"]


def test_what_is_near_and_matches_is_trusted_and_a_passing_likeness_is_not() -> None:
    assert confidence(rank([turn(0, 0.7, 12.0)], CONVERSATION)) > 0.8
    assert confidence(rank([turn(0, 0.2, 1.0)], CONVERSATION)) < 0.2


def test_hits_of_both_arms_become_one_candidate() -> None:
    (both, other) = gather([Found("a", 0.7, "s", 3, "Ann", ("a",)), Found("b", 0.2)], [Found("a", 4.0)])
    assert both == Candidate("a", "episode", 0.7, 4.0, "s", 3, "Ann", ("a",))
    assert other == Candidate("b", "episode", 0.2, None)


def test_several_vectors_of_one_episode_count_with_the_best() -> None:
    (only,) = gather([Found("a", 0.2), Found("a", 0.6), Found("a", 0.4)], [Found("a", 1.0), Found("a", 3.0)])
    assert (only.dense, only.keyword) == (0.6, 3.0)


def test_what_one_arm_did_not_find_can_be_asked_for_and_added() -> None:
    pool = [Candidate("a", dense=0.5), Candidate("b", keyword=2.0), Candidate("c", dense=0.1, keyword=1.0)]
    assert unscored(pool) == ["a", "b"]
    whole = united(pool, [Candidate("b", dense=0.3), Candidate("d", dense=0.2)])
    assert [(c.id, c.dense, c.keyword) for c in whole] == [
        ("a", 0.5, None),
        ("b", 0.3, 2.0),
        ("c", 0.1, 1.0),
        ("d", 0.2, None),
    ]


def test_the_places_beside_a_hit_that_are_not_yet_known() -> None:
    assert neighbours([turn(0, 0.5), turn(2, 0.4), Candidate("loose")], reach=2) == [("s", 1), ("s", 3), ("s", 4)]


def test_a_result_that_only_repeats_a_better_one_is_left_out() -> None:
    results = [
        Scored("episode", "episode", 0.9, {}, ("e1",)),
        Scored("fact", "fact", 0.8, {}, ("e1",)),
        Scored("wider fact", "fact", 0.7, {}, ("e1", "e2")),
    ]
    assert order(collapse(results)) == ["episode", "wider fact"]


def test_two_facts_of_one_message_both_stay_and_stand_for_it() -> None:
    results = [
        Scored("lives in Rome", "fact", 0.9, {}, ("e1",)),
        Scored("works at Acme", "fact", 0.8, {}, ("e1",)),
        Scored("the message", "episode", 0.7, {}, ("e1",)),
    ]
    assert order(collapse(results)) == ["lives in Rome", "works at Acme"]
    assert order(collapse(results, 1)) == ["lives in Rome"]


candidates = st.lists(
    st.builds(
        Candidate,
        id=st.uuids().map(str),
        dense=st.none() | st.floats(-1, 1),
        keyword=st.none() | st.floats(0, 100),
        session_id=st.none() | st.sampled_from(["s", "t"]),
        position=st.none() | st.integers(0, 20),
        speaker=st.none() | st.sampled_from(["Ann", "Bob"]),
        signals=st.just({}) | st.just({"time": 1.0}),
    ),
    unique_by=(lambda c: c.id, lambda c: (c.session_id, c.position, c.id if c.position is None else None)),
    max_size=30,
)


@given(candidates, st.randoms(use_true_random=False))
def test_scores_are_in_range_and_fall_whatever_the_order_of_the_candidates(
    found: list[Candidate], shuffler: Random
) -> None:
    weights = Weights(before=(0.4, 0.2), after=(0.4, 0.2), signals={"time": 0.2})
    ranked = rank(found, weights, frozenset({"Ann"}))
    scores = [result.score for result in ranked]
    assert sorted(order(ranked)) == sorted(c.id for c in found)
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert all(0 <= value <= 1 for result in ranked for value in result.signals.values())
    shuffled = shuffler.sample(found, len(found))
    again = rank(shuffled, weights, frozenset({"Ann"}))
    assert [c.id for c in best(shuffled, weights, frozenset({"Ann"}), 5)] == order(ranked)[:5]
    assert order(again) == order(ranked)
    assert [result.score for result in again] == pytest.approx(scores)
