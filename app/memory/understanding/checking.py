"""From an answer to extractions: what is proposed is checked against what was shown, and the rest is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from app.domain.entity import EntityType, normal_name
from app.domain.extraction import Extraction, ProposedEntity, ProposedFact, ProposedNote
from app.domain.fact import OBJECT_TYPES, Cardinality, FactKind, Polarity
from app.domain.guidance import Guidance
from app.domain.identity import Named
from app.domain.own_words import find_quote
from app.domain.time import Interval, Precision
from app.memory.facts.given import LITERAL
from app.memory.understanding.answers import Item, choice, items, text, texts
from app.memory.understanding.briefing import Briefing, Known, Told
from app.memory.understanding.citing import Quote, known, quoted, speaking
from app.memory.understanding.dating import NOTHING_SAID, Aspect, dated
from app.memory.understanding.extract_prompt import Said
from app.memory.understanding.grounds import Ground, concerns
from app.memory.understanding.predicates import cardinality, normalised
from app.memory.understanding.refusals import Refusal, Refusals, Refused

MOST_FACTS = 32
"""Of one episode."""
MOST_NOTES = 2
MOST_WORDS = 12
"""Keywords, and tags, of one note."""
LONGEST_NAME = 200
LONGEST_SENTENCE = 600
FIRST_PERSON = frozenset({"i", "me", "myself", "speaker", "the speaker"})

_POLARITIES = {
    Said.HOLDS: Polarity.HOLDS,
    Said.CORRECTS: Polarity.HOLDS,
    Said.ENDS: Polarity.ENDS,
    Said.DENIES: Polarity.DENIES,
}


@dataclass(slots=True)
class _Gathered:
    """Of one episode."""

    entities: dict[Named, ProposedEntity] = field(default_factory=dict)
    facts: list[ProposedFact] = field(default_factory=list)
    notes: list[ProposedNote] = field(default_factory=list)


class Checking:
    """One answer to one question."""

    def __init__(self, briefing: Briefing, guidance: Guidance, refusals: Refusals) -> None:
        self._briefing = briefing
        self._guidance = guidance
        self._refusals = refusals
        self._ground = Ground(
            [one.shown for one in briefing.episodes.values()],
            [name for name, _ in briefing.entities.values()],
        )
        self._grounds: dict[str, Ground] = {}
        self._names = {normal_name(named[0]): named for named in reversed(list(briefing.entities.values()))}
        self._gathered = {one.source.episode_id: _Gathered() for one in briefing.episodes.values()}

    def extractions(self, answer: Item) -> dict[str, Extraction]:
        """By episode id, of the episodes that were shown; without counts of what was refused."""
        self._each(items(answer, "entities"), self._entity)
        self._each(items(answer, "facts"), self._fact)
        self._each(items(answer, "notes"), self._note)
        return {
            id: Extraction(id, tuple(g.entities.values()), tuple(g.facts), notes=tuple(g.notes))
            for id, g in self._gathered.items()
        }

    def _each(self, proposals: Iterable[Item], accept: Callable[[Item], None]) -> None:
        for item in proposals:
            try:
                accept(item)
            except Refused as refused:
                self._refusals.add(refused.why, self._about(item))

    def _about(self, item: Item) -> str | None:
        told = self._briefing.episodes.get(text(item, "episode"))
        return None if told is None else told.source.episode_id

    # -- entities -----------------------------------------------------------------------------------------------------

    def _entity(self, item: Item) -> None:
        name, type = text(item, "name"), choice(item, "type", EntityType)
        if type is None or not name or len(name) > LONGEST_NAME:
            raise Refused(Refusal.INCOMPLETE)
        if normal_name(name) in self._names:
            return
        if not self._guidance.wants_entity(type):
            raise Refused(Refusal.UNWANTED)
        if not self._ground.name(name):
            raise Refused(Refusal.UNKNOWN_NAME)
        self._names[normal_name(name)] = name, type

    def _meant(self, said: str, told: Told) -> Named | None:
        """Who or what is meant by an alias or a name."""
        if said in self._briefing.entities:
            return self._briefing.entities[said]
        if said.casefold() in FIRST_PERSON:
            said = told.source.speaker
        return self._names.get(normal_name(said))

    def _mention(self, named: Named, quote: Quote) -> None:
        """Note whom a fact names; the one who speaks need not be mentioned."""
        gathered = self._gathered[quote.told.source.episode_id]
        if named in gathered.entities:
            return
        span = find_quote(quote.told.words, named[0])
        if span is not None:
            gathered.entities[named] = ProposedEntity(*named, *span)
        elif normal_name(named[0]) == normal_name(quote.told.source.speaker):
            gathered.entities[named] = ProposedEntity(*named, None, None)

    def _own(self, told: Told) -> Ground:
        """What one episode said, and who is known."""
        id = told.source.episode_id
        if id not in self._grounds:
            self._grounds[id] = Ground([told.shown], [told.source.speaker, *(name for name, _ in self._names.values())])
        return self._grounds[id]

    # -- facts --------------------------------------------------------------------------------------------------------

    def _fact(self, item: Item) -> None:
        said = choice(item, "polarity", Said)
        if said is None:
            raise Refused(Refusal.INCOMPLETE)
        quote = quoted(self._briefing, item)
        about = known(self._briefing, item) if said is not Said.HOLDS else None
        if said in (Said.ENDS, Said.DENIES) and about is not None:
            fact = _ended(about, quote, _POLARITIES[said])
        else:
            fact = self._stated(item, quote, said)
            if fact.polarity is not Polarity.HOLDS and not concerns(quote.words, _as_known(fact)):
                raise Refused(Refusal.UNRELATED)
            if said is Said.CORRECTS:
                fact = _correcting(fact, about, quote)
        fact = self._when(fact, item, quote)
        facts = self._gathered[quote.told.source.episode_id].facts
        if len(facts) >= MOST_FACTS:
            raise Refused(Refusal.TOO_MANY)
        if fact in facts:
            return
        facts.append(fact)
        self._mention((fact.subject, fact.subject_type), quote)
        if fact.object_type is not None:
            self._mention((fact.object, fact.object_type), quote)

    def _stated(self, item: Item, quote: Quote, said: Said) -> ProposedFact:
        subject = self._meant(text(item, "subject"), quote.told)
        if subject is None:
            raise Refused(Refusal.UNKNOWN_NAME)
        predicate = normalised(text(item, "predicate"), self._guidance)
        kind = choice(item, "kind", FactKind)
        object = text(item, "object")
        if not predicate or not object or kind is None:
            raise Refused(Refusal.INCOMPLETE)
        if not self._guidance.wants_predicate(predicate):
            raise Refused(Refusal.UNWANTED)
        value, type = self._value(object, text(item, "object_type").casefold(), quote)
        facts = self._briefing.facts.values()
        how = cardinality(
            predicate,
            choice(item, "cardinality", Cardinality),
            self._guidance,
            [(known.predicate, known.cardinality) for known in facts],
        )
        if type is None and predicate in OBJECT_TYPES:
            # "a village" is no name, and never takes the place of Rome
            how = Cardinality.MANY
        plainly = f"{subject[0]} {predicate.replace('_', ' ')} {value}."
        sentence = text(item, "statement")
        if not sentence or len(sentence) > LONGEST_SENTENCE or not self._own(quote.told).sentence(sentence):
            sentence = plainly
        return ProposedFact(
            subject=subject[0],
            subject_type=subject[1],
            predicate=predicate,
            object=value,
            object_type=type,
            statement=sentence,
            kind=kind,
            cardinality=how,
            start=quote.start,
            end=quote.end,
            polarity=_POLARITIES[said],
        )

    def _value(self, object: str, type: str, quote: Quote) -> tuple[str, EntityType | None]:
        meant = self._meant(object, quote.told)
        if meant is not None and (type != LITERAL or object in self._briefing.entities):
            return meant
        if len(object) > LONGEST_SENTENCE:
            raise Refused(Refusal.INCOMPLETE)
        if type != LITERAL and type in set(EntityType):
            named = EntityType(type)
            if not self._ground.name(object):
                raise Refused(Refusal.UNKNOWN_NAME)
            if not self._guidance.wants_entity(named):
                raise Refused(Refusal.UNWANTED)
            return object, named
        if not self._ground.value(object, quote.words):
            raise Refused(Refusal.UNGROUNDED)
        return object, None

    def _when(self, fact: ProposedFact, item: Item, quote: Quote) -> ProposedFact:
        """With its time; one that was not said, or cannot be understood, is left out and counted."""
        said = text(item, "time")
        aspect = choice(item, "aspect", Aspect) or Aspect.STATE
        told = quote.told
        span = quote.start, quote.end
        validity = dated(
            told.words, span, "" if said in ("null", "none") else said, aspect, fact.polarity, told.source.occurred_at
        )
        if validity is None:
            self._refusals.add(Refusal.TIME, told.source.episode_id)
            validity = NOTHING_SAID
        valid, precision = validity
        if fact.predicate == "plans" and fact.polarity is Polarity.HOLDS and valid is not None:
            # a plan stands from when it is told until its time has passed
            at = told.source.occurred_at
            end = valid.end if valid.end is not None and valid.end > at else None
            valid, precision = Interval(at, end), Precision.ASSUMED
        return replace(fact, valid=valid, precision=precision)

    # -- notes --------------------------------------------------------------------------------------------------------

    def _note(self, item: Item) -> None:
        told = speaking(self._briefing, item)
        content, context = text(item, "content"), text(item, "context")
        if not content or max(len(content), len(context)) > LONGEST_SENTENCE:
            raise Refused(Refusal.INCOMPLETE)
        own = self._own(told)
        if not own.sentence(content) or self._ground.shared(content) > 2 * own.shared(content):
            # a note is forgotten with its episode, and so says what that one says, and not the others
            raise Refused(Refusal.UNGROUNDED)
        notes = self._gathered[told.source.episode_id].notes
        if len(notes) >= MOST_NOTES:
            raise Refused(Refusal.TOO_MANY)
        said = Ground([told.shown], [told.source.speaker])
        keywords = [word for word in texts(item, "keywords") if len(word) <= LONGEST_NAME and said.sentence(word)]
        tags = [tag for tag in texts(item, "tags") if len(tag) <= LONGEST_NAME]
        notes.append(ProposedNote(content, context, tuple(keywords[:MOST_WORDS]), tuple(tags[:MOST_WORDS])))


def _ended(known: Known, quote: Quote, polarity: Polarity) -> ProposedFact:
    """That a known fact stops, or never was; in its own terms."""
    if not concerns(quote.words, known):
        raise Refused(Refusal.UNRELATED)
    return ProposedFact(
        subject=known.subject[0],
        subject_type=known.subject[1],
        predicate=known.predicate,
        object=known.object,
        object_type=known.object_type,
        statement=known.text,
        kind=FactKind.FACTUAL,
        cardinality=known.cardinality,
        start=quote.start,
        end=quote.end,
        polarity=polarity,
    )


def _correcting(fact: ProposedFact, known: Known | None, quote: Quote) -> ProposedFact:
    """What takes the place of a known fact has its subject and predicate."""
    if known is None:
        raise Refused(Refusal.INCOMPLETE)
    same = (fact.subject, fact.subject_type, fact.predicate) == (*known.subject, known.predicate)
    if not same and not concerns(quote.words, known):
        raise Refused(Refusal.UNRELATED)
    return replace(
        fact,
        subject=known.subject[0],
        subject_type=known.subject[1],
        predicate=known.predicate,
        cardinality=known.cardinality,
        replaces=(known.object, known.object_type),
    )


def _as_known(fact: ProposedFact) -> Known:
    return Known(
        fact_id="",
        subject=(fact.subject, fact.subject_type),
        predicate=fact.predicate,
        object=fact.object,
        object_type=fact.object_type,
        cardinality=fact.cardinality,
        text=fact.object,
        valid_from=None,
    )
