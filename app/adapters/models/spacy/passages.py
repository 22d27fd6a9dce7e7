"""What of a message is its author's own prose, and where. Everything else is blanked, so that offsets stay true."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.own_words import blank

_STRAIGHT = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
                           "–": "-", "—": "-", "\u00a0": " ", "\u200b": " ", "*": " ", "`": " "})  # fmt: skip
_MARKER = re.compile(r"[ \t]*(?:[-•+·‣]|\d{1,3}[.)]|[a-zA-Z][.)]|#{1,6})[ \t]+")
_CODE = re.compile(r"[{};]\s*$|^\s*(?:def|class|import|from|return|const|let|var|public|private|function)\b.*[:;({]|"
                   r"=>|==|!=|\w\(\w*\)[.;]|::|^\s*[@$%|]|\|.*\|")  # fmt: skip
_WRAPPED = 60
_LONGEST = 1_000
"""Code points of a passage: what the parser needs grows with the longest text that it is given."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of prose: `text` stands at code point `start` of the content, same length, quotes straightened.
    `listed`: it is an item of a list or a heading."""

    text: str
    start: int
    listed: bool


def passages(content: str) -> Iterator[Passage]:
    """The paragraphs of the author's own words, in order. Code, tables and other scripts are left out."""
    text = blank(content).translate(_STRAIGHT)
    start = end = 0
    listed = False
    previous = ""
    for line_start, line in _lines(text):
        marker = _MARKER.match(line)
        joins = (
            bool(previous) and not marker and len(previous) >= _WRAPPED and not previous.endswith((".", "!", "?", ":"))
        )
        if not joins:
            yield from _prose(text, start, end, listed)
            start, listed = line_start + (marker.end() if marker else 0), marker is not None
        previous = line.strip()
        end = line_start + len(line) if previous else start
        if not previous:
            start = end = line_start + len(line)
    yield from _prose(text, start, end, listed)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    at = 0
    for line in text.split("\n"):
        yield at, line
        at += len(line) + 1


def _prose(text: str, start: int, end: int, listed: bool) -> Iterator[Passage]:
    raw = text[start:end]
    stripped = raw.strip()
    if len(stripped) < 3 or _CODE.search(stripped):
        return
    start += len(raw) - len(raw.lstrip())
    body = stripped.replace("\n", " ").replace("\t", " ")
    words = sum(c.isalnum() or c in " .,'!?" for c in body)
    if words < 0.7 * len(body) or not latin(body):
        return
    while len(body) > _LONGEST:
        cut = max(body.rfind(stop, 0, _LONGEST) for stop in (". ", "! ", "? "))
        cut = cut + 2 if cut > 0 else max(body.rfind(" ", 0, _LONGEST) + 1, 1) if " " in body[:_LONGEST] else _LONGEST
        yield Passage(body[:cut].rstrip() or body[:cut], start, listed)
        body, start = body[cut:], start + cut
    if body.strip():
        yield Passage(body, start, listed)


def latin(text: str) -> bool:
    """Whether most letters are of the script that the model was trained on."""
    letters = [c for c in text if c.isalpha()]
    known = sum(c.isascii() or unicodedata.name(c, "").startswith("LATIN") for c in letters)
    return bool(letters) and known >= 0.6 * len(letters)
