"""From clauses with "to be" to facts: who or what someone is, how old, where, called what."""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Token

from app.adapters.models.spacy.arguments import IsTime, Oblique, conjoined, obliques, value
from app.adapters.models.spacy.cast import Reader, Referent
from app.adapters.models.spacy.clauses import Clause, Stance
from app.adapters.models.spacy.draft import Draft
from app.adapters.models.spacy.frames import DATES, LIKES, LOCATED, MARRIES, MEMBER, ORIGIN, WORKS, Aspect, Frame
from app.adapters.models.spacy.health import ailing, medicine
from app.adapters.models.spacy.lexicon import FEELINGS, PETS, PROFESSIONS, RELATIONS, TRAITS
from app.adapters.models.spacy.phrases import evaluative, noun_phrase
from app.domain.entity import EntityType
from app.domain.fact import Cardinality, FactKind, Polarity

Found = tuple[str, Referent | str, Aspect, FactKind]
_FAVOURITE = frozenset(("favorite", "favourite", "fave"))
_FRIENDS = Frame("friend_of", Aspect.STATE, EntityType.PERSON, named=True)


def read(clause: Clause, reader: Reader, is_time: IsTime) -> Iterator[Draft]:
    if (own := list(ailing(clause, reader))) or (own := list(_possessed(clause, reader))):
        yield from own
        return
    if clause.stance is Stance.WILL:
        return
    for subject in clause.subjects:
        for predicate, object, aspect, kind in _predicated(clause, subject, reader, is_time):
            polarity = Polarity.HOLDS
            if clause.stance is Stance.DENIES:
                if not isinstance(object, Referent):
                    continue
                polarity = Polarity.DENIES
            elif clause.stance is Stance.ENDS:
                polarity = Polarity.ENDS
            lasting = polarity is Polarity.HOLDS and aspect is Aspect.STATE
            over = lasting and (clause.past or clause.stance is Stance.FORMERLY)
            yield Draft(
                subject,
                predicate,
                object,
                Aspect.END if polarity is Polarity.ENDS else aspect,
                kind,
                clause,
                polarity,
                over=over,
            )


def _possessed(clause: Clause, reader: Reader) -> Iterator[Draft]:
    """As in "My name is …", "my favourite colour is …", "my birthday is on …"."""
    subject = clause.subject
    if subject is None or clause.stance is not Stance.DOES or (owner := reader.owner_of(subject)) is None:
        return
    whose = Referent(owner[0], EntityType.PERSON, owner[1].idx, owner[1].idx + len(owner[1]))
    noun = subject.lemma_.lower()
    complement = next((c for c in clause.verb.rights if c.dep_ in ("attr", "acomp", "oprd")), None)
    if noun == "name" and subject.tag_ == "NN" and complement is not None and complement.pos_ in ("PROPN", "NOUN"):
        if complement.text == whose.name:
            return
        yield Draft(
            whose,
            "named",
            complement.doc[complement.left_edge.i : complement.i + 1].text,
            Aspect.STATE,
            FactKind.FACTUAL,
            clause,
        )
    elif noun == "birthday":
        day = complement or next(
            (n for c in clause.verb.rights if c.dep_ == "prep" for n in c.children if n.dep_ == "pobj"), None
        )
        if day is not None and day.ent_type_ == "DATE" and any(t.text[0].isdecimal() for t in day.subtree):
            text = " ".join(t.text for t in day.subtree if t.pos_ != "PUNCT")
            yield Draft(whose, "born_on", text, Aspect.STATE, FactKind.FACTUAL, clause)
    elif any(c.lower_ in _FAVOURITE for c in subject.lefts) and complement is not None:
        qualifiers = [c.lemma_.lower() for c in subject.lefts if c.dep_ == "compound"]
        for token in conjoined(complement):
            if (
                found := value(token, None, reader) or (token.text if token.pos_ in ("ADJ", "VERB") else None)
            ) is not None:
                predicate = "_".join(("favorite", *qualifiers, noun))
                yield Draft(
                    whose, predicate, found, Aspect.STATE, FactKind.SUBJECTIVE, clause, cardinality=Cardinality.ONE
                )


