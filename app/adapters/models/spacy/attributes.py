"""What someone's number, size, address or budget is: "my shoe size is 43", "our deadline is 5 June".

The noun phrase becomes the predicate, the words after the verb the value. The value is read by its words, since parsers
stumble over addresses, codes and amounts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from spacy.tokens import Token

from app.adapters.models.spacy.cast import Reader, Referent
from app.adapters.models.spacy.clauses import Clause, Stance
from app.adapters.models.spacy.draft import Draft
from app.adapters.models.spacy.frames import Aspect
from app.adapters.models.spacy.lexicon import AILMENTS, BODY, FIRST, PETS, POSSESSIONS, RELATIONS, words
from app.adapters.models.spacy.phrases import evaluative
from app.domain.entity import EntityType
from app.domain.fact import Cardinality, FactKind

_NAMING = words(
    "number code pin password passphrase hint username login handle nickname surname alias email e-mail mail address "
    "size type plate zip postcode language major minor specialty speciality hobby title occupation profession timezone "
    "zone sign nationality religion ethnicity gender pronoun currency wifi wi-fi network ssid hotspot editor browser "
    "bank insurance provider carrier airline diet allergy drink order breakfast instrument degree color colour style "
    "goal destination team deadline budget pet_peeve signature motto extension locker seat gate terminal room "
    "stack framework website homepage url domain"
)
"""What has a name, a code or a kind for a value. Of anything else only figures are read."""
_DESCRIBED = words(
    "type hint sign nationality religion ethnicity gender color colour language currency password team style network"
)
"""Of these an adjective is a value too: "my blood type is O negative"."""
_NOT_MEASURED = words(
    "name birthday age point question opinion advice guess bet day week weekend life experience problem issue concern "
    "favorite favourite fave plan reason answer rule policy only first last next best"
)
_LOOSE = words(
    "not n't too so very really pretty quite also just always never still probably maybe definitely basically in on at "
    "to that what how when where why if because a an the about around approximately roughly usually currently my our "
    "under over within below above up down from with for by of like as no due between"
)
"""Words that a code or name does not begin with; articles and "about" may stand before what does."""
_LEADING = words("a an the about around approximately roughly usually currently always still just now on in at due")
_TRAILING = words("now currently today anymore actually though too right anyways btw please thanks lol haha moment")
_ENDS = frozenset((".", "!", "?", ";", "(", ")", "—", "–", "\n"))
_JOINS = words("and but so because since while which that where when if who though although as or unless than yet")
_NAMES = words("last first middle maiden family given full stage pen brand")
_UNITS = words("old late early away ago tall long left older younger")
_MONTHS = re.compile(
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|january|february|march|april|june|july|august|"
    r"september|october|november|december|mon|tues|wednes|thurs|fri|satur|sun)(?:day)?\b",
    re.IGNORECASE,
)
_LONGEST = 10


def read(clause: Clause, reader: Reader) -> Iterator[Draft]:
    """Nothing where the clause is no such thing, and for what another rule reads (names, ages, relatives)."""
    subject = clause.subject
    named = clause.verb.lemma_ in ("call", "name") and clause.passive
    if subject is None or clause.stance is not Stance.DOES or not (clause.verb.lemma_ == "be" or named):
        return
    if subject.i > clause.verb.i or subject.head != clause.verb or any(c.dep_ == "neg" for c in clause.verb.children):
        return
    owner = reader.owner_of(subject)
    predicate = _predicate(subject)
    if owner is None or predicate is None:
        return
    tokens = _value(clause.verb, subject)
    text = _worded(tokens)
    if not tokens or text is None or not _telling(tokens, subject, named):
        return
    one = subject.tag_ in ("NN", "NNP") or subject.lower_ == subject.lemma_.lower()
    whose = Referent(owner[0], EntityType.PERSON, owner[1].idx, owner[1].idx + len(owner[1]))
    dated = any(_MONTHS.fullmatch(t.text) for t in tokens)
    # "5 June, not 10 June": beside a date no other says when it holds.
    end = clause.verb.sent.end_char if dated else tokens[-1].idx + len(tokens[-1])
    yield Draft(
        whose,
        predicate,
        text,
        Aspect.STATE,
        FactKind.FACTUAL,
        clause,
        cardinality=Cardinality.ONE if one else Cardinality.MANY,
        over=clause.past,
        told=(tokens[0].idx, end),
    )


def _predicate(subject: Token) -> str | None:
    """As in "my home phone number" -> "home_phone_number"."""
    noun = subject.lemma_.lower()
    people = noun in RELATIONS or noun in PETS or noun in BODY or noun in AILMENTS
    if noun == "name":
        kind = next((c.lower_ for c in subject.lefts if c.lower_ in _NAMES), None)
        return f"{kind}_name" if kind else None
    if subject.pos_ not in ("NOUN", "PROPN") or people or noun in _NOT_MEASURED or noun in FIRST:
        return None
    parts: list[str] = []
    for child in subject.lefts:
        if child.dep_ == "poss":
            continue
        if child.dep_ in ("det", "advmod", "cc", "conj", "case", "punct", "predet"):
            if child.dep_ in ("cc", "conj", "det"):
                return None
            continue
        if child.lower_ in _NOT_MEASURED or (evaluative(child) and child.lower_ != "new" and child.dep_ == "amod"):
            return None
        if child.lower_ not in ("new", "current", "own", "usual"):
            parts += [t.lower_ for t in child.subtree]
    if any(c.dep_ in ("prep", "relcl", "acl", "conj", "appos") for c in subject.rights):
        return None
    noun = noun if subject.tag_ == "NNS" else subject.lower_
    joined = "_".join((*parts, noun)).replace("-", "_")
    return joined if len(parts) <= 3 and re.fullmatch(r"[a-z][a-z_]*", joined) else None


def _value(verb: Token, subject: Token) -> list[Token]:
    """From the verb to where the clause ends."""
    tokens: list[Token] = []
    plural = subject.tag_ == "NNS"
    located = subject.lemma_.lower() == "address"
    for token in verb.doc[verb.i + 1 : verb.sent.end]:
        last = not token.whitespace_ and token.i + 1 == verb.sent.end
        if token.text == "(" and not tokens:
            tokens.append(token)
            continue
        if token.text == ")" and tokens and tokens[0].text == "(":
            tokens.append(token)
            continue
        if token.text in _ENDS and (last or token.text != "." or token.whitespace_):
            break
        if token.text in (",", ":") and token.whitespace_ and not (located and token.nbor().text[:1].isupper()):
            if tokens:
                break
            continue
        if token.lower_ in _JOINS and tokens and not (token.lower_ == "and" and plural):
            break
        if token.pos_ != "SPACE":
            tokens.append(token)
    while tokens and (tokens[0].lower_ in _LEADING or tokens[0].text in "\"'“‘"):
        tokens.pop(0)
    while tokens and (tokens[-1].lower_ in _TRAILING or tokens[-1].text in "\"'”’.,"):
        tokens.pop()
    return tokens


def _worded(tokens: list[Token]) -> str | None:
    if not 0 < len(tokens) <= _LONGEST:
        return None
    first, last = tokens[0], tokens[-1]
    text = " ".join(first.doc.text[first.idx : last.idx + len(last)].split()).strip(" .,;:!?\"'“”")
    return text or None


def _telling(tokens: list[Token], subject: Token, named: bool) -> bool:
    """A figure or a date of anything; a name, a code or a kind of what has one."""
    noun = subject.lemma_.lower()
    figure = any(c.isdecimal() for t in tokens for c in t.text) or any(t.like_num for t in tokens[:1])
    dated = any(_MONTHS.fullmatch(t.text) for t in tokens)
    if any(t.tag_ in ("PRP", "WP", "WRB", "EX", "MD", "VBD", "VBZ", "VBP") and t.text != "O" for t in tokens):
        return False
    if any(t.tag_ == "VBG" for t in tokens[:1]) and noun not in ("hobby", "dream", "goal"):
        return False
    if (
        tokens[0].tag_ == "TO"
        or any(t.lower_ in _UNITS for t in tokens)
        or any(t.lower_ in ("percent", "%") for t in tokens[1:2])
    ):
        return False
    if figure or dated:
        return noun not in POSSESSIONS or dated or noun in ("address", "phone")
    if tokens[0].lower_ in _LOOSE or any(evaluative(t) for t in tokens[:1]):
        return False
    if named:
        return tokens[0].text[:1].isupper() or noun in _NAMING
    if noun == "name":
        return tokens[0].text[:1].isupper() and len(tokens) <= 4
    if noun not in _NAMING:
        return False
    adjectival = all(t.pos_ in ("ADJ", "ADV", "VERB") for t in tokens) and not any(t.text[:1].isupper() for t in tokens)
    if tokens[0].tag_ == "VBN" and len(tokens) > 0 and noun not in _DESCRIBED:
        return False
    coded = any(not t.is_alpha for t in tokens)
    return not adjectival or noun in _DESCRIBED or coded
