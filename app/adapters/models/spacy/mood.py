"""Whether a clause asserts anything: questions, conditions, hedges, modals, negation, hearsay."""

from __future__ import annotations

from enum import StrEnum

from spacy.tokens import Span, Token

from app.adapters.models.spacy.lexicon import CONDITIONS, CORRECTIVES, FACTIVES, FIRST, HEDGES, MODALS, words

_FUTURE = frozenset(("will", "'ll", "ll", "wo", "gonna"))
_HAVE = frozenset(("have", "'ve"))
_CERTAIN_ADJECTIVES = words("glad happy excited proud thrilled pleased sad sorry relieved surprised")


class Negation(StrEnum):
    NONE = "none"
    PLAIN = "plain"
    """It is not so; nothing follows from that."""
    ENDED = "ended"
    """It is so no longer."""
    CORRECTED = "corrected"
    """It was never so: the words take something back."""


def finite(token: Token) -> Token | None:
    """The word that carries the tense of a verb: itself or its first auxiliary."""
    if token.tag_ in ("VBD", "VBZ", "VBP", "MD"):
        return token
    for child in token.lefts:
        if child.dep_ in ("aux", "auxpass") and child.tag_ in ("VBD", "VBZ", "VBP", "MD"):
            return child
    # Where the tagger takes a finite verb for an infinitive: "I no longer eat meat".
    if token.tag_ == "VB" and any(c.dep_ == "nsubj" for c in token.lefts):
        return None if any(c.dep_ == "aux" for c in token.lefts) else token
    # "I been", "She gone": a participle with a subject and no auxiliary reads as past.
    if token.tag_ == "VBN" and any(c.dep_ == "nsubj" for c in token.lefts):
        return token
    return None


def past(token: Token) -> bool:
    """Simple past or past perfect; a present perfect reaches the present."""
    carrier = finite(token)
    return carrier is not None and (carrier.tag_ in ("VBD", "VBN"))


def perfect(token: Token) -> bool:
    return any(c.dep_ == "aux" and c.lemma_ in _HAVE and c.tag_ != "VBD" for c in token.lefts)


def progressive(token: Token) -> bool:
    return token.tag_ == "VBG"


def future(token: Token) -> bool:
    return any(c.dep_ == "aux" and c.lower_ in _FUTURE for c in token.lefts)


def modal(token: Token) -> bool:
    return any(c.dep_ == "aux" and c.tag_ == "MD" and c.lower_ not in _FUTURE for c in token.lefts) or any(
        c.dep_ == "aux" and c.lower_ in MODALS and token.tag_ == "VB" for c in token.lefts
    )


def hedged(token: Token) -> bool:
    """A doubt or a condition stands in the clause itself."""
    for child in token.children:
        word = child.lower_
        if child.dep_ in ("advmod", "mark", "dep", "intj", "npadvmod") and (word in HEDGES or word in CONDITIONS):
            return True
        if child.dep_ == "advcl" and any(c.dep_ == "mark" and c.lower_ in CONDITIONS for c in child.children):
            return True
    return False


def negation(token: Token, sentence: Span) -> Negation:
    around = list(token.children)
    words = {c.lower_ for c in around} | {d.lower_ for c in around if c.dep_ == "advmod" for d in c.children}
    denied = any(c.dep_ == "neg" for c in around) or "never" in words or "neither" in words
    if "longer" in words and ("no" in words or denied):
        return Negation.ENDED
    if not denied:
        return Negation.NONE
    after = {t.lower_ for t in sentence if t.i > token.i}
    if "anymore" in after or {"any", "more"} <= after or {"any", "longer"} <= after:
        return Negation.ENDED
    opening = {t.lower_ for t in sentence[:3]}
    return Negation.CORRECTED if opening & CORRECTIVES or "never" in words else Negation.PLAIN


def questioned(token: Token, sentence: Span) -> bool:
    """In a question only a clause before the part that asks is asserted: "I live in Rome, do you know a place?"."""
    if not sentence.text.rstrip(" \"')").endswith("?"):
        return False
    for asking in sentence:
        if _asks(asking):
            return token.i >= asking.i or not any(t.text in ",;-" for t in sentence.doc[token.i : asking.i])
    return True


def _asks(token: Token) -> bool:
    if token.tag_ in ("WP", "WRB", "WDT") and token.dep_ not in ("nsubj", "mark") and token.head.dep_ != "advcl":
        return True
    if token.dep_ in ("aux", "auxpass") and token.head.dep_ in ("ROOT", "conj", "ccomp"):
        subject = next((c for c in token.head.children if c.dep_ in ("nsubj", "nsubjpass", "expl")), None)
        return subject is not None and token.i < subject.i
    if token.lemma_ == "be" and token.pos_ in ("AUX", "VERB"):
        subject = next((c for c in token.children if c.dep_ in ("nsubj", "expl")), None)
        return subject is not None and token.i < subject.i
    return (
        token.lower_ in ("any", "right") and token.dep_ != "det" and token.nbor().text == "?"
        if token.i + 1 < len(token.doc)
        else False
    )


def vouched(token: Token) -> bool:
    """Whether whoever speaks stands for this clause: it is a main clause, or hangs on one in a way that takes it for
    true. What someone else said or anybody believes is not."""
    for _ in range(4):
        head = token.head
        match token.dep_:
            case "ROOT":
                return True
            case "conj" | "parataxis" | "dep":
                token = head
            case "ccomp":
                before = token.i < head.i and not any(c.dep_ == "mark" for c in token.children)
                if not before and not _affirms(head):
                    return False
                token = head
            case "advcl":
                joined = [c.lower_ for c in token.lefts if c.dep_ in ("mark", "advmod") and c.lower_ in _PRESUPPOSING]
                if not joined or (joined[0] in ("when", "while", "before", "after", "until") and not past(token)):
                    return False
                token = head
            case "xcomp" | "acomp":
                token = head
            case "relcl":
                return True
            case _:
                return False
    return False


_PRESUPPOSING = words("when since because as while after before although though until")


def _affirms(verb: Token) -> bool:
    """As in "I realised …", "I'm glad …", "excited to tell you …": the speaker's own knowledge."""
    if modal(verb) or any(c.dep_ == "neg" for c in verb.children):
        return False
    if verb.pos_ == "ADJ":
        return verb.lower_ in _CERTAIN_ADJECTIVES
    if verb.lemma_ == "be":
        return any(c.dep_ == "acomp" and c.lower_ in _CERTAIN_ADJECTIVES for c in verb.children)
    if verb.lemma_ not in FACTIVES:
        return False
    subject = next((c for c in verb.children if c.dep_ == "nsubj"), None)
    return (subject.lower_ in FIRST) if subject is not None else verb.dep_ in ("xcomp", "ROOT")
