"""`palimpsest export` and `palimpsest import`: memories to a file and from it."""

from __future__ import annotations

import asyncio
import gzip
import os
import shutil
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, cast

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn

from app.compose.transferring import exporting, importing
from app.domain.errors import Invalid
from app.memory.transfer import Moved, Plan, split
from app.observe import configure_logging
from app.settings import Settings

STANDARD = Path("-")
_NAME = TextColumn("{task.description:<10}")


async def export(settings: Settings, file: Path, tenant: str | None, console: Console) -> None:
    """`-` writes to the standard output, a name in .gz compressed. An unfinished file never has the name."""
    configure_logging("warning", settings.log_format)
    async with exporting(settings) as service:
        records = written = 0
        columns = (_NAME, BarColumn(), MofNCompleteColumn(), TextColumn("users, {task.fields[size]}"))
        with Progress(*columns, console=console) as progress:
            bar = progress.add_task("exporting", total=await service.users(tenant), size="")
            with _written(file) as output:
                async for page in service.pages(tenant):
                    await asyncio.to_thread(output.write, page.lines)
                    records += page.records
                    written += len(page.lines)
                    progress.update(bar, advance=page.users, size=f"{written / 1e6:.1f} MB")
    console.print(f"{records} records exported")


async def take_in(settings: Settings, file: Path, tenant: str | None, console: Console) -> None:
    """`-` reads the standard input, a name in .gz compressed."""
    configure_logging("warning", settings.log_format)
    with _on_disk(file) as path, Progress(_NAME, BarColumn(), TaskProgressColumn(), console=console) as progress:
        async with importing(settings) as service:
            plan = await service.check(_lines(path, progress, "checking"), tenant)
            making = progress.add_task("indexing", total=plan.indexed, visible=False)

            def indexed(number: int) -> None:
                if number:
                    progress.update(making, advance=number, visible=True)

            moved = await service.carry_out(_lines(path, progress, "importing"), plan, indexed)
    for line in _told(plan, moved):
        console.print(line, highlight=False)


def _told(plan: Plan, moved: Moved) -> Iterator[str]:
    yield (
        f"{moved.users} users with {moved.records} records and {moved.keys} keys imported; "
        f"{moved.there} users were there already"
    )
    if moved.postponed:
        yield f"the vectors of {moved.postponed} users are still to be made; a running service makes them by itself"
    for tenant in sorted(plan.kept):
        yield f"tenant {tenant!r} has others too, and keeps its name and settings"


@contextmanager
def _on_disk(file: Path) -> Iterator[Path]:
    """What comes once only is kept for the second reading."""
    if file != STANDARD:
        yield file
        return
    with TemporaryDirectory() as folder:
        kept = Path(folder, "export")
        with kept.open("wb") as copy:
            shutil.copyfileobj(sys.stdin.buffer, copy)
        yield kept


def _lines(path: Path, progress: Progress, name: str) -> Iterator[bytes]:
    """To be read in a thread."""
    try:
        with path.open("rb") as raw:
            size = os.fstat(raw.fileno()).st_size
            counted = progress.wrap_file(raw, task_id=progress.add_task(name, total=size), total=size)
            if path.suffix == ".gz":
                with gzip.GzipFile(fileobj=counted) as unpacked:
                    yield from split(cast(BinaryIO, unpacked))
            else:
                yield from split(counted)
    except (OSError, EOFError, zlib.error) as error:
        raise Invalid(f"{path} cannot be read: {error}") from error


@contextmanager
def _written(file: Path) -> Iterator[BinaryIO]:
    """For its owner only: what people said stands in it, and digests of keys."""
    if file == STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = file.with_name(f"{file.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw:
            if file.suffix == ".gz":
                # neither name nor time, so that equal exports are equal files
                with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:
                    yield cast(BinaryIO, packed)
            else:
                yield raw
            raw.flush()
            os.fsync(raw.fileno())
        part.replace(file)
    except OSError as error:
        raise Invalid(f"{file} cannot be written: {error}") from error
    finally:
        part.unlink(missing_ok=True)
