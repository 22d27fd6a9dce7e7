"""How much a model may answer to what is said."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from app.domain.episode import EpisodeKind, Role
from app.domain.extraction import Source
from app.domain.guidance import Guidance
from app.memory.understanding.briefing import Briefing, Told, told
from app.memory.understanding.extract_prompt import ANSWER_MOST, extract_prompt
from app.ports.models import Prompt

AT = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ROW = 130
"""Tokens of one fact in an answer, about."""


def asked(*contents: str) -> Prompt:
    shown: dict[str, Told] = {}
    for number, content in enumerate(contents, 1):
        one = told(Source(str(number), Role.USER, "Ana", EpisodeKind.MESSAGE, content, AT))
        assert one is not None
        shown[f"e{number}"] = one
    return extract_prompt(Briefing(shown, {}, {}), Guidance())


def most_facts(prompt: Prompt) -> int:
    schema = json.loads(json.dumps(prompt.schema, default=dict))
    return int(schema["properties"]["facts"]["maxItems"])


def test_who_introduces_herself_in_one_message_says_ten_things() -> None:
    prompt = asked("I am Ana, a baker from Porto, married to Leo, with two sons, a cat and a bad knee.")
    assert most_facts(prompt) >= 10
    assert prompt.max_tokens >= 10 * ROW


def test_a_long_message_may_say_as_much_as_many_short_ones() -> None:
    long, short = asked("I live in Porto and bake. " * 300), asked("I live in Porto and bake.")
    assert most_facts(long) > most_facts(short)
    assert ANSWER_MOST >= long.max_tokens > short.max_tokens


def test_batches_of_all_sizes_make_few_schemas() -> None:
    prompts = [asked(*["I bake."] * number) for number in range(1, 33)]
    assert len({json.dumps(prompt.schema, default=dict) for prompt in prompts}) < 12
