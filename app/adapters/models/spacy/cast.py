"""Who is meant: the speaker, the addressee, persons named or related, and pronouns that can mean only one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from spacy.tokens import Token

from app.adapters.models.spacy import mood
from app.adapters.models.spacy.lexicon import FIRST, GROUPS, PETS, POSSESSIONS, RELATIONS, SECOND
from app.adapters.models.spacy.mentions import Mention
from app.domain.entity import EntityType
from app.domain.episode import EpisodeKind, Role
from app.domain.extraction import Source

_OWNING: Mapping[str, str] = MappingProxyType({"my": "1", "our": "1", "your": "2", "ur": "2", "his": "m", "her": "f"})
_THIRD: Mapping[str, str] = MappingProxyType({"he": "m", "him": "m", "she": "f", "her": "f"})
_CALLED = frozenset(("call", "name"))
_ROLES = frozenset(role.value for role in Role)


@dataclass(frozen=True, slots=True)
class Referent:
    """An entity as a text refers to it, at code points `[start, end)` of the passage. `known_type`: False where the
    type is a guess that a predicate may overrule."""

    name: str
    type: EntityType
    start: int
    end: int
    known_type: bool = True


@dataclass(slots=True)
class Cast:
    """Grows while a message is read in order. Persons are kept with the gender that their relation tells."""

    speaker: str | None
    addressee: str | None
    people: tuple[str, ...]
    named: dict[tuple[str, str], str] = field(default_factory=dict)
    """(owner, relation or kind of pet) -> the name given in this message."""
    persons: dict[str, str] = field(default_factory=dict)
    """Third persons so far, by name -> gender or ""."""

    def pronoun(self, gender: str, nearer: Mapping[str, str] = MappingProxyType({})) -> str | None:
        """The only person so far whom the pronoun fits. `nearer`: persons earlier in the same sentence."""
        fitting = [name for name, known in {**self.persons, **nearer}.items() if known in ("", gender)]
        return fitting[0] if len(fitting) == 1 else None

    def note(self, name: str, gender: str = "") -> None:
        if name not in (self.speaker, self.addressee):
            self.persons[name] = gender or self.persons.get(name, "")


def cast(source: Source) -> Cast:
    """An unnamed assistant speaks for nobody, nor does a document without a named author."""
    nameless = source.speaker in _ROLES
    mute = nameless and (source.role is Role.ASSISTANT or source.kind is EpisodeKind.TEXT)
    others = [name for name in source.others if name != source.speaker]
    addressee = others[0] if len(others) == 1 and others[0] != Role.ASSISTANT.value else None
    people = tuple(dict.fromkeys(n for n in (source.speaker, *others) if n not in _ROLES))
    return Cast(None if mute else source.speaker, addressee, people)


@dataclass(frozen=True, slots=True)
class Reader:
    """Resolves noun phrases of one passage."""

    cast: Cast
    mentions: Mapping[int, Mention]

    def referent(self, token: Token) -> Referent | None:
        """The entity that a noun phrase with this head means: a pronoun, a name, or someone's relative, pet, group or
        thing ("Ann's sister")."""
        if token.pos_ == "PRON" or token.lower_ in FIRST:
            name = self._meant(token, _THIRD.get(token.lower_))
            return Referent(name, EntityType.PERSON, token.idx, token.idx + len(token)) if name else None
        if (mention := self.mentions.get(token.i)) is not None:
            return self.mentioned(token, mention)
        return self._owned(token)

    def _meant(self, token: Token, gender: str | None) -> str | None:
        """Whom a pronoun means; None where it is not clear."""
        word = token.lower_
        if word in FIRST or _OWNING.get(word) == "1":
            return self.cast.speaker
        if word in SECOND or _OWNING.get(word) == "2":
            return self.cast.addressee
        return self.cast.pronoun(gender, self._before(token)) if gender in ("m", "f") else None

    def _before(self, token: Token) -> dict[str, str]:
        nearer: dict[str, str] = {}
        for earlier in token.doc[token.sent.start : token.i]:
            if (found := self.person(earlier)) is not None:
                nearer[found[0]] = found[1]
        return nearer

    def person(self, token: Token) -> tuple[str, str] | None:
        """A third person that the token names or relates to, with the gender that the relation tells."""
        mention = self.mentions.get(token.i)
        if mention is not None:
            known = mention.first == token.i and mention.certain and mention.type is EntityType.PERSON
            outside = mention.name not in (self.cast.speaker, self.cast.addressee)
            return (mention.name, self.cast.persons.get(mention.name, "")) if known and outside else None
        relation = RELATIONS.get(token.lemma_.lower())
        if relation is None or token.tag_ != "NN" or self.named_child(token) is not None:
            return None
        owned = self._owned(token)
        return (owned.name, relation[1] or self.cast.persons.get(owned.name, "")) if owned is not None else None

    def mentioned(self, token: Token, mention: Mention) -> Referent:
        first, last = token.doc[mention.first], token.doc[mention.last - 1]
        return Referent(mention.name, mention.type, first.idx, last.idx + len(last), mention.certain)

    def named_child(self, token: Token) -> Token | None:
        """The name that stands with a relation: "sister" -> "Anna" in "my sister Anna"."""
        for child in token.children:
            joined = (
                ("appos", "compound", "nmod", "oprd") if token.lemma_.lower() in RELATIONS.keys() | PETS else ("appos",)
            )
            beside = child.dep_ in joined and child.i in self.mentions
            if beside and abs(child.i - token.i) <= 3 and not any(c.dep_ in ("cc", "conj") for c in child.children):
                return child
        return _called(token, self.mentions)

    def owner_of(self, token: Token) -> tuple[str, Token] | None:
        """Whose it is, with the token that says so."""
        for child in token.children:
            if child.dep_ != "poss":
                continue
            name = self._meant(child, _OWNING.get(child.lower_))
            if name is None and child.pos_ != "PRON" and (found := self.referent(child)) is not None:
                name = found.name
            return (name, child) if name else None
        return None

    def _owned(self, token: Token) -> Referent | None:
        noun = token.lemma_.lower()
        type = owned_type(noun)
        owner = self.owner_of(token) if type is not None else None
        if type is None or owner is None:
            return None
        name = self.cast.named.get((owner[0], noun)) if token.tag_ == "NN" else None
        first = owner[1].left_edge
        end = token.idx + len(token)
        return Referent(name or owned_name(owner[0], token), type, first.idx, end)


def owned_type(noun: str) -> EntityType | None:
    """What someone's relative, pet, group or thing is, for a noun that is worth an entity."""
    if noun in RELATIONS or noun in PETS:
        return EntityType.PERSON
    if noun in GROUPS or noun in ("company", "business", "startup", "team"):
        return EntityType.ORGANIZATION
    return EntityType.THING if noun in POSSESSIONS else None


