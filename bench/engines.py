"""How fast the embedded engines are on this machine, as such and in terms of the time that an embedding takes.

    python -m bench.engines --points 1000 10000

Everything is asked the way the service asks it, one call after the other; all points belong to one user, which is the
hardest case. The vectors are random, since exact search takes the same time for any; the words follow Zipf's law. The
last two columns are the median over that of embedding a query and a message.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
from rich.console import Console
from rich.table import Table

from app.adapters.models.bm25 import Bm25Encoder
from app.adapters.models.onnx import OnnxEmbedder
from app.adapters.vectors.edge import EdgeVectorStore
from app.domain.scope import Scope
from app.ports.vectors import VectorFilter, VectorKind, VectorRecord

EPISODE = VectorKind.EPISODE
USER = Scope("bench", "user")
QUERY = "Where did Caroline move to after she had left her job at the bakery?"
MESSAGE = "I moved to Berlin last week, and the flat is lovely, but I miss my sister and our dog more than I thought."
ROUNDS = 200
LIMIT = 30


@dataclass(frozen=True, slots=True)
class Timing:
    """In milliseconds."""

    p50: float
    p95: float


async def timed(call: Callable[[int], Awaitable[object]], rounds: int = ROUNDS) -> Timing:
    for i in range(5):
        await call(i)
    took = []
    for i in range(rounds):
        start = time.perf_counter()
        await call(i)
        took.append((time.perf_counter() - start) * 1e3)
    return Timing(float(np.percentile(took, 50)), float(np.percentile(took, 95)))


class Sample:
    """Records that look like messages of one user, made from a seed."""

    def __init__(self, dimension: int) -> None:
        self._random = np.random.default_rng(11)
        self._dimension = dimension
        self._encoder = Bm25Encoder()
        self._made = 0

    def text(self) -> str:
        ranks = np.minimum(self._random.zipf(1.3, size=int(self._random.integers(4, 30))), 20_000)
        return " ".join(f"word{rank}" for rank in ranks)

    def vector(self) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        vector = self._random.standard_normal(self._dimension).astype(np.float32)
        return (vector / np.linalg.norm(vector)).astype(np.float32)

    def records(self, count: int) -> list[VectorRecord]:
        numbers = range(self._made, self._made + count)
        self._made += count
        sparse = self._encoder.encode_passages([self.text() for _ in numbers])
        return [
            VectorRecord(
                id=str(UUID(int=i)),
                ref=str(UUID(int=i)),
                dense=self.vector(),
                sparse=words,
                session_id=f"s{i // 30}",
                position=i % 30,
                seq=i,
                speaker=f"speaker {i % 2}",
                role="user",
                occurred_at=datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=i),
                metadata={"channel": "web" if i % 3 else "app"},
                sources=(str(UUID(int=i)),),
            )
            for i, words in zip(numbers, sparse, strict=True)
        ]


async def embedding(embedder: OnnxEmbedder) -> dict[str, Timing]:
    batch = [f"{MESSAGE} {i}" for i in range(64)]
    together = await timed(lambda i: embedder.embed_passages(batch), rounds=5)
    return {
        "embed a query": await timed(lambda i: embedder.embed_query(QUERY)),
        "embed a message": await timed(lambda i: embedder.embed_passages([MESSAGE])),
        "embed a message among 64": Timing(together.p50 / len(batch), together.p95 / len(batch)),
    }


async def searching(store: EdgeVectorStore, sample: Sample) -> dict[str, Timing]:
    dense = [sample.vector() for _ in range(50)]
    words = [Bm25Encoder().encode_query(sample.text()) for _ in range(50)]
    web = VectorFilter(metadata={"channel": "web"})
    return {
        "nearest": await timed(lambda i: store.nearest(USER, EPISODE, dense[i % 50], LIMIT)),
        "nearest in a session": await timed(
            lambda i: store.nearest(USER, EPISODE, dense[i % 50], LIMIT, VectorFilter(session_id=f"s{i % 30}"))
        ),
        "nearest by metadata": await timed(lambda i: store.nearest(USER, EPISODE, dense[i % 50], LIMIT, web)),
        "keyword": await timed(lambda i: store.keyword(USER, EPISODE, words[i % 50], LIMIT)),
    }


async def writing(store: EdgeVectorStore, sample: Sample) -> dict[str, Timing]:
    singles = [sample.records(1) for _ in range(ROUNDS)]
    hundreds = [sample.records(100) for _ in range(10)]
    return {
        "upsert of 1": await timed(lambda i: store.upsert(USER, EPISODE, singles[i % ROUNDS])),
        "upsert of 100": await timed(lambda i: store.upsert(USER, EPISODE, hundreds[i % 10]), rounds=30),
    }


def resident_megabytes() -> float:
    """Of this process, with the pages of files that it has mapped; 0 where the system does not say."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS:")), 0.0)


def shown(console: Console, title: str, timings: dict[str, Timing], query: Timing, message: Timing) -> None:
    table = Table("", "p50 ms", "p95 ms", "/ query", "/ message", title=title)
    for name, timing in timings.items():
        table.add_row(
            name,
            f"{timing.p50:.2f}",
            f"{timing.p95:.2f}",
            f"{timing.p50 / query.p50:.2f}",
            f"{timing.p50 / message.p50:.2f}",
        )
    console.print(table)


async def measured(points: Sequence[int], threads: int, folder: Path, console: Console) -> None:
    embedder = await OnnxEmbedder.open(threads=threads)
    timings = await embedding(embedder)
    query, message = timings["embed a query"], timings["embed a message"]
    shown(console, embedder.identity, timings, query, message)
    console.print(f"resident: {resident_megabytes():.0f} MB")
    store = await EdgeVectorStore.open(
        folder, embedder_identity=embedder.identity, dimension=embedder.dimension, keyword_identity="bench"
    )
    sample = Sample(embedder.dimension)
    for wanted in sorted(points):
        while (stored := await store.count(USER, EPISODE)) < wanted:
            await store.upsert(USER, EPISODE, sample.records(min(1_000, wanted - stored)))
        title = f"{await store.count(USER, EPISODE):,} points of one user"
        shown(console, f"{title}, as written", await searching(store, sample), query, message)
        start = time.perf_counter()
        await store.compact()
        console.print(f"compaction: {time.perf_counter() - start:.2f} s")
        shown(console, f"{title}, compacted", await searching(store, sample), query, message)
        shown(console, f"{title}, writing", await writing(store, sample), query, message)
        console.print(f"resident: {resident_megabytes():.0f} MB")
    await store.close()
    await embedder.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--threads", type=int, default=1, help="of the embedder")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="palimpsest-bench-") as folder:
        asyncio.run(measured(arguments.points, arguments.threads, Path(folder), Console()))


if __name__ == "__main__":
    main()
