"""The files that can be loaded, and what is said of those that cannot."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.cli.formats import Conversation, read
from app.domain.errors import Invalid


def locomo(**qa: Any) -> dict[str, Any]:
    return {
        "sample_id": "conv-1",
        "conversation": {
            "speaker_a": "Ana",
            "speaker_b": "Ben",
            "session_1": [
                {"speaker": "Ana", "dia_id": "D1:1", "text": "Olá!"},
                {"speaker": "Ben", "dia_id": "D1:2", "text": "Look.", "blip_caption": "a photo of a kayak"},
                {"speaker": "Ana", "dia_id": "D1:3", "text": " "},
            ],
            "session_1_date_time": "1:56 pm on 8 May, 2023",
            "session_2_date_time": "2:00 pm on 9 May, 2023",
            "session_3": [],
            "session_3_date_time": "2:00 pm on 9 May, 2023",
            "session_10": [{"speaker": "Ben", "dia_id": "D10:1", "text": "Bye."}],
            "session_10_date_time": "12:09 am on 13 September, 2023",
        },
        "qa": [{"question": "What is on the photo?", "answer": "a kayak", "category": 4, "evidence": ["D1:2"], **qa}],
    }


def turns(*words: str, **more: Any) -> list[dict[str, Any]]:
    return [
        {"role": "user" if number % 2 == 0 else "assistant", "content": text, **more}
        for number, text in enumerate(words)
    ]


def written(folder: Path, content: Any, name: str = "file.json") -> Path:
    path = folder / name
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def flat(conversation: Conversation) -> list[tuple[str, str, str | None, str]]:
    return [
        (session, turn.client_id, turn.name, turn.content)
        for session, turns in conversation.sessions.items()
        for turn in turns
    ]


def line(content: str = "Hello.", at: str = "2026-05-08T13:56:00Z", **more: Any) -> str:
    return json.dumps({"content": content, "at": at, **more})


@pytest.mark.parametrize("name", ["file.json", "file.json.gz"])
def test_locomo_as_published(tmp_path: Path, name: str) -> None:
    (conversation,) = read(written(tmp_path, [locomo()], name))
    assert conversation.user == "conv-1"
    assert flat(conversation) == [
        ("session_1", "D1:1", "Ana", "Olá!"),
        ("session_1", "D1:2", "Ben", "Look.\n[image: a photo of a kayak]"),
        ("session_10", "D10:1", "Ben", "Bye."),
    ]
    first, second = conversation.sessions["session_1"]
    assert first.at == datetime(2023, 5, 8, 13, 56, tzinfo=UTC)
    assert second.at > first.at
    assert conversation.sessions["session_10"][0].at == datetime(2023, 9, 13, 0, 9, tzinfo=UTC)
    (question,) = conversation.questions
    assert (question.text, question.category, question.evidence) == ("What is on the photo?", "4", ("D1:2",))


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (["D1:2"], ("D1:2",)),
        (["D8:6; D9:17"], ("D8:6", "D9:17")),
        (["D:11:26"], ("D11:26",)),
        (["D1:02", "D01:3"], ("D1:2", "D1:3")),
        (["D1:2 D10:1"], ("D1:2", "D10:1")),
        (["D", "nonsense", ""], ()),
        ([], ()),
        (None, ()),
    ],
)
def test_malformed_evidence_is_read_for_what_it_means(
    tmp_path: Path, evidence: list[str] | None, expected: tuple[str, ...]
) -> None:
    (conversation,) = read(written(tmp_path, [locomo(evidence=evidence)]))
    assert conversation.questions[0].evidence == expected


def test_locomo_without_questions(tmp_path: Path) -> None:
    item = locomo()
    del item["qa"]
    assert read(written(tmp_path, [item]))[0].questions == ()


def test_longmemeval_as_published(tmp_path: Path) -> None:
    item = {
        "question_id": "q1",
        "question_type": "single-session-user",
        "question": "Which kayak?",
        "answer": "the red one",
        "haystack_session_ids": ["noise", "answer_1"],
        "haystack_dates": ["2023/05/20 (Sat) 02:21", "2023/05/21 (Sun) 10:00"],
        "haystack_sessions": [turns("Hello.", "Hi."), [*turns("The red kayak.", has_answer=True), *turns("", "Fine.")]],
        "answer_session_ids": ["answer_1"],
    }
    (conversation,) = read(written(tmp_path, [item]))
    assert conversation.user == "lme-q1"
    assert flat(conversation) == [
        ("s000", "s000:0", None, "Hello."),
        ("s000", "s000:1", None, "Hi."),
        ("s001", "s001:0", None, "The red kayak."),
        ("s001", "s001:2", None, "Fine."),
    ]
    assert conversation.sessions["s000"][0].at == datetime(2023, 5, 20, 2, 21, tzinfo=UTC)
    assert conversation.questions[0].evidence == ("s001:0",)


def test_longmemeval_with_its_sessions_apart(tmp_path: Path) -> None:
    data = {
        "questions": [
            {
                "question_id": "q1",
                "question_type": "multi-session",
                "question": "Which kayak?",
                "haystack_session_ids": ["noise", "answer_1"],
                "answer_turns": [["answer_1", 1], ["elsewhere", 0]],
            }
        ],
        "sessions": {
            "answer_1": {"date": "2023/05/21 (Sun) 10:00", "turns": turns("Which?", "The red kayak.")},
            "noise": {"date": "2023/05/20 (Sat) 02:21", "turns": turns("Hello.")},
        },
    }
    (conversation,) = read(written(tmp_path, data))
    assert list(conversation.sessions) == ["s000", "s001"]
    assert conversation.questions[0].evidence == ("s001:1",)
    assert "answer" not in str(flat(conversation))


def test_json_lines(tmp_path: Path) -> None:
    text = "\n".join(
        [
            line("Hello."),
            "",
            line("Hi, Ana.", session="s2", role="assistant", name="Bot", at="2026-05-08T15:00:00+02:00"),
            line("Olá 👋"),
        ]
    )
    (conversation,) = read(written(tmp_path, text, "diary.jsonl"))
    assert conversation.user == "diary"
    assert {session: [turn.content for turn in turns] for session, turns in conversation.sessions.items()} == {
        "main": ["Hello.", "Olá 👋"],
        "s2": ["Hi, Ana."],
    }
    (bot,) = conversation.sessions["s2"]
    assert (bot.role, bot.name, bot.at) == ("assistant", "Bot", datetime(2026, 5, 8, 13, 0, tzinfo=UTC))
    assert read(written(tmp_path, text, "diary.jsonl.gz"), "ana")[0].user == "ana"
    assert read(written(tmp_path, "\ufeff" + line("One line."), "one.jsonl"))[0].turns == 1


def test_json_lines_keep_their_ids_when_others_are_added(tmp_path: Path) -> None:
    """So loading a file that has grown, or a second one for the same user, adds what is new and nothing else."""
    before = flat(read(written(tmp_path, f"{line('a')}\n{line('b')}", "x.jsonl"))[0])
    after = flat(read(written(tmp_path, f"{line('new')}\n{line('a')}\n{line('b')}", "x.jsonl"))[0])
    assert after[1:] == before
    assert len({client_id for _, client_id, _, _ in after}) == 3


def test_what_is_said_twice_in_a_file_counts_twice(tmp_path: Path) -> None:
    (conversation,) = read(written(tmp_path, f"{line()}\n{line()}", "x.jsonl"))
    assert len({client_id for _, client_id, _, _ in flat(conversation)}) == 2


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (line() + "\n" + line(at="2026-05-08T13:56:00"), "line 2.*offset"),
        (line() + "\n" + line(at="yesterday"), "line 2"),
        (line() + "\n{}", "line 2.*at"),
        (line() + "\nnonsense", "line 2"),
        (line() + "\n[1]", "line 2"),
        ("", "no messages"),
        ("[]", "neither"),
        ("[1, 2]", "neither"),
        ('"words"', "neither"),
        ("{}", "neither"),
        ([{"conversation": {}, "sample_id": "x"}], "no messages"),
        ([{"conversation": {}}], "sample_id"),
        ([locomo() | {"conversation": {"session_1": [{}], "session_1_date_time": "soon"}}], "soon"),
        ({"questions": [{"question_id": 1}], "sessions": {}}, "haystack"),
    ],
)
def test_what_is_wrong_is_said_and_where(tmp_path: Path, content: Any, where: str) -> None:
    with pytest.raises(Invalid, match=where):
        read(written(tmp_path, content))


def test_a_file_that_cannot_be_read_is_said_to_be(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json.gz"
    broken.write_bytes(gzip.compress(b"x" * 1_000)[:-20])
    latin = tmp_path / "latin.json"
    latin.write_bytes("Olá".encode("latin-1"))
    for path in (broken, latin, tmp_path / "missing.json", tmp_path):
        with pytest.raises(Invalid, match="cannot read"):
            read(path)
