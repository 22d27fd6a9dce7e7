"""Phrases whose meaning is in the noun rather than the verb: "took a trip to Rome", "quit my job at Acme"."""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Token

from app.adapters.models.spacy import health, mood, outings
from app.adapters.models.spacy.arguments import IsTime, objects, obliques, value
from app.adapters.models.spacy.cast import Reader, Referent
from app.adapters.models.spacy.clauses import Clause, Stance
from app.adapters.models.spacy.frames import (
    ATTENDS,
    JOINS,
    LEAVES_WORK,
    MARRIES,
    MEMBER,
    SUFFERS,
    WORKS,
    Aspect,
    Frame,
)
from app.adapters.models.spacy.lexicon import AILMENTS, PETS, POSSESSIONS, RELATIONS, words
from app.adapters.models.spacy.phrases import evaluative, noun_phrase, verb_phrase
from app.domain.entity import EntityType
from app.domain.fact import FactKind

Found = tuple[str, Referent | str, Aspect, FactKind]

_JOBS = words("job position role internship gig post fellowship")
_GATHERED = words("meeting party class conference workshop concert wedding picnic dinner lunch barbecue interview")
_WEDLOCK = frozenset(("married", "engaged", "divorced"))
WHATEVER = frozenset((("works_at", "job"), ("married_to", "marriage")))
"""What ends without a name: "I quit my job", "I got divorced"."""


def idiom(clause: Clause, reader: Reader, is_time: IsTime) -> Iterator[Found]:
    lemma = clause.verb.lemma_.lower()
    if lemma in ("take", "go", "have", "make", "return", "come"):
        yield from outings.journey(clause, reader, is_time)
    if lemma in ("get", "have", "land", "start", "accept", "take", "find", "quit", "leave", "lose", "begin"):
        yield from _job(clause, reader, is_time)
    if lemma in ("get", "be") or lemma in ("marry", "engage", "divorce"):
        yield from _wedlock(clause, reader, is_time)
    if lemma == "have":
        yield from _having(clause, reader, is_time)
    elif lemma == "take":
        yield from health.taking(clause)
        yield from outings.taking(clause, reader, is_time)
    elif lemma == "get":
        yield from _getting(clause, reader, is_time)
    elif lemma == "lose":
        yield from _losing(clause, reader)
    elif lemma in ("join", "leave"):
        yield from _membership(clause, reader, lemma == "join")
    elif lemma in ("sell", "give"):
        yield from _losing(clause, reader)
    elif lemma == "learn":
        yield from _learning(clause)
    elif lemma == "turn":
        yield from _age(clause)
    elif lemma == "become":
        yield from _becoming(clause)
    elif lemma in health.HURT:
        yield from health.injury(clause)
    elif lemma in ("lay", "fire", "retire"):
        yield from _leaving(clause, reader, is_time)
    elif lemma == "bear":
        yield from _birth(clause)
    elif lemma == "need":
        yield from health.needing(clause)


def _of(frame: Frame, found: Referent | str) -> Found:
    return frame.predicate, found, frame.aspect, frame.kind


def _job(clause: Clause, reader: Reader, is_time: IsTime) -> Iterator[Found]:
    lemma = clause.verb.lemma_.lower()
    for noun in objects(clause.verb):
        if noun.lemma_.lower() not in _JOBS:
            continue
        leaving = lemma in ("quit", "leave", "lose")
        frame = LEAVES_WORK if leaving else WORKS if lemma == "have" else JOINS
        met = False
        for oblique in obliques(clause.verb, is_time):
            for company in oblique.nouns:
                if (
                    oblique.preposition in ("at", "with", "for")
                    and (found := value(company, frame, reader)) is not None
                ):
                    met = True
                    yield _of(frame, found)
                elif oblique.preposition == "as" and (post := noun_phrase(company, linked=False)) is not None:
                    yield "works_as", post, frame.aspect, FactKind.FACTUAL
        if leaving and not met and any(c.lower_ in ("my", "our", "his", "her") for c in noun.lefts):
            yield LEAVES_WORK.predicate, "job", Aspect.END, FactKind.FACTUAL


