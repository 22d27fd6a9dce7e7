"""What a search query says about when, asked on Wednesday, 24 May 2023 at ten in the morning (UTC)."""

from __future__ import annotations

import pytest

from app.domain.time import Interval
from app.domain.when import QueryTime, SessionRange, understand
from tests.domain.when.saying import WEDNESDAY, moment


def asked(query: str) -> QueryTime:
    time = understand(query, WEDNESDAY)
    assert time is not None
    return time


@pytest.mark.parametrize(
    "query",
    [
        "What did we talk about last Tuesday?",
        "Tell me what we discussed in May.",
        "Summarize our chats over the last three days",
        "What sorts of things did we chat about two weeks ago?",
        "Last Friday, what did we chat about?",
        "What did Caroline say yesterday?",
        "What did Caroline and Melanie discuss on May 8th?",
        "what was covered in our third session?",
        "What happened in our last conversation?",
        "yesterday",
    ],
)
def test_strict_where_the_time_itself_is_asked_about(query: str) -> None:
    assert asked(query).strict


@pytest.mark.parametrize(
    "query",
    [
        "Where did I go hiking last May?",
        "What did I buy yesterday?",
        "What did we say about Paris last week?",
        "In the first session, what sport did Matt mention he had joined?",
        "What is the name of the team as mentioned on May 21, 2023?",
        "What did we talk about a few weeks ago?",
    ],
)
def test_a_hint_where_there_is_content_too_or_the_time_is_vague(query: str) -> None:
    assert not asked(query).strict


@pytest.mark.parametrize(
    "query",
    [
        "Where does Caroline live?",
        "When did Melanie go to the beach last summer?",
        "What year did I move, was it in 2019?",
        "How long ago did I start in March?",
        "How many days passed between May 3 and Christmas?",
        "Can you tell me when we discussed it last week?",
        "What are we doing tomorrow?",
        "Any tips on what to cook next weekend?",
        "What did Melanie paint recently?",
        "Back to our previous conversation about dinosaurs: what colour was the scaly one?",
        "What did I say in my first session with the therapist?",
        "",
    ],
)
def test_nothing_where_no_past_time_is_named_or_a_time_is_asked_for(query: str) -> None:
    assert understand(query, WEDNESDAY) is None


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("What did we discuss in our third session?", 3, 3),
        ("What did we discuss in our 21st discussion?", 21, 21),
        ("What did we discuss in our thirty-third discussion?", 33, 33),
        ("What did we discuss in session 12?", 12, 12),
        ("What did we discuss over sessions 2 through 4?", 2, 4),
        ("What did we chat about from the first through third sessions?", 1, 3),
        ("What did we chat about in our first three sessions?", 1, 3),
        ("What did we chat about in the last two conversations?", -2, -1),
        ("What did we discuss 5 sessions ago?", -5, -5),
        ("What did we talk about one conversation ago?", -1, -1),
        ("Tell me what we discussed last time.", -1, -1),
        ("What did we talk about in our most recent chat?", -1, -1),
        ("What did we discuss the session before last?", -2, -2),
        ("What did we talk about, not the last discussion, but the one before that?", -2, -2),
        ("What did we discuss in the second to last session?", -2, -2),
        ("What did we talk about the first time we spoke?", 1, 1),
    ],
)
def test_sessions_by_their_place(query: str, first: int, last: int) -> None:
    time = asked(query)
    assert time.ranges == (SessionRange(first, last),)
    assert time.strict


def test_the_time_of_the_telling_goes_before_what_was_told() -> None:
    time = asked("What did Tara do last Friday, as mentioned on February 21, 2023?")
    assert time.ranges == (Interval(moment("2023-02-21"), moment("2023-02-22")),)


def test_asking_when_something_was_told_of_at_a_known_time_still_has_a_time() -> None:
    time = asked("When did Megan last go riding as mentioned on February 9, 2022?")
    assert time.ranges == (Interval(moment("2022-02-09"), moment("2022-02-10")),)


def test_a_relative_time_beside_a_date_is_relative_to_the_date() -> None:
    assert asked("What did Joanna finish last Friday on 23 January, 2022?").text == "on 23 January, 2022"


def test_earlier_today_leaves_out_the_session_in_progress() -> None:
    assert asked("What did we talk about earlier today?").ranges == (
        Interval(moment("2023-05-24"), moment("2023-05-24T09:30")),
    )


def test_days_ago_are_counted_in_midnights_or_in_whole_days() -> None:
    assert asked("What did we discuss 5 days ago?").ranges == (Interval(moment("2023-05-18T10"), moment("2023-05-20")),)


def test_several_times_are_several_ranges_in_text_order() -> None:
    time = asked("Compare what I wrote in March 2022 and in April 2023")
    assert time.text == "in March 2022, in April 2023"
    assert [where.start for where in time.ranges if isinstance(where, Interval)] == [
        moment("2022-03-01"),
        moment("2023-04-01"),
    ]
