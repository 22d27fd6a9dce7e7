"""The clauses of a sentence that assert something: who, what verb, and with which stance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from spacy.tokens import Span, Token

from app.adapters.models.spacy import mood
from app.adapters.models.spacy.cast import Reader, Referent
from app.adapters.models.spacy.lexicon import FIRST
from app.domain.entity import EntityType

_SUBJECTS = ("nsubj", "nsubjpass")
_OPENERS = frozenset(("ADV", "INTJ", "CCONJ", "PUNCT", "SPACE"))


class Stance(StrEnum):
    """How the subject stands to what the main verb says."""

    DOES = "does"
    BEGINS = "begins"
    ENDS = "ends"
    FORMERLY = "formerly"
    WILL = "will"
    PLANS = "plans"
    WANTS = "wants"
    LIKES = "likes"
    DISLIKES = "dislikes"
    DENIES = "denies"


@dataclass(frozen=True, slots=True)
class Clause:
    """`head`: the finite verb; `verb`: the one that carries the meaning ("started *working*"). `subject`: None where
    it is left out ("Went hiking."). `subjects`: whom it means; empty where it is a thing of someone's that is no entity
    ("my favourite colour")."""

    head: Token
    verb: Token
    subject: Token | None
    subjects: tuple[Referent, ...]
    stance: Stance

    @property
    def past(self) -> bool:
        return mood.past(self.head)

    @property
    def passive(self) -> bool:
        return any(c.dep_ in ("auxpass", "nsubjpass") for c in self.verb.children)


_ASPECTUAL: Mapping[str, Stance] = MappingProxyType(
    {
        **dict.fromkeys(("start", "begin", "resume"), Stance.BEGINS),
        **dict.fromkeys(("stop", "quit", "cease"), Stance.ENDS),
        **dict.fromkeys(("plan", "intend", "decide", "aim", "prepare", "need", "have"), Stance.PLANS),
        **dict.fromkeys(("want", "wish", "hope", "aspire", "try", "attempt", "dream"), Stance.WANTS),
        **dict.fromkeys(("like", "love", "enjoy", "adore", "prefer"), Stance.LIKES),
        **dict.fromkeys(("hate", "dislike", "detest", "despise"), Stance.DISLIKES),
    }
)
_TRANSPARENT = frozenset(("keep", "continue", "finish", "manage", "get", "happen"))


def clauses(sentence: Span, reader: Reader) -> Iterator[Clause]:
    for token in sentence:
        if _relative_to_object(token):
            continue
        if token.pos_ in ("VERB", "AUX") and token.dep_ not in ("aux", "auxpass", "amod", "xcomp", "pcomp", "acl"):
            clause = _clause(token, sentence, reader)
            if clause is not None:
                yield clause


def _clause(head: Token, sentence: Span, reader: Reader) -> Clause | None:
    if (
        (mood.modal(head) and not _averse(head))
        or mood.hedged(head)
        or not mood.vouched(head)
        or mood.questioned(head, sentence)
    ):
        return None
    if any(mood.hedged(up) for up in head.ancestors if up.dep_ in ("ROOT", "ccomp") and up.i < head.i):
        return None
    if (base := _base(head)) is None or (base != head and (mood.modal(base) or mood.hedged(base) or _negated(base))):
        return None
    if base != head and head.tag_ == "VB" and base.tag_ != "VB":
        return None
    negation = mood.negation(head, sentence)
    if negation is mood.Negation.PLAIN and not _averse(head):
        return None
    if (resolved := _subjects(head, sentence, reader)) is None:
        return None
    subject, subjects = resolved
    if not subjects and (subject is None or reader.owner_of(subject) is None):
        return None
    unwrapped = _unwrap(head)
    if unwrapped is None:
        return None
    verb, stance = unwrapped
    if negation is mood.Negation.PLAIN:
        verb, stance, negation = head, Stance.DISLIKES, mood.Negation.NONE
    if negation is not mood.Negation.NONE:
        if stance not in (Stance.DOES, Stance.LIKES):
            return None
        stance = Stance.ENDS if negation is mood.Negation.ENDED else Stance.DENIES
    return Clause(head, verb, subject, subjects, stance)


def _relative_to_object(token: Token) -> bool:
    """As in "the camera *that I use*": what the clause is about stands outside of it."""
    return token.dep_ == "relcl" and not any(c.dep_ in _SUBJECTS and c.tag_ in ("WP", "WDT") for c in token.children)


def _base(head: Token) -> Token | None:
    """The first of joined verbs, whose modals and negation count for all; None where it is no clause of its own ("to
    visualize goals and *write* them down"). A verb with a subject stands by itself."""
    at = head
    while at.dep_ == "conj" and not any(c.dep_ in _SUBJECTS for c in at.children):
        at = at.head
        if at.pos_ not in ("VERB", "AUX"):
            return None
    return at if at.dep_ not in ("xcomp", "pcomp", "acl", "amod", "advmod") else None


def _averse(verb: Token) -> bool:
    """As in "don't like", "can't stand": a negation that says something positive."""
    tenses = {c.lower_ for c in verb.lefts if c.dep_ == "aux"}
    negated = _negated(verb) and any(c.dep_ == "dobj" for c in verb.rights)
    if verb.lemma_ in ("stand", "bear"):
        return negated and bool(tenses & {"ca", "can"})
    return negated and verb.lemma_ in ("like", "enjoy") and tenses <= {"do", "does"}


def _negated(verb: Token) -> bool:
    return any(c.dep_ == "neg" for c in verb.children)


def _subjects(head: Token, sentence: Span, reader: Reader) -> tuple[Token | None, tuple[Referent, ...]] | None:
    """None where there is a subject that cannot be told, or no finite verb."""
    at = head
    for _ in range(5):
        own = next((c for c in at.children if c.dep_ in _SUBJECTS), None)
        if own is not None:
            if mood.finite(at) is None:
                return None
            return own, tuple(_resolved(own, at, reader))
        if any(c.dep_ in ("csubj", "expl", "csubjpass") for c in at.children):
            return None
        if at.dep_ != "conj" or at.head.pos_ not in ("VERB", "AUX"):
            break
        at = at.head
    return _elided(at, sentence, reader)


def _resolved(subject: Token, verb: Token, reader: Reader) -> Iterator[Referent]:
    if subject.tag_ in ("WP", "WDT"):
        if verb.dep_ != "relcl" or subject.lower_ not in ("who", "that", "which"):
            return
        subject = verb.head
        yield from _one(subject, reader)
        return
    for token in (subject, *subject.conjuncts):
        if token.i >= subject.i:
            yield from _one(token, reader)


def _one(token: Token, reader: Reader) -> Iterator[Referent]:
    if token.i not in reader.mentions and (name := reader.named_child(token)) is not None:
        token = name
    referent = reader.referent(token)
    if referent is not None:
        yield referent


def _elided(verb: Token, sentence: Span, reader: Reader) -> tuple[None, tuple[Referent, ...]] | None:
    """As in "Went to the beach yesterday.": a past verb that opens a sentence is the speaker's own doing."""
    if verb.dep_ != "ROOT" or verb.tag_ not in ("VBD", "VBN") or reader.cast.speaker is None:
        return None
    if verb.tag_ == "VBN" and not verb.lower_.endswith("ed"):
        return None
    if any(t.pos_ not in _OPENERS for t in sentence.doc[sentence.start : verb.i]):
        return None
    return None, (Referent(reader.cast.speaker, EntityType.PERSON, verb.idx, verb.idx + len(verb)),)


def _unwrap(head: Token) -> tuple[Token, Stance] | None:
    """The verb that carries the meaning and the stance of those before it. None where nothing is said to be so."""
    verb, stance = head, Stance.WILL if mood.future(head) else Stance.DOES
    for _ in range(4):
        inner = next((c for c in verb.rights if c.dep_ == "xcomp" and c.pos_ in ("VERB", "AUX")), None)
        if inner is None or stance in (Stance.PLANS, Stance.WANTS, Stance.LIKES, Stance.DISLIKES):
            return verb, stance
        to = any(c.tag_ == "TO" for c in inner.lefts)
        lemma = verb.lemma_.lower()
        if lemma == "use" and to and verb.tag_ in ("VBD", "VBN") and inner.left_edge.i <= verb.i + 2:
            stance = Stance.FORMERLY
        elif lemma == "go" and to and verb.tag_ == "VBG":
            stance = Stance.WILL
        elif (step := _ASPECTUAL.get(lemma)) is not None:
            tried = lemma in ("try", "attempt", "hope")
            if tried and (mood.past(head) or mood.future(head) or verb.tag_ == "VBN"):
                return None
            if lemma == "have" and not to:
                return verb, stance
            stance = _combined(stance, step)
        elif lemma not in _TRANSPARENT:
            return verb, stance
        if verb != head and any(c.dep_ == "neg" for c in verb.children):
            return None
        verb = inner
    return verb, stance


def _combined(outer: Stance, inner: Stance) -> Stance:
    if outer is Stance.DOES:
        return inner
    if outer is Stance.WILL and inner in (Stance.BEGINS, Stance.WANTS):
        return outer
    return inner


def first_person(clause: Clause) -> bool:
    return clause.subject is None or clause.subject.lower_ in FIRST
