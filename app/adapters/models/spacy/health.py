"""What ails someone, what they take for it and what they cannot do without: "my tooth hurts", "I take ibuprofen"."""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Token

from app.adapters.models.spacy.arguments import objects
from app.adapters.models.spacy.cast import Reader, Referent
from app.adapters.models.spacy.clauses import Clause, Stance
from app.adapters.models.spacy.draft import Draft
from app.adapters.models.spacy.frames import RECOVERS, SUFFERS, Aspect
from app.adapters.models.spacy.lexicon import AIDS, AILMENTS, BODY, MEDICINES, words
from app.adapters.models.spacy.phrases import noun_phrase
from app.domain.entity import EntityType
from app.domain.fact import FactKind, Polarity

Found = tuple[str, Referent | str, Aspect, FactKind]

HURT = words("hurt ache throb sting itch break sprain fracture twist injure tear")
_HEAL = words("heal recover clear subside vanish disappear improve")
_MEDICAL = tuple(
    sorted(
        words(
            "profen cillin mycin statin azole prazole sartan pril olol formin oxetine pram zepam zolam tidine semide "
            "mab tinib codone triptan glutide parin xaban terol sone solone acetamol aminophen"
        )
    )
)
"""How the names of medicines end."""


def medicine(noun: Token) -> str | None:
    """Its name, without the dose."""
    lemma = noun.lemma_.lower()
    known = lemma in MEDICINES or noun.lower_ in MEDICINES or (len(lemma) > 7 and lemma.endswith(_MEDICAL))
    if not known or noun.pos_ not in ("NOUN", "PROPN"):
        return None
    parts = [c.text for c in noun.lefts if c.dep_ in ("compound", "amod") and c.is_alpha]
    return " ".join((*parts, noun.text)).lower()


def taking(clause: Clause) -> Iterator[Found]:
    if clause.past and clause.stance not in (Stance.FORMERLY, Stance.BEGINS, Stance.ENDS):
        return
    for noun in objects(clause.verb):
        if (name := medicine(noun)) is not None:
            yield "takes", name, Aspect.STATE, FactKind.FACTUAL


def needing(clause: Clause) -> Iterator[Found]:
    """Only what someone depends on; anything else is needed for the moment."""
    for noun in objects(clause.verb):
        needed = noun.lemma_.lower() in AIDS or medicine(noun) is not None
        if needed and clause.stance is not Stance.WILL and (phrase := noun_phrase(noun, linked=False)) is not None:
            yield "needs", phrase, Aspect.STATE, FactKind.FACTUAL


def injury(clause: Clause) -> Iterator[Found]:
    for noun in objects(clause.verb):
        if noun.lemma_.lower() in BODY and any(c.dep_ == "poss" for c in noun.lefts):
            yield SUFFERS.predicate, noun.lemma_.lower(), Aspect.BEGIN, FactKind.FACTUAL


def ailing(clause: Clause, reader: Reader) -> Iterator[Draft]:
    """As in "My tooth hurts", "my tooth healed", "my headache is gone": what someone suffers from, or no longer."""
    subject = clause.subject
    if subject is None or subject.lemma_.lower() not in BODY | AILMENTS:
        return
    owner = reader.owner_of(subject)
    trouble = noun_phrase(subject)
    if owner is None or trouble is None:
        return
    lemma = clause.verb.lemma_.lower()
    person = Referent(owner[0], EntityType.PERSON, owner[1].idx, owner[1].idx + len(owner[1]))
    state = {c.lower_ for c in clause.verb.children if c.dep_ in ("acomp", "attr", "advmod")}
    over = (
        lemma in _HEAL
        or (lemma == "go" and "away" in state)
        or (lemma == "be" and state & {"gone", "healed", "fine", "better", "cured"})
    )
    over = over or clause.verb.lower_ in ("gone", "healed", "cured") or clause.stance is Stance.ENDS
    if over:
        yield Draft(person, RECOVERS.predicate, trouble.lower(), Aspect.END, FactKind.FACTUAL, clause, Polarity.ENDS)
    elif lemma in HURT or (
        lemma == "be" and state & {"sore", "broken", "swollen", "painful", "injured", "sprained", "back", "stiff"}
    ):
        yield Draft(
            person, SUFFERS.predicate, trouble.lower(), Aspect.STATE, FactKind.FACTUAL, clause, over=clause.past
        )
