"""The files that `load` and `bench` read: LoCoMo, LongMemEval, and plain JSON lines."""

from __future__ import annotations

import gzip
import json
import re
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
        text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"cannot read {path}: {error}") from error
    try:
        data = json.loads(text)
    except ValueError:
        return [_lines(path, text, user or path.stem)]
    if isinstance(data, list) and data and "conversation" in data[0]:
        return [_locomo(item) for item in data]
    if isinstance(data, dict) and {"questions", "sessions"} <= set(data):
        return list(_longmemeval(data))
    if isinstance(data, dict) and "content" in data:
        return [_lines(path, text, user or path.stem)]
    raise Invalid(f"{path} is neither LoCoMo, LongMemEval nor JSON lines of {{session, role, name, content, at}}")


def _locomo(item: dict[str, Any]) -> Conversation:
    talk = item["conversation"]
    sessions: dict[str, list[Turn]] = {}
    for number in range(1, 1 + max(int(key.split("_")[1]) for key in talk if re.fullmatch(r"session_\d+", key))):
        start = _locomo_time(talk.get(f"session_{number}_date_time"))
        turns = talk.get(f"session_{number}") or []
        if start is not None and turns:
            sessions[f"session_{number}"] = [
                Turn(turn["dia_id"], "user", turn["speaker"], _locomo_text(turn), start + i * TURN_GAP)
                for i, turn in enumerate(turns)
            ]
    questions = tuple(
        Question(qa["question"], str(qa["category"]), tuple(_dialogue_ids(qa.get("evidence") or [])))
        for qa in item["qa"]
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


def _longmemeval(data: dict[str, Any]) -> Iterator[Conversation]:
    for question in data["questions"]:
        sessions: dict[str, list[Turn]] = {}
        names: dict[str, str] = {}
        for place, key in enumerate(question["haystack_session_ids"]):
            # ids that begin with "answer_" would give the evidence away
            name = names[key] = f"s{place:03d}"
            session = data["sessions"][key]
            start = _longmemeval_time(session["date"])
            sessions[name] = [
                Turn(f"{name}:{i}", turn["role"], None, turn["content"], start + i * TURN_GAP)
                for i, turn in enumerate(session["turns"])
                if turn["content"].strip()
            ]
        answers = tuple(f"{names[key]}:{turn}" for key, turn in question["answer_turns"] if key in names)
        asked = Question(question["question"], question["question_type"], answers)
        yield Conversation(f"lme-{question['question_id']}", sessions, (asked,))


def _longmemeval_time(text: str) -> datetime:
    """For example "2023/05/20 (Sat) 02:21"."""
    day, _, rest = text.partition(" ")
    clock = rest.rpartition(" ")[2] or "00:00"
    return datetime.strptime(f"{day} {clock}", "%Y/%m/%d %H:%M").replace(tzinfo=UTC)


def _lines(path: Path, text: str, user: str) -> Conversation:
    sessions: dict[str, list[Turn]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
            at = datetime.fromisoformat(item["at"])
            if at.tzinfo is None:
                raise ValueError("`at` needs an offset, for example 2026-05-08T13:56:00Z")
            turn = Turn(f"line-{number}", item.get("role", "user"), item.get("name"), item["content"], at)
            sessions.setdefault(str(item.get("session", "main")), []).append(turn)
        except (ValueError, KeyError, TypeError) as error:
            raise Invalid(f"{path} line {number}: {error!s}") from error
    return Conversation(user, sessions)
