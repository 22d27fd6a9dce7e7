"""How the service bears growth: taking episodes in, understanding them, searching, and memory.

    python -m bench.scale [--mode embedded|server|both] [--sizes 1000,10000,100000] [--tenants 1,100,1000]
                          [--users 1000] [--no-work] [--keep DIR] [--svg PREFIX] [--json FILE]

Two ways of growing. By size: one user's memory, measured on the way up. By spread: the same number of episodes in all,
dealt out to ever more tenants (or users of one tenant), while one user, who is searched, has the same number
throughout; what that search costs must stay level. Real processes are measured over loopback: first a server takes
episodes in while nothing works on them, then they are worked through, then one search follows another, at rest.

Server mode runs on the stores of --graph-url, --vectors-url and --queue-url (or NEO4J_URL, QDRANT_URL, REDIS_URL);
what is not given is started here, for Qdrant a stand-in that tells nothing about a Qdrant's speed. Stores that are
given should be empty: points add up in them, and nothing is deleted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.progress import Progress

from bench.drawing import chart
from bench.scale_engines import Urls, named
from bench.scale_points import Latency, Point, Rate, Share, measured
from bench.scale_report import SERIES, SIZE, TENANTS, USERS, latency, rates, slopes, table
from bench.scale_service import TIMEOUT, Deployment, deployed, owners, running

BATCH = 100


class Figures:
    """The points so far, in a file where one is given."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self.points: list[Point] = []
        if file is not None and file.exists():
            self.points = [_point(entry) for entry in json.loads(file.read_text())]

    def has(self, series: str, mode: str, **place: int) -> bool:
        return any(
            (point.series, point.mode) == (series, mode)
            and all(getattr(point, name) == value for name, value in place.items())
            for point in self.points
        )

    def add(self, point: Point) -> None:
        self.points.append(point)
        if self._file is not None:
            self._file.write_text(json.dumps([asdict(point) for point in self.points], indent=2) + "\n")


def _point(entry: dict[str, Any]) -> Point:
    return Point(
        **entry
        | {name: Latency(**entry[name]) for name in ("search", "embed")}
        | {name: entry[name] and Rate(**entry[name]) for name in ("accepted", "processed")}
    )


def spread(users: int, own: int, total: int) -> list[int]:
    """What each user has: the first his own, the others an even share of what is left."""
    others = users - 1
    share, over = divmod(total - own, others)
    return [own, *(share + (number < over) for number in range(others))]


def places(tenants: Sequence[int], users: Sequence[int]) -> list[tuple[str, int, int]]:
    """(series, tenants, users): each tenant has one user, but the only one has two, that there be others at all."""
    return [(TENANTS, count, max(count, 2)) for count in tenants] + [(USERS, 1, count) for count in users]


async def _owned(place: Deployment, tenants: int, counts: Sequence[int]) -> list[Share]:
    with running(place, working=False) as service:
        async with httpx.AsyncClient(base_url=service.server, timeout=TIMEOUT) as http:
            who = await owners(http, tenants, len(counts))
    return [Share(owner, count) for owner, count in zip(who, counts, strict=True)]


async def by_size(
    place: Deployment, figures: Figures, sizes: Sequence[int], *, searches: int, work: bool, progress: Progress
) -> None:
    """`work`: also at the largest size."""
    (share,) = await _owned(place, 1, [0])
    for size in sorted(sizes):
        if not figures.has(SIZE, place.mode, own=size):
            figures.add(
                await measured(
                    SIZE,
                    place,
                    [Share(share.owner, size)],
                    batch=BATCH,
                    searches=searches,
                    work=work or size < max(sizes),
                    progress=progress,
                )
            )


async def by_spread(
    place: Deployment,
    figures: Figures,
    at: tuple[str, int, int],
    counts: Sequence[int],
    *,
    batch: int,
    searches: int,
    progress: Progress,
) -> None:
    series, tenants, _ = at
    shares = await _owned(place, tenants, counts)
    figures.add(await measured(series, place, shares, batch=batch, searches=searches, work=True, progress=progress))


