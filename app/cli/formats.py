"""The files that `load` and `bench` read: LoCoMo, LongMemEval, and plain JSON lines."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.domain.errors import Invalid

TURN_GAP = timedelta(seconds=1)
"""Turns of a session share one time in these sets; a second between them keeps their order visible."""


@dataclass(frozen=True, slots=True)
class Turn:
    """`client_id` names the turn within its user, so that loading a file again changes nothing."""

    client_id: str
    role: str
    name: str | None
    content: str
    at: datetime

    def body(self) -> dict[str, Any]:
        return {
            "role": self.role,
            "name": self.name,
            "content": self.content,
            "occurred_at": self.at.isoformat(),
            "client_id": self.client_id,
        }


@dataclass(frozen=True, slots=True)
class Question:
    """`evidence`: client_ids of the turns that hold the answer."""

    text: str
    category: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conversation:
    """One user's sessions, in order of time."""

    user: str
    sessions: dict[str, list[Turn]]
    questions: tuple[Question, ...] = field(default=())

    @property
    def turns(self) -> int:
        return sum(len(turns) for turns in self.sessions.values())


def read(path: Path, user: str | None = None) -> list[Conversation]:
    """The conversations of a file, its format told by its content. `user`: whose memory plain JSON lines are.
    Raises Invalid with what is wrong and where."""
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise Invalid(f"cannot read {path}: {error}") from error
    try:
        found = _parsed(path, text, user or path.name.partition(".")[0])
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise Invalid(f"{path} is not as it should be: {type(error).__name__}: {error}") from error
    if not any(conversation.turns for conversation in found):
        raise Invalid(f"there are no messages in {path}")
    return found


def _parsed(path: Path, text: str, user: str) -> list[Conversation]:
    try:
        data = json.loads(text)
    except ValueError:
        return [_lines(path, text, user)]
    items = data if isinstance(data, list) else []
    if items and all(isinstance(item, dict) for item in items):
        if "conversation" in items[0]:
            return [_locomo(item) for item in items]
        if "haystack_sessions" in items[0]:
            return [_longmemeval(item, _published(item)) for item in items]
    if isinstance(data, dict) and {"questions", "sessions"} <= set(data):
        return [_longmemeval(item, _pooled(item, data["sessions"])) for item in data["questions"]]
    if isinstance(data, dict) and "content" in data:
        return [_lines(path, text, user)]
    raise Invalid(f"{path} is neither LoCoMo, LongMemEval nor JSON lines of {{session, role, name, content, at}}")


def _locomo(item: dict[str, Any]) -> Conversation:
    talk = item["conversation"]
    sessions: dict[str, list[Turn]] = {}
    for number in sorted(int(key.split("_")[1]) for key in talk if re.fullmatch(r"session_\d+", key)):
        start = _locomo_time(talk.get(f"session_{number}_date_time"))
        turns = talk.get(f"session_{number}") or []
        if start is not None and turns:
            sessions[f"session_{number}"] = [
                Turn(turn["dia_id"], "user", turn["speaker"], _locomo_text(turn), start + i * TURN_GAP)
                for i, turn in enumerate(turns)
                if _locomo_text(turn).strip()
            ]
    questions = tuple(
        Question(qa["question"], str(qa["category"]), tuple(_dialogue_ids(qa.get("evidence") or [])))
        for qa in item.get("qa") or []
    )
    return Conversation(item["sample_id"], sessions, questions)


def _locomo_text(turn: dict[str, Any]) -> str:
    caption = turn.get("blip_caption")
    return f"{turn['text']}\n[image: {caption}]" if caption else str(turn["text"])


def _locomo_time(text: str | None) -> datetime | None:
    """For example "1:56 pm on 8 May, 2023"; the set names no zone, so UTC."""
    return datetime.strptime(text, "%I:%M %p on %d %B, %Y").replace(tzinfo=UTC) if text else None


def _dialogue_ids(evidence: list[str]) -> Iterator[str]:
    """A few entries are malformed: several ids in one, a colon too many, leading zeros."""
    for entry in evidence:
        for session, turn in re.findall(r"D:?(\d+):(\d+)", entry):
            yield f"D{int(session)}:{int(turn)}"


Haystack = list[tuple[str, list[dict[str, Any]], set[int]]]
"""Of each session its date, its turns, and which of them hold the answer."""


def _published(item: dict[str, Any]) -> Haystack:
    """As LongMemEval comes: every question with a haystack of its own."""
    return [
        (date, turns, {i for i, turn in enumerate(turns) if turn.get("has_answer")})
        for date, turns in zip(item["haystack_dates"], item["haystack_sessions"], strict=True)
    ]


def _pooled(item: dict[str, Any], sessions: dict[str, Any]) -> Haystack:
    """The same with the sessions apart, for they recur from question to question."""
    return [
        (
            sessions[key]["date"],
            sessions[key]["turns"],
            {turn for session, turn in item["answer_turns"] if session == key},
        )
        for key in item["haystack_session_ids"]
    ]


def _longmemeval(item: dict[str, Any], haystack: Haystack) -> Conversation:
    sessions: dict[str, list[Turn]] = {}
    evidence: list[str] = []
    for place, (date, turns, answers) in enumerate(haystack):
        # ids that begin with "answer_" would give the evidence away
        name = f"s{place:03d}"
        start = _longmemeval_time(date)
        sessions[name] = [
            Turn(f"{name}:{i}", turn["role"], None, turn["content"], start + i * TURN_GAP)
            for i, turn in enumerate(turns)
            if turn["content"].strip()
        ]
        evidence += [f"{name}:{i}" for i in sorted(answers)]
    asked = Question(item["question"], item["question_type"], tuple(evidence))
    return Conversation(f"lme-{item['question_id']}", sessions, (asked,))


def _longmemeval_time(text: str) -> datetime:
    """For example "2023/05/20 (Sat) 02:21"."""
    day, _, rest = text.partition(" ")
    clock = rest.rpartition(" ")[2] or "00:00"
    return datetime.strptime(f"{day} {clock}", "%Y/%m/%d %H:%M").replace(tzinfo=UTC)


def _lines(path: Path, text: str, user: str) -> Conversation:
    sessions: dict[str, list[Turn]] = {}
    seen: Counter[str] = Counter()
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
            at = datetime.fromisoformat(item["at"])
            if at.tzinfo is None:
                raise ValueError("`at` needs an offset, for example 2026-05-08T13:56:00Z")
            session, role, name = str(item.get("session", "main")), item.get("role", "user"), item.get("name")
            content = item["content"]
            # by what is said, so that lines may be added and files split; what is said twice counts twice
            said = hashlib.sha256(json.dumps([session, role, name, content, item["at"]]).encode()).hexdigest()[:24]
            seen[said] += 1
            sessions.setdefault(session, []).append(Turn(f"{said}-{seen[said]}", role, name, content, at))
        except (AttributeError, ValueError, KeyError, TypeError) as error:
            raise Invalid(f"{path} line {number}: {type(error).__name__}: {error}") from error
    return Conversation(user, sessions)
