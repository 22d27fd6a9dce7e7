"""A process that is killed leaves what it acknowledged, and nothing half done."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from app.adapters.graph.sqlite import SqliteGraph
from app.domain.episode import EpisodeState
from app.domain.fact import FactVersion
from app.ports.graph.knowledge import FactQuery, FactState
from tests.contracts.graph.made import CAROLINE, NOON

ROOT = Path(__file__).parents[3]

APPENDING = """
import asyncio, sys
from pathlib import Path
from app.adapters.graph.sqlite import SqliteGraph
from tests.contracts.graph.made import NOON, said

async def main():
    graph = await SqliteGraph.open(Path(sys.argv[1]), lambda: NOON)
    while True:
        receipt = await said(graph, *(f"message {n}" for n in range(7)), ids=None, job_id=None)
        print(",".join(answer.id for answer in receipt.accepted), flush=True)

asyncio.run(main())
"""

COMMITTING = """
import asyncio, sys
from pathlib import Path
from app.adapters.graph.sqlite import SqliteGraph
from tests.contracts.graph.made import *

async def main():
    graph = await SqliteGraph.open(Path(sys.argv[1]), lambda: NOON)
    subject = entity()
    await change(graph, entities=(subject,))
    while True:
        (episode,) = (await said(graph)).fresh
        news = statement(subject, "likes", "tea", episode.id)
        fact = version(news)
        await change(graph, statements=(news,), append=(fact,), processed=processed(episode.id))
        await change(graph, close=(closure(fact),), append=(version(news, fact_id=fact.fact_id, version=2),))
        print(episode.id, flush=True)

asyncio.run(main())
"""

KEEPING = """
import asyncio, sys
from pathlib import Path
from app.adapters.graph.sqlite import SqliteGraph
from app.domain.operations import Ref
from tests.contracts.graph.made import *

async def main():
    graph = await SqliteGraph.open(Path(sys.argv[1]), lambda: NOON)
    version = 0
    while True:
        kept, version = note(), version + 1
        entry = operation(results=(Ref(kept.id, 1), Ref("core", version)))
        print(await change(graph, notes=(kept,), core=core(version), operation=entry), flush=True)

asyncio.run(main())
"""

STUCK = """
import asyncio, sys
from pathlib import Path
from app.adapters.graph.sqlite import SqliteGraph, ledger
from tests.contracts.graph.made import *

def stop(*_):
    print("inside", flush=True)
    sys.stdin.read()

async def main():
    graph = await SqliteGraph.open(Path(sys.argv[1]), lambda: NOON)
    (episode,) = (await said(graph)).fresh
    ledger.users.touch = stop  # the last step of a commit
    await change(graph, entities=(entity(),), processed=processed(episode.id))

asyncio.run(main())
"""


def killed(program: str, path: Path, lines: int) -> list[str]:
    """Run it until it has printed so many lines, then kill it; all the lines it printed."""
    command = [sys.executable, "-c", program, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        printed = [process.stdout.readline().strip() for _ in range(lines)]
        process.kill()
        rest, errors = process.communicate()
        assert all(printed), errors
    return printed + [line for line in rest.splitlines(keepends=False) if line]


async def test_every_acknowledged_episode_is_there_and_none_of_half_a_request(path: Path) -> None:
    acknowledged = [id for line in killed(APPENDING, path, 12)[:12] for id in line.split(",")]
    graph = await SqliteGraph.open(path, lambda: NOON)
    stored = await graph.episodes.all(CAROLINE, 0, 100_000)
    assert len(stored) % 7 == 0
    assert [e.seq for e in stored] == list(range(1, len(stored) + 1))
    assert [e.id for e in stored][: len(acknowledged)] == acknowledged
    assert len(await graph.outbox.due(0, 100_000)) == len(stored)
    assert await graph.lanes.waiting(NOON, 10) == [CAROLINE]
    await graph.close()


async def test_a_change_is_there_whole_or_not_at_all(path: Path) -> None:
    acknowledged = killed(COMMITTING, path, 8)[:8]
    graph = await SqliteGraph.open(path, lambda: NOON)
    done = [e.id for e in await graph.episodes.all(CAROLINE, 0, 10_000) if e.state is EpisodeState.PROCESSED]
    assert done[: len(acknowledged)] == acknowledged
    said_so = await graph.facts.statements_from(CAROLINE, done)
    assert [s.span.episode_id for s in said_so if s.span is not None] == done
    versions: dict[str, list[FactVersion]] = {}
    for one in await graph.facts.facts(CAROLINE, FactQuery(state=FactState.ALL), None, 10_000):
        versions.setdefault(one.fact_id, []).append(one)
    assert len(versions) == len(done)
    assert all([v.believed for v in history] in ([True], [False, True]) for history in versions.values())
    closed = sum(len(history) - 1 for history in versions.values())
    assert await graph.ledger.revision(CAROLINE) == 1 + len(versions) + closed
    await graph.close()


async def test_a_memory_and_the_log_of_how_it_came_about_never_disagree(path: Path) -> None:
    acknowledged = killed(KEEPING, path, 20)[:20]
    graph = await SqliteGraph.open(path, lambda: NOON)
    logged = await graph.operations.operations(CAROLINE, 0, 10_000)
    assert [one.number for one in logged] == list(range(1, len(logged) + 1))
    assert acknowledged == [str(one.number) for one in logged[: len(acknowledged)]]
    kept = await graph.notes.page(CAROLINE, None, 10_000)
    assert {one.results[0].id for one in logged} == {note.id for note in kept}
    assert (await graph.operations.core(CAROLINE)).version == len(logged)
    await graph.close()


async def test_a_kill_in_the_middle_of_a_transaction_undoes_it(path: Path) -> None:
    assert killed(STUCK, path, 1) == ["inside"]
    graph = await SqliteGraph.open(path, lambda: NOON)
    assert await graph.ledger.revision(CAROLINE) == 0
    assert len(await graph.episodes.pending(CAROLINE, 10)) == 1
    assert await graph.entities.cards(CAROLINE, None, None, 10) == []
    assert [task.kind for task in await graph.outbox.due(0, 10)] == ["episode"]
    assert await graph.lanes.waiting(NOON, 10) == [CAROLINE]
    await graph.close()
