"""Parts that do as a test tells them, at the ports: an extractor, a clock, and engines that can be taken away."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.entity import EntityType
from app.domain.episode import Json
from app.domain.errors import BadAnswer, Unavailable
from app.domain.extraction import Extraction, ProposedEntity, ProposedFact, Source
from app.domain.fact import PREDICATES, FactKind, cardinality_of
from app.domain.time import Interval, Precision
from app.ports.models import Answer as ModelAnswer
from app.ports.models import Embedder, Prompt, Vectors

SENTENCE = re.compile(r"(?P<subject>[A-Z]\w*) (?P<predicate>[a-z_]+) (?P<object>[\w ]+?)(?: since (?P<since>\S+))?\.")
PLACES = frozenset({"lives_in", "visited", "located_in"})

Answer = Callable[[Source], Extraction]


@dataclass(slots=True)
class Watch:
    """A clock that stands still until it is moved."""

    now: datetime = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass(slots=True)
class ScriptedExtractor:
    """Reads sentences such as "Ana lives_in Porto since 2024-05-01." and nothing else.

    `answers`: what to say of a content instead. `errors`: what to raise at a batch that has this content, one at a
    time from a list, for ever from a single error. `bears`: with more at once it gives no answer. While `gate` is not
    set, batches wait after they were noted in `batches`.
    """

    identity: str = "scripted@1"
    uses_model: bool = False
    answers: dict[str, Answer] = field(default_factory=dict)
    errors: dict[str, list[Exception] | Exception] = field(default_factory=dict)
    bears: int | None = None
    batches: list[list[str]] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    @property
    def read(self) -> list[str]:
        """Every content, in the order of reading, as often as it was read."""
        return [content for batch in self.batches for content in batch]

    async def extract(self, batch: Sequence[Source]) -> list[Extraction]:
        self.batches.append([source.content for source in batch])
        self.arrived.set()
        await self.gate.wait()
        if self.bears is not None and len(batch) > self.bears:
            raise BadAnswer("cut off")
        for source in batch:
            self._fail(source.content)
        return [self.answers.get(source.content, literally)(source) for source in batch]

    def _fail(self, content: str) -> None:
        error = self.errors.get(content)
        if isinstance(error, Exception):
            raise error
        if error:
            raise error.pop(0)

    async def close(self) -> None: ...


def literally(source: Source) -> Extraction:
    found = [_fact(match) for match in SENTENCE.finditer(source.content) if match["predicate"] in PREDICATES]
    return Extraction(source.episode_id, _entities(found), tuple(found))


def _fact(match: re.Match[str]) -> ProposedFact:
    predicate = match["predicate"]
    since = match["since"]
    return fact(
        match["subject"],
        predicate,
        match["object"],
        match.start(),
        match.end(),
        object_type=EntityType.PLACE if predicate in PLACES else EntityType.ORGANIZATION,
        statement=match[0],
        valid=Interval(datetime.fromisoformat(since).replace(tzinfo=UTC)) if since else None,
        precision=Precision.DAY if since else None,
    )


def fact(subject: str, predicate: str, object: str, start: int, end: int, **given: Any) -> ProposedFact:
    return ProposedFact(
        **{
            "subject": subject,
            "subject_type": EntityType.PERSON,
            "predicate": predicate,
            "object": object,
            "object_type": EntityType.THING,
            "statement": f"{subject} {predicate} {object}.",
            "kind": FactKind.FACTUAL,
            "cardinality": cardinality_of(predicate),
            "start": start,
            "end": end,
            **given,
        }
    )


def _entities(facts: Sequence[ProposedFact]) -> tuple[ProposedEntity, ...]:
    subjects = [(fact.subject, fact.subject_type) for fact in facts]
    objects = [(fact.object, fact.object_type) for fact in facts if fact.object_type is not None]
    named = dict.fromkeys([*subjects, *objects])
    return tuple(ProposedEntity(name, type, None, None) for name, type in named)


@dataclass(slots=True)
class FickleEmbedder:
    """An embedder that is away while `away`, and waits for `gate` before it embeds passages."""

    real: Embedder
    away: bool = False
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    @property
    def identity(self) -> str:
        return self.real.identity

    @property
    def dimension(self) -> int:
        return self.real.dimension

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self._check()
        self.asked.set()
        await self.gate.wait()
        return await self.real.embed_passages(texts)

    async def embed_query(self, text: str) -> Vectors:
        self._check()
        return await self.real.embed_query(text)

    async def close(self) -> None: ...

    def _check(self) -> None:
        if self.away:
            raise Unavailable("the embedder is away")


class With:
    """Whatever it wraps, with some attributes of its own."""

    def __init__(self, real: object, **own: Any) -> None:
        self._real = real
        self.__dict__.update(own)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class Failing(With):
    """Whatever it wraps, but the next call of a method named in `errors` raises that error instead."""

    def __init__(self, real: object, errors: Mapping[str, Exception] | None = None) -> None:
        super().__init__(real, errors=dict(errors or {}))

    def __getattr__(self, name: str) -> Any:
        return self._raising(name) if name in self.errors else super().__getattr__(name)

    def _raising(self, name: str) -> Callable[..., Any]:
        async def call(*_: object, **__: object) -> None:
            raise self.errors.pop(name)

        return call


class Noted(With):
    """Whatever it wraps, counting in `calls` how often each method was called and came back."""

    def __init__(self, real: object) -> None:
        super().__init__(real, calls=Counter[str]())

    def __getattr__(self, name: str) -> Any:
        method = super().__getattr__(name)

        async def call(*given: object, **named: object) -> Any:
            answer = await method(*given, **named)
            self.calls[name] += 1
            return answer

        return call


Reply = Mapping[str, Json] | Exception
"""What a language model answers, or what is raised instead."""


@dataclass(slots=True)
class ScriptedChat:
    """A language model that answers by the name of the prompt, and notes what it was asked.

    `answers`: for each name what it always answers, what it answers to a prompt, or a list of what it answers one
    after another. A prompt without an answer is a mistake of the test. While `gate` is not set, answers wait, after
    `arrived` was set.
    """

    answers: dict[str, Reply | Callable[[Prompt], Reply] | list[Reply]] = field(default_factory=dict)
    identity: str = "scripted-chat"
    configured: bool = True
    tokens: int = 100
    asked: list[tuple[str, Prompt]] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    def prompts(self, name: str) -> list[Prompt]:
        """Those of this name, in the order they were asked."""
        return [prompt for _, prompt in self.asked if prompt.name == name]

    async def answer(self, tenant: str, prompt: Prompt) -> ModelAnswer:
        self.asked.append((tenant, prompt))
        self.arrived.set()
        await self.gate.wait()
        scripted = self.answers[prompt.name]
        if isinstance(scripted, list):
            scripted = scripted.pop(0)
        reply = scripted(prompt) if callable(scripted) else scripted
        if isinstance(reply, Exception):
            raise reply
        return ModelAnswer(reply, calls=1, tokens=self.tokens)

    async def check(self) -> None: ...

    async def close(self) -> None: ...
