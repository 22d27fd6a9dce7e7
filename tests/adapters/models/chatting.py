"""A model's endpoint as a test tells it, beneath the real client."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import openai

from app.adapters.models.chat import OpenAIChat
from app.observe import PrometheusMeter
from app.ports.models import Prompt
from tests.scripted import Watch

Reply = httpx2.Response | Exception | Callable[[httpx2.Request], Awaitable[httpx2.Response]]

SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
PROMPT = Prompt("extract", 3, "You read.", "Ana lives in Porto.", SCHEMA, 200)
BOUNDED = Prompt(
    "extract",
    3,
    "You read.",
    "Ana lives in Porto.",
    {
        "type": "object",
        "properties": {
            "city": {"type": "string", "maxLength": 9, "pattern": "^[A-Z]"},
            "also": {"type": "array", "items": {"type": "string"}, "maxItems": 4},
        },
    },
    200,
)
"""With bounds."""
PORTO = '{"city": "Porto"}'


def said(text: str | None, *, finish: str = "stop", usage: tuple[int, int] | None = (50, 7)) -> httpx2.Response:
    """A completion."""
    body: dict[str, Any] = {
        "id": "c",
        "object": "chat.completion",
        "created": 0,
        "model": "m",
        "choices": [{"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text}}],
    }
    if usage is not None:
        asked, answered = usage
        body["usage"] = {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered}
    return httpx2.Response(200, json=body)


def refused(status: int, message: str = "no", **headers: str) -> httpx2.Response:
    return httpx2.Response(
        status, json={"error": {"message": message}}, headers={name.replace("_", "-"): v for name, v in headers.items()}
    )


@dataclass(slots=True)
class Endpoint:
    """Gives its replies one after another, the last one for ever. `slept`: the pauses between tries, which pass on
    the clock and not in the world."""

    replies: list[Reply] = field(default_factory=lambda: [said(PORTO)])
    clock: Watch = field(default_factory=Watch)
    meter: PrometheusMeter = field(default_factory=PrometheusMeter)
    asked: list[dict[str, Any]] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(json.loads(request.content))
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        # a reply is read once
        return (
            httpx2.Response(reply.status_code, content=reply.content, headers=reply.headers)
            if isinstance(reply, httpx2.Response)
            else await reply(request)
        )

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.forward(seconds=seconds)

    @asynccontextmanager
    async def chat(self, *, timeout: float = 30.0, concurrency: int = 4) -> AsyncIterator[OpenAIChat]:
        client = openai.AsyncOpenAI(
            base_url="http://user:secret@models.test/v1",
            api_key="key",
            timeout=timeout,
            max_retries=0,
            http_client=httpx2.AsyncClient(transport=httpx2.MockTransport(self)),
        )
        chat = OpenAIChat(
            client,
            "some-model",
            timeout=timeout,
            concurrency=concurrency,
            clock=self.clock,
            meter=self.meter,
            sleep=self.sleep,
        )
        try:
            yield chat
        finally:
            await chat.close()

    def counted(self, name: str, **labels: str) -> float:
        return self.meter.registry.get_sample_value(f"palimpsest_{name}", labels) or 0.0
