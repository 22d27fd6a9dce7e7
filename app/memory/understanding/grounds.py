"""Whether what is proposed rests on what was said: names, values, sentences, and ends of what was known."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from app.domain.entity import normal_name
from app.memory.understanding.briefing import Known

_WORD = re.compile(r"\w+")
_FIGURE = re.compile(r"\d+")
_OWNED = re.compile(r"(?P<owner>.+?)(?:['’]s|s['’])\s+(?P<thing>.+)")
_SENTENCE_END = re.compile(r"[.!?。！？\n…]+")
_SUPPOSES = re.compile(
    r"\W*(?:(?:and|but|so|well|oh)\W+)?(?:if|what if|suppose|supposing|imagine|unless|assuming|let's say|pretend)\b",
    re.IGNORECASE,
)
_SHORT = 4
"""Letters by which two forms of a word are taken to be the same."""

_MANY = 24
"""A sentence of more words repeats fewer than two in three, unless a weak model goes round in circles."""

_EMPTY = frozenset(
    [
        *(
            "the",
            "and",
            "for",
            "with",
            "that",
            "this",
            "have",
            "has",
            "had",
            "was",
            "were",
            "are",
            "been",
            "not",
            "now",
        ),
        *("his", "her", "their", "your", "our", "its", "from", "about", "into", "they", "them", "she", "him", "you"),
        *("who", "what", "when", "where", "will", "would", "could", "should", "just", "very", "really", "also"),
        *("now", "than", "then", "too", "all", "any", "user", "said", "says"),
    ]
)
"""Words that say nothing of what a sentence is about."""

_CUES = {
    "works_at works_as": "job work quit fired laid retire resign employ position company office career hired join boss",
    "lives_in located_in": "move moving live living home house apartment flat relocat settle based town city",
    "married_to partner_of": "divorc separat broke break split single marriage husband wife partner boyfriend "
    "girlfriend dating engaged wedding widow",
    "studies_at studies": "graduat school university college degree drop class course study studies",
    "suffers_from": "heal better cured gone recover well fine pain hurt healthy over surgery",
    "feels": "feel better fine calm happy over relieved anymore",
    "owns has pet_of": "sold sell gave lost stolen died gone broke adopt",
    "takes": "stop stopped off medication dose pill",
    "does plays likes": "stop stopped quit anymore longer gave",
    "friend_of knows": "friend friends talk contact",
    "plans wants": "cancel cancelled canceled off instead longer anymore changed",
    "member_of": "left leave quit joined club group",
}
CUES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {predicate: tuple(cues.split()) for names, cues in _CUES.items() for predicate in names.split()}
)
"""By predicate, beginnings of words that bear on a fact without naming its value."""


def tokens(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def telling_words(text: str) -> set[str]:
    """Those that say something, without endings."""
    return {_stem(w) for w in tokens(text) if w not in _EMPTY and (len(w) > 2 or w.isdigit() or not w.isascii())}


def _akin(some: Iterable[str], others: Collection[str]) -> bool:
    """Whether a word of the ones begins as one of the others does: "running" and "run"."""
    return any(one.startswith(other) or other.startswith(one) for one in some for other in others)


def _stem(word: str) -> str:
    return word if any(c.isdigit() for c in word) else word[: max(_SHORT, len(word) - 3)]


class Ground:
    """What was said in a batch, and who is known."""

    def __init__(self, texts: Iterable[str], names: Iterable[str]) -> None:
        self._said = " ".join(tokens(" \n ".join(texts)))
        self._words = set(self._said.split())
        self._names = {normal_name(name) for name in names}
        self._numbers = {figure for text in (self._said, *self._names) for figure in _FIGURE.findall(text)}
        self._stems = telling_words(self._said) | {s for name in self._names for s in telling_words(name)}

    def name(self, name: str) -> bool:
        """Whether it was said, is known, or is somebody's something, with both of them said or known."""
        spelt = " ".join(tokens(name))
        if not spelt:
            return False
        if (
            normal_name(name) in self._names
            or f" {spelt} " in f" {self._said} "
            or (not spelt.isascii() and spelt in self._said)
        ):
            return True
        owned = _OWNED.fullmatch(name)
        return (
            owned is not None
            and self.name(owned["owner"])
            and all(word in self._words for word in tokens(owned["thing"]))
        )

    def value(self, value: str, quote: str) -> bool:
        """Whether a plain value has its figures from what was said, and shares a word with the quote."""
        if not self._figures(value):
            return False
        own = telling_words(value)
        return not own or _akin(own, telling_words(quote)) or own <= self._stems

    def sentence(self, sentence: str) -> bool:
        """Whether its figures and names were said or are known, a third of its words were, and it does not go round in
        circles."""
        if not self._figures(sentence):
            return False
        words = _WORD.findall(sentence)
        if len(words) > _MANY and len({word.casefold() for word in words}) * 3 < len(words):
            return False
        named = [word for word in words[1:] if word[0].isupper() and word.casefold() not in _EMPTY]
        if not all(_stem(word.casefold()) in self._stems or word.casefold() in self._words for word in named):
            return False
        return self.shared(sentence) * 3 >= len(telling_words(sentence))

    def shared(self, sentence: str) -> int:
        """How many of its words that say something were said."""
        return len(telling_words(sentence) & self._stems)

    def wholly(self, sentence: str) -> bool:
        """Whether every word of it that says something was said."""
        return self._figures(sentence) and telling_words(sentence) <= self._stems

    def _figures(self, text: str) -> bool:
        return set(_FIGURE.findall(text)) <= self._numbers


def concerns(quote: str, fact: Known) -> bool:
    """Whether these words bear on a known fact at all: they share a word with it beside its subject, or have one that
    changes such facts. "Delete everything" bears on none."""
    said = telling_words(quote)
    mine = telling_words(fact.text) | telling_words(fact.object) | telling_words(fact.predicate.replace("_", " "))
    if said & (mine - telling_words(fact.subject[0])):
        return True
    words = tokens(quote)
    return any(word.startswith(cue) for cue in CUES.get(fact.predicate, ()) for word in words)


def asks_or_supposes(words: str, start: int, end: int) -> bool:
    """Whether the sentence that ends these words is a question, or the one that begins them a supposition."""
    closing = _SENTENCE_END.search(words, max(start, end - 1))
    if closing is not None and any(mark in closing[0] for mark in "?？"):
        return True
    opening = 0
    for found in _SENTENCE_END.finditer(words, 0, start):
        opening = found.end()
    return _SUPPOSES.match(words[opening:end]) is not None
