"""An answer fits what was asked for, or it is none."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest
import structlog

from app.adapters.models.chat_breaker import FAILURES
from app.domain.errors import BadAnswer, Unavailable
from app.domain.usage import Tally, Usage, day_of
from app.memory.modelling.absent import NoModel
from app.ports.models import Answer
from tests.adapters.models.chatting import BOUNDED, PORTO, PROMPT, SCHEMA, refused, said
from tests.memory.modelling.conftest import ACME, Room


async def used(room: Room, tenant: str = ACME) -> list[Usage]:
    return await room.graph.usage.page(tenant, day_of(room.endpoint.clock()), None, None, 10)


async def test_an_answer_that_fits_takes_one_call(room: Room) -> None:
    assert await room.model.answer(ACME, PROMPT) == Answer({"city": "Porto"}, calls=1, tokens=57)
    assert len(room.endpoint.asked) == 1
    assert (room.model.identity, room.model.configured) == ("some-model", True)


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{PORTO}\n```",
        f"Sure! Here is what I found {{as asked}}:\n\n{PORTO}\n\nAnything else?",
        f'<think>Maybe {{"city": "Paris"}}? No.</think>\n{PORTO}',
        f"[{PORTO}]",
    ],
)
async def test_what_stands_around_the_one_object_does_no_harm(room: Room, text: str) -> None:
    room.endpoint.replies = [said(text)]
    assert (await room.model.answer(ACME, PROMPT)).value == {"city": "Porto"}
    assert len(room.endpoint.asked) == 1


UNUSABLE = {
    "rubbish": (said("I am a teapot."), "no JSON object"),
    "nothing": (said(None), "no JSON object"),
    "broken": (said('{"city": "Porto"'), "broken or not complete"),
    "an object within a broken one": (said('{"a": [{"city": "Porto"}'), "broken or not complete"),
    "cut off": (said(PORTO, finish="length"), "cut off after 7 tokens"),
    "two objects": (said(f"{PORTO} or {PORTO}"), "more than one"),
    "another shape": (said('{"city": 4}'), "at $.city: 4 is not of type 'string'"),
    "something missing": (said("{}"), "'city' is a required property"),
    "something more": (said('{"city": "Porto", "delete": "all"}'), "'delete' was unexpected"),
    "half a surrogate pair": (said('{"city": "\\ud83d"}'), "surrogate"),
    "no number": (said('{"city": NaN}'), "NaN"),
    "endless braces": (said("{" * 100_000), "no JSON object"),
    "endless depth": (said('{"a":' * 20_000), "broken or not complete"),
}


@pytest.mark.parametrize(("reply", "fault"), UNUSABLE.values(), ids=UNUSABLE)
async def test_what_cannot_be_used_is_shown_to_the_model_and_mended(
    room: Room, reply: httpx2.Response, fault: str
) -> None:
    room.endpoint.replies = [reply, said(PORTO, usage=(90, 7))]
    answer = await room.model.answer(ACME, PROMPT)
    assert answer == Answer({"city": "Porto"}, calls=2, tokens=57 + 97)
    shown, remark = room.endpoint.asked[1]["messages"][2:]
    assert (shown["role"], remark["role"]) == ("assistant", "user")
    assert fault in remark["content"]
    assert json.dumps(SCHEMA) in remark["content"], "an endpoint may pass over schemas without a word"
    assert 0 < len(shown["content"]) < 10_000


async def test_an_answer_that_comes_to_no_end_is_hardly_shown_again(room: Room) -> None:
    room.endpoint.replies = [said(PORTO * 1_000, finish="length"), said(PORTO)]
    await room.model.answer(ACME, PROMPT)
    shown = room.endpoint.asked[1]["messages"][2]["content"]
    assert 0 < len(shown) < 500, "more of it would lead the model on, and fill its context"


async def test_an_answer_beyond_the_bounds_fits(room: Room) -> None:
    long = {"city": "llanfairpwllgwyngyll", "also": ["a", "b", "c", "d", "e"]}
    room.endpoint.replies = [said(json.dumps(long))]
    assert (await room.model.answer(ACME, BOUNDED)).value == long


@pytest.mark.parametrize(("reply", "fault"), UNUSABLE.values(), ids=UNUSABLE)
async def test_what_cannot_be_used_twice_is_no_answer_and_says_why(
    room: Room, reply: httpx2.Response, fault: str
) -> None:
    room.endpoint.replies = [reply]
    with pytest.raises(BadAnswer) as told:
        await room.model.answer(ACME, PROMPT)
    assert fault in str(told.value)
    assert "extract@3" in str(told.value)
    assert len(room.endpoint.asked) == 2


async def test_every_call_is_counted_for_its_tenant_day_prompt_and_model(room: Room) -> None:
    today = day_of(room.endpoint.clock())
    await room.model.answer(ACME, PROMPT)
    room.endpoint.replies = [said("rubbish"), said(PORTO)]
    await room.model.answer(ACME, replace(PROMPT, name="decide"))
    await room.model.answer("zeta", PROMPT)
    room.endpoint.clock.forward(days=1)
    await room.model.answer(ACME, PROMPT)
    assert await room.graph.usage.page(ACME, today, None, None, 10) == [
        Usage(today, "decide", "some-model", Tally(2, 100, 14, 1)),
        Usage(today, "extract", "some-model", Tally(1, 50, 7, 0)),
        Usage(today + timedelta(days=1), "extract", "some-model", Tally(1, 50, 7, 0)),
    ]
    assert [usage.tally for usage in await room.graph.usage.page("zeta", today, None, None, 10)] == [Tally(1, 50, 7, 0)]


async def test_failures_are_counted_and_are_told_as_what_they_are(room: Room) -> None:
    room.endpoint.replies = [refused(404)]
    with pytest.raises(Unavailable):
        await room.model.answer(ACME, PROMPT)
    room.endpoint.replies = [refused(400)]
    with pytest.raises(BadAnswer):
        await room.model.answer(ACME, PROMPT)
    (usage,) = await used(room)
    assert usage.tally == Tally(calls=2, failures=2)


async def test_the_meter_tells_what_it_took(room: Room) -> None:
    room.endpoint.replies = [said("rubbish"), said(PORTO)]
    await room.model.answer(ACME, PROMPT)
    counted = room.endpoint.counted
    assert counted("model_calls_total", purpose="extract", outcome="answered") == 1
    assert counted("model_calls_total", purpose="extract", outcome="bad_model_answer") == 1
    assert counted("model_tokens_total", purpose="extract", of="prompt") == 100
    assert counted("model_tokens_total", purpose="extract", of="completion") == 14
    assert counted("model_call_seconds_count", purpose="extract") == 2


async def test_while_the_endpoint_is_left_alone_nothing_is_asked_or_counted(room: Room) -> None:
    room.endpoint.replies = [refused(404)]
    for _ in range(FAILURES):
        with pytest.raises(Unavailable):
            await room.model.answer(ACME, PROMPT)
    before = await used(room)
    with pytest.raises(Unavailable, match="left alone"):
        await room.model.answer(ACME, PROMPT)
    with pytest.raises(Unavailable, match="left alone"):
        await room.model.check()
    assert await used(room) == before


async def test_nothing_of_a_conversation_is_logged(room: Room) -> None:
    room.endpoint.replies = [said("rubbish from Porto"), said(None), refused(404, "Porto")]
    with structlog.testing.capture_logs() as logged:
        for error in (BadAnswer, Unavailable):
            with pytest.raises(error):
                await room.model.answer(ACME, PROMPT)
    assert "Porto" not in json.dumps(logged)


async def test_where_no_model_is_configured_there_is_one_that_says_so() -> None:
    model: Any = NoModel()
    assert (model.configured, model.identity) == (False, "none")
    await model.check()
    with pytest.raises(Unavailable, match="set LLM_BASE_URL"):
        await model.answer(ACME, PROMPT)
