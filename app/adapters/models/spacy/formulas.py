"""Set phrases that say who someone is or what they cannot have, read by their words: "call me Alex", "I go by Sam",
"I'm left-handed", "I can't eat gluten". Parsers take them for orders, passives or denials.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from spacy.tokens import Span

from app.adapters.models.spacy.cast import Reader, Referent
from app.adapters.models.spacy.draft import Draft
from app.adapters.models.spacy.frames import Aspect
from app.adapters.models.spacy.lexicon import GREETINGS, VAGUE_NOUNS, words
from app.adapters.models.spacy.mentions import CALENDAR
from app.domain.entity import EntityType
from app.domain.fact import Cardinality, FactKind

_OPENING = r"(?:^|[.,;:!–—-]\s+|\b(?:and|but|so|because|since|as|yes|no|hi|hey|hello|also)\s+)"
_NAME = r"(?P<value>(?-i:[A-Z])[\w'’-]*(?:\s(?-i:[A-Z])[\w'’-]*)?)"
_NAMED = re.compile(
    _OPENING
    + r"(?:(?:please |just |you can |you may |feel free to |everyone |everybody |people |most people |friends |"
    + r"my friends |my family |they all )*calls? me|I (?:also |usually |mostly )?go by|I[’']m called|I am called|"
    + r"I prefer to be called) "
    + _NAME
    + r"(?=[\s.,;!)]|$)(?! (?:at|when|if|on|tomorrow|today|back|later|asap))",
    re.IGNORECASE,
)
_HANDED = re.compile(_OPENING + r"I(?:[’']m| am) (?P<value>(?:left|right)[- ]handed|ambidextrous)\b", re.IGNORECASE)
_AVOIDED = re.compile(
    _OPENING
    + r"I (?:really |absolutely |unfortunately )?(?:can[’']?t|cannot|can not|mustn[’']?t|am not allowed to) "
    + r"(?:eat|have|drink|tolerate|digest) (?:any |anything with )?"
    + r"(?P<value>(?!(?:a|an|the|it|that|this|these|those|too|more|another|much|you|him|her|them|both|all|until|here|"
    + r"there|alone|so|enough|my|your)\b)[a-z]+(?:[ -][a-z]+)?"
    + r"(?:(?:, [a-z]+)*,? (?:or|and) [a-z]+)?)"
    + r"(?=\s*(?:[.,;!)]|$|because|since|so|but|anymore|due))",
    re.IGNORECASE,
)
_PROMOTED = re.compile(
    _OPENING
    + r"I(?:[’']ve| have)? (?:just |recently |finally )?(?:got|was|been) (?:just |recently |finally )?promoted to "
    + r"(?:the |a |an )?(?P<value>(?:[a-z-]+ ){0,3}?(?:lead|head))"
    + r"(?=\s*(?:[.,;!)]|$|\s(?:in|at|of|last|this|yester|on|and)))",
    re.IGNORECASE,
)
"""Where the last word is taken for a verb."""
_ABLE = re.compile(r"\bif\b|\bmaybe\b|\bwould\b|\bsaid\b|\bsays\b|\btold\b|\bwhen\b", re.IGNORECASE)
_TIMETABLE = re.compile(
    _OPENING
    + r"(?:my|our) (?P<what>(?:[a-z]+ )?(?:flight|train|bus|ferry|plane|boat|shift|class|meeting|appointment|interview|"
    + r"exam|lease|contract|visa|passport|subscription|membership|insurance|course|semester|check-in|session|tour)) "
    + r"(?P<verb>leaves|departs|arrives|lands|boards|starts|begins|ends|finishes|expires|renews|runs out) "
    + r"(?P<value>(?:at |on |in |from )?[^!?;,\n]{0,60}?\d[^!?;,\n]{0,60}?|(?:on|in) (?-i:[A-Z])[a-z]+)"
    + r"(?=\s*(?:[!;,]|\.(?:\s|$)|$|\s(?:and|so|but)\b))",
    re.IGNORECASE,
)
_SLOW = words("everything anything something nothing fun children kids time lunch dinner breakfast food guests nice")


def read(sentence: Span, reader: Reader) -> Iterator[Draft]:
    speaker = reader.cast.speaker
    text = sentence.text
    if speaker is None or text.rstrip().endswith("?") or '"' in text:
        return
    offset = sentence.start_char
    whose = Referent(speaker, EntityType.PERSON, offset, offset)
    if (found := _NAMED.search(text)) is not None and not _ABLE.search(text, 0, found.start()):
        value = found["value"]
        if value.lower() not in GREETINGS | CALENDAR and value != speaker:
            yield _draft(whose, "named", value, found, offset, f"{speaker} is called {value}.")
    if (found := _HANDED.search(text)) is not None:
        value = found["value"].lower().replace(" ", "-")
        yield _draft(whose, "is", value, found, offset, f"{speaker} is {value}.")
    if (found := _AVOIDED.search(text)) is not None and not _ABLE.search(text, 0, found.start()):
        for value in re.split(r", | or | and |, (?:or|and) ", found["value"].lower()):
            if value and value not in _SLOW | VAGUE_NOUNS:
                yield _draft(whose, "avoids", value, found, offset, f"{speaker} can't have {value}.")
    if (found := _PROMOTED.search(text)) is not None:
        value = found["value"].lower()
        draft = _draft(whose, "works_as", value, found, offset, f"{speaker} was promoted to {value}.")
        yield replace(draft, aspect=Aspect.BEGIN, told=None, span=(offset, offset + len(text.rstrip())))
    for found in _TIMETABLE.finditer(text):
        value = " ".join(re.sub(r"^(?:at|on|in) ", "", found["value"].strip()).split())
        what, verb = found["what"].lower(), found["verb"].lower()
        predicate = re.sub(r"[ -]", "_", f"{what} {verb}")
        said = f"{speaker}'s {what} {verb} {found['value'].strip()}."
        if value and len(value.split()) <= 10:
            yield _draft(whose, predicate, value, found, offset, said)


def _draft(whose: Referent, predicate: str, value: str, found: re.Match[str], offset: int, text: str) -> Draft:
    lead = re.match(_OPENING, found[0], re.IGNORECASE)
    start = offset + found.start() + (lead.end() if lead else 0)
    span = (start, offset + found.end())
    cardinality = Cardinality.ONE if predicate not in ("avoids", "is") else Cardinality.MANY
    kind = FactKind.FACTUAL
    return Draft(whose, predicate, value, Aspect.STATE, kind, cardinality=cardinality, span=span, text=text, told=span)
