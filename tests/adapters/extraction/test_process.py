"""The extractor as a process of its own."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.adapters.models.spacy import SpacyExtractor
from app.domain.errors import ReadingFailed
from app.ports.models import Extractor
from tests.adapters.extraction.conftest import source, told


@pytest.fixture
async def extractor() -> AsyncIterator[SpacyExtractor]:
    extractor = SpacyExtractor()
    yield extractor
    await extractor.close()


@contextmanager
def ends(pid: int) -> Iterator[None]:
    """By the end of the block and half a minute the process is gone."""
    handle = os.pidfd_open(pid)
    try:
        yield
        assert select.select([handle], [], [], 30)[0], "the process is still there"
    finally:
        os.close(handle)


async def test_it_reads_in_another_process_in_order(extractor: SpacyExtractor) -> None:
    batch = [source(f"I live in {place}.", id=place) for place in ("Oslo", "Rome", "Kyoto")] * 50
    extractions = await extractor.extract(batch)
    assert [e.episode_id for e in extractions] == [s.episode_id for s in batch]
    assert [told(e.facts[0]) for e in extractions[:3]] == [f"Nora lives_in {p}" for p in ("Oslo", "Rome", "Kyoto")]
    assert extractor.process_id not in (None, os.getpid())


async def test_it_says_what_it_is(extractor: SpacyExtractor) -> None:
    port: Extractor = extractor
    assert port.uses_model is False
    assert port.identity.startswith("spacy-rules@1+en_core_web_sm")


async def test_it_yields_to_the_service(extractor: SpacyExtractor) -> None:
    await extractor.start()
    assert extractor.process_id is not None
    assert os.getpriority(os.PRIO_PROCESS, extractor.process_id) > os.getpriority(os.PRIO_PROCESS, 0)


async def test_a_process_that_was_killed_is_replaced(extractor: SpacyExtractor) -> None:
    await extractor.start()
    killed = extractor.process_id
    assert killed is not None
    os.kill(killed, signal.SIGSTOP)
    reading = asyncio.create_task(extractor.extract([source("I live in Oslo.")]))
    await asyncio.sleep(0)
    os.kill(killed, signal.SIGKILL)
    with pytest.raises(ReadingFailed, match="died"):
        await reading
    (extraction,) = await extractor.extract([source("I live in Oslo.")])
    assert told(extraction.facts[0]) == "Nora lives_in Oslo"
    assert extractor.process_id not in (None, killed)


async def test_a_batch_that_takes_too_long_is_given_up_with_its_process() -> None:
    extractor = SpacyExtractor(timeout_seconds=0.001)
    await extractor.start()
    assert extractor.process_id is not None
    with ends(extractor.process_id), pytest.raises(ReadingFailed, match="longer than"):
        await extractor.extract([source("I live in Oslo. " * 100)])
    await extractor.close()


async def test_closing_ends_the_process(extractor: SpacyExtractor) -> None:
    await extractor.start()
    assert extractor.process_id is not None
    with ends(extractor.process_id):
        await extractor.close()


PARENT = """
import asyncio
from app.adapters.models.spacy import SpacyExtractor

async def main():
    extractor = SpacyExtractor()
    await extractor.start()
    print(extractor.process_id, flush=True)
    await asyncio.Event().wait()

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_the_process_dies_with_its_parent_however_that_dies(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    root = str(Path(__file__).parents[3])
    parent = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": root}
    )
    with parent:
        assert parent.stdout is not None
        with ends(int(parent.stdout.readline())):
            parent.kill()


def test_the_parser_is_not_loaded_into_the_service() -> None:
    root = str(Path(__file__).parents[3])
    loaded = subprocess.run(
        [sys.executable, "-c", "import app.adapters.models.spacy, sys; print('spacy.language' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": root},
    )
    assert loaded.stdout.strip() == "False"
