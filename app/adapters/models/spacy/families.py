"""Several relatives or pets by name at once: "I have two kids, Emma and Liam", "my parents are John and Ruth"."""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Doc, Token

from app.adapters.models.spacy import mood
from app.adapters.models.spacy.cast import Reader, Referent
from app.adapters.models.spacy.draft import Draft
from app.adapters.models.spacy.frames import Aspect
from app.adapters.models.spacy.lexicon import FIRST, PETS, RELATIONS
from app.domain.entity import EntityType
from app.domain.fact import FactKind

_HAVING = frozenset(("have", "adopt", "own", "get", "foster", "raise"))
_CALLED = frozenset(("call", "name"))


def read(doc: Doc, reader: Reader) -> Iterator[Draft]:
    """One fact for each name, two for a pet. A single name with a single noun is for `relations`, but for "my boss is
    Dana"."""
    for token in doc:
        noun = token.lemma_.lower()
        if token.pos_ not in ("NOUN", "PROPN") or (noun not in RELATIONS and noun not in PETS):
            continue
        owner = _owner(token, reader)
        if owner is None or token.sent.text.rstrip().endswith("?"):
            continue
        for name in _names(token, reader):
            if name.name in (owner.name, reader.cast.speaker, reader.cast.addressee):
                continue
            yield from _drafts(owner, name, noun, token, reader)


def _drafts(owner: Referent, name: Referent, noun: str, token: Token, reader: Reader) -> Iterator[Draft]:
    span = (min(name.start, owner.start), max(name.end, owner.end, token.idx + len(token)))
    if token.tag_ == "NN":
        reader.cast.named[(owner.name, noun)] = name.name
    state, fact = Aspect.STATE, FactKind.FACTUAL
    if noun in PETS:
        reader.cast.note(name.name)
        text = f"{owner.name} owns a {noun} named {name.name}."
        yield Draft(owner, "owns", name, state, fact, span=span, text=text)
        yield Draft(name, "is_a", noun, state, fact, span=span, text=f"{name.name} is a {noun}.")
    else:
        predicate, gender = RELATIONS[noun]
        reader.cast.note(name.name, gender)
        text = f"{name.name} is {owner.name}'s {noun}."
        yield Draft(name, predicate, owner, state, fact, span=span, text=text)


def _owner(noun: Token, reader: Reader) -> Referent | None:
    """Whose they are: "my kids", "I have two kids"."""
    holder = reader.owner_of(noun)
    if holder is not None:
        return Referent(holder[0], EntityType.PERSON, holder[1].left_edge.idx, holder[1].idx + len(holder[1]))
    verb = noun.head
    if noun.dep_ != "dobj" or verb.lemma_ not in _HAVING or mood.modal(verb) or not mood.vouched(verb):
        return None
    if (
        mood.hedged(verb)
        or (verb.lemma_ in ("have", "own") and mood.past(verb))
        or any(c.dep_ == "neg" for c in verb.children)
    ):
        return None
    subject = next((c for c in verb.children if c.dep_ == "nsubj"), None)
    if subject is None or (subject.lower_ not in FIRST and subject.i not in reader.mentions):
        return None
    return reader.referent(subject)


def _names(noun: Token, reader: Reader) -> list[Referent]:
    plural = noun.tag_ == "NNS"
    first = next((c for c in noun.rights if plural and c.dep_ == "appos" and _name(c, reader)), None)
    if first is None:
        first = _predicated(noun, plural, reader)
    if first is None:
        first = _listed(noun, reader) if plural else None
    if first is None:
        return []
    joined = [first, *(c for c in first.conjuncts if c.i > first.i)] if plural else [first]
    return [
        Referent(found.name, EntityType.PERSON, found.start, found.end)
        for token in joined
        if _name(token, reader)
        for found in (reader.mentioned(token, reader.mentions[token.i]),)
    ]


def _predicated(noun: Token, plural: bool, reader: Reader) -> Token | None:
    """As in "my parents are John and Ruth", "my cats are called Milo and Otis", "my kids' names are Emma and Liam"."""
    at = noun
    if plural and noun.dep_ == "poss" and noun.head.lemma_ == "name":
        at = noun.head
    verb = at.head
    if at.dep_ in ("nsubj", "nsubjpass") and (verb.lemma_ == "be" or (plural and verb.lemma_ in _CALLED)):
        kept = not mood.modal(verb) and mood.vouched(verb) and not any(c.dep_ == "neg" for c in verb.children)
        if kept and not mood.hedged(verb) and not mood.past(verb):
            return next((c for c in verb.rights if c.dep_ in ("attr", "oprd") and _name(c, reader)), None)
    if plural:
        called = next((c for c in noun.children if c.dep_ == "acl" and c.lemma_ in _CALLED), None)
        if called is not None:
            return next((c for c in called.rights if c.dep_ in ("oprd", "attr", "dobj") and _name(c, reader)), None)
    return None


def _listed(noun: Token, reader: Reader) -> Token | None:
    """Names right after a comma or colon that the parser hung elsewhere."""
    after = noun.i + 1
    if after + 1 < len(noun.doc) and noun.doc[after].text in (",", ":", "(", "-", "–", "—"):
        name = noun.doc[after + 1]
        listed = any(c.dep_ == "conj" for c in name.children) and name.dep_ not in ("nsubj", "conj")
        return name if listed and _name(name, reader) else None
    return None


def _name(token: Token, reader: Reader) -> bool:
    mention = reader.mentions.get(token.i)
    return mention is not None and mention.name[:1].isupper() and token.pos_ in ("PROPN", "NOUN", "X")
