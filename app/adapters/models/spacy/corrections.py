"""Corrections: "it was Globex, not Acme", "I work at Globex, not Acme"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from spacy.tokens import Span, Token

from app.adapters.models.spacy.cast import Reader, Referent
from app.adapters.models.spacy.draft import Draft
from app.adapters.models.spacy.frames import Aspect
from app.domain.entity import EntityType
from app.domain.fact import FactKind, Polarity

CORRECTS = "corrects"


def read(sentence: Span, reader: Reader, drafts: Sequence[Draft]) -> Iterator[Draft]:
    """For each "right, not wrong" of names: a denial of what the sentence says of the right one. Where it says nothing
    but "it was", the pair is given under CORRECTS, to be held against what is believed already."""
    for negator in sentence:
        if negator.lower_ != "not" or negator.i == sentence.start:
            continue
        right, wrong = _name_before(negator, reader), _name_after(negator, reader)
        if right is None or wrong is None or right.name == wrong.name:
            continue
        stated = [d for d in drafts if isinstance(d.object, Referent) and d.object.name == right.name and d.clause]
        if stated:
            for draft in stated:
                wrong_object = (
                    Referent(wrong.name, draft.object.type, wrong.start, wrong.end)
                    if isinstance(draft.object, Referent)
                    else wrong
                )
                yield replace(draft, object=wrong_object, polarity=Polarity.DENIES, aspect=Aspect.STATE, over=False)
        elif (copula := _it_was(sentence)) is not None and reader.cast.speaker is not None:
            subject = Referent(reader.cast.speaker, EntityType.PERSON, copula.idx, copula.idx + len(copula))
            span, text = (right.start, wrong.end), f"It was {right.name}, not {wrong.name}."
            for name, polarity in ((wrong, Polarity.DENIES), (right, Polarity.HOLDS)):
                yield Draft(
                    subject, CORRECTS, name, Aspect.STATE, FactKind.FACTUAL, None, polarity, span=span, text=text
                )


def _it_was(sentence: Span) -> Token | None:
    for token in sentence:
        if token.lemma_ == "be" and any(c.dep_ == "nsubj" and c.lower_ in ("it", "that") for c in token.children):
            return token
    return None


def _name_before(negator: Token, reader: Reader) -> Referent | None:
    at = negator.i - 1
    while at > negator.sent.start and negator.doc[at].pos_ in ("PUNCT", "CCONJ"):
        at -= 1
    mention = reader.mentions.get(at)
    return reader.mentioned(negator.doc[at], mention) if mention is not None else None


def _name_after(negator: Token, reader: Reader) -> Referent | None:
    for token in negator.doc[negator.i + 1 : min(negator.i + 4, negator.sent.end)]:
        if (mention := reader.mentions.get(token.i)) is not None:
            return reader.mentioned(token, mention)
        if token.pos_ not in ("ADP", "DET", "ADV"):
            return None
    return None
