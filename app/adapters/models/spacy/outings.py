"""Where someone went and with whom: "went hiking with Anna", "took a trip to Rome", "took my kids to the zoo"."""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Token

from app.adapters.models.spacy import attitudes, mood
from app.adapters.models.spacy.arguments import IsTime, objects, obliques, value, verb_key
from app.adapters.models.spacy.cast import Reader, Referent
from app.adapters.models.spacy.clauses import Clause
from app.adapters.models.spacy.frames import ATTENDS, FRAMES, VISITS, Aspect
from app.adapters.models.spacy.lexicon import words
from app.adapters.models.spacy.phrases import noun_phrase
from app.domain.entity import EntityType
from app.domain.fact import FactKind

Found = tuple[str, Referent | str, Aspect, FactKind]

_GATHERINGS = words(
    "concert party wedding class conference workshop seminar meeting festival exhibition show game match lecture "
    "meetup course event ceremony funeral tournament retreat parade convention gala fundraiser hackathon webinar "
    "reunion rally church service session group fair summit"
)
_JOURNEYS = words("trip vacation holiday journey flight visit getaway excursion tour roadtrip")


def going(clause: Clause, reader: Reader, is_time: IsTime) -> Iterator[Found]:
    """As in "went hiking", "went to Rome", "went to a concert"."""
    verb = clause.verb
    for child in verb.rights:
        if child.dep_ in ("xcomp", "advcl", "dobj") and child.lower_.endswith("ing") and child.tag_ in ("VBG", "NN"):
            activity = " ".join((child.lower_, *(p for c in objects(child) if (p := noun_phrase(c)) is not None)))
            if not is_time(child):
                yield (
                    "does",
                    attitudes.topic(child, activity),
                    Aspect.EVENT if clause.past else Aspect.STATE,
                    FactKind.EXPERIENTIAL,
                )
            yield from companions(clause, child, reader, is_time)
    if not (clause.past or mood.perfect(clause.head)):
        return
    for oblique in obliques(verb, is_time):
        if oblique.preposition != "to" or oblique.of_object:
            continue
        for noun in oblique.nouns:
            if (found := _outing(noun, reader)) is not None:
                yield found
    yield from companions(clause, verb, reader, is_time)


def _outing(noun: Token, reader: Reader) -> Found | None:
    """A gathering is attended, a place is visited; a person is neither."""
    mention = reader.mentions.get(noun.i)
    if mention is not None and mention.certain and mention.type is EntityType.PERSON:
        return None
    gathering = noun.pos_ != "PROPN" and any(t.lemma_.lower() in _GATHERINGS for t in (noun, *noun.lefts))
    frame = ATTENDS if gathering or (mention is not None and mention.type is EntityType.EVENT) else VISITS
    found = value(noun, frame, reader)
    return (frame.predicate, found, frame.aspect, frame.kind) if found is not None else None


def companions(clause: Clause, verb: Token, reader: Reader, is_time: IsTime) -> Iterator[Found]:
    """With whom: a fact of its own where it is a named or related person."""
    event = clause.past
    for oblique in obliques(verb, is_time):
        if oblique.preposition != "with":
            continue
        for noun in oblique.nouns:
            found = value(noun, None, reader)
            if (
                isinstance(found, Referent)
                and found.type is EntityType.PERSON
                and (verb_key(verb), "with") not in FRAMES
            ):
                aspect = Aspect.EVENT if event else Aspect.STATE
                yield f"{_activity(verb)}_with", found, aspect, FactKind.EXPERIENTIAL


def journey(clause: Clause, reader: Reader, is_time: IsTime) -> Iterator[Found]:
    if not clause.past:
        return
    nouns = [
        *objects(clause.verb),
        *(n for o in obliques(clause.verb, is_time) if o.preposition in ("on", "from") for n in o.nouns),
    ]
    for noun in nouns:
        if noun.lemma_.lower() not in _JOURNEYS:
            continue
        for oblique in obliques(clause.verb, is_time):
            if oblique.preposition in ("to", "in", "around") or (oblique.preposition == "of" and oblique.of_object):
                for place in oblique.nouns:
                    if (found := _outing(place, reader)) is not None:
                        yield found
        for child in noun.children:
            if child.dep_ == "prep" and child.lower_ in ("to", "through", "around"):
                for place in (c for c in child.children if c.dep_ == "pobj" and not is_time(c)):
                    if (found := _outing(place, reader)) is not None:
                        yield found


def taking(clause: Clause, reader: Reader, is_time: IsTime) -> Iterator[Found]:
    """As in "I took my kids to the zoo"."""
    if not clause.past:
        return
    values = (value(noun, None, reader) for noun in objects(clause.verb))
    taken = [who for who in values if isinstance(who, Referent) and who.type is EntityType.PERSON]
    for oblique in obliques(clause.verb, is_time):
        for place in oblique.nouns if oblique.preposition == "to" and taken else ():
            if (found := _outing(place, reader)) is not None:
                yield found
                for companion in taken:
                    yield "go_out_with", companion, Aspect.EVENT, FactKind.EXPERIENTIAL


def _activity(verb: Token) -> str:
    """For predicates of doing something with someone: "work", and "go_hiking" where the verb only carries it."""
    return f"go_{verb.lower_}" if verb.lower_.endswith("ing") and verb.head.lemma_ == "go" else verb_key(verb)
