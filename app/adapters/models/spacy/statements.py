"""A clause as a sentence of its own in the third person, and the span that it stands on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from spacy.tokens import Token

from app.adapters.models.spacy.cast import Cast, Referent
from app.adapters.models.spacy.clauses import Clause
from app.adapters.models.spacy.lexicon import FIRST, GREETINGS, SECOND, words
from app.adapters.models.spacy.mood import finite

_ASIDE = frozenset(("intj", "parataxis", "dep", "meta", "discourse", "mark", "preconj"))
_FILLERS = words(
    "especially so well also just really actually anyway then honestly basically totally oh btw plus yeah definitely "
    "finally even though too still luckily unfortunately fortunately anyways"
)
_TRAILING = re.compile(r"[ ,]+(?:and|but|or|so|then|yet|but also)$", re.IGNORECASE)
_CONTRACTED: Mapping[str, str] = MappingProxyType(
    {"'m": "is", "'re": "are", "'s": "is", "'ve": "have", "'ll": "will", "'d": "had"}
)
_SINGULAR: Mapping[str, str] = MappingProxyType({"am": "is", "are": "is", "were": "was", "have": "has", "do": "does"})


@dataclass(frozen=True, slots=True)
class Wording:
    """`[start, end)`: code points of the passage."""

    text: str
    start: int
    end: int


def word(
    clause: Clause, cast: Cast, *, without: frozenset[int] = frozenset(), alone: Referent | None = None
) -> Wording:
    """Keeps tense and detail of the clause; leaves out asides and clauses that hang on it or stand beside it.
    `without`: tokens to leave out too. `alone`: of several subjects the one it is to be said of. The span is that of
    the whole clause nevertheless."""
    tokens = sorted(_kept(clause.head, clause.head), key=lambda t: t.i)
    while len(tokens) > 1 and tokens[0].pos_ in ("PUNCT", "CCONJ") and tokens[0].text != '"':
        tokens.pop(0)
    while len(tokens) > 1 and tokens[-1].pos_ in ("PUNCT", "CCONJ") and tokens[-1].text != '"':
        tokens.pop()
    subject_before = _shared_subject(clause)
    first = tokens[0] if subject_before is None else subject_before
    last = tokens[-1]
    start, end = min(first.idx, tokens[0].idx), last.idx + len(last)
    singular = _third_person(clause) or alone is not None
    pieces: list[str] = []
    if alone is not None:
        pieces += [_polite(alone.name, cast), " "]
        several = set(clause.subject.subtree) if clause.subject is not None else set()
        tokens = [token for token in tokens if token not in several]
    elif subject_before is not None or clause.subject is None:
        pieces += [_subject_words(clause, subject_before, cast), " "]
        pieces += [f"{_verb(aux, singular)} " for aux in _shared_auxiliaries(clause.head)]
    previous: Token | None = None
    for token in (token for token in tokens if token.i not in without):
        text = _token(token, clause, cast, singular)
        if previous is not None and (previous.whitespace_ or previous.i + 1 != token.i or _split(token, previous)):
            pieces.append(" ")
        pieces.append(text)
        previous = token
    text = _TRAILING.sub("", " ".join("".join(pieces).split()).strip(" ,-;:.!?"))
    return Wording(f"{text[:1].upper()}{text[1:]}." if text else "", start, end)


def _kept(token: Token, head: Token) -> Iterator[Token]:
    yield token
    for child in token.children:
        if child.dep_ in _ASIDE or child.pos_ == "SPACE":
            continue
        if token == head:
            if child.dep_ in ("conj", "cc", "advcl") or (child.dep_ == "ccomp" and child.i < head.i):
                continue
            if (
                _aside(child, head)
                or (child.dep_ == "advmod" and child.lower_ in _FILLERS)
                or (child.dep_ == "punct" and child.text not in ('"', "-"))
            ):
                continue
        elif child.dep_ in ("advcl", "relcl") and sum(1 for _ in child.subtree) > 8:
            continue
        if child.dep_ == "punct" and child.text in "!?.;:()[]":
            continue
        yield from _kept(child, head)


def _aside(child: Token, head: Token) -> bool:
    """Joining words, interjections and whom it is said to: "when", "yep", "Nate, …"."""
    if child.tag_ == "WRB" or (child.lower_ in GREETINGS and child.dep_ not in ("dobj", "acomp", "attr")):
        return True
    apart = child.i < head.i or child.nbor(-1).text == ","
    called = apart and child.dep_ in ("npadvmod", "appos", "vocative") and child.pos_ == "PROPN"
    return called and child.ent_type_ not in ("DATE", "TIME")


def _shared_subject(clause: Clause) -> Token | None:
    """The subject token, where it belongs to the clause before ("I moved and *started*")."""
    subject = clause.subject
    if subject is None or any(c == subject for c in clause.head.children):
        return None
    return subject


def _shared_auxiliaries(head: Token) -> list[Token]:
    """Those of the verb before, for one that is joined to it without its own: "I'm relaxing and *reading*"."""
    at = head
    while at.dep_ == "conj" and finite(at) is None:
        at = at.head
    return [c for c in at.lefts if c.dep_ in ("aux", "auxpass")] if at != head else []


def _subject_words(clause: Clause, subject: Token | None, cast: Cast) -> str:
    names = [referent.name for referent in clause.subjects]
    if subject is not None and not names:
        names = [subject.text]
    return " and ".join(_polite(name, cast) for name in names)


def _polite(name: str, cast: Cast) -> str:
    return f"the {name}" if name in ("user", "assistant") else name


def _third_person(clause: Clause) -> bool:
    """The subject was "I" or "we" or "you" and is a name now, so that the verb has to follow."""
    subject = clause.subject
    return subject is None or (
        subject.lower_ in FIRST | SECOND and len(clause.subjects) == 1 and not list(subject.conjuncts)
    )


def _token(token: Token, clause: Clause, cast: Cast, singular: bool) -> str:
    word = token.lower_
    if (
        clause.subject is not None
        and token.i == clause.subject.i
        and token.tag_ in ("WP", "WDT", "PRP")
        and clause.subjects
    ):
        return _polite(clause.subjects[0].name, cast)
    if token.tag_ in ("PRP", "PRP$", "NN", "NNP", "FW") and (replaced := _pronoun(word, clause, cast)) is not None:
        return replaced
    carries = token == clause.head or (token.head == clause.head and token.dep_ in ("aux", "auxpass"))
    if carries and (token.tag_ in ("VBP", "VBD", "VBZ", "MD") or finite(token) == token):
        return _verb(token, singular)
    return token.lower_ if token == clause.head and clause.subject is None else token.text


def _pronoun(word: str, clause: Clause, cast: Cast) -> str | None:
    own = clause.subject is None or clause.subject.lower_ in FIRST
    if word in ("my", "our", "mine", "ours") and cast.speaker:
        if own:
            return "their" if word in ("my", "our") else "theirs"
        return f"{_polite(cast.speaker, cast)}'s"
    if word in ("myself", "ourselves"):
        return "themselves"
    if word in FIRST and cast.speaker:
        return _polite(cast.speaker, cast)
    if word in ("you", "u") and cast.addressee:
        return _polite(cast.addressee, cast)
    if word == "your" and cast.addressee:
        return f"{_polite(cast.addressee, cast)}'s"
    return None


def _verb(token: Token, singular: bool) -> str:
    word = token.lower_
    if word in _CONTRACTED:
        if word == "'d" and token.tag_ == "MD":
            return "would"
        if word == "'s" and token.lemma_ == "have":
            return "has"
        word = _CONTRACTED[word]
    elif token.tag_ == "MD" and word == "wo":
        return "will"
    if not singular or token.tag_ == "VBZ":
        return word if word != token.lower_ else token.text
    if word in _SINGULAR:
        return _SINGULAR[word]
    if word == "is":
        return word
    if token.tag_ in ("VBP", "VB") and word == token.lemma_:
        return _third(word)
    return word


def _third(word: str) -> str:
    if word.endswith(("s", "sh", "ch", "x", "z", "o")):
        return word + "es"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"


def _split(token: Token, previous: Token) -> bool:
    """A contraction that becomes a word of its own: "I'm" -> "Ann is"."""
    return token.lower_ in _CONTRACTED and token.pos_ in ("AUX", "VERB") and not previous.whitespace_
