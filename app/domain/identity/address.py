"""Whom a message speaks to: names used as an address, as in "Hey Mel!" or "Thanks, 李明。"."""

from __future__ import annotations

import re

_OPENERS = (
    "hey|hi|hello|hiya|yo|dear|thanks|thank you|thx|ty|wow|oh|ok|okay|yes|yeah|yep|yup|no|nope|well|congrats|"
    "congratulations|bye|goodbye|good morning|good night|good evening|good luck|sorry|sure|awesome|great|cool|nice|"
    "absolutely|totally|exactly|agreed|aw|aww|cheers|hola|gracias|salut|bonjour|merci|hallo|danke|ciao|grazie|привет|"
    "спасибо|你好|谢谢"
)
_NAME = r"(?P<name>[^\W\d_][\w’'-]*(?: [^\W\d_][\w’'-]*)?)"
_STOP = r"\s*(?:[,!?:;.…，、！？。：]|[-–—]{1,2}\s|$)"
_START = r"(?:^|(?<=[.!?…。！？\n]))\s*"
_ADDRESS = re.compile(
    "|".join(
        (
            rf"{_START}(?:{_OPENERS})[\s,，!！]+(?:there[\s,]+)?{_NAME}{_STOP}",
            rf"{_START}{_NAME}\s*[,!，！]".replace("?P<name>", "?P<first>"),
            rf"[,，、]\s*{_NAME}\s*(?:[!?.…！？。]|$)".replace("?P<name>", "?P<last>"),
        )
    ),
    re.IGNORECASE,
)


def addressed(content: str) -> tuple[str, ...]:
    """The words that stand where an address stands, in order, each once; some are no names, which the caller knows."""
    found: dict[str, None] = {}
    at = 0
    while (match := _ADDRESS.search(content, at)) is not None:
        word = match["name"] or match["first"] or match["last"]
        found[word] = None
        found[word.split()[0]] = None
        at = max(match.end() - 1, match.start() + 1)
    return tuple(found)