def run(given: argparse.Namespace, folder: Path, figures: Figures, progress: Progress) -> None:
    urls = Urls(given.graph_url, given.vectors_url, given.queue_url)
    modes = ("embedded", "server") if given.mode == "both" else (given.mode,)
    spreads = places(given.tenants, given.users)
    # the same size of request at every point, and no larger than the smallest user has use for
    batch = max(1, min(BATCH, (given.total - given.own) // max((users - 1 for _, _, users in spreads), default=1)))
    for mode in modes:
        if not all(figures.has(SIZE, mode, own=size) for size in given.sizes):
            progress.console.print(f"{mode}: {', '.join(f'{size:,}' for size in given.sizes)} episodes of one user")
            with deployed(mode, folder / f"{mode}-size", urls) as place:
                asyncio.run(
                    by_size(
                        place, figures, given.sizes, searches=given.searches, work=not given.no_work, progress=progress
                    )
                )
        for at in spreads:
            series, tenants, users = at
            if figures.has(series, mode, tenants=tenants, users=users):
                continue
            progress.console.print(f"{mode}: {tenants:,} tenants, {users:,} users, {given.total:,} episodes in all")
            with deployed(mode, folder / f"{mode}-{series}-{users}", urls) as place:
                counts = spread(users, given.own, given.total)
                asyncio.run(
                    by_spread(place, figures, at, counts, batch=batch, searches=given.searches, progress=progress)
                )


def draw(points: Sequence[Point], prefix: str) -> list[Path]:
    """Two files for each series that has a curve: latency; throughput and memory."""
    drawn = []
    for series in SERIES:
        for name, panels in ((series, latency(points, series)), (f"{series}-rates", rates(points, series))):
            if panels:
                drawn.append(Path(f"{prefix}-{name}.svg"))
                drawn[-1].write_text(chart(*panels, by_powers=True))
    return drawn


def numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",") if number]


def main(arguments: Sequence[str] | None = None, name: str | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog=name, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    engines = named()
    add: Callable[..., Any] = parser.add_argument
    add("--mode", choices=("embedded", "server", "both"), default="both")
    add("--sizes", type=numbers, default=[1_000, 10_000, 100_000], help="episodes of the one user; empty for none")
    add("--tenants", type=numbers, default=[1, 100, 1_000], help="how many the episodes are spread over")
    add("--users", type=numbers, default=[1_000], help="of one tenant, how many they are spread over")
    add("--total", type=int, default=10_000, help="episodes that are spread")
    add("--own", type=int, default=1_000, help="of these, those of the user who is searched")
    add("--searches", type=int, default=500, help="at each point")
    add("--no-work", action="store_true", help="leave out the background work at the largest size")
    add("--graph-url", default=engines.graph, help="a Neo4j that is there; it may take NEO4J_USER, NEO4J_PASSWORD")
    add("--vectors-url", default=engines.vectors, help="a Qdrant that is there; it may take QDRANT_API_KEY")
    add("--queue-url", default=engines.queue, help="a Redis that is there")
    add("--keep", type=Path, help="keep stores and figures here; a run that was interrupted goes on from them")
    add("--svg", help="draw the curves into files that begin so")
    add("--json", type=Path, help="keep the figures here; points that are in it already are not measured again")
    given = parser.parse_args(arguments)
    console = Console(stderr=True)
    with ExitStack() as stack:
        folder = given.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="palimpsest-scale-")))
        folder.mkdir(parents=True, exist_ok=True)
        figures = Figures(given.json or (folder / "figures.json" if given.keep else None))
        with Progress(console=console) as progress:
            run(given, folder.resolve(), figures, progress)
    points = figures.points
    print("\n".join((*table(points), "", *slopes(points), "", *sorted({f"{p.mode}: {p.engines}" for p in points}))))
    if given.svg:
        print(f"drawn: {', '.join(map(str, draw(points, given.svg)))}")


if __name__ == "__main__":
    main()
