"""The points as a table and as curves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.drawing import Line, Panel
from bench.scale_points import Point, Rate

SIZE, TENANTS, USERS = "size", "tenants", "users"
SERIES = {SIZE: "episodes of one user", TENANTS: "tenants", USERS: "users of one tenant"}


def across(series: str, point: Point) -> int:
    """Where on the x axis a point stands."""
    return {SIZE: point.own, TENANTS: point.tenants, USERS: point.users}[series]


def table(points: Sequence[Point]) -> list[str]:
    """In Markdown, in columns of even width."""
    head = (
        "mode",
        "tenants",
        "users",
        "own / all episodes",
        "accepted /s (CPU ms each)",
        "understood /s (CPU ms each)",
        "search p50 / p95 / p99 ms",
        "x embedding",
        "CPU; embedding, arms, graph ms",
        "resident MB",
    )
    rows = [head, *(_row(point) for point in points)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return lines


def _row(point: Point) -> tuple[str, ...]:
    search = point.search
    return (
        point.mode,
        f"{point.tenants:,}",
        f"{point.users:,}",
        f"{point.own:,} / {point.total:,}",
        _rate(point.accepted),
        _rate(point.processed),
        f"{search.p50:.1f} / {search.p95:.1f} / {search.p99:.1f}",
        f"{times_embedding(point):.1f}",
        f"{_stage(point, 'cpu')}; " + ", ".join(_stage(point, name) for name in ("embedding", "arms", "graph")),
        ", ".join(f"{name} {size:.0f}" for name, size in point.resident_mb.items()),
    )


def times_embedding(point: Point) -> float:
    """The median search over the median of embedding a query, both from the same moment."""
    return point.search.p50 / point.embed.p50


def slopes(points: Sequence[Point]) -> list[str]:
    """What the last point of each series costs against its first, by mode; 1.0 is level."""
    found = []
    for series in SERIES:
        for mode, along in _curves(points, series).items():
            first, last = along[0], along[-1]
            found.append(
                f"{mode}, from {across(series, first):,} to {across(series, last):,} {SERIES[series]}: a search takes "
                f"{last.search.p50 / first.search.p50:.2f} x as long, or in terms of embedding "
                f"{times_embedding(last) / times_embedding(first):.2f} x, and "
                f"{last.stages['cpu'] / first.stages['cpu']:.2f} x the processor time of the server"
            )
    return found


def latency(points: Sequence[Point], series: str) -> list[Panel]:
    """A panel for each mode that has a curve."""
    panels: list[Panel] = []
    for mode, along in _curves(points, series).items():
        x = [across(series, point) for point in along]
        lines = [
            Line(f"search, {name}", list(zip(x, (getattr(point.search, name) for point in along), strict=True)))
            for name in ("p50", "p95", "p99")
        ]
        lines.append(Line("embedding a query alone, p50", [(at, p.embed.p50) for at, p in zip(x, along, strict=True)]))
        panels.append((SERIES[series], f"milliseconds, {mode}", lines))
    return panels


def rates(points: Sequence[Point], series: str) -> list[Panel]:
    """Throughput and memory; a line for each mode that has a curve."""
    measures: dict[str, Callable[[Point], float | None]] = {
        "resident megabytes, all our processes": lambda point: sum(point.resident_mb.values()),
        "episodes a second, accepted": lambda point: point.accepted.per_s if point.accepted else None,
        "episodes a second, understood": lambda point: point.processed.per_s if point.processed else None,
    }
    panels: list[Panel] = []
    for name, measure in measures.items():
        lines = [
            Line(mode, [(across(series, p), value) for p in along if (value := measure(p)) is not None])
            for mode, along in _curves(points, series).items()
        ]
        if lines and all(line.points for line in lines):
            panels.append((SERIES[series], name, lines))
    return panels


def _curves(points: Sequence[Point], series: str) -> dict[str, list[Point]]:
    """By mode, where there are two points or more. One tenant without many users begins both series of spreading."""
    curves: dict[str, list[Point]] = {}
    for point in sorted(points, key=lambda point: across(series, point)):
        if point.series == series or (series == USERS and point.series == TENANTS and point.tenants == 1):
            curves.setdefault(point.mode, []).append(point)
    return {mode: along for mode, along in curves.items() if len(along) > 1}


def _rate(rate: Rate | None) -> str:
    return "–" if rate is None else f"{rate.per_s:.0f} ({rate.cpu_ms:.1f})"


def _stage(point: Point, name: str) -> str:
    return f"{point.stages[name]:.1f}" if name in point.stages else "–"
