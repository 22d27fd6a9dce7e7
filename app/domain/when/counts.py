"""How many: 3, three, twenty-five, a couple of, a few, two and a half, 2-3, about two; and which: the eighth."""

from __future__ import annotations

import re
from typing import NamedTuple

from app.domain.when.names import FEW, NUMBERS, ONE, ONES, ORDINAL_ONES, ORDINALS, SEVERAL, TENS, UNIT_WORDS, row
from app.domain.when.words import Line

_ROUGHLY = frozenset({"about", "around", "almost", "nearly", "over", "roughly", "some", "approximately", "maybe"})
_ABOUT_WHAT = row(
    "talk talked talking talks chat chatted chatting speak spoke speaking discuss discussed think thought thinking "
    "tell told ask asked hear heard know knew learn learned read wrote said say what how worried excited happy sorry"
)
_ORDINAL = re.compile(r"(\d{1,4})(?:st|nd|rd|th)")


class Count(NamedTuple):
    """low and high differ where the words are vague. half: and a half more."""

    low: int
    high: int
    end: int
    half: bool = False
    certain: bool = True


def count(line: Line, i: int) -> Count | None:
    if line.at(i) in _ROUGHLY:
        if line.at(i - 1) in _ABOUT_WHAT:  # "what we talked about two days ago"
            return None
        inner = count(line, i + 1) if line.at(i + 1) not in _ROUGHLY else None
        return inner and inner._replace(certain=False)
    if line.at(i) == "a" and line.at(i + 1) in {"few", "couple", "dozen"}:
        i += 1
    word = line.at(i)
    if word == "few":
        return Count(*FEW, i + 1, certain=False)
    if word == "several":
        return Count(*SEVERAL, i + 1, certain=False)
    if word == "couple":
        return Count(2, 2, i + 2 if line.at(i + 1) == "of" else i + 1)
    if word == "half" and line.at(i + 1) in ONE:
        return Count(0, 0, i + 2, half=True)
    first = _whole(line, i)
    if first is None:
        return None
    number, j = first
    if line.starts(j, "and", "a", "half"):
        return Count(number, number, j + 3, half=True)
    if line.at(j) in {"-", "–", "to", "or"} and (second := _whole(line, j + 1)) and second[0] > number:
        return Count(number, second[0], second[1], certain=False)
    return Count(number, number, j)


def _whole(line: Line, i: int) -> tuple[int, int] | None:
    word = line.at(i)
    if word.isdecimal():
        return (int(word), i + 1) if len(word) <= 5 else None
    if word in TENS:
        one = i + 2 if line.at(i + 1) == "-" else i + 1
        return (TENS[word] + ONES[line.at(one)], one + 1) if line.at(one) in ONES else (TENS[word], i + 1)
    if word in ONE:
        return 1, i + 1
    return (NUMBERS[word], i + 1) if word in NUMBERS else None


def unit_after(line: Line, counted: Count) -> tuple[str, Count] | None:
    """The unit, and the count with the half of "a year and a half" and the end moved behind the unit."""
    unit = UNIT_WORDS.get(line.at(counted.end))
    if unit is None:
        return None
    end = counted.end + 1
    if line.starts(end, "and", "a", "half"):
        return unit, counted._replace(end=end + 3, half=True)
    return unit, counted._replace(end=end)


def ordinal(line: Line, i: int) -> tuple[int, int] | None:
    """8th, eighth, twenty-fifth: the number, and the index after it."""
    word = line.at(i)
    if found := _ORDINAL.fullmatch(word):
        return int(found[1]), i + 1
    if word in TENS:
        one = i + 2 if line.at(i + 1) == "-" else i + 1
        return (TENS[word] + ORDINAL_ONES[line.at(one)], one + 1) if line.at(one) in ORDINAL_ONES else None
    return (ORDINALS[word], i + 1) if word in ORDINALS else None
