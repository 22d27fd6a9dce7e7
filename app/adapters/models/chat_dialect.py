"""How an endpoint wants to be asked. OpenAI-compatible ones differ in what they know, and refuse what they do not."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from app.ports.models import Prompt, Turn

_PLAIN = """\
Answer with one JSON object and nothing else: no explanation, no code fence. It has to fit this JSON Schema:
"""


class Form(StrEnum):
    """How the answer's form is asked for."""

    SCHEMA = "json_schema"
    OBJECT = "json_object"
    WORDS = "text"


_TOO_LONG = re.compile(
    r"context[ _]?(?:length|size|window)|too long|exceeds? the (?:maximum number of tokens|configured limit)"
    r"|reduce the length|max_(?:completion_|new_)?tokens\W.{0,80}(?:too large|at most|<=)",
    re.IGNORECASE,
)

_PLAINER = {Form.SCHEMA: Form.OBJECT, Form.OBJECT: Form.WORDS}


@dataclass(frozen=True, slots=True)
class Dialect:
    """`bounded`: with the schema's bounds. `bound`: what the parameter for the answer's length is called."""

    form: Form = Form.SCHEMA
    bounded: bool = True
    bound: str = "max_tokens"
    temperature: bool = True

    def without(self, refusal: str, prompt: Prompt) -> Dialect | None:
        """What to try after a request was refused with these words; None when nothing is left."""
        if self.bound == "max_tokens" and "max_completion_tokens" in refusal:
            return replace(self, bound="max_completion_tokens")
        if self.temperature and "temperature" in refusal:
            return replace(self, temperature=False)
        if self.bounded and self.form is Form.SCHEMA and prompt.shape != prompt.schema:
            return replace(self, bounded=False)
        plainer = _PLAINER.get(self.form)
        return None if plainer is None else replace(self, form=plainer)

    def request(self, prompt: Prompt, more: Sequence[Turn], *, limited: bool = True) -> dict[str, Any]:
        """The body, but for the model. `limited`: the answer may have so many tokens as the prompt says."""
        bounded = self.bounded and self.form is Form.SCHEMA
        system, schema = prompt.system, json.dumps(prompt.schema if bounded else prompt.shape, default=dict)
        if self.form is not Form.SCHEMA:
            system = f"{system}\n\n{_PLAIN}{schema}"
        turns = [Turn("system", system), Turn("user", prompt.user), *more]
        body: dict[str, Any] = {
            "messages": [{"role": turn.role, "content": turn.content} for turn in turns],
        }
        if limited:
            body[self.bound] = prompt.max_tokens
        if self.temperature:
            body["temperature"] = 0
        match self.form:
            case Form.SCHEMA:
                shape = {"name": prompt.name, "schema": json.loads(schema), "strict": True}
                body["response_format"] = {"type": "json_schema", "json_schema": shape}
            case Form.OBJECT:
                body["response_format"] = {"type": "json_object"}
            case Form.WORDS:
                pass
        return body


def too_long(refusal: str) -> bool:
    """Whether these words say that question and answer do not fit the model's context."""
    return _TOO_LONG.search(refusal) is not None
