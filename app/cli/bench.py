"""`palimpsest bench locomo`: does a question find the turns that hold its answer, and how fast?

Turn-level recall@k: of a question's evidence turns, the share among the first k results. The single arms are read
off the same candidates by their own signal, so that all three columns come from one run on one store.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import httpx
from rich.console import Console
from rich.progress import track
from rich.table import Table

from app.cli.connect import connected
from app.cli.formats import Conversation, Question, read
from app.cli.load import asked, load, user_path
from app.settings import Settings

POOL = 200
CATEGORIES = {"1": "multi-hop", "2": "temporal", "3": "open-domain", "4": "single-hop", "5": "adversarial"}
ARMS = ("search", "dense", "keyword")
EMBEDDED = {"graph_url": "sqlite:///", "vectors_url": "edge:///", "queue_url": "memory://", "root_key": None}


@dataclass(frozen=True, slots=True)
class Asked:
    """One question's recall by arm, and how long its search took, in milliseconds."""

    category: str
    recall: dict[str, float]
    took: float


async def measure(
    client: httpx.AsyncClient, conversations: Sequence[Conversation], console: Console, *, recipe: str, k: int
) -> list[Asked]:
    done: list[Asked] = []
    for conversation in conversations:
        ids = await _turn_ids(client, conversation)
        askable = [question for question in conversation.questions if set(question.evidence) & set(ids)]
        done += [
            await _ask(client, conversation.user, question, ids, recipe, k)
            for question in track(askable, f"{conversation.user:<26}", console=console)
        ]
    return done


async def _ask(
    client: httpx.AsyncClient, user: str, question: Question, ids: dict[str, str], recipe: str, k: int
) -> Asked:
    wanted = {ids[turn] for turn in question.evidence if turn in ids}
    body: dict[str, Any] = {"query": question.text, "kinds": ["episode"], "recipe": recipe, "limit": k}
    began = perf_counter()
    reply = await asked(client, "POST", f"{user_path(user)}/search", json=body)
    took = (perf_counter() - began) * 1_000
    pool = await asked(client, "POST", f"{user_path(user)}/search", json={**body, "limit": POOL, "explain": True})
    recall = {"search": _recall([found["id"] for found in reply["results"]], wanted)}
    for arm in ARMS[1:]:
        ranked = sorted(pool["results"], key=lambda found: -found["signals"].get(arm, 0.0))
        recall[arm] = _recall([found["id"] for found in ranked[:k]], wanted)
    return Asked(question.category, recall, took)


def _recall(found: Sequence[str], wanted: set[str]) -> float:
    return len(wanted.intersection(found)) / len(wanted)


async def _turn_ids(client: httpx.AsyncClient, conversation: Conversation) -> dict[str, str]:
    """Episode ids by the turn's own id."""
    ids: dict[str, str] = {}
    for session in conversation.sessions:
        cursor: str | None = None
        while True:
            page = await asked(
                client,
                "GET",
                f"{user_path(conversation.user)}/sessions/{session}/episodes",
                params={"limit": 200, **({"cursor": cursor} if cursor else {})},
            )
            ids.update({episode["client_id"]: episode["id"] for episode in page["items"]})
            cursor = page["next_cursor"]
            if cursor is None:
                break
    return ids


def report(console: Console, done: Sequence[Asked], *, recipe: str, k: int) -> None:
    by_category: defaultdict[str, list[Asked]] = defaultdict(list)
    for item in done:
        by_category[item.category].append(item)
    table = Table("category", "questions", recipe, "dense alone", "keyword alone", title=f"turn-level recall@{k}, %")
    for category in sorted(by_category):
        table.add_row(CATEGORIES.get(category, category), *_row(by_category[category]))
    table.add_section()
    table.add_row("all", *_row(done), style="bold")
    console.print(table)
    took = sorted(item.took for item in done)
    cuts = quantiles(took, n=100, method="inclusive") if len(took) > 1 else took * 99
    console.print(f"search latency: p50 {cuts[49]:.1f} ms, p95 {cuts[94]:.1f} ms, p99 {cuts[98]:.1f} ms")


def _row(items: Sequence[Asked]) -> list[str]:
    return [str(len(items)), *(f"{100 * fmean(item.recall[arm] for item in items):.1f}" for arm in ARMS)]


async def run(settings: Settings, file: Path, console: Console, *, recipe: str, k: int, url: str | None) -> float:
    """Load the file if need be, ask every question; recall@k of `recipe` in percent. Without `url` in embedded stores
    of its own, never in those of the settings."""
    conversations = read(file)
    with TemporaryDirectory(prefix="palimpsest-bench-") as folder:
        own = settings if url is not None else settings.model_copy(update={**EMBEDDED, "data_dir": Path(folder)})
        async with connected(own, url) as client:
            await load(client, conversations, console, wait=True)
            done = await measure(client, conversations, console, recipe=recipe, k=k)
    report(console, done, recipe=recipe, k=k)
    return 100 * fmean(item.recall["search"] for item in done)
