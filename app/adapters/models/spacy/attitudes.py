"""What someone likes, wants or plans to do."""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Token

from app.adapters.models.spacy.cast import Reader, Referent
from app.adapters.models.spacy.clauses import Clause, Stance
from app.adapters.models.spacy.draft import Draft
from app.adapters.models.spacy.frames import Aspect
from app.adapters.models.spacy.lexicon import words
from app.adapters.models.spacy.phrases import noun_phrase, verb_phrase
from app.domain.entity import EntityType
from app.domain.fact import FactKind

_IDLE = words(
    "know see hear ask say tell thank share talk discuss understand get check mention clarify confirm focus ensure "
    "avoid be do make have find keep give take put let help explore consider think sound look feel like love come "
    "catch hold stay show try believe need improve create use add include incorporate start work figure decide "
    "remember hang chat affect express bring continue follow"
)
"""Verbs that say nothing of their own about what somebody is after."""
_IDLE_WITH_OBJECT = frozenset(("make", "have", "get", "take", "find", "create", "start", "use", "improve"))
_EMPTY = ("learn more", "learning more", "learn as", "go to bed")
_COMPLETE = words(
    "travel retire graduate move marry volunteer swim run jog hike paint draw sing dance surf ski code cook bake "
    "garden knit climb cycle camp meditate fish sail skate box row read write relocate emigrate"
)
"""Verbs that say enough without an object."""


def read(clause: Clause, reader: Reader) -> Iterator[Draft]:
    """As in "I love hiking and cooking", "I want to learn Spanish", "we plan to move": the activity as a phrase."""
    taste = clause.stance in (Stance.LIKES, Stance.DISLIKES)
    if clause.past and not taste:
        return
    for verb in (clause.verb, *(c for c in clause.verb.conjuncts if c.i > clause.verb.i and _verbal(c))):
        if (title := reader.mentions.get(verb.i)) is not None:
            for subject in clause.subjects:
                named = reader.mentioned(verb, title)
                yield Draft(subject, clause.stance.value, named, Aspect.STATE, FactKind.SUBJECTIVE, clause)
            continue
        phrase = verb_phrase(verb, gerund=taste)
        if phrase is None or not substantial(verb, phrase):
            continue
        object = topic(verb, phrase) if taste else phrase
        for subject in clause.subjects:
            yield Draft(subject, clause.stance.value, object, Aspect.STATE, FactKind.SUBJECTIVE, clause)


def topic(token: Token, phrase: str) -> Referent | str:
    """An activity of one word is a topic of its own; a longer one stays a phrase."""
    if " " in phrase:
        return phrase
    return Referent(phrase, EntityType.TOPIC, token.idx, token.idx + len(token))


def _verbal(token: Token) -> bool:
    return token.pos_ == "VERB" or token.lower_.endswith("ing")


def substantial(verb: Token, phrase: str) -> bool:
    """An idle verb may still take an object that says something: "make a cake", "get a dog"."""
    lemma = verb.lemma_.lower()
    if any(c.dep_ == "prt" for c in verb.rights) and lemma not in ("figure", "find", "check", "make"):
        return " " in phrase
    if phrase.startswith(("learn more", "learning more", "learn as", "go to bed")) or phrase in (
        "spending time",
        "spend time",
    ):
        return False
    if " " not in phrase:
        return lemma in _COMPLETE or (verb.lower_.endswith("ing") and lemma not in _IDLE)
    if lemma not in _IDLE:
        return True
    return lemma in _IDLE_WITH_OBJECT and any(c.dep_ == "dobj" and noun_phrase(c) is not None for c in verb.children)
