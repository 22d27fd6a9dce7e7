"""From the words of a model to a value that fits a schema."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from app.domain.episode import Json
from app.ports.models import Completion, Prompt

MAX_STARTS = 64
"""How many braces are tried as the beginning of the object."""
MAX_FAULT = 300

_THOUGHTS = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_BEGUN = re.compile(r'\{\s*"')
_decoder = json.JSONDecoder()


class Unusable(Exception):
    """What is wrong with an answer, for the model to read."""


def value_of(completion: Completion, prompt: Prompt) -> Mapping[str, Json]:
    """The one JSON object in the answer, whatever stands around it. Raises Unusable when there is none or more than
    one, when it was cut off or does not fit the schema."""
    if completion.cut_off:
        raise Unusable(f"the answer was cut off after {completion.completion_tokens} tokens; answer in fewer words")
    value = _object(completion.text)
    _refuse_unstorable(value)
    error = best_match(Draft202012Validator(prompt.shape).iter_errors(value))
    if error is not None:
        raise Unusable(f"at {error.json_path}: {error.message[:MAX_FAULT]}")
    return value


def _object(text: str) -> Mapping[str, Json]:
    found = list(_objects(_THOUGHTS.sub("", text, count=1)))
    if not found:
        raise Unusable("the answer holds no JSON object")
    if len(found) > 1:
        raise Unusable("the answer holds more than one JSON object")
    return found[0]


def _objects(text: str) -> Iterator[Mapping[str, Json]]:
    """Those that stand in no other. Raises Unusable for one that is broken."""
    position = 0
    for _ in range(MAX_STARTS):
        position = text.find("{", position)
        if position < 0:
            return
        try:
            value, position = _decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            if _BEGUN.match(text, position):
                raise Unusable("the answer holds a JSON object that is broken or not complete") from None
            position += 1
        else:
            yield value


def _refuse_unstorable(value: Mapping[str, Json]) -> None:
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise Unusable("the answer holds NaN, infinity or half a surrogate pair") from None
