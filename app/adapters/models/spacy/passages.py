"""What of a message is its author's own prose, and where. Everything else is blanked, so that offsets stay true."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_FORMATTING = "a|abbr|b|big|br|code|del|em|font|i|ins|kbd|li|mark|ol|p|s|small|span|strong|sub|sup|u|ul"
_INJECTED = (
    r"(?:user[ _-]?|long[ _-]?term[ _-]?|relevant[ _-]?|retrieved[ _-]?|recalled[ _-]?|previous[ _-]?|system[ _-]?)*"
    r"(?:memor(?:y|ies)|context|retrieved|recalled|background|knowledge|documents?|search[ _-]?results?|"
    r"system(?:[ _-]?prompt)?|instructions?|tool[ _-]?(?:output|result|call)s?|history)"
)
_INJECTED_NAME = re.compile(_INJECTED, re.IGNORECASE)
_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>[A-Za-z][\w:.-]*)[^<>]{0,500}>"
    r"|\[(?P<bend>/?)(?P<bname>[A-Za-z][\w -]{0,60})[^\[\]\n]{0,500}\]"
)
_INLINE = frozenset(_FORMATTING.split("|"))
_FENCES = (
    re.compile(r"(?P<f>`{3,}|~{3,}).*?(?:(?P=f)|\Z)", re.DOTALL),
    re.compile(r"^[ \t]{0,12}[-=]{2,}[ \t]*(?:begin|start)\b.*?(?:^[ \t]{0,12}[-=]{2,}[ \t]*end\b[^\n]*|\Z)",
               re.DOTALL | re.IGNORECASE | re.MULTILINE),
    # A heading such as "[MEMORY]", "### Relevant memories:" or "Retrieved context:" and all up to the next empty line.
    re.compile(
        r"^[ \t]{0,12}(?:\[" + _INJECTED + r"\b[^\]\n]*\]|#{0,6}[ \t]{0,4}\*{0,3}" + _INJECTED + r"\*{0,3}[ \t]{0,4}:)"
        r"[^\n]*(?:\n[ \t]{0,40}\S[^\n]*)*",
        re.IGNORECASE | re.MULTILINE,
    ),
    re.compile(r"^[ \t]{0,12}>[^\n]*", re.MULTILINE),
    re.compile(r"\b(?:https?|ftp)://\S+|\bwww\.\S+"),
)  # fmt: skip

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


def blank(content: str) -> str:
    """The content with fenced blocks, injected memory, quotations and addresses as spaces; the length is kept."""
    pieces = []
    done = 0
    for start, end in _elements(content):
        if end > done:
            pieces += [content[done:start], _spaces(content[max(start, done) : end])]
            done = end
    content = "".join([*pieces, content[done:]])
    for fence in _FENCES:
        content = fence.sub(lambda found: _spaces(found.group()), content)
    return content


def _spaces(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _elements(content: str) -> Iterator[tuple[int, int]]:
    """Ranges of marked-up blocks, by start: from an opening tag to the last closing tag of its name; an unclosed block
    that is named like injected memory goes on to the end; what only formats is the tag itself."""
    tags = list(_TAG.finditer(content))
    last = {_name(tag): tag.end() for tag in tags if tag["end"] or tag["bend"]}
    for tag in tags:
        name = _name(tag)
        if tag["end"] or tag["bend"] or (tag["name"] and name[1] in _INLINE):
            if tag["name"]:
                yield tag.span()
        elif last.get(name, 0) > tag.end():
            yield tag.start(), last[name]
        elif tag["name"]:
            yield tag.start(), len(content) if _INJECTED_NAME.fullmatch(name[1]) else tag.end()


def _name(tag: re.Match[str]) -> tuple[str, str]:
    return ("<", tag["name"].lower()) if tag["name"] else ("[", tag["bname"].strip().lower())


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
