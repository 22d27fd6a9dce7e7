"""The parts of a name that tell whether it may mean the same as another: its words, figures, titles and legal form.

Works for any script: width and compatibility forms are made one (NFKC), case is folded, and accents are taken off
Latin letters only, since in other scripts a mark is part of the letter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from app.domain.entity import EntityType, normal_name
from app.domain.identity.vocabulary import COUNTING, LEGAL_AFFIXES, LEGAL_FORMS, OPPOSED, PLAIN_ROMAN, TITLES

VAGUE = frozenset({EntityType.THING, EntityType.TOPIC})
"""Types an extractor gives when it does not know better; they go with any other."""

Named = tuple[str, EntityType]
"""A name, and the type of what it is said to mean."""

MAX_WORDS = 8

_UNDECOMPOSED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "’": "'", "ʼ": "'", "`": "'"}
)
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.){2,}(?:[^\W\d_]\b)?")
_OWNED = re.compile(r"(?P<owner>.+?)(?:'s|s') +(?P<thing>.+)")
_ROMAN = re.compile(r"M{0,3}(CM|CD|D?C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


@dataclass(frozen=True, slots=True)
class Anatomy:
    """`words`: folded, in order. `figures`: what two names of one thing never differ in; `opposed`: words of which they
    never have different ones. `core`: the words without
    title or legal form. `title`: the gender told by it, "" where it tells none, None where there is no title.
    `legal`: where the legal form belongs, None where there is none. `owner`: whose it is, where it is only described
    by that ("Ann's sister")."""

    normal: str
    words: tuple[str, ...]
    figures: tuple[str, ...]
    opposed: tuple[str, ...]
    core: tuple[str, ...]
    title: str | None
    legal: str | None
    owner: str | None

    @property
    def compact(self) -> str:
        """The letters and figures alone."""
        return "".join(self.words)

    @property
    def full(self) -> bool:
        """A given name and a family name, if it is a person's."""
        return 2 <= len(self.core) <= 4 and self.owner is None and not {"and", "or", "of"} & set(self.core)

    @property
    def bare(self) -> bool:
        """A single name and nothing with it."""
        return len(self.core) == 1 and self.title is None and self.owner is None


@lru_cache(maxsize=16_384)
def anatomy(name: str, type: EntityType) -> Anatomy:
    """Pure; remembered because the same names are compared again and again."""
    text = unicodedata.normalize("NFKC", name).translate(_UNDECOMPOSED)
    normal = normal_name(name)
    tokens = list(_tokens(text))
    if tokens and tokens[0].casefold() in ("the", "a", "an") and len(tokens) > 1:
        tokens = tokens[1:]
    person = type is EntityType.PERSON
    numbers = [_number(token, place, len(tokens), person, text) for place, token in enumerate(tokens)]
    words = tuple(_folded(token) if number is None else number for token, number in zip(tokens, numbers, strict=True))
    owned = _OWNED.fullmatch(" ".join(text.casefold().split()))
    title = TITLES.get(words[0]) if person and len(words) > 1 else None
    core = words[1:] if title is not None else words
    legal: str | None = None
    if not person:
        core, legal = _without_legal_form(core)
    return Anatomy(
        normal=normal,
        words=words,
        figures=tuple(_figures(words, numbers, person)),
        opposed=tuple(word for word in words if word in OPPOSED),
        core=core,
        title=title,
        legal=legal,
        owner=normal_name(owned["owner"]) if owned is not None else None,
    )


def words_of(name: str) -> tuple[str, ...]:
    """The words by which names like this one are found, without repetition, a few at most; one of them is all of it
    in one. Whose it is, is not among them."""
    parts = anatomy(name, EntityType.THING)
    core, words = ([word for word in some if not word.endswith("'s")] for some in (parts.core, parts.words))
    return tuple(dict.fromkeys((*core[:MAX_WORDS], *words[:MAX_WORDS], "".join(core), "".join(words))))


def _tokens(text: str) -> Iterator[str]:
    """Runs of letters, marks and digits; + and # belong to what they follow, & is a word, initials are one."""
    text = _INITIALS.sub(lambda found: found[0].replace(".", ""), text)
    current: list[str] = []
    for at, c in enumerate(text):
        following = text[at + 1] if at + 1 < len(text) else " "
        if unicodedata.category(c)[0] in "LMN" or (c in "+#" and current):
            current.append(c)
        elif c == "'" and current and following.isalpha():
            if following in "sS" and text[at + 2 : at + 3] == " ":
                current.append(c)  # "Ann's sister": she is not called Anns
        else:
            if current:
                yield "".join(current)
            current = []
            if c == "&":
                yield "and"
    if current:
        yield "".join(current)


def _folded(token: str) -> str:
    kept: list[str] = []
    latin = False
    for c in unicodedata.normalize("NFD", token.casefold()):
        if unicodedata.combining(c):
            if latin:
                continue
        else:
            latin = c.isascii()
        kept.append(c)
    return unicodedata.normalize("NFC", "".join(kept))


def _number(token: str, place: int, of: int, person: bool, text: str) -> str | None:
    """A number written in digits of any script or in Roman numerals, in our digits."""
    if token.isdecimal():
        return "".join(str(unicodedata.decimal(c)) for c in token)
    if place == 0 or (person and place < of - 1) or (len(token) == 1 and token not in "IVX"):
        return None
    if token in PLAIN_ROMAN and text == text.casefold():
        return str(_roman(token.upper()))
    if token.isascii() and token.isupper() and _ROMAN.fullmatch(token) and text != text.upper():
        return str(_roman(token))
    return str(_roman(token)) if token.casefold() in PLAIN_ROMAN and token.isupper() else None


def _roman(numeral: str) -> int:
    values = [_ROMAN_VALUES[c] for c in numeral]
    return sum(
        -value if any(later > value for later in values[at + 1 : at + 2]) else value for at, value in enumerate(values)
    )


def _figures(words: tuple[str, ...], numbers: list[str | None], person: bool) -> Iterator[str]:
    """Digits, codes, numerals, counting words, and single letters of what is no person."""
    for word, number in zip(words, numbers, strict=True):
        if number is not None or word in COUNTING:
            yield number or word
        elif any(c.isdecimal() for c in word):
            yield from ("".join(str(unicodedata.decimal(c)) for c in run) for run in re.findall(r"\d+", word))
            yield from (letter for letter in re.findall(r"[^\W\d_]+", word) if len(letter) == 1)
        elif any(c in "+#" for c in word) or (len(word) == 1 and word.isascii() and not person):
            yield word


def _without_legal_form(words: tuple[str, ...]) -> tuple[tuple[str, ...], str | None]:
    core, legal = words, None
    for affix, where in LEGAL_AFFIXES.items():
        if core and affix in (core[0], core[-1]) and len(core) > 1:
            return (core[1:] if core[0] == affix else core[:-1]), where
        if len(core) == 1 and len(core[0]) > len(affix) and core[0].startswith(affix):
            return (core[0].removeprefix(affix),), where
        if len(core) == 1 and len(core[0]) > len(affix) and core[0].endswith(affix):
            return (core[0].removesuffix(affix),), where
    if len(core) > 1 and LEGAL_FORMS.get(core[0]) == "ru":
        return core[1:], "ru"
    while len(core) > 1 and core[-1] in LEGAL_FORMS and core[-2] != "and":
        legal = LEGAL_FORMS[core[-1]]
        core = core[:-1]
    return core, legal