def _predicated(clause: Clause, subject: Referent, reader: Reader, is_time: IsTime) -> Iterator[Found]:
    for child in clause.verb.rights:
        if child.dep_ in ("attr", "oprd"):
            called = (
                clause.subject is not None and clause.subject.lemma_.lower() in RELATIONS and child.i in reader.mentions
            )
            for token in () if called else conjoined(child):
                yield from _attribute(token, subject, reader, is_time)
        elif child.dep_ == "acomp":
            for token in conjoined(child):
                yield from _adjective(token, subject, reader)
    for oblique in obliques(clause.verb, is_time):
        if not oblique.of_object:
            yield from _where(oblique, subject, reader)


def _attribute(token: Token, subject: Referent, reader: Reader, is_time: IsTime) -> Iterator[Found]:
    person = subject.type is EntityType.PERSON
    if token.pos_ == "NUM" or (age := _years(token)):
        number = token.text if token.pos_ == "NUM" else age
        if person and number.isdecimal() and 0 < int(number) < 120 and _ends_or_years(token):
            yield "age", number, Aspect.STATE, FactKind.FACTUAL
        return
    if is_time(token):
        return
    lemma = token.lemma_.lower()
    if lemma in ("fan", "lover", "member", "part"):
        yield from _of(
            token, Frame("member_of", range=EntityType.ORGANIZATION) if lemma in ("member", "part") else LIKES, reader
        )
        return
    if (relation := _relation(token, reader)) is not None:
        yield relation
        return
    if person and lemma in PROFESSIONS and (phrase := noun_phrase(token, linked=False)) is not None:
        if not any(evaluative(c) for c in token.lefts if c.dep_ == "amod") and any(
            c.dep_ == "det" for c in token.lefts
        ):
            yield "works_as", phrase, Aspect.STATE, FactKind.FACTUAL
            leads = lemma in ("founder", "ceo", "cto", "cfo", "director", "manager", "editor", "owner", "president")
            yield from _of(token, WORKS, reader, ("at", "for", "of") if leads else ("at", "for"))
        return
    if any(evaluative(c) for c in token.lefts if c.dep_ == "amod") or token.pos_ not in ("NOUN", "PROPN"):
        return
    found = value(token, None, reader)
    if isinstance(found, Referent):
        if subject.name == reader.cast.speaker and found.type is EntityType.PERSON and token.pos_ == "PROPN":
            yield "named", found.name, Aspect.STATE, FactKind.FACTUAL
        elif found.name != subject.name and token.pos_ == "PROPN" and not any(c.dep_ == "poss" for c in token.lefts):
            yield "is", found, Aspect.STATE, FactKind.FACTUAL
    elif (
        found is not None
        and lemma not in ("kid", "child", "baby", "teenager", "member", "part")
        and any(c.dep_ == "det" and c.lower_ in ("a", "an", "the") for c in token.lefts)
    ):
        yield "is_a", found, Aspect.STATE, FactKind.FACTUAL


def _relation(token: Token, reader: Reader) -> Found | None:
    """As in "Anna is my sister", "Rex is Bo's dog"."""
    lemma = token.lemma_.lower()
    owner = reader.owner_of(token) if lemma in RELATIONS or lemma in PETS else None
    if owner is None:
        return None
    whose = Referent(owner[0], EntityType.PERSON, owner[1].idx, owner[1].idx + len(owner[1]))
    if lemma in PETS:
        return "pet_of", whose, Aspect.STATE, FactKind.FACTUAL
    return RELATIONS[lemma][0], whose, Aspect.STATE, FactKind.FACTUAL


def _of(token: Token, frame: Frame, reader: Reader, prepositions: tuple[str, ...] = ("of",)) -> Iterator[Found]:
    for child in token.children:
        if child.dep_ == "prep" and child.lower_ in prepositions:
            for noun in (n for c in child.children if c.dep_ == "pobj" for n in conjoined(c)):
                if (found := value(noun, frame, reader)) is not None:
                    yield frame.predicate, found, frame.aspect, frame.kind


