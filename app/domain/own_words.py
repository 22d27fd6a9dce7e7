"""What of an episode is its author's own words. What was put into it is not: recalled memories, tool output, code,
quotations; whatever they say, they are no source.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

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


HIDDEN = "\0"
"""Stands for each character that is not the author's own."""


def own_words(content: str) -> str:
    """The content with HIDDEN in the place of whatever is not its author's own; spaces are; the length is kept."""
    return "".join(HIDDEN if kept != was else kept for was, kept in zip(content, blank(content), strict=True))


def find_quote(words: str, quote: str) -> tuple[int, int] | None:
    """Where the own words of an episode say this: code points `[start, end)` of the first place. White space, the
    shape of quotation marks and punctuation at the ends may differ; words are whole. None where they do not."""
    text, places = _plain(words)
    for wanted in dict.fromkeys((_plain(quote)[0].strip(), _plain(quote)[0].strip(_ENDS))):
        if sum(c.isalnum() for c in wanted) < _SHORTEST or HIDDEN in wanted:
            continue
        at = text.find(wanted)
        while at >= 0:
            end = at + len(wanted)
            if not _joined(text, at) and not _joined(text, end):
                return places[at], places[end - 1] + 1
            at = text.find(wanted, at + 1)
    return None


_SHORTEST = 2
_ENDS = " \t'\".,;:!?…-()[]"
_MARKS = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
                        "–": "-", "—": "-", "\u200b": " "})  # fmt: skip
_WITHOUT_SPACES = "\u2e80"
"""From here on are the scripts that write words without spaces between them."""


def _plain(text: str) -> tuple[str, list[int]]:
    """In one spelling, with the place of each character in the text as it was."""
    plain: list[str] = []
    places: list[int] = []
    for place, c in enumerate(text.translate(_MARKS)):
        if not c.isspace():
            plain.append(c)
        elif plain and plain[-1] == " ":
            continue
        else:
            plain.append(" ")
        places.append(place)
    return "".join(plain), places


def _joined(text: str, at: int) -> bool:
    """Whether a word goes on across this place."""
    return 0 < at < len(text) and all(c.isalnum() and c < _WITHOUT_SPACES for c in text[at - 1 : at + 1])