def _wedlock(clause: Clause, reader: Reader, is_time: IsTime) -> Iterator[Found]:
    state = clause.verb.lower_ if clause.verb.lower_ in _WEDLOCK else ""
    if not state:
        state = next((c.lower_ for c in clause.verb.children if c.dep_ == "acomp" and c.lower_ in _WEDLOCK), "")
    if not state or not (clause.passive or clause.verb.lemma_ == "get"):
        return
    complement = next((c for c in clause.verb.children if c.lower_ == state), clause.verb)
    partners = [
        n
        for child in (*clause.verb.children, *complement.children)
        if child.dep_ == "prep" and child.lower_ == "to"
        for n in child.children
        if n.dep_ == "pobj"
    ]
    frame = MARRIES if state == "married" else Frame("partner_of", Aspect.BEGIN, EntityType.PERSON, named=True)
    others = [found for n in partners if isinstance(found := value(n, frame, reader), Referent)]
    if not others and len(clause.subjects) == 2 and state != "divorced":
        others = [clause.subjects[1]]
    for found in others:
        if state == "divorced":
            yield "married_to", found, Aspect.END, FactKind.FACTUAL
        else:
            yield _of(frame, found)
    if not others and state == "divorced":
        yield "married_to", "marriage", Aspect.END, FactKind.FACTUAL
    if not others:
        yield "is", state, Aspect.BEGIN, FactKind.FACTUAL


def _having(clause: Clause, reader: Reader, is_time: IsTime) -> Iterator[Found]:
    for noun in objects(clause.verb):
        lemma = noun.lemma_.lower()
        if lemma in AILMENTS or noun.lower_ in AILMENTS:
            if (found := value(noun, SUFFERS, reader)) is not None:
                yield _of(SUFFERS, found)
            continue
        if lemma in _GATHERED and clause.past and any(c.lemma_ == "time" for c in noun.lefts):
            continue
        if lemma in _GATHERED and clause.past:
            if (found := value(noun, ATTENDS, reader)) is not None:
                yield _of(ATTENDS, found)
            continue
        told = clause.past or mood.perfect(clause.head)
        if (told and clause.stance is not Stance.FORMERLY) or is_time(noun):
            continue
        abstract = lemma.endswith(("tion", "ment", "ness", "ity", "ing")) and lemma not in _GATHERED
        if abstract or any(evaluative(c) for c in noun.lefts if c.dep_ == "amod"):
            continue
        found = value(noun, None, reader)
        if found is None or clause.subject is None or (lemma in RELATIONS and isinstance(found, Referent)):
            continue
        yield ("owns" if lemma in PETS | POSSESSIONS else "has"), found, Aspect.STATE, FactKind.FACTUAL


def _getting(clause: Clause, reader: Reader, is_time: IsTime) -> Iterator[Found]:
    if not clause.past and clause.stance is Stance.DOES:
        return
    for noun in objects(clause.verb):
        if noun.lemma_.lower() in _JOBS or is_time(noun) or (found := value(noun, None, reader)) is None:
            continue
        if noun.lemma_.lower() in PETS | POSSESSIONS:
            yield "owns", found, Aspect.BEGIN, FactKind.FACTUAL
        elif noun.pos_ == "NOUN" and not any(
            c.dep_ == "amod" and evaluative(c) and c.lower_ != "new" for c in noun.lefts
        ):
            yield "get", found, Aspect.EVENT, FactKind.EXPERIENTIAL


def _losing(clause: Clause, reader: Reader) -> Iterator[Found]:
    for noun in objects(clause.verb):
        if noun.lemma_.lower() in PETS | POSSESSIONS and (found := value(noun, None, reader)) is not None:
            yield "owns", _thing(found, noun), Aspect.END, FactKind.FACTUAL


