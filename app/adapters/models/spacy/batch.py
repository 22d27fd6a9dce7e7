"""From messages to proposals: `extract_batch`, a pure function over a loaded parser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from spacy.language import Language
from spacy.tokens import Doc, Span, Token

from app.adapters.models.spacy import (
    attributes,
    copula,
    corrections,
    families,
    formulas,
    intentions,
    relations,
    times,
    verbs,
)
from app.adapters.models.spacy.arguments import IsTime
from app.adapters.models.spacy.cast import Cast, Reader, Referent, cast
from app.adapters.models.spacy.clauses import clauses
from app.adapters.models.spacy.draft import Draft
from app.adapters.models.spacy.lexicon import SECOND, words
from app.adapters.models.spacy.mentions import mentions
from app.adapters.models.spacy.passages import Passage, passages
from app.adapters.models.spacy.pipeline import verbs as verbs_of
from app.adapters.models.spacy.sharing import worded
from app.adapters.models.spacy.statements import Wording
from app.domain.entity import EntityType, normal_name
from app.domain.episode import EpisodeKind, Role
from app.domain.extraction import Extraction, ProposedEntity, ProposedFact, Source
from app.domain.fact import Polarity, cardinality_of
from app.domain.when import TimeMention, find_times

_BATCH = 16
_LONG_ANSWER = 600
"""Code points beyond which what an unnamed assistant writes is advice rather than conversation."""
_LONGEST_SENTENCE = 120
"""Tokens beyond which it is no sentence that the parser understands."""
_LONGEST_STATEMENT = 400
_LONGEST_OBJECT = 120
_TOLD_OF_YOU = words(
    "lives_in works_at works_as studies_at studies born_in born_on age named married_to partner_of from allergic_to "
    "suffers_from located_in works_in"
)


def extract_batch(nlp: Language, batch: Sequence[Source]) -> list[Extraction]:
    """One extraction per source, in order. Deterministic; the result for a source does not depend on the others."""
    readings = [_opened(source) for source in batch]
    common = verbs_of(nlp)
    parsed = nlp.pipe(
        ((p.text, (reading, p)) for reading in readings for p in _readable(reading.source)),
        as_tuples=True,
        batch_size=_BATCH,
    )
    for doc, (reading, passage) in parsed:
        reading.read(doc, passage, common)
    return [reading.extraction() for reading in readings]


def _opened(source: Source) -> _Reading:
    """With the speaker as an entity from the start."""
    reading = _Reading(source, cast(source))
    speaker = reading.cast.speaker
    if speaker is not None and source.role in (Role.USER, Role.ASSISTANT) and source.kind is not EpisodeKind.JSON:
        reading.entities[normal_name(speaker)] = ProposedEntity(speaker, EntityType.PERSON, None, None)
    return reading


def _readable(source: Source) -> Iterator[Passage]:
    if source.role in (Role.SYSTEM, Role.TOOL) or source.kind is EpisodeKind.JSON:
        return
    unnamed = source.role is Role.ASSISTANT and source.speaker == Role.ASSISTANT.value
    found = list(passages(source.content))
    if unnamed and (len(source.content) > _LONG_ANSWER or any(p.listed for p in found)):
        return
    yield from found


@dataclass(slots=True)
class _Reading:
    """What one message has said so far."""

    source: Source
    cast: Cast
    entities: dict[str, ProposedEntity] = field(default_factory=dict)
    facts: dict[tuple[str, str, str, Polarity], ProposedFact] = field(default_factory=dict)
    mentioned: list[tuple[Referent, int]] = field(default_factory=list)
    rejected: int = 0

    def read(self, doc: Doc, passage: Passage, common: frozenset[str]) -> None:
        reader = Reader(self.cast, mentions(doc, self.cast.people, common))
        found = find_times(passage.text, self.source.occurred_at)

        def timed(token: Token) -> bool:
            return times.is_time(token, found)

        for draft in (*families.read(doc, reader), *relations.read(doc, reader)):
            self._propose(draft, Wording(draft.text or "", *(draft.span or (0, 0))), (), passage)
        for mention in dict.fromkeys(reader.mentions.values()):
            if mention.certain:
                self.mentioned.append((reader.mentioned(doc[mention.first], mention), passage.start))
        for sentence in (s for s in doc.sents if len(s) <= _LONGEST_SENTENCE):
            self._sentence(sentence, reader, timed, found, passage)

    def _sentence(
        self, sentence: Span, reader: Reader, timed: IsTime, found: Sequence[TimeMention], passage: Passage
    ) -> None:
        stated: list[Draft] = []
        for clause in clauses(sentence, reader):
            reads = copula.read if clause.verb.lemma_ == "be" else verbs.read
            stated.extend(list(attributes.read(clause, reader)) or reads(clause, reader, timed))
        stated.extend(formulas.read(sentence, reader))
        stated.extend(list(corrections.read(sentence, reader, stated)))
        for draft in (d for d in stated if not self._addressed(d)):
            wording = worded(draft, stated, self.cast)
            when = times.within(times.outside(found, draft.told), draft.clause, wording.start, wording.end)
            if draft.clause is not None and intentions.coming(draft):
                when = times.ahead(when, self.source.occurred_at)
            if (settled := intentions.settled(draft, when, self.source.occurred_at)) is not None:
                self._propose(settled, wording, when, passage)
        for token in sentence:
            if (person := reader.person(token)) is not None:
                self.cast.note(*person)

    def _addressed(self, draft: Draft) -> bool:
        """Said of "you", and of the kind that is more often meant of anyone or as a compliment."""
        clause = draft.clause
        second = clause is not None and clause.subject is not None and clause.subject.lower_ in SECOND
        return second and draft.predicate not in _TOLD_OF_YOU

    def _propose(self, draft: Draft, wording: Wording, when: Sequence[TimeMention], passage: Passage) -> None:
        if not self._sound(draft, wording, passage):
            self.rejected += 1
            return
        draft = draft.canonical()
        subject = self._enter(draft.subject, passage.start)
        object = self._enter(draft.object, passage.start) if isinstance(draft.object, Referent) else None
        valid, precision = times.validity(draft, when, self.source.occurred_at)
        fact = ProposedFact(
            subject=subject.name,
            subject_type=subject.type,
            predicate=draft.predicate,
            object=object.name if object is not None else str(draft.object),
            object_type=object.type if object is not None else None,
            statement=wording.text,
            kind=draft.kind,
            cardinality=draft.cardinality or cardinality_of(draft.predicate),
            start=passage.start + wording.start,
            end=passage.start + wording.end,
            polarity=draft.polarity,
            valid=valid,
            precision=precision,
        )
        self.facts.setdefault((fact.subject, fact.predicate, normal_name(fact.object), fact.polarity), fact)

    def _sound(self, draft: Draft, wording: Wording, passage: Passage) -> bool:
        inside = 0 <= wording.start < wording.end <= len(passage.text)
        object = draft.object.name if isinstance(draft.object, Referent) else draft.object
        return (
            inside
            and bool(self.source.content[passage.start + wording.start : passage.start + wording.end].strip())
            and 0 < len(wording.text) <= _LONGEST_STATEMENT
            and 0 < len(object.strip()) <= _LONGEST_OBJECT
            and any(c.isalnum() for c in object)
        )

    def _enter(self, referent: Referent, offset: int) -> ProposedEntity:
        """The entity of that name in this message; the first to name it gives the type."""
        key = normal_name(referent.name)
        before = self.entities.get(key)
        if before is not None:
            return before
        speaks = referent.name == self.cast.speaker
        entity = ProposedEntity(
            referent.name,
            referent.type,
            None if speaks else offset + referent.start,
            None if speaks else offset + referent.end,
        )
        self.entities[key] = entity
        return entity

    def extraction(self) -> Extraction:
        """What a fact takes an entity for stands against what the recogniser takes it for."""
        for referent, offset in self.mentioned:
            self._enter(referent, offset)
        return Extraction(
            self.source.episode_id, tuple(self.entities.values()), tuple(self.facts.values()), rejected=self.rejected
        )
