"""Names that a text mentions: what the recogniser finds, less its usual mistakes, plus names it has no label for."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from spacy.tokens import Doc, Span, Token

from app.adapters.models.spacy.lexicon import COMMON, GIVEN_NAMES, GREETINGS, RELATIONS, words
from app.domain.entity import EntityType

_TYPES: Mapping[str, EntityType] = MappingProxyType(
    {
        "PERSON": EntityType.PERSON,
        "ORG": EntityType.ORGANIZATION,
        "GPE": EntityType.PLACE,
        "LOC": EntityType.PLACE,
        "FAC": EntityType.PLACE,
        "PRODUCT": EntityType.PRODUCT,
        "EVENT": EntityType.EVENT,
        "WORK_OF_ART": EntityType.THING,
        "LANGUAGE": EntityType.TOPIC,
    }
)
_NUMERIC = frozenset(("DATE", "TIME", "MONEY", "PERCENT", "QUANTITY", "ORDINAL", "CARDINAL"))
CALENDAR = words(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december mon tue tues wed thu thur thurs fri sat sun jan feb mar apr jun jul aug sep "
    "sept oct nov dec am pm gmt utc est pst cet today tomorrow yesterday"
)
_ABSTRACT = ("ing", "tion", "ness", "ment", "ity", "ery", "ship")
_LONGEST = 10


@dataclass(frozen=True, slots=True)
class Mention:
    """A name at tokens `[first, last)` of the document. `certain`: the recogniser or the session knows the type."""

    name: str
    type: EntityType
    first: int
    last: int
    certain: bool


def mentions(doc: Doc, people: Sequence[str], verbs: Container[str]) -> dict[int, Mention]:
    """The mentions by the index of each of their tokens. `people`: names known to be of persons in this session.
    `verbs`: lemmas of common verbs."""
    found: dict[int, Mention] = {}
    for mention in _all(doc, frozenset(people), verbs):
        if not any(i in found for i in range(mention.first, mention.last)):
            found.update(dict.fromkeys(range(mention.first, mention.last), mention))
    return found


def _all(doc: Doc, people: frozenset[str], verbs: Container[str]) -> Iterator[Mention]:
    yield from _participants(doc, people)
    yield from _quoted(doc)
    for ent in reversed(doc.ents):
        type = _TYPES.get(ent.label_)
        if type is not None and (trimmed := _trim(ent)) is not None and not _mistaken(trimmed, type):
            if _common(trimmed, type, verbs):
                continue
            doubtful = type is EntityType.PERSON and any(c.isdecimal() for c in trimmed.text)
            yield _mention(trimmed, EntityType.THING if doubtful else type, certain=not doubtful)
    yield from _capitalised(doc)


def _participants(doc: Doc, people: frozenset[str]) -> Iterator[Mention]:
    """Full names and, where only one participant has it, first names."""
    firsts = [name.split()[0] for name in people]
    names = {name: name for name in people} | {
        f: n for f, n in zip(firsts, people, strict=True) if firsts.count(f) == 1
    }
    for token in doc:
        for length in (3, 2, 1):
            span = doc[token.i : token.i + length]
            if span.text in names and len(span) == length:
                yield Mention(names[span.text], EntityType.PERSON, span.start, span.end, certain=True)
                break


def _quoted(doc: Doc) -> Iterator[Mention]:
    """Titles in double quotes."""
    opened: int | None = None
    for token in doc:
        if token.text != '"':
            continue
        if opened is None or token.i - opened > _LONGEST or token.i - opened < 2:
            opened = token.i
            continue
        inner = doc[opened + 1 : token.i]
        opened = None
        capitals = [t for t in inner if t.text[:1].isupper() or t.text[:1].isdigit()]
        content = [t for t in inner if t.is_alpha and not t.is_stop] or list(inner)
        if inner[0].text[:1].isupper() and 2 * len(capitals) > len(content) and inner[-1].text not in "!?.":
            yield Mention(inner.text.strip(" ,"), EntityType.THING, inner.start, inner.end, certain=False)


def _trim(ent: Span) -> Span | None:
    first, last = ent.start, ent.end
    doc = ent.doc
    # "Honda Civic" as two entities: the name goes on to the left.
    while (
        first > 0
        and doc[first - 1].dep_ == "compound"
        and doc[first - 1].pos_ == "PROPN"
        and doc[first - 1].head.i < last
    ):
        first -= 1
    while first < last and (
        doc[first].pos_ in ("DET", "PRON", "PUNCT", "SPACE", "INTJ", "ADP") or doc[first].text in "'\""
    ):
        first += 1
    while first < last and (
        doc[last - 1].tag_ in ("POS", "CC") or doc[last - 1].pos_ in ("PUNCT", "SPACE", "INTJ", "ADV")
    ):
        last -= 1
    return doc[first:last] if first < last and last - first <= _LONGEST else None


def _mistaken(span: Span, type: EntityType) -> bool:
    """Greetings, relations, calendar words, common words that open a sentence: no names."""
    words = [t.lower_ for t in span]
    if any(uncased(t) for t in span):
        return False
    if not any(_names(t) for t in span) or len(span.text) < 2:
        return True
    if all(w in GREETINGS or w in CALENDAR or w in RELATIONS for w in words) or words[0] in GREETINGS:
        return True
    before = span[0].nbor(-1) if span[0].i > 0 else None
    if before is not None and before.like_num and not before.whitespace_:
        return True
    if all(t.is_stop for t in span) or words[0] in ("last", "next", "this") or sum(c.isalpha() for c in span.text) < 2:
        return True
    if any(c in span.text for c in '!?/\\|<>{}=@#_\n"'):
        return True
    if len(span) == 1:
        token = span[0]
        owns = token.i + 1 < len(token.doc) and token.nbor().tag_ == "POS"
        if (token.is_stop and not owns) or (len(token.text) == 2 and not (token.text.isupper() or owns)):
            return True
        opens = token.is_sent_start or token.i == 0
        if opens and type is EntityType.PERSON and token.i + 1 < len(token.doc) and token.nbor().text in "!,.?":
            return True
    return False


def _common(span: Span, type: EntityType, verbs: Container[str]) -> bool:
    """A common word that has its capital from opening the sentence: "Dance is my life", "Pottery helps"."""
    token = span[0]
    if len(span) > 1 or type is EntityType.PLACE or not (token.is_sent_start or token.i == 0):
        return False
    word = token.lower_
    return word in COMMON or word.endswith(_ABSTRACT) or (word in verbs and word not in GIVEN_NAMES)


def _names(token: Token) -> bool:
    return (token.pos_ in ("PROPN", "NOUN", "ADJ", "NUM", "X") and token.text[:1].isupper()) or token.tag_ == "NNP"


def _capitalised(doc: Doc) -> Iterator[Mention]:
    """Runs of proper nouns with capitals inside a sentence that the recogniser passed over."""
    at = 0
    while at < len(doc):
        if not _proper(doc[at]):
            at += 1
            continue
        end = at + 1
        while (step := _step(doc, end)) > 0:
            end += step
        span = doc[at:end]
        opens = span[0].is_sent_start or at == 0
        owns = end < len(doc) and doc[end].tag_ == "POS"
        alone = opens and len(span) == 1 and not owns and not uncased(span[0])
        if not alone and len(span) <= _LONGEST and not _mistaken(span, EntityType.THING):
            yield _mention(span, EntityType.THING, certain=False)
        at = end


def _step(doc: Doc, end: int) -> int:
    """How many tokens a name goes on for: the next proper noun, or "of the" and one."""
    at = end
    while at < len(doc) and at - end < 2 and doc[at].lower_ in ("of", "the", "de", "la", "van", "von") and at >= end:
        at += 1
    return at + 1 - end if at < len(doc) and _proper(doc[at]) and (at == end or doc[end].lower_ != "the") else 0


def uncased(token: Token) -> bool:
    """A word of a script without capitals, such as 李明, amid English."""
    text = token.text
    return text.isalpha() and text.upper() == text.lower()


def _proper(token: Token) -> bool:
    if uncased(token):
        return True
    return (
        token.pos_ == "PROPN"
        and token.text[:1].isupper()
        and token.ent_type_ not in _NUMERIC
        and (token.lower_ not in CALENDAR and token.lower_ not in GREETINGS)
    )


def _mention(span: Span, type: EntityType, certain: bool) -> Mention:
    return Mention(" ".join(span.text.split()), type, span.start, span.end, certain)
