"""What holds of any text and any reference."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.when import find_times, understand
from app.domain.when.names import DAY_PARTS, HOLIDAYS, MONTHS, NUMBERS, ORDINALS, SEASONS, UNIT_WORDS, WEEKDAYS
from app.domain.when.openers import OPENERS

OTHER_WORDS = """
today yesterday tomorrow tonight last this next past the a few couple of several and to - , . about ago early mid late
earlier later week day before after half 3 15th 2019 1990s 3pm 10:30 2023-02-30 99999 recently other long while session
sessions conversation our first through what did we discuss when
"""
WORDS = sorted(
    {*MONTHS, *WEEKDAYS, *SEASONS, *UNIT_WORDS, *DAY_PARTS, *HOLIDAYS, *NUMBERS, *ORDINALS, *OPENERS}
    | {*OTHER_WORDS.split()}
)
FIXED_OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
ANY_REFERENCE = st.datetimes(timezones=FIXED_OFFSETS | st.just(UTC))
SECONDS = st.integers(0, 110 * 365 * 24 * 3600)
USUAL_REFERENCE = SECONDS.map(lambda seconds: datetime(1980, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
TIMELY = st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join)
TEXT = st.text() | TIMELY

RELATIVE_TO_THE_WEEK = (
    "today", "yesterday", "tonight", "last night", "last week", "next week", "this weekend", "last Monday", "on Friday",
    "three days ago", "two weeks ago", "over the past week", "the day before yesterday", "since Tuesday", "in ten days",
)  # fmt: skip


@settings(deadline=None)
@given(TEXT, ANY_REFERENCE)
def test_every_mention_lies_in_the_text_and_none_overlap(text: str, reference: datetime) -> None:
    behind = 0
    for mention in find_times(text, reference):
        assert behind <= mention.start < mention.end <= len(text)
        assert text[mention.start : mention.end] == mention.text
        behind = mention.end


@settings(deadline=None)
@given(TIMELY, ANY_REFERENCE)
def test_every_interval_is_one(text: str, reference: datetime) -> None:
    for mention in find_times(text, reference):
        start, end = mention.interval.start, mention.interval.end
        assert start is not None or end is not None
        assert all(side is None or side.tzinfo is UTC for side in (start, end))
        assert start is None or end is None or start <= end


@settings(deadline=None)
@given(TIMELY, ANY_REFERENCE)
def test_the_same_words_at_the_same_moment_mean_the_same(text: str, reference: datetime) -> None:
    assert find_times(text, reference) == find_times(text, reference)


@settings(deadline=None)
@given(st.sampled_from(RELATIVE_TO_THE_WEEK), USUAL_REFERENCE, st.integers(-500, 500))
def test_so_many_weeks_later_it_means_so_many_weeks_later(text: str, reference: datetime, weeks: int) -> None:
    shift = timedelta(weeks=weeks)
    (here,), (there,) = find_times(text, reference), find_times(text, reference + shift)
    assert there.interval.start == (here.interval.start and here.interval.start + shift)
    assert there.interval.end == (here.interval.end and here.interval.end + shift)


@settings(deadline=None)
@given(st.sampled_from(sorted(MONTHS)), USUAL_REFERENCE)
def test_last_month_x_is_over_and_next_month_x_has_not_begun(name: str, reference: datetime) -> None:
    (last,), (following,) = find_times(f"last {name}", reference), find_times(f"next {name}", reference)
    assert last.interval.end is not None
    assert following.interval.start is not None
    assert last.interval.end <= reference < following.interval.start


@settings(deadline=None)
@given(st.dates(date(1900, 1, 1), date(2150, 1, 1)), USUAL_REFERENCE)
def test_a_full_date_does_not_depend_on_the_reference(day: date, reference: datetime) -> None:
    written = (
        f"{day:%Y-%m-%d}",
        f"{day:%B} {day.day}, {day:%Y}",
        f"{day.day} {day:%b} {day:%Y}",
        f"{day:%m/%d/%Y}",
    )
    starts = {find_times(text, reference)[0].interval.start for text in written}
    assert starts == {datetime(day.year, day.month, day.day, tzinfo=UTC)}


@settings(deadline=None)
@given(TEXT, ANY_REFERENCE)
def test_a_query_is_understood_or_not_but_never_breaks(query: str, reference: datetime) -> None:
    time = understand(query, reference)
    assert time is None or (len(time.ranges) > 0 and len(time.text) > 0)
