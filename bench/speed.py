"""How fast the service is, as ratios against embedding alone on the same machine in the same run.

    python -m bench.speed [--episodes 10000] [--json FILE]

Starts a real server on a fresh folder and talks to it over loopback. What is printed: start-up to ready; the
acknowledgement of one message against embedding it; search of episodes at the given size against embedding the query;
messages a second through the background work; the p95 of search during that work against the p95 at rest; memory.
Single requests are timed on the wire, without an HTTP library.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from time import monotonic, perf_counter
from typing import Any

import httpx

from app.adapters.models.onnx import OnnxEmbedder
from app.adapters.vectors.edge_shard import Upkeep
from bench.chatter import episodes, queries
from bench.wire import Wire

BATCH = 500
TIDYING_SECONDS = 5.0


@contextmanager
def server(folder: Path) -> Iterator[tuple[str, int, float]]:
    """-> the address, the process id, and the seconds until it was ready."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "DATA_DIR": str(folder), "LOG_LEVEL": "warning"}
    environment.pop("ROOT_KEY", None)
    began = monotonic()
    process = subprocess.Popen([sys.executable, "-m", "app", "serve", "--port", str(port)], env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        while True:
            try:
                if httpx.get(f"{url}/health/ready").status_code == 200:
                    break
            except httpx.TransportError:
                if process.poll() is not None:
                    raise SystemExit("the server ended before it was ready") from None
        yield url, process.pid, monotonic() - began
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


async def timed(calls: Sequence[Callable[[], Awaitable[Any]]]) -> list[float]:
    """Milliseconds of each, one after the other."""
    took = []
    for call in calls:
        began = perf_counter()
        await call()
        took.append((perf_counter() - began) * 1_000)
    return took


def p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[18]


def resident_megabytes(pid: int) -> dict[str, float]:
    """The server and its children, by role."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    sizes = {"server": pid, **{f"child {number}": int(child) for number, child in enumerate(children, 1)}}
    return {
        name: int(Path(f"/proc/{id}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6
        for name, id in sizes.items()
    }


class Client:
    def __init__(self, http: httpx.AsyncClient, user: str) -> None:
        self._http = http
        self._user = user

    async def post(self, batch: list[dict[str, Any]], session: str = "s1") -> None:
        body = {"session_id": session, "episodes": batch}
        (await self._http.post(f"/v1/users/{self._user}/episodes", json=body)).raise_for_status()

    async def pending(self) -> int:
        return int((await self._http.get(f"/v1/users/{self._user}")).raise_for_status().json()["pending"])

    async def idle(self) -> None:
        while await self.pending():  # noqa: ASYNC110 - another process is waited for
            await asyncio.sleep(0.1)


def search(wire: Wire, query: str, recipe: str = "default") -> float:
    """Milliseconds."""
    return wire.post("/v1/users/big/search", {"query": query, "kinds": ["episode"], "recipe": recipe})


async def measure(count: int, folder: Path) -> dict[str, Any]:
    embedder = await OnnxEmbedder.open()
    found: dict[str, Any] = {"episodes": count}
    with server(folder) as (url, pid, ready):
        found["ready_s"] = ready
        async with httpx.AsyncClient(base_url=url, timeout=300) as http:
            big = Client(http, "big")
            bodies = list(episodes(count))
            began = monotonic()
            for start in range(0, count, BATCH):
                await big.post(bodies[start : start + BATCH], f"s{start // BATCH}")
            accepted = monotonic() - began
            found["accepted_per_s"] = count / accepted

            asked = queries(100)
            during: list[float] = []
            left, began = await big.pending(), monotonic()
            with Wire(url) as wire:
                while await big.pending() > left // 2:
                    during += [search(wire, q) for q in asked[:20]]
            half = left - await big.pending()
            found["search_during_p95_ms"] = p95(during)
            found["processed_while_searching_per_s"] = half / (monotonic() - began)
            left, began = await big.pending(), monotonic()
            await big.idle()
            found["processed_per_s"] = left / (monotonic() - began)

            # at rest is when the vectors are tidied up, too, which waits for a while without a question
            await asyncio.sleep(Upkeep().idle_seconds + TIDYING_SECONDS)
            # in turn, so that both suffer alike from what else the machine does
            embed_query, rest, fast = [], [], []
            with Wire(url) as wire:
                for q in asked:
                    embed_query += await timed([lambda q=q: embedder.embed_query(q)])
                    rest.append(search(wire, q))
                    fast.append(search(wire, q, "fast"))
            found["embed_query_ms"] = median(embed_query)
            found["search_ms"] = median(rest)
            found["search_fast_ms"] = median(fast)
            found["search_rest_p95_ms"] = p95(rest)

            one = Client(http, "one")
            singles = list(episodes(100, seed=3))
            texts = [single["content"] for single in singles]
            embed_message = await timed([lambda t=t: embedder.embed_passages([t]) for t in texts])
            acknowledged: list[float] = []
            with Wire(url) as wire:
                for single in singles:
                    acknowledged.append(wire.post("/v1/users/one/episodes", {"session_id": "s1", "episodes": [single]}))
                    await one.idle()
            found["embed_message_ms"] = median(embed_message)
            found["acknowledge_ms"] = median(acknowledged)
            found["resident_mb"] = resident_megabytes(pid)
    await embedder.close()
    return found


def lines(found: dict[str, Any]) -> Iterator[str]:
    memory = found["resident_mb"]
    parts = ", ".join(f"{name} {size:.0f}" for name, size in memory.items())
    slower = found["search_during_p95_ms"] / found["search_rest_p95_ms"]
    yield f"start-up to ready          {found['ready_s']:.1f} s"
    yield (
        f"acknowledge one message    {found['acknowledge_ms']:.1f} ms = "
        f"{found['acknowledge_ms'] / found['embed_message_ms']:.1f} x embedding it ({found['embed_message_ms']:.1f} ms)"
    )
    yield (
        f"search {found['episodes']} episodes      {found['search_ms']:.1f} ms = "
        f"{found['search_ms'] / found['embed_query_ms']:.1f} x embedding the query ({found['embed_query_ms']:.1f} ms); "
        f"recipe fast {found['search_fast_ms']:.1f} ms"
    )
    yield f"accepted in bulk           {found['accepted_per_s']:.0f} messages a second, embedded and searchable"
    yield (
        f"background work            {found['processed_per_s']:.0f} messages a second, "
        f"{found['processed_while_searching_per_s']:.0f} while searching without pause"
    )
    yield (
        f"search p95 meanwhile       {found['search_during_p95_ms']:.1f} ms = {slower:.1f} x at rest "
        f"({found['search_rest_p95_ms']:.1f} ms)"
    )
    yield f"resident memory            {sum(memory.values()):.0f} MB ({parts})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--episodes", type=int, default=10_000)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="palimpsest-speed-") as folder:
        found = asyncio.run(measure(given.episodes, Path(folder)))
    print("\n".join(lines(found)))
    if given.json is not None:
        given.json.write_text(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
