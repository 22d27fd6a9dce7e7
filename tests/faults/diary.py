"""Made-up diaries of several users, every line different, and what a server makes of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle, islice
from threading import Event
from typing import Any

import httpx

from tests.serving import Server

USERS = ("ana", "ben", "cleo")
EACH = 100
BATCH = 4

Message = dict[str, Any]


def messages(user: str) -> list[Message]:
    templates = cycle(
        (
            "I bought a {thing} in {town} for number {n}.",
            "I visited {town} and lost ticket {n}.",
            "I moved to {town}.",
            "The {thing} of shelf {n} is broken.",
            "My sister Mia lives in {town} and she likes her {thing}.",
            "I work at {thing} Works in {town} since 2019.",
        )
    )
    towns = cycle(("Porto", "Oslo", "Graz", "Turku", "Nantes", "Bergen", "Siena"))
    things = cycle(("Lamp", "Kayak", "Violin", "Teapot", "Bicycle", "Sofa", "Camera", "Tent", "Clock", "Ladder", "Rug"))
    return [
        {
            "role": "user",
            "name": user.title(),
            "content": template.format(thing=next(things), town=next(towns), n=n),
            "occurred_at": f"2026-03-{1 + n // 24:02}T{n % 24:02}:00:00Z",
            "client_id": f"{user}-{n}",
        }
        for n, template in enumerate(islice(templates, EACH))
    ]


DIARIES = {user: messages(user) for user in USERS}


@dataclass(slots=True)
class Acknowledged:
    """By user: client_id to the episode's id and seq, for every answer that came."""

    told: dict[str, dict[str, tuple[str, int]]] = field(default_factory=lambda: {user: {} for user in USERS})
    duplicates: int = 0

    def __len__(self) -> int:
        return sum(map(len, self.told.values()))

    def note(self, user: str, sent: Sequence[Message], reply: dict[str, Any]) -> None:
        for message, answer in zip(sent, reply["episodes"], strict=True):
            known = self.told[user].setdefault(message["client_id"], (answer["id"], answer["seq"]))
            assert known == (answer["id"], answer["seq"]), "the same message was stored twice"
            self.duplicates += answer["duplicate"]


def post(server: Server, acknowledged: Acknowledged, upto: int = EACH, kill_at: int | None = None) -> None:
    """All users at once, each from its first message that was not acknowledged. With `kill_at` the server is killed
    as soon as that many were acknowledged in all, while others are on their way."""
    enough = Event()

    def one(user: str) -> None:
        mine = DIARIES[user][len(acknowledged.told[user]) : upto]
        for start in range(0, len(mine), BATCH):
            sent = mine[start : start + BATCH]
            try:
                reply = server.post(f"/v1/users/{user}/episodes", {"session_id": "diary", "episodes": sent})
            except httpx.TransportError:
                assert enough.is_set(), "the server went away by itself"
                return
            acknowledged.note(user, sent, reply)
            if kill_at is not None and len(acknowledged) >= kill_at and not enough.is_set():
                enough.set()
                server.kill()

    with ThreadPoolExecutor(len(USERS)) as pool:
        list(pool.map(one, USERS))


def repeat(server: Server) -> Acknowledged:
    """Everything from the beginning, in requests of another size."""
    again = Acknowledged()
    for user, diary in DIARIES.items():
        reply = server.post(f"/v1/users/{user}/episodes", {"session_id": "diary", "episodes": diary})
        again.note(user, diary, reply)
    return again


def summaries(server: Server) -> dict[str, dict[str, Any]]:
    return {user["user_id"]: user for user in server.pages("/v1/users")}


def pending(server: Server) -> int:
    return sum(user["pending"] for user in summaries(server).values())


def unpending(server: Server) -> bool:
    return pending(server) == 0


def assert_kept(server: Server, acknowledged: Acknowledged) -> None:
    """Every acknowledged message is there, in order, and searchable."""
    for user in USERS:
        stored = server.pages(f"/v1/users/{user}/sessions/diary/episodes") if acknowledged.told[user] else []
        by_client_id = {episode["client_id"]: episode for episode in stored}
        assert len(by_client_id) == len(stored)
        wanted = {message["client_id"]: message["content"] for message in DIARIES[user]}
        for client_id, (id, seq) in acknowledged.told[user].items():
            episode = by_client_id[client_id]
            assert (episode["id"], episode["seq"], episode["content"]) == (id, seq, wanted[client_id])
        assert [episode["client_id"] for episode in stored] == [m["client_id"] for m in DIARIES[user][: len(stored)]]
        assert [episode["seq"] for episode in stored] == list(range(1, len(stored) + 1))


def assert_searchable(server: Server, acknowledged: Acknowledged) -> None:
    for user in USERS:
        contents = {message["client_id"]: message["content"] for message in DIARIES[user]}
        for client_id, (id, _) in list(acknowledged.told[user].items())[:: EACH // 10]:
            query = {"query": contents[client_id], "kinds": ["episode"], "recipe": "fast", "limit": 100}
            found = server.post(f"/v1/users/{user}/search", query)["results"]
            assert id in {result["id"] for result in found}, contents[client_id]


def assert_processed_once(server: Server) -> None:
    """Each episode counts once in the outcomes of the jobs; no fact is there twice, no evidence cited twice."""
    for user, summary in summaries(server).items():
        assert (summary["episodes"], summary["pending"], summary["failed"]) == (EACH, 0, 0)
        jobs = server.pages(f"/v1/users/{user}/jobs")
        assert {job["state"] for job in jobs} == {"succeeded"}
        assert sum(job["outcome"]["episodes"] for job in jobs) == EACH
        states = {episode["state"] for episode in server.pages(f"/v1/users/{user}/sessions/diary/episodes")}
        assert states == {"processed"}

        facts = server.pages(f"/v1/users/{user}/facts", state="all")
        versions = Counter((fact["id"], fact["version"]) for fact in facts)
        assert max(versions.values()) == 1
        # what was outdone in the batch that told of it was never believed, and is kept without being counted
        told = [fact for fact in facts if fact["version"] == 1 and fact["recorded_from"] != fact["recorded_to"]]
        assert sum(job["outcome"]["facts_added"] for job in jobs) == len(told) > EACH // 2
        believed = Counter(
            (fact["subject"]["id"], fact["predicate"], str(fact["object"]), fact["valid_from"], fact["valid_to"])
            for fact in facts
            if fact["recorded_to"] is None
        )
        assert max(believed.values()) == 1
        for fact in facts:
            spans = [(span["episode_id"], span["start"], span["end"]) for span in fact["evidence"]]
            assert len(spans) == len(set(spans))
        names = Counter((entity["name"], entity["type"]) for entity in server.pages(f"/v1/users/{user}/entities"))
        assert max(names.values()) == 1
