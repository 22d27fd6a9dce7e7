"""What a verb takes: its object, its prepositional phrases, each as an entity or a literal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from spacy.tokens import Token

from app.adapters.models.spacy.cast import Reader, Referent
from app.adapters.models.spacy.frames import Frame
from app.adapters.models.spacy.mentions import uncased
from app.adapters.models.spacy.phrases import noun_phrase
from app.domain.entity import EntityType
from app.domain.fact import FactKind

IsTime = Callable[[Token], bool]

_DOUBLED = re.compile(r"([bdgmnprt])\1e$")
_NOMINAL = frozenset(("NOUN", "PROPN", "NUM", "ADJ", "X"))
_INNER = frozenset(("in", "at", "to", "with", "from", "for", "near", "of"))


@dataclass(frozen=True, slots=True)
class Oblique:
    """A prepositional phrase of the verb, or of its object where `of_object`."""

    preposition: str
    nouns: tuple[Token, ...]
    of_object: bool = False


def objects(verb: Token) -> tuple[Token, ...]:
    found = next((c for c in verb.rights if c.dep_ in ("dobj", "oprd") or _misread(c, verb)), None)
    return conjoined(found) if found is not None else ()


def _misread(child: Token, verb: Token) -> bool:
    """A name right after the verb that the parser did not take for its object: "dating Tom", "met 李明"."""
    beside = child.i == verb.i + 1 and child.dep_ in ("npadvmod", "advmod", "intj", "dep")
    return beside and (child.ent_type_ == "PERSON" or uncased(child))


def conjoined(token: Token) -> tuple[Token, ...]:
    """The noun and those joined to it, in order."""
    return (
        token,
        *(c for c in token.conjuncts if c.i > token.i and (c.pos_ in _NOMINAL or c.tag_ == "VBG")),
    )


def obliques(verb: Token, is_time: IsTime) -> Iterator[Oblique]:
    """Those of the verb first, then those that the parser hung on its objects, nearest first."""
    later: list[Token] = [*objects(verb)]
    for child in verb.children:
        if child.dep_ in ("prep", "agent") and (found := _oblique(child, is_time, of_object=False)) is not None:
            yield found
            later.extend(found.nouns)
        elif child.dep_ == "prep":
            # "moved back to Rome", "out of Acme": a chain of prepositions
            for inner in child.children:
                if inner.dep_ == "prep" and (found := _oblique(inner, is_time, of_object=False)) is not None:
                    yield found
        elif child.dep_ == "advmod" and child.lower_ in ("back", "over", "out", "away", "down", "up", "here"):
            for inner in child.children:
                if inner.dep_ == "prep" and (found := _oblique(inner, is_time, of_object=False)) is not None:
                    yield found
    for noun in later:
        for child in noun.children:
            links = child.dep_ == "prep" and child.lower_ in _INNER
            if links and (found := _oblique(child, is_time, of_object=True)) is not None:
                yield found


def _oblique(prep: Token, is_time: IsTime, of_object: bool) -> Oblique | None:
    noun = next((c for c in prep.children if c.dep_ == "pobj"), None)
    if prep.lower_ == "for" and prep.i > 0 and prep.nbor(-1).lower_ == "as":
        return None
    if noun is None or is_time(noun):
        return None
    return Oblique(prep.lower_, tuple(t for t in conjoined(noun) if not is_time(t)), of_object)


def value(token: Token, frame: Frame | None, reader: Reader) -> Referent | str | None:
    """What the noun stands for: an entity where it is a name or someone's own, a topic where the frame takes one
    and the noun is bare, else its words. None where it says nothing by itself or the frame wants a name."""
    if frame is not None and frame.kind is FactKind.SUBJECTIVE and _of_the_moment(token, reader):
        return None
    name = token if token.i in reader.mentions else reader.named_child(token)
    if name is not None and not (name == token and _head_of_more(token, reader)):
        return _typed(reader.mentioned(name, reader.mentions[name.i]), frame)
    referent = reader.referent(token)
    if token.pos_ == "PRON":
        return (
            _typed(referent, frame) if referent is not None and frame is not None and _fits(referent, frame) else None
        )
    if referent is not None and _fits(referent, frame):
        return _typed(referent, frame)
    if frame is not None and frame.named:
        return None
    phrase = noun_phrase(token, linked=frame is None or frame.predicate != "works_as")
    if phrase is None:
        return None
    if frame is not None and frame.topic and _bare(token) and len(phrase.split()) <= 2:
        end = token.idx + len(token)
        start = end - len(phrase)
        if start >= 0 and token.doc.text[start:end] == phrase:
            return Referent(phrase.lower(), EntityType.TOPIC, start, end)
    return phrase


def _of_the_moment(token: Token, reader: Reader) -> bool:
    """What is liked just now, or of the one spoken to: "I love the idea", "I like your hat"."""
    first = token.head if token.dep_ == "conj" else token
    determiners = {c.lower_ for noun in (first, token) for c in noun.lefts if c.dep_ in ("det", "poss")}
    if determiners & {"your", "ur"}:
        return True
    detailed = any(c.dep_ in ("prep", "relcl", "appos") for c in token.children)
    return "the" in determiners and token.i not in reader.mentions and not detailed


def _head_of_more(token: Token, reader: Reader) -> bool:
    """A name that is part of a longer phrase: "the Berlin office", "two Toyota cars"."""
    return token.tag_ not in ("NNP", "NNPS") and any(
        c.dep_ in ("compound", "amod") and c.i not in reader.mentions for c in token.lefts
    )


def _fits(referent: Referent, frame: Frame | None) -> bool:
    return (
        frame is None
        or frame.range is None
        or not referent.known_type
        or referent.type is frame.range
        or (frame.range is not EntityType.PERSON and referent.type is not EntityType.PERSON)
    )


def _typed(referent: Referent, frame: Frame | None) -> Referent | None:
    if frame is None or frame.range is None or referent.type is frame.range:
        return referent
    if (
        referent.type is EntityType.PERSON
        and referent.known_type
        and frame.range in (EntityType.TOPIC, EntityType.EVENT)
    ):
        return None
    return Referent(referent.name, frame.range, referent.start, referent.end)


def _bare(token: Token) -> bool:
    """A kind of thing, not one of them: no article, number or owner."""
    return token.pos_ in ("NOUN", "VERB", "PROPN") and not any(
        c.dep_ in ("det", "poss", "nummod") or c.dep_ == "prep" or c.dep_ == "amod" for c in token.children
    )


def verb_key(verb: Token) -> str:
    """The lemma with its particles: "sign_up"."""
    particles = [
        c.lower_
        for c in verb.children
        if c.dep_ == "prt" or (c.dep_ == "advmod" and c.lower_ in ("back", "away", "out"))
    ]
    return "_".join((_undoubled(verb.lemma_.lower()), *particles))


def _undoubled(lemma: str) -> str:
    """The lemmatiser makes "blogge" of "blogged"."""
    return _DOUBLED.sub(r"\1", lemma)