def _learning(clause: Clause) -> Iterator[Found]:
    for child in clause.verb.rights:
        if child.dep_ in ("xcomp", "ccomp") and child.tag_ == "VB" and (phrase := verb_phrase(child)) is not None:
            yield "learn", phrase, Aspect.EVENT if clause.past else Aspect.STATE, FactKind.EXPERIENTIAL


def _thing(found: Referent | str, noun: Token) -> Referent | str:
    """As in "Ann's car" as the object of Ann's owning is just her car."""
    return noun_phrase(noun) or found if isinstance(found, Referent) and found.name.endswith(noun.text) else found


def _membership(clause: Clause, reader: Reader, joining: bool) -> Iterator[Found]:
    for noun in objects(clause.verb):
        found = value(noun, None, reader)
        if isinstance(found, Referent) and _organisation(found, noun, reader, joining):
            frame = JOINS if joining else LEAVES_WORK
            yield frame.predicate, found, frame.aspect, frame.kind
        elif found is not None and joining and not (isinstance(found, Referent) and found.type is EntityType.PERSON):
            yield MEMBER.predicate, found, Aspect.BEGIN, FactKind.FACTUAL


def _organisation(found: Referent, noun: Token, reader: Reader, joining: bool) -> bool:
    """The recogniser takes many a company for a person; what is left by name is rather a company than a person, unless
    the person is known."""
    if found.type is EntityType.ORGANIZATION or not found.known_type:
        return True
    known = {*reader.cast.people, *reader.cast.persons, *reader.cast.named.values()}
    return not joining and noun.pos_ == "PROPN" and found.type is EntityType.PERSON and found.name not in known


def _leaving(clause: Clause, reader: Reader, is_time: IsTime) -> Iterator[Found]:
    """As in "I was laid off", "I retired in 2020": from whatever it was, where that is not named."""
    lemma = clause.verb.lemma_.lower()
    retired = lemma == "retire" and not clause.passive and (clause.past or mood.perfect(clause.head))
    if not (retired or (lemma != "retire" and clause.passive)) or objects(clause.verb):
        return
    if lemma == "lay" and not any(c.dep_ == "prt" and c.lower_ == "off" for c in clause.verb.children):
        return
    if retired:
        yield "is", "retired", Aspect.BEGIN, FactKind.FACTUAL
    for oblique in obliques(clause.verb, is_time):
        for company in oblique.nouns if oblique.preposition in ("from", "by") else ():
            if (found := value(company, LEAVES_WORK, reader)) is not None:
                yield _of(LEAVES_WORK, found)
                return
    yield LEAVES_WORK.predicate, "job", Aspect.END, FactKind.FACTUAL


def _birth(clause: Clause) -> Iterator[Found]:
    """The place is in the frames; this is the day or year, in its words."""
    for child in clause.verb.rights:
        day = next((n for n in child.children if n.dep_ == "pobj"), None) if child.dep_ == "prep" else None
        if day is not None and child.lower_ in ("on", "in") and day.ent_type_ in ("DATE", "CARDINAL"):
            words = [t.text for t in day.subtree if t.ent_type_ in ("DATE", "CARDINAL") and t.pos_ != "PUNCT"]
            if clause.passive and any(c.isdecimal() for word in words for c in word):
                yield "born_on", " ".join(words), Aspect.EVENT, FactKind.FACTUAL


def _age(clause: Clause) -> Iterator[Found]:
    for child in clause.verb.rights:
        if (
            child.dep_ in ("dobj", "attr", "npadvmod", "acomp", "oprd", "nummod")
            and child.text.isdecimal()
            and int(child.text) < 120
        ):
            yield "age", child.text, Aspect.BEGIN, FactKind.FACTUAL


def _becoming(clause: Clause) -> Iterator[Found]:
    for child in clause.verb.rights:
        noun = child.dep_ == "attr" and child.pos_ == "NOUN" and not any(evaluative(c) for c in child.lefts)
        if noun and (phrase := noun_phrase(child)) is not None:
            yield "is_a", phrase, Aspect.BEGIN, FactKind.FACTUAL
