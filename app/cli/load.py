"""Load conversations: post them session by session, then watch the background work catch up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import monotonic
from typing import Any
from urllib.parse import quote

import httpx
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from app.cli.formats import Conversation
from app.domain.errors import PalimpsestError

BATCH = 50
RETRIES = 5
STALLED_SECONDS = 120.0


class Refused(PalimpsestError):
    """The service said no; the message carries its words."""

    code = "refused"


async def asked(client: httpx.AsyncClient, method: str, path: str, **options: Any) -> Any:
    """The reply's JSON. A connection that fails or a 503 is tried again a few times: posts are idempotent by
    client_id. Raises Refused."""
    for attempt in range(RETRIES):
        try:
            reply = await client.request(method, path, **options)
        except httpx.TransportError as error:
            if attempt == RETRIES - 1:
                raise unreachable(client, error) from error
        else:
            if reply.status_code != 503 or attempt == RETRIES - 1:
                if reply.is_error:
                    problem = reply.json() if "json" in reply.headers.get("content-type", "") else {}
                    raise Refused(
                        f"{reply.status_code} {problem.get('title', '')}: {problem.get('detail', reply.text)}"
                    )
                return reply.json()
        await asyncio.sleep(2.0**attempt / 4)
    raise AssertionError("unreachable")


def unreachable(client: httpx.AsyncClient, error: httpx.TransportError) -> Refused:
    return Refused(f"cannot reach {client.base_url}: {error}. Is the server running?")


def user_path(user: str) -> str:
    return f"/v1/users/{quote(user, safe='')}"


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:<26}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
    )


async def load(
    client: httpx.AsyncClient, conversations: Sequence[Conversation], console: Console, *, wait: bool
) -> None:
    """Post everything and, with `wait`, stay until nothing is pending. Safe to repeat after any interruption."""
    stored = duplicates = 0
    total = sum(conversation.turns for conversation in conversations)
    began = monotonic()
    with _bar(console) as progress:
        posting = progress.add_task("remembering", total=total)
        for conversation in conversations:
            for session, turns in conversation.sessions.items():
                for start in range(0, len(turns), BATCH):
                    batch = turns[start : start + BATCH]
                    body = {"session_id": session, "episodes": [turn.body() for turn in batch]}
                    reply = await asked(client, "POST", f"{user_path(conversation.user)}/episodes", json=body)
                    again = sum(episode["duplicate"] for episode in reply["episodes"])
                    duplicates += again
                    stored += len(batch) - again
                    progress.advance(posting, len(batch))
        posted = monotonic() - began
        if wait:
            users = [conversation.user for conversation in conversations]
            await settled(client, users, progress.add_task("understanding", total=stored or None), progress)
    console.print(
        f"{stored} episodes stored, {duplicates} were there already; accepted in {posted:.1f} s"
        + (f", understood after {monotonic() - began:.1f} s" if wait else "; the rest goes on in the background")
    )
    for conversation in conversations:
        summary = await asked(client, "GET", user_path(conversation.user))
        console.print(
            f"  {conversation.user}: {summary['sessions']} sessions, {summary['episodes']} episodes, "
            f"{summary['entities']} entities, {summary['facts']} facts"
            + (f", [red]{summary['failed']} failed[/red]" if summary["failed"] else "")
        )


async def settled(client: httpx.AsyncClient, users: Sequence[str], bar: TaskID, progress: Progress) -> None:
    """Return when nothing of these users is pending. Raises Refused when nothing moves for STALLED_SECONDS."""
    most, least, moved = 0, None, monotonic()
    while True:
        pending = 0
        for user in users:
            pending += (await asked(client, "GET", user_path(user)))["pending"]
        most = max(most, pending)
        progress.update(bar, total=most, completed=most - pending)
        if pending == 0:
            return
        if least is None or pending < least:
            least, moved = pending, monotonic()
        elif monotonic() - moved > STALLED_SECONDS:
            raise Refused(f"{pending} episodes are still pending and nothing moves; see the jobs of these users")
        await asyncio.sleep(0.25)