def owned_name(owner: str, noun: Token) -> str:
    """As in "Ann's older sister": the owner, what tells it from others, the noun."""
    parts = [
        child.text
        for child in noun.lefts
        if child.dep_ in ("amod", "compound", "nummod") and child.lower_ not in ("own", "dear", "beloved", "lovely")
    ]
    return " ".join((f"{owner}'s", *parts, noun.text)) if len(parts) <= 2 else f"{owner}'s {noun.text}"


def _called(noun: Token, mentions: Mapping[int, Mention]) -> Token | None:
    """As in "a dog named Rex", "my dog is called Rex", "my dog's name is Rex"."""
    verbs = [c for c in noun.children if c.dep_ == "acl" and c.lemma_ in _CALLED]
    if noun.dep_ in ("nsubj", "nsubjpass") and noun.head.lemma_ in _CALLED:
        verbs.append(noun.head)
    if (
        noun.dep_ == "poss"
        and noun.head.lemma_ == "name"
        and noun.head.dep_ == "nsubj"
        and noun.head.head.lemma_ == "be"
    ):
        verbs.append(noun.head.head)
    for verb in verbs:
        if any(c.dep_ == "neg" for c in verb.children) or mood.modal(verb):
            continue
        for child in verb.rights:
            if child.dep_ in ("oprd", "attr", "dobj") and child.i in mentions:
                return child
    return None
