"""How well queries that say when are understood, on the time questions of Alonso et al. (2024).

    python -m bench.time_questions TIME_QUESTIONS.json[.gz] [--misses]

The file holds `conversations` (LoCoMo sessions whose turns carry `date_time` and `response_number`) and `questions`
(`time_qs` and `content_time_qs`: by type, by conversation, each with paraphrases and the response numbers that
answer it). Now is the moment after the last turn.

For the time questions, the turns that the understood ranges select are compared with the relevant ones. Questions of
time and content, which no range can answer alone, count as recalled by the share of their relevant turns within the
range, and `selected` says how much of the conversation the range leaves. `--misses` lists what was not exact.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import fmean
from typing import Any

from app.domain.time import Interval
from app.domain.when import QueryTime, SessionRange, understand


@dataclass(frozen=True, slots=True)
class Turn:
    number: int
    session: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    kind: str
    text: str
    time: QueryTime | None
    chosen: int
    relevant: int
    hits: int
    turns: int

    @property
    def exact(self) -> bool:
        return self.chosen == self.relevant == self.hits


COLUMNS: dict[str, Callable[[Answer], float]] = {
    "exact": lambda answer: answer.exact,
    "precision": lambda answer: answer.hits / answer.chosen if answer.chosen else 0.0,
    "recall": lambda answer: answer.hits / answer.relevant,
    "selected": lambda answer: answer.chosen / answer.turns,
    "understood": lambda answer: answer.time is not None,
    "strict": lambda answer: answer.time is not None and answer.time.strict,
}
"""Each a mean over the questions, in percent."""


def turns_of(conversation: dict[str, Any]) -> list[Turn]:
    turns: list[Turn] = []
    session = 1
    while f"session_{session}_date_time" in conversation:
        for turn in conversation.get(f"session_{session}") or ():
            at = datetime.strptime(turn["date_time"], "%I:%M:%S %p on %A %d %B, %Y").replace(tzinfo=UTC)
            turns.append(Turn(int(turn["response_number"]), session, at))
        session += 1
    return turns


def select(turns: list[Turn], time: QueryTime | None) -> set[int]:
    """The response numbers of the turns in any of the ranges."""
    sessions = sorted({turn.session for turn in turns})

    def fits(turn: Turn, where: Interval | SessionRange) -> bool:
        if isinstance(where, Interval):
            return where.contains(turn.at)
        first, last = (n - 1 if n > 0 else len(sessions) + n for n in (where.first, where.last))
        return first <= sessions.index(turn.session) <= last

    return {turn.number for turn in turns if time and any(fits(turn, where) for where in time.ranges)}


def answers(data: dict[str, Any], group: str) -> Iterator[Answer]:
    turns = {name: turns_of(conversation) for name, conversation in data["conversations"].items()}
    for kind, conversations in sorted(data["questions"][group].items()):
        for name, questions in conversations.items():
            now = max(turn.at for turn in turns[name]) + timedelta(seconds=1)
            for question in questions:
                relevant = set(question["relevant_docs"])
                for text in question["questions"]:
                    time = understand(text, now)
                    chosen = select(turns[name], time)
                    counts = len(chosen), len(relevant), len(chosen & relevant), len(turns[name])
                    yield Answer(kind.removeprefix("test_"), text, time, *counts)


def table(found: list[Answer]) -> str:
    lines = [f"{'type':<18}{'questions':>10}" + "".join(f"{name:>12}" for name in COLUMNS)]
    kinds = dict.fromkeys(answer.kind for answer in found)
    for kind in (*kinds, "all") if len(kinds) > 1 else kinds:
        these = [answer for answer in found if kind in {answer.kind, "all"}]
        means = "".join(f"{100 * fmean(value(answer) for answer in these):>12.1f}" for value in COLUMNS.values())
        lines.append(f"{kind:<18}{len(these):>10}{means}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("file", type=Path)
    parser.add_argument("--misses", action="store_true", help="list the questions that were not answered exactly")
    arguments = parser.parse_args()
    opener = gzip.open if arguments.file.suffix == ".gz" else open
    with opener(arguments.file, "rt", encoding="utf-8") as file:
        data = json.load(file)
    for group in ("time_qs", "content_time_qs"):
        found = list(answers(data, group))
        print(table(found), end="\n\n")
        for answer in found if arguments.misses else ():
            if not answer.exact and (group == "time_qs" or answer.hits < answer.relevant):
                print(f"{answer.kind}: {answer.text} -> {answer.chosen} turns for {answer.relevant}: {answer.time}")


if __name__ == "__main__":
    main()
