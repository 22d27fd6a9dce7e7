"""What a scripted language model answers, told by the words of episodes, and the service that asks it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from app.domain.scope import Scope
from app.http.app import create_app
from app.ports.models import Prompt
from tests.acceptance.memory import Memory
from tests.house import House
from tests.scripted import Reply, ScriptedChat

Item = dict[str, Any]


def asked(prompt: Prompt) -> dict[str, Any]:
    """What a prompt shows."""
    shown: dict[str, Any] = json.loads(prompt.user)
    return shown


def says(predicate: str, object: str, /, **given: Any) -> Item:
    """A fact of the speaker's. `known`: words of the fact that it ends, denies or corrects."""
    return {
        "subject": "I",
        "predicate": predicate,
        "object": object,
        "object_type": "literal",
        "statement": "",
        "kind": "factual",
        "cardinality": "many",
        "polarity": "holds",
        "known": None,
        "time": None,
        "aspect": "state",
        **given,
    }


def named(name: str, type: str) -> Item:
    return {"name": name, "type": type}


def note(content: str, context: str = "", keywords: Sequence[str] = (), tags: Sequence[str] = ()) -> Item:
    return {"content": content, "context": context, "keywords": list(keywords), "tags": list(tags)}


@dataclass(slots=True)
class Reading:
    """Answers what was told of the words that an episode has; nothing of others. A fact whose quote is not told quotes
    them all."""

    heard: dict[str, tuple[list[Item], list[Item], list[Item]]] = field(default_factory=dict)

    def of(self, words: str, *facts: Item, entities: Sequence[Item] = (), notes: Sequence[Item] = ()) -> None:
        self.heard[words] = list(facts), list(entities), list(notes)

    def __call__(self, prompt: Prompt) -> Reply:
        shown = asked(prompt)
        answer: dict[str, list[Item]] = {"entities": [], "facts": [], "notes": []}
        for episode in shown["episodes"]:
            for words, (facts, entities, notes) in self.heard.items():
                if words in episode["text"]:
                    here = {"episode": episode["id"]}
                    answer["facts"] += [{"quote": words, **here, **fact, **_known(fact, shown)} for fact in facts]
                    answer["entities"] += entities
                    answer["notes"] += [{**here, **one} for one in notes]
        return answer


def _known(fact: Item, shown: dict[str, Any]) -> Item:
    if fact.get("known") is None:
        return {}
    found = [known["id"] for known in shown["facts"] if fact["known"] in known["says"]]
    return {"known": found[0] if found else fact["known"]}


def deciding(**answers: str | Item) -> Callable[[Prompt], Reply]:
    """The answer to the pairs in which a word (of a fact, or of a name) occurs."""

    def answer(prompt: Prompt) -> Reply:
        decisions: list[Item] = []
        for pair in asked(prompt)["pairs"]:
            for word, said in answers.items():
                if word in json.dumps(pair, ensure_ascii=False):
                    given = said if isinstance(said, dict) else {"answer": said}
                    decisions.append({"pair": pair["id"], "value": None, "statement": None, **given})
                    break
        return {"decisions": decisions}

    return answer


NOTHING: Reply = {"entities": [], "facts": [], "notes": []}
NO_CHANGES: Reply = {"links": [], "updates": [], "conclusions": []}


@dataclass(slots=True)
class Mind:
    """A memory that thinks with a scripted model, over HTTP. `reading`: what the model makes of episodes."""

    house: House
    chat: ScriptedChat
    reading: Reading
    memory: Memory

    @property
    def scope(self) -> Scope:
        return Scope("default", self.memory.user)

    async def hear(self, content: str, on: str, **given: Any) -> str:
        """A message at noon of that day, worked through an hour after what was heard before; its id."""
        self.house.clock.forward(hours=1)
        return await self.memory.hear(content, on, **given)

    def calls(self) -> list[str]:
        return [prompt.name for _, prompt in self.chat.asked]

    async def notes(self) -> dict[str, dict[str, Any]]:
        """By what they say."""
        return {note["content"]: note for note in await self.memory.all_pages("notes")}

    def decides(self, **answers: str | Item) -> None:
        self.chat.answers["decide"] = deciding(**answers)


def scripted() -> ScriptedChat:
    return ScriptedChat({"extract": Reading(), "decide": {"decisions": []}, "evolve": NO_CHANGES})


@asynccontextmanager
async def thinking(house: House, *, works: bool = True) -> AsyncIterator[Mind]:
    """`works`: a worker is beside it; otherwise the test drains the lanes."""
    chat = scripted()
    minded = house.another(chat=chat)
    await minded.services.access.ensure_default_tenant()
    if works:
        await minded.assembly.worker.start()
    try:
        transport = httpx.ASGITransport(app=create_app(minded.services, minded.meter))
        async with httpx.AsyncClient(transport=transport, base_url="http://palimpsest", timeout=60) as http:
            reading = chat.answers["extract"]
            assert isinstance(reading, Reading)
            yield Mind(minded, chat, reading, Memory(http, f"user-{uuid4().hex}"))
    finally:
        if works:
            await minded.assembly.worker.stop()


def evolving(
    links: Sequence[tuple[str, str, str]] = (), updates: Sequence[Item] = (), conclusions: Sequence[Item] = ()
) -> Callable[[Prompt], Reply]:
    """Notes are told by words of what they say, and left out where they are not shown; what no note says goes as it
    is. An update: {"note", "context", "tags"}; a conclusion: {"of", "relation", "content", …}."""

    def answer(prompt: Prompt) -> Reply:
        shown = asked(prompt)
        everything = [*shown["new"], *shown["known"]]

        def alias(words: str) -> str:
            return next((note["id"] for note in everything if words in note["content"]), words)

        def there(*words: str) -> bool:
            return all(any(one in note["content"] for note in everything) or len(one) < 4 for one in words)

        return {
            "links": [
                {"from": alias(one), "to": alias(other), "relation": relation}
                for one, other, relation in links
                if there(one, other)
            ],
            "updates": [{**update, "note": alias(update["note"])} for update in updates if there(update["note"])],
            "conclusions": [
                {"context": "", "keywords": [], "tags": [], **one, "of": [alias(words) for words in one["of"]]}
                for one in conclusions
                if there(*one["of"])
            ],
        }

    return answer
