"""From the clauses of full verbs to facts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from spacy.tokens import Token

from app.adapters.models.spacy import attitudes, mood, outings, relations
from app.adapters.models.spacy.arguments import IsTime, Oblique, objects, obliques, value, verb_key
from app.adapters.models.spacy.cast import Reader, Referent
from app.adapters.models.spacy.clauses import Clause, Stance
from app.adapters.models.spacy.draft import Draft
from app.adapters.models.spacy.frames import (
    ATTENDS,
    DISLIKES,
    DOES,
    FRAMES,
    GRADUATES,
    STUDIES,
    VAGUE_VERBS,
    Aspect,
    Frame,
)
from app.adapters.models.spacy.health import ailing
from app.adapters.models.spacy.idioms import WHATEVER, idiom
from app.adapters.models.spacy.lexicon import DEATHS, VAGUE_NOUNS, words
from app.adapters.models.spacy.phrases import gerund_of
from app.domain.fact import PREDICATES, FactKind, Polarity

_ACTIVITIES = frozenset(("plays", "uses", "takes", "does", "studies", "works_in"))
"""Of the vocabulary of states those that, told in the simple past, are things done at a time."""
_COOPERATIVE = frozenset(("work", "volunteer", "collaborate", "practice", "train", "partner", "team_up"))
_SCHOOL = re.compile(r"\b(?:School|University|College|Academy|Institute)\b|^[A-Z]{3,5}$")
_HAPPENINGS = frozenset(("break_down", "crash", "graduate", "retire", "elope", "give_birth", "relapse"))
_LASTING = words(
    "marry divorce volunteer swim run jog hike paint draw sing dance surf ski code cook bake garden "
    "knit climb cycle camp meditate fish sail skate box row"
)


def read(clause: Clause, reader: Reader, is_time: IsTime) -> Iterator[Draft]:
    """The facts that a clause with a full verb states of each of its subjects."""
    match clause.stance:
        case Stance.PLANS | Stance.WANTS | Stance.LIKES | Stance.DISLIKES if clause.verb != clause.head:
            yield from attitudes.read(clause, reader)
            return
    if (own := list(ailing(clause, reader))) or not clause.subjects:
        yield from own
        return
    if clause.stance is Stance.DISLIKES:
        yield from _averse(clause, reader)
        return
    found = list(idiom(clause, reader, is_time))
    if not found or clause.verb.lemma_ == "bear":
        found += _framed(clause, reader, is_time)
    found = found or list(_raw(clause, reader, is_time))
    for predicate, object, aspect, kind in found:
        yield from _drafts(clause, predicate, object, aspect, kind)
        if predicate == "died":
            yield from relations.parted(clause, reader)


def _averse(clause: Clause, reader: Reader) -> Iterator[Draft]:
    """As in "I don't like mushrooms", "I can't stand mushrooms"."""
    for noun in objects(clause.verb):
        if (found := value(noun, DISLIKES, reader)) is not None:
            for subject in clause.subjects:
                yield Draft(subject, DISLIKES.predicate, found, Aspect.STATE, DISLIKES.kind, clause)


def _drafts(clause: Clause, predicate: str, object: Referent | str, aspect: Aspect, kind: FactKind) -> Iterator[Draft]:
    polarity = Polarity.HOLDS
    over = False
    plain = aspect
    match clause.stance:
        case Stance.DENIES:
            if not isinstance(object, Referent) or predicate not in PREDICATES:
                return
            polarity, aspect = Polarity.DENIES, Aspect.STATE
        case Stance.ENDS:
            polarity, aspect = Polarity.ENDS, Aspect.END
        case Stance.BEGINS if aspect is Aspect.STATE:
            aspect = Aspect.BEGIN
        case Stance.FORMERLY:
            aspect, over = Aspect.STATE, True
        case _:
            if aspect is Aspect.END:
                polarity = Polarity.ENDS
            elif aspect is Aspect.STATE and clause.past and predicate in _ACTIVITIES:
                aspect = Aspect.EVENT
            elif aspect is Aspect.STATE and clause.past and kind is not FactKind.SUBJECTIVE:
                over = True
    if polarity is Polarity.ENDS and plain is Aspect.EVENT:
        return
    if (predicate, object) in WHATEVER and polarity is Polarity.ENDS:
        polarity = Polarity.ENDS_ALL
    if clause.past and kind is FactKind.SUBJECTIVE and polarity is Polarity.HOLDS and not isinstance(object, Referent):
        return
    for subject in clause.subjects:
        if isinstance(object, Referent) and object.name == subject.name:
            continue
        yield Draft(subject, predicate, object, aspect, kind, clause, polarity, over=over)


Found = tuple[str, Referent | str, Aspect, FactKind]


def _framed(clause: Clause, reader: Reader, is_time: IsTime) -> Iterator[Found]:
    verb = clause.verb
    key = verb_key(verb)
    bare = verb.lemma_.lower()
    direct = objects(verb)
    if clause.passive and (key, "") in FRAMES and (bare, "by") not in FRAMES:
        direct = ()
    met = False
    if (frame := FRAMES.get((key, ""))) is not None:
        for noun in direct:
            if not is_time(noun) and (found := value(noun, frame, reader)) is not None:
                met = True
                school = frame is ATTENDS and isinstance(found, Referent) and _SCHOOL.search(found.name)
                yield _found(STUDIES, value(noun, STUDIES, reader) or found) if school else _found(frame, found)
    for oblique in obliques(verb, is_time):
        frame = FRAMES.get((key, oblique.preposition)) or FRAMES.get((bare, oblique.preposition))
        if frame is None or (oblique.of_object and direct):
            continue
        for noun in oblique.nouns:
            if (found := value(noun, frame, reader)) is not None:
                met = True
                yield _found(frame, found)
                if frame is GRADUATES and bare == "graduate":
                    yield "graduated_from", found, Aspect.EVENT, FactKind.EXPERIENTIAL
    if bare == "go":
        yield from outings.going(clause, reader, is_time)
    elif met:
        yield from outings.companions(clause, verb, reader, is_time)


def _found(frame: Frame, value: Referent | str) -> Found:
    return frame.predicate, value, frame.aspect, frame.kind


def _raw(clause: Clause, reader: Reader, is_time: IsTime) -> Iterator[Found]:
    """The verb phrase itself as predicate, where it has an object that says something."""
    verb = clause.verb
    if clause.passive or not verb.lemma_.isalpha():
        return
    key = verb_key(verb)
    vague = key in VAGUE_VERBS
    happened = clause.past or mood.perfect(clause.head)
    aspect = Aspect.EVENT if happened else Aspect.STATE
    kind = FactKind.EXPERIENTIAL if happened else FactKind.FACTUAL
    direct = [noun for noun in objects(verb) if not is_time(noun)]
    for noun in direct:
        found = value(noun, None, reader)
        if found is None or (vague and not (isinstance(found, Referent) and _telling(verb, found))):
            continue
        yield key, found, aspect, kind
    obliqued = [o for o in obliques(verb, is_time) if not o.of_object and not _recurring(o)]
    for oblique in obliqued:
        yield from _oblique(oblique, key, bool(direct), vague, aspect, kind, reader)
    if not direct and key in DEATHS and happened:
        yield "died", "death", Aspect.EVENT, kind
        return
    if not direct and key in _HAPPENINGS and happened:
        yield DOES.predicate, key.replace("_", " "), Aspect.EVENT, kind
        return
    habit = clause.stance in (Stance.BEGINS, Stance.ENDS, Stance.FORMERLY)
    if not direct and not obliqued and (verb.lemma_.lower() in _LASTING or (habit and not vague)):
        activity = gerund_of(verb.lemma_.lower())
        yield DOES.predicate, attitudes.topic(verb, activity), Aspect.STATE if habit else aspect, kind


def _recurring(oblique: Oblique) -> bool:
    """As in "on Sundays"."""
    return oblique.preposition in ("on", "in", "at") and all(n.ent_type_ in ("DATE", "TIME") for n in oblique.nouns)


def _telling(verb: Token, object: Referent) -> bool:
    return verb.lemma_.lower() in (
        "call",
        "join",
        "support",
        "admire",
        "see",
        "follow",
        "create",
        "learn",
        "run",
        "experience",
    )


def _oblique(
    oblique: Oblique, key: str, transitive: bool, vague: bool, aspect: Aspect, kind: FactKind, reader: Reader
) -> Iterator[Found]:
    if oblique.preposition not in ("with", "at", "in", "to", "from", "for", "on", "of", "into", "about", "as"):
        return
    for noun in oblique.nouns:
        found = value(noun, None, reader)
        if found is None or noun.lemma_.lower() in VAGUE_NOUNS:
            continue
        named = isinstance(found, Referent)
        if vague or (transitive and not named):
            continue
        if not named and (oblique.preposition not in ("for", "on", "about", "to") and key not in _COOPERATIVE):
            continue
        yield f"{key}_{oblique.preposition}", found, aspect, kind