def _years(token: Token) -> str:
    """As in "34 years old" -> 34."""
    if token.lemma_ != "year":
        return ""
    return next((c.text for c in token.lefts if c.dep_ == "nummod"), "")


def _ends_or_years(token: Token) -> bool:
    following = token.doc[token.i + 1] if token.i + 1 < len(token.doc) else None
    return (
        following is None
        or (following.pos_ in ("PUNCT", "CCONJ", "SPACE") and following.text != "%")
        or following.lemma_ in ("year", "now", "old")
    )


def _adjective(token: Token, subject: Referent, reader: Reader) -> Iterator[Found]:
    word = token.lower_
    if word == "old":
        years = next((c for c in token.lefts if c.dep_ == "npadvmod"), None)
        if years is not None and (age := _years(years)).isdecimal() and subject.type is EntityType.PERSON:
            yield "age", age, Aspect.STATE, FactKind.FACTUAL
        return
    complements = [
        (c.lower_, n)
        for c in token.children
        if c.dep_ == "prep"
        for p in c.children
        if p.dep_ == "pobj"
        for n in conjoined(p)
    ]
    if word == "allergic":
        for preposition, noun in complements:
            frame = Frame("allergic_to", topic=True)
            if preposition == "to" and (found := value(noun, frame, reader)) is not None:
                yield "allergic_to", found, Aspect.STATE, FactKind.FACTUAL
    elif word in ("fond", "keen"):
        for _, noun in complements:
            if (found := value(noun, LIKES, reader)) is not None:
                yield "likes", found, Aspect.STATE, FactKind.SUBJECTIVE
    elif word in ("afraid", "scared", "terrified"):
        for preposition, noun in complements:
            if preposition == "of" and (found := value(noun, Frame("fears", topic=True), reader)) is not None:
                yield "fears", found, Aspect.STATE, FactKind.SUBJECTIVE
    elif word in ("married", "engaged") and complements:
        frame = MARRIES if word == "married" else DATES
        for _, noun in complements:
            if (found := value(noun, frame, reader)) is not None:
                yield frame.predicate, found, Aspect.STATE, FactKind.FACTUAL
    elif word in TRAITS or token.ent_type_ == "NORP":
        if subject.type is EntityType.PERSON:
            yield "is", token.text, Aspect.STATE, FactKind.FACTUAL
    elif word in FEELINGS and subject.type is EntityType.PERSON:
        yield "feels", word, Aspect.EVENT, FactKind.EXPERIENTIAL


def _where(oblique: Oblique, subject: Referent, reader: Reader) -> Iterator[Found]:
    frame: Frame | None = None
    match oblique.preposition:
        case "from":
            frame = ORIGIN
        case "in" | "at" | "near":
            frame = LOCATED
        case "into":
            frame = LIKES
        case "on":
            frame = MEMBER
    if frame is None:
        return
    for noun in oblique.nouns:
        if oblique.preposition == "on" and (name := medicine(noun)) is not None:
            yield "takes", name, Aspect.STATE, FactKind.FACTUAL
            continue
        mention = reader.mentions.get(noun.i)
        if frame is LOCATED and (mention is None or not mention.certain or mention.type is EntityType.PERSON):
            continue
        if (
            frame is LOCATED
            and mention is not None
            and mention.type is EntityType.ORGANIZATION
            and subject.type is EntityType.PERSON
        ):
            if (found := value(noun, WORKS, reader)) is not None:
                yield WORKS.predicate, found, Aspect.STATE, FactKind.FACTUAL
        elif frame is MEMBER and noun.lemma_.lower() not in ("team", "board", "committee", "squad", "council"):
            continue
        elif (found := value(noun, frame, reader)) is not None:
            yield frame.predicate, found, frame.aspect, frame.kind
