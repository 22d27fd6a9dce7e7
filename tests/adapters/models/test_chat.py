"""An endpoint is asked in the way it takes, tried again when that may help, and left alone when it does not."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from app.adapters.models.chat import PATIENCE, TRIES
from app.adapters.models.chat_breaker import FAILURES, REST
from app.domain.errors import BadAnswer, Unavailable
from app.ports.models import Completion, Prompt, Turn
from tests.adapters.models.chatting import BOUNDED, PORTO, PROMPT, SCHEMA, Endpoint, refused, said
from tests.house import until


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint()


async def stalled(_: httpx2.Request) -> httpx2.Response:
    await asyncio.Event().wait()
    raise AssertionError("unreachable")


def form(body: dict[str, Any]) -> str:
    return body.get("response_format", {}).get("type", "text")


async def test_an_answer_comes_with_its_tokens(endpoint: Endpoint) -> None:
    async with endpoint.chat() as chat:
        assert await chat.complete(PROMPT) == Completion(PORTO, False, 50, 7)
        assert chat.identity == "some-model"
    (body,) = endpoint.asked
    assert body["model"] == "some-model"
    assert (body["max_tokens"], body["temperature"]) == (200, 0)
    assert body["messages"] == [
        {"role": "system", "content": "You read."},
        {"role": "user", "content": "Ana lives in Porto."},
    ]
    assert body["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "extract", "schema": SCHEMA, "strict": True},
    }


async def test_a_conversation_goes_on(endpoint: Endpoint) -> None:
    async with endpoint.chat() as chat:
        await chat.complete(PROMPT, [Turn("assistant", "Porto!"), Turn("user", "As JSON.")])
    assert [message["content"] for message in endpoint.asked[0]["messages"]][2:] == ["Porto!", "As JSON."]


async def test_tokens_that_are_not_told_are_estimated(endpoint: Endpoint) -> None:
    endpoint.replies = [said(PORTO, usage=None)]
    async with endpoint.chat() as chat:
        completion = await chat.complete(PROMPT)
    assert completion.prompt_tokens > 5
    assert completion.completion_tokens > 2


async def test_an_answer_that_was_cut_off_is_told(endpoint: Endpoint) -> None:
    endpoint.replies = [said('{"city": "Po', finish="length")]
    async with endpoint.chat() as chat:
        assert (await chat.complete(PROMPT)).cut_off


@pytest.mark.parametrize("status", [400, 422])
async def test_an_endpoint_without_schemas_is_asked_more_plainly_from_then_on(endpoint: Endpoint, status: int) -> None:
    endpoint.replies = [refused(status, "response_format: unknown"), said(PORTO)]
    async with endpoint.chat() as chat:
        for _ in range(2):
            assert (await chat.complete(PROMPT)).text == PORTO
    assert [form(body) for body in endpoint.asked] == ["json_schema", "json_object", "json_object"]
    system = endpoint.asked[1]["messages"][0]["content"]
    assert "JSON" in system
    assert '"additionalProperties": false' in system


async def test_an_endpoint_that_knows_no_forms_is_asked_in_words(endpoint: Endpoint) -> None:
    endpoint.replies = [refused(400), refused(400), said(PORTO)]
    async with endpoint.chat() as chat:
        for _ in range(2):
            await chat.complete(PROMPT)
    assert [form(body) for body in endpoint.asked] == ["json_schema", "json_object", "text", "text"]


async def test_a_schema_that_is_refused_says_nothing_of_others(endpoint: Endpoint) -> None:
    endpoint.replies = [refused(400, "the schema is not strict"), said(PORTO)]
    async with endpoint.chat() as chat:
        await chat.complete(PROMPT)
        await chat.complete(Prompt("decide", 1, "You decide.", "", SCHEMA, 100))
    assert form(endpoint.asked[-1]) == "json_schema"


async def test_parameters_that_a_model_does_not_take_are_left_out(endpoint: Endpoint) -> None:
    endpoint.replies = [
        refused(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."),
        refused(400, "Unsupported value: 'temperature' does not support 0."),
        said(PORTO),
    ]
    async with endpoint.chat() as chat:
        await chat.complete(PROMPT)
    last = endpoint.asked[-1]
    assert last["max_completion_tokens"] == 200
    assert not {"max_tokens", "temperature"} & last.keys()
    assert form(last) == "json_schema"


async def test_bounds_of_length_are_asked_for_where_they_are_understood(endpoint: Endpoint) -> None:
    endpoint.replies = [refused(400, "'maxItems' is not permitted"), said(PORTO)]
    async with endpoint.chat() as chat:
        for _ in range(2):
            await chat.complete(BOUNDED)
    first, *others = [body["response_format"]["json_schema"]["schema"] for body in endpoint.asked]
    assert first == BOUNDED.schema
    assert others == [BOUNDED.shape] * 2
    assert not {"maxItems", "maxLength", "pattern"} & set(re.findall(r"\w+", json.dumps(others)))


TOO_LONG = [
    "request (9001 tokens) exceeds the available context size (4096 tokens), try increasing it",
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.",
    "'max_tokens' or 'max_completion_tokens' is too large: 8192. This model's maximum context length is 16384 tokens "
    "and your request has 9001 input tokens",
    "max_tokens is too large: 8192. This model supports at most 4096 completion tokens",
    "Input tokens exceed the configured limit of 9000 tokens. Your messages resulted in 9001 tokens.",
    "prompt is too long: 9001 tokens > 9000 maximum",
    "`inputs` tokens + `max_new_tokens` must be <= 4096",
    "Please reduce the length of the messages or completion.",
]


@pytest.mark.parametrize("words", TOO_LONG)
async def test_a_question_that_fits_but_for_its_answer_gets_the_room_that_is_left(
    endpoint: Endpoint, words: str
) -> None:
    endpoint.replies = [refused(400, words), said(PORTO)]
    async with endpoint.chat() as chat:
        assert (await chat.complete(PROMPT)).text == PORTO
        await chat.complete(PROMPT)
    bounds = [body.get("max_tokens") for body in endpoint.asked]
    assert bounds == [200, None, 200], "the next question may be shorter"
    assert {form(body) for body in endpoint.asked} == {"json_schema"}


@pytest.mark.parametrize("words", TOO_LONG)
async def test_a_question_that_is_too_long_is_not_put_in_other_words(endpoint: Endpoint, words: str) -> None:
    endpoint.replies = [refused(400, words)]
    async with endpoint.chat() as chat:
        with pytest.raises(BadAnswer, match="LLM_BATCH_TOKENS"):
            await chat.complete(PROMPT)
    assert len(endpoint.asked) == 2


async def test_a_question_that_is_refused_in_every_way_is_no_fault_of_the_endpoint(endpoint: Endpoint) -> None:
    endpoint.replies = [refused(400, "not for me")]
    async with endpoint.chat() as chat:
        for _ in range(FAILURES + 1):
            with pytest.raises(BadAnswer, match="not for me"):
                await chat.complete(PROMPT)
        await chat.check()
        endpoint.replies = [said(PORTO)]
        await chat.complete(PROMPT)
    assert form(endpoint.asked[-1]) == "json_schema"


@pytest.mark.parametrize("trouble", [refused(500), refused(503), refused(429), httpx2.ConnectError("nobody there")])
async def test_passing_trouble_is_tried_again(endpoint: Endpoint, trouble: Any) -> None:
    endpoint.replies = [trouble, trouble, said(PORTO)]
    async with endpoint.chat() as chat:
        assert (await chat.complete(PROMPT)).text == PORTO
    first, second = endpoint.slept
    assert 0 < first < second
    assert endpoint.counted("model_retries_total") == 2


@pytest.mark.parametrize("status", [429, 503])
async def test_the_endpoint_says_how_long_to_wait(endpoint: Endpoint, status: int) -> None:
    endpoint.clock.now = endpoint.clock.now.replace(microsecond=0)
    date = (endpoint.clock.now + timedelta(seconds=12)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    endpoint.replies = [refused(status, retry_after="7"), refused(status, retry_after="0"), said(PORTO)]
    async with endpoint.chat() as chat:
        await chat.complete(PROMPT)
        endpoint.clock.forward(seconds=-7)
        endpoint.replies = [refused(status, retry_after=date), refused(status, retry_after="soon"), said(PORTO)]
        await chat.complete(PROMPT)
    assert endpoint.slept[:3] == [7.0, 0.0, 12.0]


async def test_who_is_told_to_come_back_much_later_does_not_wait_for_it(endpoint: Endpoint) -> None:
    endpoint.replies = [refused(429, retry_after="3600")]
    async with endpoint.chat() as chat:
        with pytest.raises(Unavailable) as told:
            await chat.complete(PROMPT)
    assert told.value.until == endpoint.clock() + timedelta(hours=1)
    assert (len(endpoint.asked), endpoint.slept) == (1, [])


async def test_tries_are_bounded_in_number_and_time(endpoint: Endpoint) -> None:
    endpoint.replies = [refused(503)]
    async with endpoint.chat() as chat:
        with pytest.raises(Unavailable, match=r"http://models\.test failed \(503: no\)"):
            await chat.complete(PROMPT)
        assert len(endpoint.asked) == TRIES
    slow = Endpoint([refused(429, retry_after="16")])
    async with slow.chat() as chat:
        with pytest.raises(Unavailable):
            await chat.complete(PROMPT)
    assert sum(slow.slept) <= PATIENCE.total_seconds()
    assert len(slow.asked) == 2


async def test_a_stall_ends_at_the_timeout_and_is_not_repeated(endpoint: Endpoint) -> None:
    endpoint.replies = [stalled]
    async with endpoint.chat(timeout=0.05) as chat:
        with pytest.raises(Unavailable, match=r"within 0\.05 s"):
            await chat.complete(PROMPT)
    assert len(endpoint.asked) == 1


@pytest.mark.parametrize(
    ("reply", "advice"),
    [
        (refused(401), "LLM_API_KEY"),
        (refused(403), "LLM_API_KEY"),
        (refused(404), "LLM_MODEL"),
        (httpx2.Response(200, text="<html>"), "LLM_BASE_URL"),
        (httpx2.Response(200, json={"error": "overloaded"}), "LLM_BASE_URL"),
        (httpx2.Response(200, json={"choices": []}), "LLM_BASE_URL"),
        (httpx2.Response(200, text="{", headers={"content-type": "application/json"}), "LLM_BASE_URL"),
    ],
)
async def test_what_another_try_would_not_mend_is_told_at_once(
    endpoint: Endpoint, reply: httpx2.Response, advice: str
) -> None:
    endpoint.replies = [reply]
    async with endpoint.chat() as chat:
        with pytest.raises(Unavailable, match=advice) as told:
            await chat.complete(PROMPT)
    assert len(endpoint.asked) == 1
    assert "secret" not in str(told.value)


async def test_so_many_calls_at_once_and_no_more(endpoint: Endpoint) -> None:
    running, most, gate = 0, 0, asyncio.Event()

    async def slow(_: httpx2.Request) -> httpx2.Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await gate.wait()
        running -= 1
        return said(PORTO)

    endpoint.replies = [slow]
    async with endpoint.chat(concurrency=3) as chat:
        calls = [asyncio.create_task(chat.complete(PROMPT)) for _ in range(10)]
        await until(lambda: _true(running == 3))
        gate.set()
        await asyncio.gather(*calls)
    assert (most, len(endpoint.asked)) == (3, 10)


async def test_an_endpoint_that_fails_again_and_again_is_left_alone_and_then_tried_once(endpoint: Endpoint) -> None:
    endpoint.replies = [refused(404)]
    async with endpoint.chat() as chat:
        for _ in range(FAILURES):
            with pytest.raises(Unavailable):
                await chat.complete(PROMPT)
        with pytest.raises(Unavailable, match="left alone") as told:
            await chat.complete(PROMPT)
        assert told.value.until == endpoint.clock() + REST
        with pytest.raises(Unavailable, match="left alone"):
            await chat.check()
        assert len(endpoint.asked) == FAILURES
        assert endpoint.counted("model_breaker") == 2

        endpoint.clock.forward(seconds=REST.total_seconds())
        await chat.check()
        with pytest.raises(Unavailable, match="does not answer"):
            await chat.complete(PROMPT)
        with pytest.raises(Unavailable, match="left alone"):
            await chat.complete(PROMPT)
        assert len(endpoint.asked) == FAILURES + 1, "one was let through"

        endpoint.clock.forward(seconds=REST.total_seconds())
        endpoint.replies = [said(PORTO)]
        assert (await chat.complete(PROMPT)).text == PORTO
        assert endpoint.counted("model_breaker") == 0
        endpoint.replies = [refused(404)]
        with pytest.raises(Unavailable, match="does not answer"):
            await chat.complete(PROMPT)
        await chat.check()


async def test_while_one_call_tries_whether_it_is_back_others_are_refused(endpoint: Endpoint) -> None:
    endpoint.replies = [refused(404)]
    gate = asyncio.Event()

    async def slow(_: httpx2.Request) -> httpx2.Response:
        await gate.wait()
        return said(PORTO)

    async with endpoint.chat() as chat:
        for _ in range(FAILURES):
            with pytest.raises(Unavailable):
                await chat.complete(PROMPT)
        endpoint.clock.forward(seconds=REST.total_seconds())
        endpoint.replies = [slow]
        trial = asyncio.create_task(chat.complete(PROMPT))
        await until(lambda: _true(len(endpoint.asked) == FAILURES + 1))
        assert endpoint.counted("model_breaker") == 1
        with pytest.raises(Unavailable, match="left alone"):
            await chat.complete(PROMPT)
        trial.cancel()
        with pytest.raises(asyncio.CancelledError):
            await trial
        gate.set()
        assert (await chat.complete(PROMPT)).text == PORTO, "a trial that was cancelled says nothing"


async def test_one_that_has_too_much_to_do_is_not_away(endpoint: Endpoint) -> None:
    endpoint.replies = [refused(429, retry_after="0")]
    async with endpoint.chat() as chat:
        for _ in range(FAILURES):
            with pytest.raises(Unavailable, match="too much to do"):
                await chat.complete(PROMPT)
        await chat.check()


async def _true(condition: bool) -> bool:
    return condition
