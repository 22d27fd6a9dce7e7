"""Readers of the public question sets, all into one shape: documents in sessions, and queries with what they need."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Document:
    """One episode. `position` counts within its session from 0; a document that stands alone has no session."""

    id: str
    text: str
    speaker: str | None = None
    session_id: str | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """`relevant`: the ids wanted, of documents or (where `by_session`) of sessions. Empty: nothing here answers it."""

    text: str
    relevant: frozenset[str]
    group: str
    by_session: bool = False


@dataclass(frozen=True, slots=True)
class Collection:
    """The memory of one user, and what is asked of it."""

    set: str
    name: str
    documents: tuple[Document, ...]
    questions: tuple[Question, ...]


LOCOMO_CATEGORIES = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop", 5: "adversarial"}


def _read(path: Path) -> Any:
    raw = path.read_bytes()
    return json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)


def _sessions(conversation: dict[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    numbers = (int(match[1]) for key in conversation if (match := re.fullmatch(r"session_(\d+)", key)))
    for number in sorted(numbers):
        yield f"s{number}", conversation[f"session_{number}"]


def _turn_text(turn: dict[str, Any]) -> str:
    caption = turn.get("blip_caption")
    return f"{turn['text']} [shares {caption}]" if caption else str(turn["text"])


def _dialogue_ids(evidence: list[str]) -> frozenset[str]:
    """Evidence as published, also where it is written "D8:6; D9:17" or "D:11:26"."""
    found = (re.findall(r"D:?(\d+):(\d+)", entry) for entry in evidence)
    return frozenset(f"D{int(session)}:{int(turn)}" for entry in found for session, turn in entry)


def locomo(path: Path) -> Iterator[Collection]:
    for sample in _read(path):
        documents = [
            Document(turn["dia_id"], _turn_text(turn), turn["speaker"], session, position)
            for session, turns in _sessions(sample["conversation"])
            for position, turn in enumerate(turns)
        ]
        known = {document.id for document in documents}
        questions = [
            Question(entry["question"], _dialogue_ids(entry["evidence"]) & known, LOCOMO_CATEGORIES[entry["category"]])
            for entry in sample["qa"]
        ]
        yield Collection("locomo", sample["sample_id"], tuple(documents), tuple(q for q in questions if q.relevant))


def longmemeval(path: Path) -> Iterator[Collection]:
    data = _read(path)
    for entry in data["questions"]:
        names = {session: f"s{number}" for number, session in enumerate(entry["haystack_session_ids"])}
        documents = [
            Document(f"{name}:{position}", turn["content"], turn["role"], name, position)
            for session, name in names.items()
            for position, turn in enumerate(data["sessions"][session]["turns"])
        ]
        wanted = frozenset(names[session] for session in entry["answer_session_ids"])
        question = Question(entry["question"], wanted, entry["question_type"], by_session=True)
        yield Collection("longmemeval", entry["question_id"], tuple(documents), (question,))


def beam(path: Path) -> Iterator[Collection]:
    for chat in _read(path):
        places: dict[str, int] = {}
        documents = []
        for message in chat["messages"]:
            session = f"b{message['batch']}"
            position = places[session] = places.get(session, -1) + 1
            documents.append(Document(str(message["id"]), message["content"], message["role"], session, position))
        questions = [
            Question(entry["question"], frozenset(map(str, entry["source_chat_ids"])), entry["type"])
            for entry in chat["questions"]
        ]
        yield Collection("beam", str(chat["id"]), tuple(documents), tuple(questions))


def musique(path: Path) -> Iterator[Collection]:
    data = _read(path)
    documents = [Document(str(passage["id"]), f"{passage['title']}. {passage['text']}") for passage in data["passages"]]
    questions = [
        Question(entry["question"], frozenset(map(str, entry["supporting"])), f"{entry['id'][0]}-hop")
        for entry in data["questions"]
    ]
    yield Collection("musique", "passages", tuple(documents), tuple(questions))


def time_content(path: Path) -> Iterator[Collection]:
    """The questions about what was said at some time; those about the time alone have no content to rank by."""
    data = _read(path)
    for name, conversation in data["conversations"].items():
        documents = [
            Document(str(turn["response_number"]), _turn_text(turn), turn["speaker"], session, position)
            for session, turns in _sessions(conversation)
            for position, turn in enumerate(turns)
        ]
        questions = [
            Question(entry["questions"][0], frozenset(map(str, entry["relevant_docs"])), "content and time")
            for entry in data["questions"]["content_time_qs"]["content_time_qs"][name]
        ]
        yield Collection("time", name, tuple(documents), tuple(questions))


READERS = {"locomo": locomo, "longmemeval": longmemeval, "beam": beam, "musique": musique, "time": time_content}
