"""Made-up conversation of any length, the same for the same seed: no data set needed to measure speed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

PEOPLE = ("Ines", "Tomas", "Yuki", "Farah", "Olek", "Priya", "Marta", "Jonas")
PLACES = ("Lisbon", "Oslo", "Kyoto", "Tunis", "Gdansk", "Mumbai", "Bilbao", "Leipzig")
FIRMS = ("Northwind", "Acme", "Globex", "Initech", "Umbrella Foods", "Hooli")
THINGS = ("a red bicycle", "an old piano", "two kittens", "a telescope", "a pottery wheel", "a tent")
HOBBIES = ("pottery", "climbing", "birdwatching", "chess", "baking sourdough", "open water swimming")
PATTERNS = (
    "I moved to {place} last month and the flat is finally starting to feel like home.",
    "Yesterday I went to a {hobby} class with {person}, it was much harder than I expected!",
    "My sister {person} works at {firm} in {place} now, she says the people there are lovely.",
    "We bought {thing} at the weekend. {person} thinks we are mad, but I could not resist.",
    "Have you ever been to {place}? I keep reading about it and cannot decide when to go.",
    "That sounds wonderful, {person}. How long have you been doing {hobby}?",
    "I started at {firm} in March, and to be honest the commute is the worst part of it.",
    "Thanks for asking! The doctor said my knee is fine, I just have to rest it for two weeks.",
    "I love {hobby}, it clears my head after a long day. Maybe you should try it too.",
    "We are planning a trip to {place} next summer with {person} and the kids.",
)


def message(random: Random) -> str:
    """About 17 words."""
    return random.choice(PATTERNS).format(
        place=random.choice(PLACES),
        person=random.choice(PEOPLE),
        firm=random.choice(FIRMS),
        thing=random.choice(THINGS),
        hobby=random.choice(HOBBIES),
    )


def episodes(count: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Bodies as POST episodes takes them, two speakers in turn, five minutes apart; none like another."""
    random = Random(seed)
    start = datetime(2026, 1, 1, 9, tzinfo=UTC)
    for number in range(count):
        yield {
            "role": "user",
            "name": ("Ines", "Tomas")[number % 2],
            "content": f"{message(random)} ({seed}-{number})",
            "occurred_at": (start + number * timedelta(minutes=5)).isoformat(),
            "client_id": f"{seed}-{number}",
        }


def queries(count: int, seed: int = 2) -> list[str]:
    random = Random(seed)
    forms = (
        "Where does {person} live now?",
        "Who went to the {hobby} class?",
        "What did they buy, {thing} or something else?",
        "When did {person} start at {firm}?",
        "What are the plans for {place}?",
    )
    return [
        random.choice(forms).format(
            place=random.choice(PLACES),
            person=random.choice(PEOPLE),
            firm=random.choice(FIRMS),
            thing=random.choice(THINGS),
            hobby=random.choice(HOBBIES),
        )
        for _ in range(count)
    ]
