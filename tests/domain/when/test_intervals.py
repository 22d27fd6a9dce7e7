"""What each kind of expression comes to, said on Wednesday, 24 May 2023 at ten in the morning (UTC)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from app.domain.time import Interval, Precision
from app.domain.when import Relation, find_times
from tests.domain.when.saying import WEDNESDAY, moment, only, span

NOW = "2023-05-24T10"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("today", "2023-05-24..2023-05-25"),
        ("yesterday", "2023-05-23..2023-05-24"),
        ("tomorrow", "2023-05-25..2023-05-26"),
        ("tonight", "2023-05-24T18..2023-05-25T06"),
        ("last night", "2023-05-23T18..2023-05-24T06"),
        ("this morning", "2023-05-24..2023-05-24T12"),
        ("the day before yesterday", "2023-05-22..2023-05-23"),
        ("the day after tomorrow", "2023-05-26..2023-05-27"),
        ("noon", "2023-05-24T12..2023-05-24T13"),
        ("at 3pm yesterday", "2023-05-23T15..2023-05-23T16"),
        ("yesterday at 3:30 p.m.", "2023-05-23T15:30..2023-05-23T15:31"),
        ("yesterday morning", "2023-05-23..2023-05-23T12"),
        ("the morning of May 8", "2023-05-08..2023-05-08T12"),
        ("May 8 in the evening", "2023-05-08T17..2023-05-09"),
        ("June 2nd, 2021 at 5 pm", "2021-06-02T17..2021-06-02T18"),
        ("earlier today", f"2023-05-24..{NOW}"),
        ("earlier this week", f"2023-05-22..{NOW}"),
        ("later this month", f"{NOW}..2023-06-01"),
    ],
)
def test_the_day_and_its_parts(text: str, expected: str) -> None:
    assert span(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("last week", "2023-05-15..2023-05-22"),
        ("this week", "2023-05-22..2023-05-29"),
        ("next week", "2023-05-29..2023-06-05"),
        ("the week before last", "2023-05-08..2023-05-15"),
        ("last month", "2023-04-01..2023-05-01"),
        ("next month", "2023-06-01..2023-07-01"),
        ("last year", "2022-01-01..2023-01-01"),
        ("this quarter", "2023-04-01..2023-07-01"),
        ("last weekend", "2023-05-20..2023-05-22"),
        ("this weekend", "2023-05-27..2023-05-29"),
        ("the weekend before last", "2023-05-13..2023-05-15"),
        ("this past weekend", "2023-05-20..2023-05-22"),
        ("last Monday", "2023-05-22..2023-05-23"),
        ("last Wednesday", "2023-05-17..2023-05-18"),
        ("this Friday", "2023-05-26..2023-05-27"),
        ("next Wednesday", "2023-05-31..2023-06-01"),
        ("last Tuesday evening", "2023-05-23T17..2023-05-24"),
        ("Friday last week", "2023-05-19..2023-05-20"),
        ("two Fridays ago", "2023-05-12..2023-05-13"),
        ("last January", "2023-01-01..2023-02-01"),
        ("last May", "2022-05-01..2022-06-01"),
        ("this May", "2023-05-01..2023-06-01"),
        ("next January", "2024-01-01..2024-02-01"),
        ("last spring", "2022-03-01..2022-06-01"),
        ("this spring", "2023-03-01..2023-06-01"),
        ("last winter", "2022-12-01..2023-03-01"),
        ("this summer", "2023-06-01..2023-09-01"),
        ("next fall", "2023-09-01..2023-12-01"),
        ("last autumn", "2022-09-01..2022-12-01"),
        ("last Christmas", "2022-12-25..2022-12-26"),
    ],
)
def test_last_this_and_next(text: str, expected: str) -> None:
    assert span(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("three days ago", "2023-05-21..2023-05-22"),
        ("a couple of days ago", "2023-05-22..2023-05-23"),
        ("two weeks ago", "2023-05-08..2023-05-15"),
        ("5 months ago", "2022-12-01..2023-01-01"),
        ("three years ago", "2020-01-01..2021-01-01"),
        ("an hour ago", "2023-05-24T09..2023-05-24T10"),
        ("twenty-five days ago", "2023-04-29..2023-04-30"),
        ("a few months back", "2022-12-01..2023-04-01"),
        ("a year and a half ago", "2021-11-01..2021-12-01"),
        ("in two weeks", "2023-06-05..2023-06-12"),
        ("three days from now", "2023-05-27..2023-05-28"),
        ("in the last three months", f"2023-02-24..{NOW}"),
        ("over the past week", f"2023-05-17..{NOW}"),
        ("this last month", f"2023-04-24..{NOW}"),
        ("the last 3 days", f"2023-05-21..{NOW}"),
        ("in the next 3 days", f"{NOW}..2023-05-28"),
        ("for three years", "2020-05-24.."),
        ("five days before 8 May", "2023-05-03..2023-05-04"),
        ("five days after Christmas", "2022-12-30..2022-12-31"),
        ("two months before May 2020", "2020-03-01..2020-04-01"),
        ("a week from Friday", "2023-05-29..2023-06-05"),
    ],
)
def test_counts_of_units(text: str, expected: str) -> None:
    assert span(text) == expected


@pytest.mark.parametrize(
    "text", ["May 8", "8 May", "May 8th 2023", "8 May, 2023", "May eighth", "the 8th of May", "Monday, May 8th",
             "May the 8th", "2023-05-08", "2023/05/08", "05/08/2023", "8.5.2023", "on the 8th"],
)  # fmt: skip
def test_the_ways_to_write_a_date(text: str) -> None:
    assert span(text) == "2023-05-08..2023-05-09"


def test_a_slashed_date_has_its_day_first_where_there_is_no_such_month() -> None:
    assert span("25/12/2022") == "2022-12-25..2022-12-26"


def test_a_timestamp_is_known_to_the_second_and_keeps_its_offset() -> None:
    mention = only("at 2023-05-08T13:56:00+02:00 it broke")
    assert mention.interval == Interval(
        datetime(2023, 5, 8, 11, 56, tzinfo=UTC), datetime(2023, 5, 8, 11, 56, 1, tzinfo=UTC)
    )
    assert mention.precision is Precision.SECOND


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("May 2023", "2023-05-01..2023-06-01"),
        ("in June", "2022-06-01..2022-07-01"),
        ("in 2019", "2019-01-01..2020-01-01"),
        ("May of last year", "2022-05-01..2022-06-01"),
        ("the summer of 2019", "2019-06-01..2019-09-01"),
        ("winter 2022", "2022-12-01..2023-03-01"),
        ("Q3 2025", "2025-07-01..2025-10-01"),
        ("the 90s", "1990-01-01..2000-01-01"),
        ("the 1980s", "1980-01-01..1990-01-01"),
        ("the nineties", "1990-01-01..2000-01-01"),
        ("in the late 90s", "1996-01-01..2000-01-01"),
        ("early June", "2022-06-01..2022-06-11"),
        ("mid-June", "2022-06-11..2022-06-21"),
        ("late June 2021", "2021-06-21..2021-07-01"),
        ("early 2020", "2020-01-01..2020-05-01"),
        ("the end of last year", "2022-09-01..2023-01-01"),
        ("the first half of 2020", "2020-01-01..2020-07-01"),
        ("the week of 3 May", "2023-05-01..2023-05-08"),
        ("the first week of May", "2023-05-01..2023-05-08"),
        ("the last weekend of April", "2023-04-29..2023-05-01"),
        ("the third Friday in June", "2022-06-17..2022-06-18"),
        ("the Friday before 20 May 2023", "2023-05-19..2023-05-20"),
        ("last weekend before April 10, 2023", "2023-04-08..2023-04-10"),
        ("the week before May 8", "2023-05-01..2023-05-08"),
        ("the day after Christmas", "2022-12-26..2022-12-27"),
        ("on Monday", "2023-05-22..2023-05-23"),
        ("on the 15th", "2023-05-15..2023-05-16"),
        ("on the 30th", "2023-04-30..2023-05-01"),
        ("Friday the 13th", "2023-01-13..2023-01-14"),
        ("29 February", "2020-02-29..2020-03-01"),
    ],
)
def test_periods_of_the_calendar(text: str, expected: str) -> None:
    assert span(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on Christmas Eve", "2022-12-24..2022-12-25"),
        ("on New Year's Eve", "2022-12-31..2023-01-01"),
        ("on New Year’s Day", "2023-01-01..2023-01-02"),
        ("at Halloween", "2022-10-31..2022-11-01"),
        ("for Valentine's Day", "2023-02-14..2023-02-15"),
        ("on Thanksgiving", "2022-11-24..2022-11-25"),
        ("at Easter", "2023-04-09..2023-04-10"),
        ("on Easter 2024", "2024-03-31..2024-04-01"),
        ("on Good Friday 2024", "2024-03-29..2024-03-30"),
        ("on Memorial Day", "2022-05-30..2022-05-31"),
        ("on Labor Day", "2022-09-05..2022-09-06"),
        ("on Mother's Day", "2023-05-14..2023-05-15"),
        ("on Black Friday", "2022-11-25..2022-11-26"),
        ("on the 4th of July", "2022-07-04..2022-07-05"),
    ],
)
def test_holidays(text: str, expected: str) -> None:
    assert span(text) == expected


@pytest.mark.parametrize(
    ("text", "relation", "expected"),
    [
        ("since 2019", Relation.SINCE, "2019-01-01.."),
        ("since March", Relation.SINCE, "2023-03-01.."),
        ("ever since last summer", Relation.SINCE, "2022-06-01.."),
        ("from March onwards", Relation.SINCE, "2023-03-01.."),
        ("from 2019 until now", Relation.SINCE, "2019-01-01.."),
        ("until March", Relation.UNTIL, "..2023-03-01"),
        ("up until last week", Relation.UNTIL, "..2023-05-15"),
        ("before June", Relation.BEFORE, "..2022-06-01"),
        ("by Friday", Relation.BEFORE, "..2023-05-20"),
        ("after Christmas", Relation.AFTER, "2022-12-26.."),
        ("from March to May 2022", Relation.BETWEEN, "2022-03-01..2022-06-01"),
        ("from December to February 2022", Relation.BETWEEN, "2021-12-01..2022-03-01"),
        ("between May 3 and May 10", Relation.BETWEEN, "2023-05-03..2023-05-11"),
        ("between 3 and 10 May", Relation.BETWEEN, "2023-05-03..2023-05-11"),
        ("May 3-10", Relation.BETWEEN, "2023-05-03..2023-05-11"),
        ("over December 17th through January first", Relation.BETWEEN, "2022-12-17..2023-01-02"),
        ("2019-2021", Relation.BETWEEN, "2019-01-01..2022-01-01"),
        ("from Monday to Friday", Relation.BETWEEN, "2023-05-15..2023-05-20"),
        ("yesterday from 10 am to 1 pm", Relation.BETWEEN, None),
        ("I have lived here for two weeks", Relation.FOR, "2023-05-10.."),
        ("in the last three months", Relation.AT, f"2023-02-24..{NOW}"),
    ],
)
def test_what_a_preposition_makes_of_a_period(text: str, relation: Relation, expected: str | None) -> None:
    if expected is None:
        assert [mention.relation for mention in find_times(text, WEDNESDAY)][-1] is relation
        return
    assert only(text).relation is relation
    assert span(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I was in Paris in June", "2022-06-01..2022-07-01"),
        ("I'm going to Paris in June", "2023-06-01..2023-07-01"),
        ("In September we will move", "2023-09-01..2023-10-01"),
        ("The wedding was in September", "2022-09-01..2022-10-01"),
        ("I'll see her on Friday", "2023-05-26..2023-05-27"),
        ("I saw her on Friday", "2023-05-19..2023-05-20"),
        ("I am here until March", "..2024-03-01"),
        ("I was there until March", "..2023-03-01"),
        ("I need to finish before June", "..2023-06-01"),
        ("We went hiking this weekend", "2023-05-20..2023-05-22"),
        ("We are going hiking this weekend", "2023-05-27..2023-05-29"),
        ("I'll call you this Monday", "2023-05-29..2023-05-30"),
    ],
)
def test_the_sentence_decides_between_the_latest_and_the_one_to_come(text: str, expected: str) -> None:
    assert span(text) == expected


@pytest.mark.parametrize(
    ("text", "precision"),
    [
        ("yesterday", Precision.DAY),
        ("two weeks ago", Precision.WEEK),
        ("since March", Precision.MONTH),
        ("early June", Precision.WEEK),
        ("last summer", Precision.SEASON),
        ("Q3 2025", Precision.SEASON),
        ("in 2019", Precision.YEAR),
        ("for three years", Precision.YEAR),
        ("the 90s", Precision.DECADE),
    ],
)
def test_how_precisely_the_start_is_known(text: str, precision: Precision) -> None:
    assert only(text).precision is precision


@pytest.mark.parametrize(
    "text",
    ["recently", "the other day", "a while ago", "a few weeks ago", "several years ago", "about two years ago",
     "weeks ago", "2-3 weeks ago", "around Christmas", "a long time ago", "not so long ago",
     "I stayed in Spain for two weeks"],
)  # fmt: skip
def test_vague_words_are_not_certain(text: str) -> None:
    assert not only(text).certain


@pytest.mark.parametrize("text", ["yesterday", "two weeks ago", "in June", "I've worked there for three years"])
def test_plain_words_are_certain(text: str) -> None:
    assert only(text).certain


def test_a_day_is_the_day_where_it_was_said() -> None:
    late = datetime(2023, 5, 24, 1, 0, tzinfo=timezone(timedelta(hours=9)))
    assert only("today", late).interval == Interval(moment("2023-05-23T15"), moment("2023-05-24T15"))


def test_a_day_of_a_time_zone_may_have_twenty_three_hours() -> None:
    said = datetime(2024, 3, 31, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    assert only("today", said).interval == Interval(moment("2024-03-30T23"), moment("2024-03-31T22"))


def test_the_span_takes_in_the_preposition() -> None:
    text = "Caroline has lived in Berlin since May 2022, happily."
    mention = only(text)
    assert text[mention.start : mention.end] == mention.text == "since May 2022"


def test_mentions_come_in_text_order() -> None:
    text = "I moved here in 2019, got married last June, and yesterday we bought a house."
    assert [mention.text for mention in find_times(text, WEDNESDAY)] == ["in 2019", "last June", "yesterday"]


@pytest.mark.parametrize("text", ["yesterday", "hello"])
def test_a_naive_reference_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="naive"):
        find_times(text, WEDNESDAY.replace(tzinfo=None))
