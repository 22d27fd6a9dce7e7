"""How new notes change what their neighbours mean: the model proposes, and only what was shown can change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.errors import BadAnswer, Unavailable
from app.domain.jobs import Outcome
from app.domain.note import Note, NoteChange, ProposedFragment, ProposedLink, ProposedRevision, Relation
from app.memory.understanding.answers import Item, choice, items, text, texts
from app.memory.understanding.evolve_prompt import MOST_CONCLUSIONS, MOST_LINKS, NAME, VERSION, evolve_prompt
from app.memory.understanding.grounds import Ground
from app.memory.understanding.refusals import Refusal, Refusals, Refused
from app.ports.metrics import Meter
from app.ports.models import ChatModel

NEIGHBOURS = 5
"""Of one new note, as many are worth showing."""
MOST_KNOWN = 40
CONCLUSIVE = 0.6
"""Cosine similarity of two notes from which something may follow from both (PREMem)."""
MOST_WORDS = 12
LONGEST_TAG = 100
LONGEST = 600


@dataclass(frozen=True, slots=True)
class Near:
    """A known note that is near a new one. `similarity` in [-1, 1]."""

    fresh_id: str
    note: Note
    similarity: float


@dataclass(frozen=True, slots=True)
class Evolved:
    """`outcome`: what it took and what was refused; `degraded` where the model was needed and did not answer."""

    changes: tuple[NoteChange, ...] = ()
    fragments: tuple[ProposedFragment, ...] = ()
    outcome: Outcome = field(default_factory=Outcome)


class Evolving:
    def __init__(self, *, chat: ChatModel, meter: Meter) -> None:
        self._chat = chat
        self._meter = meter

    @property
    def configured(self) -> bool:
        """Whether there is a model to ask."""
        return self._chat.configured

    @property
    def identity(self) -> str:
        """Who proposes."""
        return f"llm:{self._chat.identity}+{NAME}@{VERSION}"

    async def propose(self, tenant: str, fresh: Sequence[Note], near: Sequence[Near]) -> Evolved:
        """One question, and none where there is nothing to hold together. Without an answer nothing changes."""
        if not self._chat.configured or not fresh or (not near and len(fresh) < 2):
            return Evolved()
        shown = _Shown.of(fresh, near)
        try:
            answer = await self._chat.answer(tenant, evolve_prompt(shown.fresh, shown.known))
        except (BadAnswer, Unavailable) as error:
            self._meter.count("model_steps_left_out", step=NAME, reason=error.code)
            return Evolved(outcome=Outcome(degraded=1))
        refusals = Refusals(NAME)
        checking = _Checking(shown, refusals)
        changes: tuple[NoteChange, ...] = (*checking.links(answer.value), *checking.revisions(answer.value))
        fragments = checking.fragments(answer.value)
        refusals.tell(self._meter)
        outcome = Outcome(rejected=refusals.total, model_calls=answer.calls, tokens=answer.tokens)
        return Evolved(changes, tuple(fragments), outcome)


@dataclass(frozen=True, slots=True)
class _Shown:
    """Notes by alias; `near`: pairs of ids of which something may follow."""

    fresh: Mapping[str, Note]
    known: Mapping[str, Note]
    conclusive: frozenset[frozenset[str]]

    @classmethod
    def of(cls, fresh: Sequence[Note], near: Sequence[Near]) -> _Shown:
        ids = {note.id for note in fresh}
        nearest = sorted(near, key=lambda one: (-one.similarity, one.note.id))
        known = {one.note.id: one.note for one in nearest if one.note.id not in ids}
        conclusive = (frozenset((one.fresh_id, one.note.id)) for one in near if one.similarity >= CONCLUSIVE)
        return cls(
            {f"m{number}": note for number, note in enumerate(fresh, 1)},
            {f"k{number}": note for number, note in enumerate(list(known.values())[:MOST_KNOWN], 1)},
            frozenset(conclusive),
        )

    def note(self, alias: str) -> Note:
        """Raises Refused for what was not shown."""
        found = self.fresh.get(alias) or self.known.get(alias)
        if found is None:
            raise Refused(Refusal.UNKNOWN_ALIAS)
        return found


class _Checking:
    def __init__(self, shown: _Shown, refusals: Refusals) -> None:
        self._shown = shown
        self._refusals = refusals

    def links(self, answer: Item) -> list[ProposedLink]:
        found: dict[ProposedLink, None] = {}
        for item in items(answer, "links"):
            try:
                found[self._link(item, len(found))] = None
            except Refused as refused:
                self._refusals.add(refused.why)
        return list(found)

    def revisions(self, answer: Item) -> list[ProposedRevision]:
        """One of a note at most."""
        found: dict[str, ProposedRevision] = {}
        for item in items(answer, "updates"):
            try:
                revision = self._revision(item)
                if revision.note_id in found:
                    raise Refused(Refusal.TOO_MANY)
                found[revision.note_id] = revision
            except Refused as refused:
                self._refusals.add(refused.why)
        return list(found.values())

    def fragments(self, answer: Item) -> list[ProposedFragment]:
        found: list[ProposedFragment] = []
        for item in items(answer, "conclusions"):
            try:
                if len(found) >= MOST_CONCLUSIONS:
                    raise Refused(Refusal.TOO_MANY)
                found.append(self._fragment(item))
            except Refused as refused:
                self._refusals.add(refused.why)
        return found

    def _link(self, item: Item, before: int) -> ProposedLink:
        one, other = self._shown.note(text(item, "from")), self._shown.note(text(item, "to"))
        relation = choice(item, "relation", Relation)
        if relation is None:
            raise Refused(Refusal.INCOMPLETE)
        fresh = {note.id for note in self._shown.fresh.values()}
        if one.id == other.id or not {one.id, other.id} & fresh:
            raise Refused(Refusal.RULE)
        if before >= MOST_LINKS * len(fresh):
            raise Refused(Refusal.TOO_MANY)
        return ProposedLink(one.id, other.id, relation)

    def _revision(self, item: Item) -> ProposedRevision:
        alias = text(item, "note")
        note = self._shown.note(alias)
        if alias not in self._shown.known:
            raise Refused(Refusal.RULE)
        context = text(item, "context") or note.context
        tags = _bounded(texts(item, "tags")) or note.tags
        if len(context) > LONGEST or (context, tags) == (note.context, note.tags):
            raise Refused(Refusal.INCOMPLETE)
        everything = [*self._shown.fresh.values(), note]
        if not _ground(everything).sentence(context):
            raise Refused(Refusal.UNGROUNDED)
        return ProposedRevision(note.id, context, tags)

    def _fragment(self, item: Item) -> ProposedFragment:
        notes = [self._shown.note(alias) for alias in texts(item, "of")]
        ids = tuple(dict.fromkeys(note.id for note in notes))
        relation = choice(item, "relation", Relation)
        content, context = text(item, "content"), text(item, "context")
        if relation is None or not content or max(len(content), len(context)) > LONGEST:
            raise Refused(Refusal.INCOMPLETE)
        if not any(pair <= set(ids) for pair in self._shown.conclusive):
            raise Refused(Refusal.RULE)
        ground = _ground(notes)
        if not ground.sentence(content) or not ground.sentence(context):
            raise Refused(Refusal.UNGROUNDED)
        keywords = _bounded(word for word in texts(item, "keywords") if ground.sentence(word))
        return ProposedFragment(content, context, keywords, _bounded(texts(item, "tags")), ids, relation)


def _ground(notes: Iterable[Note]) -> Ground:
    return Ground([note.text for note in notes], [])


def _bounded(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(word for word in words if len(word) <= LONGEST_TAG)[:MOST_WORDS]
