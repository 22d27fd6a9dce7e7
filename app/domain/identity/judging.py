"""Whether two names mean the same, as far as the names alone can tell."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.domain.entity import EntityType
from app.domain.identity.names import VAGUE, Anatomy, Named, anatomy

SHORTEST_SHORT_FORM = 3
ALIKE = 0.9
"""Similarity of spelling from which two names are worth a look."""


class Verdict(StrEnum):
    SAME = "same"
    DOUBTFUL = "doubtful"
    """It may be; a person should look."""
    DIFFERENT = "different"


class Reason(StrEnum):
    NAME = "name"
    """The same name or alias."""
    SPELLING = "spelling"
    """They differ in accents, punctuation, spaces or the way a number is written."""
    LEGAL_FORM = "legal_form"
    """The same organisation's name with and without its legal form."""
    TITLE = "title"
    """The same full name with and without a title."""
    GIVEN_NAME = "given_name"
    """A person's first name, and the full name."""
    SHORT_FORM = "short_form"
    """The beginning of a person's first name, as in "Mel" and "Melanie"."""
    FAMILY_NAME = "family_name"
    """A family name, and a full name with it."""
    INITIAL = "initial"
    MIDDLE_NAME = "middle_name"
    ALIKE = "alike"
    """Spelt much alike."""
    MEANING = "meaning"
    """Their vectors are near."""
    CALLER = "caller"
    """A caller says so."""
    TYPE = "type"
    FIGURES = "figures"
    """They differ in digits, codes or numerals."""
    UNLIKE = "unlike"


@dataclass(frozen=True, slots=True)
class Judgement:
    """`score` in [0, 1]: how likely it is that they mean the same."""

    verdict: Verdict
    reason: Reason
    score: float


_TYPE = Judgement(Verdict.DIFFERENT, Reason.TYPE, 0.0)
_FIGURES = Judgement(Verdict.DIFFERENT, Reason.FIGURES, 0.0)
_UNLIKE = Judgement(Verdict.DIFFERENT, Reason.UNLIKE, 0.0)


def compatible(one: EntityType, other: EntityType) -> bool:
    """Paris the city and Paris the person are two; a "thing" called Paris may be either."""
    return one == other or one in VAGUE or other in VAGUE


def judge(one: Named, other: Named, similarity: float) -> Judgement:
    """Symmetric. `similarity` in [0, 1]: of the spelling. First names and short forms come back as doubtful: whether
    they are the same depends on who else there is (`deciding`)."""
    if not compatible(one[1], other[1]):
        return _TYPE
    person = EntityType.PERSON in (one[1], other[1])
    type = EntityType.PERSON if person else EntityType.ORGANIZATION
    a, b = anatomy(one[0], type), anatomy(other[0], type)
    if a.normal == b.normal:
        return Judgement(Verdict.SAME, Reason.NAME, 1.0)
    if a.figures != b.figures or (a.opposed and b.opposed and a.opposed != b.opposed):
        return _FIGURES
    if (a.owner or b.owner) and a.owner != b.owner:
        return _UNLIKE
    if not a.words or not b.words:
        return _UNLIKE
    if a.words == b.words or (not person and a.compact == b.compact):
        return Judgement(Verdict.SAME, Reason.SPELLING, 0.95)
    if person:
        return _persons(a, b, similarity, vague=one[1] != other[1])
    return _others(a, b, similarity, organization=EntityType.ORGANIZATION in (one[1], other[1]))


def may_mean_the_same(one: Named, other: Named) -> bool:
    """Whether nothing in the names speaks against it, however they are spelt. The names of persons mean nothing."""
    if EntityType.PERSON in (one[1], other[1]) or not compatible(one[1], other[1]):
        return False
    a, b = anatomy(*one), anatomy(*other)
    return a.figures == b.figures and a.owner == b.owner and not (a.opposed and b.opposed and a.opposed != b.opposed)


def _others(a: Anatomy, b: Anatomy, similarity: float, *, organization: bool) -> Judgement:
    if (a.legal or b.legal) and "".join(a.core) == "".join(b.core):
        if a.legal and b.legal and a.legal != b.legal:
            return Judgement(Verdict.DOUBTFUL, Reason.LEGAL_FORM, 0.6)
        return Judgement(Verdict.SAME, Reason.LEGAL_FORM, 0.92 if organization else 0.85)
    return _alike(similarity)


def _persons(a: Anatomy, b: Anatomy, similarity: float, *, vague: bool) -> Judgement:
    """`vague`: one of the two may be no person."""
    if a.title and b.title and a.title != b.title:
        return _UNLIKE
    if a.core == b.core:
        if a.full and not vague:
            return Judgement(Verdict.SAME, Reason.TITLE, 0.9)
        return Judgement(Verdict.DOUBTFUL, Reason.TITLE, 0.6)
    short, long = (a, b) if len(a.core) <= len(b.core) else (b, a)
    if short.owner is not None:
        return _alike(similarity)
    if len(short.core) == 1:
        return _single(short, long, similarity, vague=vague)
    return _full(short, long, similarity) if short.full and long.full else _alike(similarity)


def _single(short: Anatomy, long: Anatomy, similarity: float, *, vague: bool) -> Judgement:
    word, first = short.core[0], long.core[0]
    doubt = 0.7 if vague else 1.0
    if long.full and word == first:
        return Judgement(Verdict.DOUBTFUL, Reason.GIVEN_NAME, doubt * (0.8 if short.bare else 0.5))
    if long.full and word == long.core[-1]:
        return Judgement(Verdict.DOUBTFUL, Reason.FAMILY_NAME, doubt * (0.5 if short.title is not None else 0.4))
    if len(long.core) == 1 and len(first) < len(word):
        word, first = first, word
    if (long.full or len(long.core) == 1) and _shortens(word, first) and long.owner is None and not vague:
        return Judgement(Verdict.DOUBTFUL, Reason.SHORT_FORM, 0.5)
    return _alike(similarity)


def _full(a: Anatomy, b: Anatomy, similarity: float) -> Judgement:
    """Two full names; `a` has not more words."""
    first, other = sorted((a.core[0], b.core[0]), key=len)
    if a.core[-1] != b.core[-1]:
        return _alike(similarity) if first == other or similarity > ALIKE else _UNLIKE
    if first == other:
        return Judgement(Verdict.DOUBTFUL, Reason.MIDDLE_NAME, 0.8)
    if len(first) == 1 and other.startswith(first):
        return Judgement(Verdict.DOUBTFUL, Reason.INITIAL, 0.6)
    if _shortens(first, other):
        return Judgement(Verdict.DOUBTFUL, Reason.SHORT_FORM, 0.7)
    return _alike(similarity)


def _shortens(short: str, long: str) -> bool:
    return len(short) >= SHORTEST_SHORT_FORM and short != long and long.startswith(short) and short.isalpha()


def _alike(similarity: float) -> Judgement:
    return Judgement(Verdict.DOUBTFUL, Reason.ALIKE, similarity * 0.7) if similarity >= ALIKE else _UNLIKE


def short_form(one: str, other: str) -> bool:
    """Whether the one is the beginning of the first name in the other: "Mel" of "Melanie" and of "Melanie Jones"."""
    short, long = anatomy(one, EntityType.PERSON), anatomy(other, EntityType.PERSON)
    return short.bare and long.owner is None and bool(long.core) and _shortens(short.core[0], long.core[0])
