"""A language model as the product asks it: within a tenant's budget, on its account, with an answer that fits."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from app.domain.episode import Json
from app.domain.errors import BadAnswer, Unavailable
from app.domain.time import Clock
from app.domain.usage import Tally, Usage, day_of
from app.memory.modelling.budgets import Budgets
from app.memory.modelling.reading import Unusable, value_of
from app.ports.metrics import Meter
from app.ports.models import Answer, ChatEndpoint, Prompt, Turn

MAX_SHOWN = 8_000
"""Characters of an unusable answer that the model is shown again."""
MAX_SHOWN_ENDLESS = 400
"""Of one that came to no end: more of it would lead it on."""

_REPAIR = """\
That answer cannot be used: {fault}.
Give the whole answer again as one JSON object and nothing else. It has to fit this JSON Schema:
{schema}"""

log = structlog.get_logger(__name__)


class AskedModel:
    """See ChatModel. An answer that does not fit is asked for once more, with what is wrong with it."""

    configured = True

    def __init__(self, *, endpoint: ChatEndpoint, budgets: Budgets, clock: Clock, meter: Meter) -> None:
        self._endpoint = endpoint
        self._budgets = budgets
        self._clock = clock
        self._meter = meter

    @property
    def identity(self) -> str:
        return self._endpoint.identity

    async def check(self) -> None:
        await self._endpoint.check()

    async def answer(self, tenant: str, prompt: Prompt) -> Answer:
        await self._endpoint.check()
        await self._budgets.admit(tenant)
        first = await self._ask(tenant, prompt)
        if first.value is not None:
            return Answer(first.value, 1, first.tokens)
        shown = Turn("assistant", first.text[: MAX_SHOWN_ENDLESS if first.endless else MAX_SHOWN] or "(nothing)")
        remark = Turn("user", _REPAIR.format(fault=first.fault, schema=json.dumps(prompt.shape, default=dict)))
        second = await self._ask(tenant, prompt, (shown, remark))
        if second.value is not None:
            return Answer(second.value, 2, first.tokens + second.tokens)
        raise BadAnswer(f"{self.identity} gave no usable answer to {prompt.identity}, twice: {second.fault}")

    async def close(self) -> None:
        await self._endpoint.close()

    async def _ask(self, tenant: str, prompt: Prompt, more: Sequence[Turn] = ()) -> _Reply:
        try:
            with self._meter.timed("model_call", purpose=prompt.name):
                completion = await self._endpoint.complete(prompt, more)
        except (Unavailable, BadAnswer) as error:
            log.warning("model call failed", purpose=prompt.name, error=type(error).__name__)
            await self._record(tenant, prompt, Tally(calls=1, failures=1), type(error).code)
            raise
        text, tokens = completion.text, completion.prompt_tokens + completion.completion_tokens
        try:
            reply = _Reply(text, tokens, value_of(completion, prompt), "")
        except Unusable as error:
            reply = _Reply(text, tokens, None, str(error), completion.cut_off)
        failures = int(reply.value is None)
        tally = Tally(1, completion.prompt_tokens, completion.completion_tokens, failures)
        await self._record(tenant, prompt, tally, BadAnswer.code if failures else "answered")
        return reply

    async def _record(self, tenant: str, prompt: Prompt, tally: Tally, outcome: str) -> None:
        self._meter.count("model_calls", purpose=prompt.name, outcome=outcome)
        self._meter.count("model_tokens", amount=tally.prompt_tokens, purpose=prompt.name, of="prompt")
        self._meter.count("model_tokens", amount=tally.completion_tokens, purpose=prompt.name, of="completion")
        await self._budgets.record(tenant, Usage(day_of(self._clock()), prompt.name, self.identity, tally))


@dataclass(frozen=True, slots=True)
class _Reply:
    """`value` is None for an unusable one, and `fault` says why. `endless`: it was cut off."""

    text: str
    tokens: int
    value: Mapping[str, Json] | None
    fault: str
    endless: bool = False
