"""Letters of many users to a service whose parts go away, every letter with one fact of its own, and what has to have
become of them in the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from threading import Condition
from typing import Any

import httpx

from tests.serving import PATIENCE, Server

CONSONANTS, VOWELS, SYLLABLES = "bdfgklmnprstvz", "aeiou", 4
RETRY_SECONDS = 0.5
LARGEST_REQUEST = 4

Letter = dict[str, Any]


def letters(users: int, each: int, chance: Random) -> dict[str, list[Letter]]:
    """By user, in the order of sending."""
    names = iter(_names(users * each, chance))
    return {
        f"user-{number:02}": [_letter(f"user-{number:02}", n, next(names)) for n in range(each)]
        for number in range(users)
    }


def _letter(user: str, n: int, name: str) -> Letter:
    return {
        "role": "user",
        "name": user.title(),
        "content": f"I visited {name} City." if n % 2 else f"I bought a {name} lamp.",
        "occurred_at": f"2026-03-{1 + n // 24:02}T{n % 24:02}:00:00Z",
        "client_id": f"{user}-{n}",
    }


def _names(count: int, chance: Random) -> list[str]:
    """Made up, and no two alike."""
    made: dict[str, None] = {}
    while len(made) < count:
        made["".join(chance.choice(CONSONANTS) + chance.choice(VOWELS) for _ in range(SYLLABLES)).title()] = None
    return list(made)


@dataclass(slots=True)
class Post:
    """Every user sends one letter after the other, as far as is allowed, and sends again what was not acknowledged.
    `server` tells which one there is at the moment."""

    server: Callable[[], Server]
    diaries: dict[str, list[Letter]]
    chance: Random
    told: dict[str, dict[str, tuple[str, int]]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    _allowed: int = 0
    _stopped: bool = False
    _changed: Condition = field(default_factory=Condition)

    def __post_init__(self) -> None:
        self.told = {user: {} for user in self.diaries}

    @property
    def acknowledged(self) -> int:
        return sum(map(len, self.told.values()))

    def allow(self, each: int) -> None:
        """Letters of each user, counted from the first."""
        with self._changed:
            self._allowed = each
            self._changed.notify_all()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def begin(self, pool: ThreadPoolExecutor) -> list[Future[None]]:
        return [pool.submit(self._write, user, Random(self.chance.random())) for user in self.diaries]

    def repeat(self) -> None:
        """Every letter once more."""
        for user, diary in self.diaries.items():
            assert self._send(user, diary) == len(diary), "all of them are known already"

    def _write(self, user: str, chance: Random) -> None:
        diary = self.diaries[user]
        while (at := len(self.told[user])) < len(diary):
            with self._changed:
                self._changed.wait_for(lambda at=at: self._stopped or at < self._allowed, PATIENCE)
            if self._stopped:
                return
            self._send(user, diary[at : min(self._allowed, at + chance.randint(1, LARGEST_REQUEST))])

    def _send(self, user: str, sent: Sequence[Letter]) -> int:
        """How many of them had been stored before."""
        body = {"session_id": "letters", "episodes": list(sent)}
        while not self._stopped:
            try:
                reply = self.server().http.post(f"/v1/users/{user}/episodes", json=body)
            except httpx.TransportError as error:
                self.refused[type(error).__name__] += 1
            else:
                if reply.status_code == 202:
                    return self._note(user, sent, reply.json()["episodes"])
                # anything else would mean that we are to blame, or that the server does not know what happened
                assert reply.status_code == 503, reply.text
                self.refused[reply.json()["code"]] += 1
            with self._changed:
                self._changed.wait(RETRY_SECONDS)
        return 0

    def _note(self, user: str, sent: Sequence[Letter], answers: Sequence[dict[str, Any]]) -> int:
        for letter, answer in zip(sent, answers, strict=True):
            known = self.told[user].setdefault(letter["client_id"], (answer["id"], answer["seq"]))
            assert known == (answer["id"], answer["seq"]), "the same letter was stored twice"
        return sum(answer["duplicate"] for answer in answers)


def assert_kept(server: Server, post: Post) -> None:
    """Each letter is there once, as it was acknowledged, in the order of sending, and was read."""
    for user, diary in post.diaries.items():
        stored = server.pages(f"/v1/users/{user}/sessions/letters/episodes")
        assert [episode["content"] for episode in stored] == [letter["content"] for letter in diary]
        assert [episode["seq"] for episode in stored] == list(range(1, len(diary) + 1))
        assert {episode["client_id"]: (episode["id"], episode["seq"]) for episode in stored} == post.told[user]
        assert {episode["state"] for episode in stored} == {"processed"}
        summary = server.get(f"/v1/users/{user}")
        assert (summary["episodes"], summary["pending"], summary["failed"]) == (len(diary), 0, 0)


def assert_understood_once(server: Server, post: Post) -> None:
    """Each letter's fact is there once, on the evidence of that letter alone, and was recorded in its turn."""
    for user, diary in post.diaries.items():
        facts = server.pages(f"/v1/users/{user}/facts", state="all")
        spans = [fact["evidence"] for fact in facts]
        assert [len(cited) for cited in spans] == [1] * len(diary)
        by_episode = {cited[0]["episode_id"]: fact for cited, fact in zip(spans, facts, strict=True)}
        in_order = [by_episode[post.told[user][letter["client_id"]][0]] for letter in diary]
        assert {(fact["version"], fact["recorded_to"]) for fact in in_order} == {(1, None)}
        recorded = [fact["recorded_from"] for fact in in_order]
        assert recorded == sorted(recorded)
        names = Counter((entity["name"], entity["type"]) for entity in server.pages(f"/v1/users/{user}/entities"))
        assert max(names.values()) == 1


def assert_accounted_for(server: Server, post: Post) -> None:
    """The jobs have ended well, and tell of what there is."""
    for user, diary in post.diaries.items():
        jobs = server.pages(f"/v1/users/{user}/jobs")
        assert {(job["state"], str(job["error"])) for job in jobs} == {("succeeded", "None")}
        gained = Counter[str]()
        for job in jobs:
            gained.update(job["outcome"])
        assert (gained["episodes"], gained["facts_added"], gained["facts_retired"]) == (len(diary), len(diary), 0)


def assert_found(server: Server, post: Post, chance: Random, sample: int) -> None:
    """Words and meaning of some of the letters."""
    for user in chance.sample(sorted(post.diaries), min(sample, len(post.diaries))):
        letter = chance.choice(post.diaries[user])
        id, _ = post.told[user][letter["client_id"]]
        for kind in ("episode", "fact"):
            query = {"query": letter["content"], "kinds": [kind], "limit": 3}
            found = server.post(f"/v1/users/{user}/search", query)["results"]
            assert id in {one["id"] for one in found} | {id for one in found for id in one["sources"]}, letter
