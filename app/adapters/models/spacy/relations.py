"""Who is called what and is whose: "my sister Anna", "Anna, my sister", "a dog named Rex", "my dog's name is Rex"."""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Doc, Token

from app.adapters.models.spacy import mood
from app.adapters.models.spacy.arguments import verb_key
from app.adapters.models.spacy.cast import Reader, Referent, owned_name
from app.adapters.models.spacy.clauses import Clause
from app.adapters.models.spacy.draft import Draft
from app.adapters.models.spacy.frames import Aspect
from app.adapters.models.spacy.lexicon import DEATHS, FIRST, PETS, RELATIONS
from app.domain.entity import EntityType
from app.domain.fact import FactKind, Polarity

_PARTED = frozenset(("married_to", "partner_of"))


def read(doc: Doc, reader: Reader) -> Iterator[Draft]:
    """Facts of kinship and naming in the passage. The names are kept in the cast, so that "my sister" later in the
    message means her."""
    for token in doc:
        noun = token.lemma_.lower()
        if token.pos_ not in ("NOUN", "PROPN") or (noun not in RELATIONS and noun not in PETS):
            continue
        found = _named(token, reader)
        owner = _owner(token, reader)
        if found is None or owner is None or token.tag_ == "NNS" or _asked(token):
            continue
        name = Referent(found.name, EntityType.PERSON, found.start, found.end)
        if name.name == owner.name or name.name in (reader.cast.speaker, reader.cast.addressee):
            continue
        reader.cast.named[(owner.name, noun)] = name.name
        span = (min(name.start, owner.start), max(name.end, owner.end, token.idx + len(token)))
        if noun in PETS:
            reader.cast.note(name.name)
            if not _dead(token):
                yield _draft(owner, "owns", name, f"{owner.name} owns a {noun} named {name.name}.", span)
            yield Draft(name, "is_a", noun, Aspect.STATE, FactKind.FACTUAL, span=span, text=f"{name.name} is a {noun}.")
        else:
            predicate, gender = RELATIONS[noun]
            reader.cast.note(name.name, gender)
            if predicate in _PARTED and _dead(token):
                continue
            yield Draft(
                name,
                predicate,
                owner,
                Aspect.STATE,
                FactKind.FACTUAL,
                span=span,
                text=f"{name.name} is {owner.name}'s {noun}.",
            )


def _dead(noun: Token) -> bool:
    """As in "my dog Rex died": what ends need not begin."""
    at = noun.head if noun.dep_ in ("compound", "appos", "nmod") else noun
    verb = at.head
    return at.dep_ == "nsubj" and verb_key(verb) in DEATHS and (mood.past(verb) or mood.perfect(verb))


def parted(clause: Clause, reader: Reader) -> Iterator[Draft]:
    """What ends with a death: owning a pet, a marriage. Kinship does not."""
    subject = clause.subject
    if subject is None or not clause.subjects:
        return
    nouns = (subject, *(c for c in subject.children if c.dep_ in ("compound", "appos", "nmod")))
    noun = next((t for t in nouns if t.lemma_.lower() in PETS or t.lemma_.lower() in RELATIONS), None)
    owner = _owner(noun, reader) if noun is not None else None
    if noun is None or owner is None:
        return
    name, lemma, end, fact = clause.subjects[0], noun.lemma_.lower(), Aspect.END, FactKind.FACTUAL
    unnamed = name.name == owned_name(owner.name, noun)
    if lemma in PETS:
        yield Draft(owner, "owns", lemma if unnamed else name, end, fact, clause, Polarity.ENDS)
    elif RELATIONS[lemma][0] in _PARTED and not unnamed:
        yield Draft(name, RELATIONS[lemma][0], owner, end, fact, clause, Polarity.ENDS)


def _draft(subject: Referent, predicate: str, object: Referent, text: str, span: tuple[int, int]) -> Draft:
    return Draft(subject, predicate, object, Aspect.STATE, FactKind.FACTUAL, span=span, text=text)


def _asked(token: Token) -> bool:
    return token.sent.text.rstrip().endswith("?") and not any(c.dep_ == "appos" for c in token.children)


def _named(noun: Token, reader: Reader) -> Referent | None:
    """The name given to the relative or pet."""
    name = reader.named_child(noun)
    if name is None and noun.dep_ in ("appos", "compound") and noun.head.i in reader.mentions:
        name = noun.head
    if name is None:
        return None
    mention = reader.mentions[name.i]
    if mention.type not in (EntityType.PERSON, EntityType.THING) and mention.certain and noun.dep_ == "appos":
        return None
    if not mention.name[:1].isupper() or (noun.dep_ == "compound" and noun.head.tag_ == "NNS"):
        return None
    return reader.mentioned(name, mention)


def _owner(noun: Token, reader: Reader) -> Referent | None:
    holder = reader.owner_of(noun)
    if holder is None and noun.dep_ == "compound":
        holder = reader.owner_of(noun.head)
    if holder is not None:
        return Referent(holder[0], EntityType.PERSON, holder[1].left_edge.idx, holder[1].idx + len(holder[1]))
    # "I have a sister named Anna", "we adopted a dog called Rex"
    verb = noun.head
    if noun.dep_ == "dobj" and verb.lemma_ in ("have", "get", "adopt", "own", "buy") and not mood.modal(verb):
        subject = next((c for c in verb.children if c.dep_ == "nsubj"), None)
        if subject is not None and (subject.lower_ in FIRST or subject.i in reader.mentions) and mood.vouched(verb):
            return reader.referent(subject)
    return None
