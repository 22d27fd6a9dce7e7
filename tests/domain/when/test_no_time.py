"""Words that look like times and are none."""

from __future__ import annotations

import pytest

from app.domain.when import find_times
from tests.domain.when.saying import WEDNESDAY, only


@pytest.mark.parametrize(
    "text",
    [
        "I may go there, and you may too.",
        "May said she would come.",
        "I gave it to May, and June thanked me.",
        "We march every day.",
        "They went on a march through the city.",
        "Leaves fall, and so do I.",
        "Don't fall!",
        "Wait a second, one second!",
        "The second time was better than the first.",
        "The sun shone and the cat sat on the mat.",
        "He sat down by the sun deck.",
        "2000 people came.",
        "It sold in 2000 pieces.",
        "I ran 5 km in 30 minutes and 12 seconds.",
        "I had a spring roll and spring onions.",
        "She works in summer camp.",
        "We upgraded from version 3.11 to 2019.1.2.",
        "Room 2019, chapter 12, page 150.",
        "It costs $2019 or 8,202 euros.",
        "When I was 12 I had a dog.",
        "My son is 5 years old, a 5-year-old boy.",
        "I have three years of experience.",
        "I go running every Monday and each weekend.",
        "On Mondays we swim, on weekends we rest.",
        "I see them once a week, twice a month.",
        "Merry Christmas! I love Halloween.",
        "We ate Easter eggs and a Thanksgiving dinner.",
        "In the past I was shy.",
        "At last we arrived; I last saw him there.",
        "Tours last two hours.",
        "I live on the 15th floor, in the 21st century.",
        "We read it in two weeks.",
        "How long ago was that?",
        "The museum opens 9:00 - 17:00.",
        "She is in her late 20s.",
        "Back then it was fun, and since then too.",
        "A lot has happened since we last talked.",
        "the next day we left, the day before that too",
        "",
        "¿²³½ Ⅻ 漢字 🙂",
    ],
)
def test_no_time_is_found(text: str) -> None:
    assert find_times(text, WEDNESDAY) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I may go in May.", "in May"),
        ("We march in March.", "in March"),
        ("the shelter I volunteer at yesterday", "yesterday"),
        ("What have you been up to lately?", "lately"),
        ("The fall of 2021 was cold.", "fall of 2021"),
        ("You told me about last week's match.", "last week"),
        ("In 2019 2000 people came.", "In 2019"),
    ],
)
def test_only_the_time_is_taken(text: str, found: str) -> None:
    assert only(text).text.lower().endswith(found.lower())
    assert len(only(text).text) <= len("The " + found)
