"""Where one clause says several things and one of them may be overtaken, each is worded without the others: "Ann works
at Acme" and "Ann works in Lisbon", so that the second still reads well when she works elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from spacy.tokens import Token

from app.adapters.models.spacy.cast import Cast, Referent
from app.adapters.models.spacy.clauses import Clause
from app.adapters.models.spacy.draft import Draft
from app.adapters.models.spacy.statements import Wording, word
from app.domain.fact import Cardinality, cardinality_of


def worded(draft: Draft, stated: Sequence[Draft], cast: Cast) -> Wording:
    """`stated`: all that the sentence says, this draft among it."""
    clause = draft.clause
    if clause is None:
        return Wording(draft.text or "", *(draft.span or (0, 0)))
    others = [other for other in stated if other.clause == clause and _single(other)]
    if not others:
        return word(clause, cast)
    alone = draft.subject if len(clause.subjects) > 1 else None
    own, dropped = _object(draft, clause), set[Token]()
    for other in others:
        at = _object(other, clause)
        if own is not None and at is not None and at != own:
            dropped |= _apart(_phrase(at), _phrase(own) or own)
    return word(clause, cast, without=frozenset(token.i for token in dropped), alone=alone)


def _single(draft: Draft) -> bool:
    return (draft.cardinality or cardinality_of(draft.predicate)) is Cardinality.ONE


def _object(draft: Draft, clause: Clause) -> Token | None:
    """The token that says the object, where it stands in the clause."""
    object = draft.object
    if isinstance(object, Referent):
        return next((t for t in clause.head.subtree if t.idx < object.end <= t.idx + len(t)), None)
    last = object.lower().split()[-1]
    return next((t for t in clause.head.subtree if last in (t.lower_, t.lemma_.lower())), None)


def _phrase(noun: Token) -> Token | None:
    """The preposition that it stands behind."""
    at = noun
    while at.dep_ in ("conj", "appos", "compound", "nmod"):
        at = at.head
    return at.head if at.dep_ == "pobj" else None


def _apart(phrase: Token | None, own: Token) -> set[Token]:
    """The tokens of a prepositional phrase, but for what hangs on it and holds the object itself."""
    if phrase is None or phrase == own:
        return set()
    return set(phrase.subtree) - (set(own.subtree) if phrase.is_ancestor(own) else set())
