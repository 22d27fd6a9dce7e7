"""Noun and verb phrases as short literals: without articles, asides and whose they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from spacy.tokens import Token

from app.adapters.models.spacy.lexicon import EVALUATIVE, VAGUE_NOUNS, words

_DROPPED = words(
    "det predet relcl acl appos advcl punct cc conj parataxis dep mark case intj preconj neg ccomp npadvmod"
)
_INTENSIFIERS = words("very really so such quite pretty just super own totally amazing awesome great cool nice")
_LINKING = frozenset(("of", "for", "with", "about", "on", "in", "from", "at", "to", "against", "between"))
_THIRD_PERSON: Mapping[str, str] = MappingProxyType(
    {"my": "their", "our": "their", "myself": "themselves", "ourselves": "themselves", "me": "them", "us": "them"}
)
_POINTING = frozenset(("no", "any", "that", "this", "these", "those", "such", "what", "which", "every", "whose"))
"""They refer to what only the conversation knows; "this amazing deal" introduces one."""
_LONGEST = 9


def noun_phrase(head: Token, *, linked: bool = True) -> str | None:
    """The words of a noun phrase, with what prepositions link to it where `linked`, or None where they say nothing by
    themselves ("a lot", "some of it", "no car")."""
    if head.pos_ in ("PRON", "DET") or head.tag_ in ("WP", "WDT", "EX", "PRP", "DT"):
        return None
    if any(c.dep_ == "poss" and c.lower_ in ("other", "one", "someone", "everyone") for c in head.lefts):
        return None
    introduced = any(c.dep_ in ("amod", "compound") for c in head.lefts)
    if any(c.lower_ in _POINTING and not (introduced and c.lower_ in ("this", "these")) for c in head.lefts):
        return None
    if any(c.lower_ in ("his", "her", "its", "their", "your") for c in head.lefts):
        return None
    if not head.whitespace_ and head.i + 1 < len(head.doc) and head.nbor().text == "-":
        return None
    if head.pos_ not in ("NOUN", "PROPN", "NUM", "VERB", "X", "SYM"):
        return None
    if head.lemma_.lower() in VAGUE_NOUNS and not any(c.dep_ == "compound" for c in head.lefts):
        return None
    tokens = sorted(_kept(head, head, linked), key=lambda t: t.i)
    if len(tokens) > _LONGEST:
        tokens = sorted((t for t in _kept(head, head, linked=False)), key=lambda t: t.i)
    return _joined(tokens)


def verb_phrase(verb: Token, *, gerund: bool = False) -> str | None:
    """As in "to adopt a dog" -> "adopt a dog"; as a gerund "adopting a dog"."""
    if any(c.dep_ == "ccomp" for c in verb.rights):
        return None
    tokens = sorted(_verb_kept(verb), key=lambda t: t.i)
    if not tokens or len(tokens) > 14:
        return None
    unclear = (
        t.lower_ in _UNCLEAR if t.tag_ in ("PRP", "WP", "DT") else t.lower_ == "one" and t.dep_ != "nummod"
        for t in tokens
    )
    if any(unclear):
        return None
    passive = next((c for c in verb.lefts if c.dep_ == "auxpass"), None)
    carrier = (passive or verb).lemma_.lower()
    first = gerund_of(carrier) if gerund else carrier
    if passive is not None:
        first = f"{first} {verb.lower_}"
    rest = _joined([t for t in tokens if t.i > verb.i], own=True)
    return f"{first} {rest}" if rest else first


_UNCLEAR = words("it this that them he she they him her you i we something anything everything")


def _unclear(token: Token) -> bool:
    if token.tag_ in ("PRP", "WP", "DT"):
        return token.lower_ in _UNCLEAR
    return token.lower_ == "one" and token.dep_ != "nummod"


def _verb_kept(verb: Token) -> Iterator[Token]:
    yield verb
    for child in verb.rights:
        if _temporal(child):
            continue
        if child.dep_ in ("dobj", "prep", "prt", "attr", "acomp", "dative", "advmod", "xcomp", "oprd", "npadvmod"):
            if child.dep_ == "xcomp":
                yield from (t for t in child.subtree if t.pos_ not in ("PUNCT", "SPACE"))
            else:
                yield child
                yield from (t for t in _phrase_kept(child) if t != child)


def _temporal(child: Token) -> bool:
    """As in "tomorrow", "in June", "for two years": said by the interval, not by the words."""
    if child.dep_ in ("npadvmod", "advmod"):
        return child.ent_type_ in ("DATE", "TIME") or child.lower_ in (
            "now",
            "soon",
            "tomorrow",
            "today",
            "recently",
            "lately",
        )
    return child.dep_ == "prep" and any(c.dep_ == "pobj" and c.ent_type_ in ("DATE", "TIME") for c in child.children)


def _phrase_kept(head: Token) -> Iterator[Token]:
    yield head
    for child in head.children:
        if child.dep_ in ("relcl", "advcl", "parataxis", "dep", "intj", "acl", "appos") or child.pos_ == "SPACE":
            continue
        if child.dep_ == "punct" and child.text not in ",-":
            continue
        yield from _phrase_kept(child)


def _kept(token: Token, head: Token, linked: bool = True) -> Iterator[Token]:
    yield token
    for child in token.children:
        if child.dep_ in _DROPPED and not _hyphenated(child, token):
            continue
        if child.dep_ == "poss" and child.tag_ == "PRP$":
            continue
        if (child.lower_ in _INTENSIFIERS or child.lower_ in ("kind", "sort")) and child.dep_ in ("amod", "advmod"):
            continue
        if child.dep_ == "prep":
            if not linked or child.lower_ not in _LINKING or child.i < token.i or not _nominal(child):
                continue
        elif (
            child.i > token.i
            and child.dep_ not in ("compound", "nummod", "nmod", "pobj", "amod", "poss", "advmod", "prt")
        ) or (child.dep_ == "advmod" and child.i > token.i):
            continue
        yield from _kept(child, head, linked)
        if child.dep_ == "poss":
            yield from (c for c in child.children if c.tag_ == "POS")


def _hyphenated(child: Token, token: Token) -> bool:
    """Part of a compound such as "dairy-free"."""
    return child.i < token.i and (child.text == "-" or (child.nbor().text == "-" and not child.whitespace_))


def _nominal(prep: Token) -> bool:
    """The preposition has a noun of its own, not "of it" or a time."""
    object = next((c for c in prep.children if c.dep_ == "pobj"), None)
    return object is not None and object.pos_ in ("NOUN", "PROPN", "NUM") and object.ent_type_ not in ("DATE", "TIME")


def _joined(tokens: list[Token], *, own: bool = False) -> str | None:
    """Words with single spaces, none where the text has none. `own`: whose is in the third person."""
    parts: list[str] = []
    for at, token in enumerate(tokens):
        if at and (tokens[at - 1].whitespace_ or tokens[at - 1].i + 1 != token.i):
            parts.append(" ")
        parts.append(_THIRD_PERSON.get(token.lower_, token.text) if own else token.text)
    text = " ".join("".join(parts).split()).strip(" ,-;:.!?\"'()")
    return text or None


def evaluative(adjective: Token) -> bool:
    return adjective.lower_ in EVALUATIVE or adjective.lemma_.lower() in EVALUATIVE


def gerund_of(lemma: str) -> str:
    if lemma.endswith("ing") and len(lemma) > 5:
        return lemma
    if lemma.endswith("ie"):
        return lemma[:-2] + "ying"
    if lemma.endswith("e") and not lemma.endswith(("ee", "oe", "ye")) and lemma != "be":
        return lemma[:-1] + "ing"
    if lemma in (
        "run",
        "swim",
        "get",
        "sit",
        "put",
        "cut",
        "win",
        "jog",
        "shop",
        "plan",
        "stop",
        "chat",
        "knit",
        "hit",
        "dig",
    ):
        return lemma + lemma[-1] + "ing"
    return lemma + "ing"
