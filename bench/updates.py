"""What an update costs when there have been many: 46 keys, each given a new value again and again (the setting of
PI-LLM, Wang and Sun 2025, Unable to Forget: Proactive Interference Reveals Working Memory Limits in LLMs).

    python -m bench.updates [--updates 25,50,100,200,400] [--batch 100] [--svg FILE] [--json FILE]

Each size goes over HTTP into a memory of its own on the embedded engines: as facts, and as messages that a stand-in
extractor reads, both in the order of time and shuffled. Printed and drawn are the milliseconds and the rows loaded
(versions and statements) for one update; both must stay level. The embedder is a stand-in too, a constant cost that
would only hide the curve.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any
from zlib import crc32

import httpx
import numpy as np

from app.adapters.graph.sqlite import SqliteGraph
from app.adapters.models.bm25 import Bm25Encoder
from app.adapters.queue.docket import DocketDoorbell
from app.adapters.vectors.edge import EdgeVectorStore
from app.compose import assembled, now
from app.compose.engines import Engines
from app.domain.entity import EntityType
from app.domain.extraction import Extraction, ProposedEntity, ProposedFact, Source
from app.domain.fact import Cardinality, FactKind
from app.http.app import create_app
from app.observe import PrometheusMeter, configure_logging
from app.ports.models import Vectors
from app.settings import Settings
from bench.drawing import Line, chart

KEYS = 46
START = datetime(2020, 1, 1, tzinfo=UTC)
SENTENCE = re.compile(r"The (?P<key>\w+) is (?P<value>[\w ]+)\.")


class Hashed:
    """An embedder for which words are all alike."""

    identity = "hashed@1"
    dimension = 64

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vector(text) for text in texts])

    async def embed_query(self, text: str) -> Vectors:
        return self._vector(text)

    async def close(self) -> None: ...

    def _vector(self, text: str) -> Vectors:
        vector = np.random.default_rng(crc32(text.encode())).standard_normal(self.dimension).astype(np.float32)
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


class Literal:
    """An extractor that reads "The <key> is <value>." """

    identity = "literal@1"
    uses_model = False

    async def extract(self, batch: Sequence[Source]) -> list[Extraction]:
        return [self._read(source) for source in batch]

    async def close(self) -> None: ...

    def _read(self, source: Source) -> Extraction:
        match = SENTENCE.search(source.content)
        if match is None:
            return Extraction(source.episode_id)
        fact = ProposedFact(
            subject=source.speaker,
            subject_type=EntityType.PERSON,
            predicate=match["key"],
            object=match["value"],
            object_type=None,
            statement=match[0],
            kind=FactKind.FACTUAL,
            cardinality=Cardinality.ONE,
            start=match.start(),
            end=match.end(),
        )
        speaker = ProposedEntity(source.speaker, EntityType.PERSON, None, None)
        return Extraction(source.episode_id, (speaker,), (fact,))


@asynccontextmanager
async def service(folder: Path) -> AsyncIterator[tuple[httpx.AsyncClient, PrometheusMeter]]:
    async with AsyncExitStack() as stack:
        meter, embedder, keywords = PrometheusMeter(), Hashed(), Bm25Encoder()
        graph = await SqliteGraph.open(folder / "graph.db", now)
        stack.push_async_callback(graph.close)
        vectors = await EdgeVectorStore.open(
            folder / "vectors",
            embedder_identity=embedder.identity,
            dimension=embedder.dimension,
            keyword_identity=keywords.identity,
        )
        stack.push_async_callback(vectors.close)
        doorbell = await stack.enter_async_context(DocketDoorbell("memory://", meter))
        described = dict.fromkeys(("graph", "vectors", "queue", "embedder", "extractor"), "")
        engines = Engines(graph, vectors, doorbell, embedder, keywords, Literal(), described)  # type: ignore[arg-type]
        assembly = assembled(engines, Settings(_env_file=None, data_dir=folder), now, meter)
        await assembly.services.access.ensure_default_tenant()
        await assembly.worker.start()
        stack.push_async_callback(assembly.worker.stop)
        transport = httpx.ASGITransport(app=create_app(assembly.services, meter))
        yield (
            await stack.enter_async_context(
                httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=600)
            ),
            meter,
        )


def updates(number: int, shuffled: bool) -> list[tuple[str, str, datetime]]:
    """(key, value, when): every key in turn, `number` times."""
    made = [
        (f"key{key}", f"value {step} of {key}", START + timedelta(minutes=KEYS * step + key))
        for step in range(number)
        for key in range(KEYS)
    ]
    if shuffled:
        Random(7).shuffle(made)
    return made


async def as_facts(http: httpx.AsyncClient, user: str, told: Sequence[tuple[str, str, datetime]]) -> None:
    facts = [
        {"subject": "Ana", "predicate": key, "object": value, "valid_from": at.isoformat(), "cardinality": "one"}
        for key, value, at in told
    ]
    (await http.post(f"/v1/users/{user}/facts", json={"facts": facts})).raise_for_status()


async def as_messages(http: httpx.AsyncClient, user: str, told: Sequence[tuple[str, str, datetime]]) -> None:
    episodes = [
        {"role": "user", "name": "Ana", "content": f"The {key} is {value}.", "occurred_at": at.isoformat()}
        for key, value, at in told
    ]
    body = {"session_id": "s", "episodes": episodes}
    params = {"wait": "true", "timeout": "300"}
    reply = await http.post(f"/v1/users/{user}/episodes", params=params, json=body)
    assert reply.status_code == 200, reply.text


WAYS = {"facts": as_facts, "messages": as_messages}


def loaded(meter: PrometheusMeter) -> float:
    value = meter.registry.get_sample_value
    return sum(value(f"palimpsest_{what}_loaded_total") or 0.0 for what in ("versions", "statements"))


async def measure(sizes: Sequence[int], batch: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="palimpsest-updates-") as folder:
        async with service(Path(folder)) as (http, meter):
            for way, post in WAYS.items():
                for shuffled in (False, True):
                    for number in sizes:
                        told = updates(number, shuffled)
                        user = f"{way}-{shuffled}-{number}"
                        rows, began = loaded(meter), perf_counter()
                        for start in range(0, len(told), batch):
                            await post(http, user, told[start : start + batch])
                        row = {
                            "way": f"{way}, {'shuffled' if shuffled else 'in order'}",
                            "updates": number,
                            "ms": (perf_counter() - began) * 1_000 / len(told),
                            "rows": (loaded(meter) - rows) / len(told),
                        }
                        await verify(http, user, number)
                        found.append(row)
                        print(
                            f"{row['way']:<20} {number:>5} updates  {row['ms']:6.2f} ms  {row['rows']:5.2f} rows",
                            flush=True,
                        )
    return found


async def verify(http: httpx.AsyncClient, user: str, number: int) -> None:
    """The last value of each key and no other is current."""
    page = (await http.get(f"/v1/users/{user}/facts", params={"limit": 200})).raise_for_status().json()
    values = {item["predicate"]: item["object"]["value"] for item in page["items"]}
    assert len(page["items"]) == KEYS
    assert values == {f"key{k}": f"value {number - 1} of {k}" for k in range(KEYS)}


def lines(found: Sequence[dict[str, Any]], what: str) -> list[Line]:
    ways = dict.fromkeys(row["way"] for row in found)
    return [Line(way, [(row["updates"], row[what]) for row in found if row["way"] == way]) for way in ways]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--updates", default="25,50,100,200,400", help="of each of the 46 keys")
    parser.add_argument("--batch", type=int, default=100, help="updates in one request")
    parser.add_argument("--svg", type=Path, help="draw the curves here")
    parser.add_argument("--json", type=Path, help="write the figures here")
    given = parser.parse_args()
    configure_logging("warning", "auto")
    found = asyncio.run(measure([int(number) for number in given.updates.split(",")], given.batch))
    if given.json is not None:
        given.json.write_text(json.dumps(found, indent=2) + "\n")
    if given.svg is not None:
        given.svg.write_text(
            chart(
                ("updates of each of 46 keys", "milliseconds for one update", lines(found, "ms")),
                ("updates of each of 46 keys", "rows loaded for one update", lines(found, "rows")),
            )
        )


if __name__ == "__main__":
    main()
