"""A language model behind any endpoint that speaks OpenAI's protocol for conversations."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Self

import openai

from app.adapters.models.chat_breaker import Breaker
from app.adapters.models.chat_dialect import Dialect, too_long
from app.domain.errors import BadAnswer, Unavailable
from app.domain.time import Clock, utc
from app.domain.tokens import count_tokens
from app.ports.metrics import Meter
from app.ports.models import Completion, Prompt, Turn

TRIES = 4
PATIENCE = timedelta(seconds=30)
"""The pauses between the tries of one call take no longer."""
FIRST_PAUSE = 0.5
REFUSED = (400, 413, 422)
PASSING = (408, 409, 425)
MAX_REASON = 300

Sleep = Callable[[float], Awaitable[None]]


class OpenAIChat:
    """See ChatEndpoint. What an endpoint refuses is remembered for each prompt, so that it is asked in its own way
    from then on."""

    def __init__(
        self,
        client: openai.AsyncOpenAI,
        model: str,
        *,
        timeout: float,
        concurrency: int,
        clock: Clock,
        meter: Meter,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """`timeout`: seconds that one try may take. `concurrency`: calls at one time."""
        self._client = client
        self._model = model
        self._place = f"{client.base_url.scheme}://{client.base_url.netloc.decode()}"
        self._timeout = timeout
        self._clock = clock
        self._meter = meter
        self._sleep = sleep
        self._places = asyncio.Semaphore(concurrency)
        self._breaker = Breaker(f"the model {model} at {self._place}", clock, meter)
        self._dialects: dict[str, Dialect] = {}

    @classmethod
    def to(
        cls,
        model: str,
        *,
        base_url: str,
        api_key: str | None,
        timeout: float,
        concurrency: int,
        clock: Clock,
        meter: Meter,
    ) -> Self:
        """Asks the endpoint nothing yet."""
        client = openai.AsyncOpenAI(base_url=base_url, api_key=api_key or "none", timeout=timeout, max_retries=0)
        return cls(client, model, timeout=timeout, concurrency=concurrency, clock=clock, meter=meter)

    @property
    def identity(self) -> str:
        return self._model

    async def check(self) -> None:
        self._breaker.check()

    async def complete(self, prompt: Prompt, more: Sequence[Turn] = ()) -> Completion:
        dialect = self._dialects.get(prompt.name, Dialect())
        patience = self._clock() + PATIENCE
        tries = 0
        limited = True
        while True:
            try:
                completion = await self._attempt(dialect.request(prompt, more, limited=limited))
            except _Refused as refusal:
                if too_long(refusal.reason):
                    if not limited:
                        raise BadAnswer(
                            f"the question is too long for {self._named}; give it a longer context or lower "
                            f"LLM_BATCH_TOKENS ({refusal.reason})"
                        ) from refusal
                    # some count the room for the answer, which may then have what is left
                    limited = False
                    continue
                plainer = dialect.without(refusal.reason, prompt)
                if plainer is None:
                    raise BadAnswer(f"{self._named} refuses the question: {refusal.reason}") from refusal
                dialect = plainer
            except (_Busy, _Passing) as trouble:
                tries += 1
                await self._pause(trouble, tries, patience)
            else:
                self._dialects[prompt.name] = dialect
                return completion

    async def close(self) -> None:
        await self._client.close()

    @property
    def _named(self) -> str:
        return f"the model {self._model} at {self._place}"

    async def _pause(self, trouble: _Busy | _Passing, tries: int, patience: datetime) -> None:
        """Raises Unavailable when it took too long already, or would."""
        now = self._clock()
        pause = trouble.pause if trouble.pause is not None else FIRST_PAUSE * 2 ** (tries - 1) * random.uniform(0.5, 1)
        if tries >= TRIES or pause > (patience - now).total_seconds():
            until = None if trouble.pause is None else now + timedelta(seconds=trouble.pause)
            raise Unavailable(f"{self._named} {trouble.reason}", until=until) from trouble
        self._meter.count("model_retries")
        await self._sleep(pause)

    async def _attempt(self, body: dict[str, Any]) -> Completion:
        """Raises _Busy, _Passing, _Refused, and Unavailable where another try would not help now."""
        # whoever would be refused need not wait for a place
        self._breaker.check()
        async with self._places:
            with self._breaker.attempt():
                return _read(await self._call(body), body, self._named)

    async def _call(self, body: dict[str, Any]) -> Any:
        try:
            # the client's own timeout is for each read, which a trickle would never reach
            async with asyncio.timeout(self._timeout):
                return await self._client.chat.completions.create(model=self._model, **body)
        except (TimeoutError, openai.APITimeoutError) as error:
            raise Unavailable(f"{self._named} did not answer within {self._timeout:g} s") from error
        except openai.APIStatusError as error:
            raise self._translated(error) from error
        except openai.APIConnectionError as error:
            raise _Passing("cannot be reached; check LLM_BASE_URL") from error
        except (openai.OpenAIError, ValueError) as error:
            raise Unavailable(f"{self._named} answers something else than a model would; check LLM_BASE_URL") from error

    def _translated(self, error: openai.APIStatusError) -> Exception:
        status, reason = error.status_code, _reason(error)
        pause = _retry_after(error.response.headers.get("retry-after"), self._clock())
        if status == 429:
            return _Busy(f"has too much to do ({reason})", pause)
        if status in REFUSED:
            return _Refused(reason)
        if status in PASSING or status >= 500:
            return _Passing(f"failed ({reason})", pause)
        if status in (401, 403):
            return Unavailable(f"{self._named} refuses the key; check LLM_API_KEY ({reason})")
        return Unavailable(f"{self._named} does not answer; check LLM_BASE_URL and LLM_MODEL ({reason})")


class _Passing(Unavailable):
    """Another try may help, after `pause` seconds if that is known."""

    def __init__(self, reason: str, pause: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.pause = pause


class _Busy(Exception):
    """The same, of an endpoint that is well but has too many calls."""

    def __init__(self, reason: str, pause: float | None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.pause = pause


class _Refused(Exception):
    """The endpoint does not take the request as it is."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _read(answer: Any, body: dict[str, Any], named: str) -> Completion:
    """Raises Unavailable for what is no answer of a model at all."""
    try:
        choice = answer.choices[0]
        text: str = choice.message.content or ""
        cut_off = choice.finish_reason == "length"
        if answer.usage is not None:
            return Completion(text, cut_off, int(answer.usage.prompt_tokens), int(answer.usage.completion_tokens))
        asked = sum(count_tokens(turn["content"]) for turn in body["messages"])
        return Completion(text, cut_off, asked, count_tokens(text))
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        raise Unavailable(f"{named} answers something else than a model would; check LLM_BASE_URL") from error


def _reason(error: openai.APIStatusError) -> str:
    """The status and what the endpoint says, on one line."""
    told = error.body.get("message") if isinstance(error.body, dict) else None
    words = " ".join((told if isinstance(told, str) else error.response.text).split())[:MAX_REASON]
    return f"{error.status_code}: {words}" if words else str(error.status_code)


def _retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds, by the header's number or date; None without one that can be understood."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = (utc(parsedate_to_datetime(header)) - now).total_seconds()
        except (TypeError, ValueError):
            return None
    # what is no number of seconds that a datetime could hold is no hint
    return max(0.0, seconds) if -1e9 < seconds < 1e9 else None
