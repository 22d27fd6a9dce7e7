"""Line charts as SVG, without a plotting library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, log10

WIDTH, HEIGHT = 460, 300
LEFT, RIGHT, TOP, BOTTOM = 52, 16, 16, 44
COLOURS = ("#1b6ca8", "#d1495b", "#3d8361", "#8d6a9f", "#b8860b")


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    points: Sequence[tuple[float, float]]


Panel = tuple[str, str, Sequence[Line]]
"""The words under the x axis, those over the y axis, and the lines."""


def chart(*panels: Panel, by_powers: bool = False) -> str:
    """Side by side, both axes from zero, with one legend, that of the first. `by_powers`: the x axis is logarithmic,
    from the first point on."""
    names = [line.name for line in panels[0][2]]
    height = HEIGHT + 18 * len(names) + 8
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH * len(panels)} {height}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH * len(panels)}" height="{height}" fill="white"/>',
    ]
    for number, panel in enumerate(panels):
        parts.append(f'<g transform="translate({WIDTH * number},0)">')
        parts += _panel(panel, by_powers)
        parts.append("</g>")
    for number, name in enumerate(names):
        y = HEIGHT + 18 * number + 6
        parts.append(f'<rect x="{LEFT}" y="{y}" width="18" height="3" fill="{COLOURS[number % len(COLOURS)]}"/>')
        parts.append(f'<text x="{LEFT + 26}" y="{y + 6}">{escape(name)}</text>')
    return "\n".join((*parts, "</svg>", ""))


def _panel(panel: Panel, by_powers: bool) -> list[str]:
    below, over, lines = panel
    furthest = max(x for line in lines for x, _ in line.points)
    nearest = min(x for line in lines for x, _ in line.points)
    step = _step(max(y for line in lines for _, y in line.points))
    top = step * max(1, ceil(max(y for line in lines for _, y in line.points) / step))

    def share(x: float) -> float:
        if by_powers:
            return log10(x / nearest) / (log10(furthest / nearest) or 1.0)
        return x / furthest

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            LEFT + (WIDTH - LEFT - RIGHT) * share(x),
            HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * y / top,
        )

    parts = []
    for tick in range(round(top / step) + 1):
        _, y = place(nearest, tick * step)
        parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{tick * step:g}</text>')
    for at in sorted({x for line in lines for x, _ in line.points}):
        x, y = place(at, 0)
        parts.append(f'<text x="{x:.1f}" y="{y + 16:.1f}" text-anchor="middle">{at:g}</text>')
    parts.append(
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">{escape(below)}</text>'
    )
    parts.append(f'<text x="{LEFT}" y="11">{escape(over)}</text>')
    for number, line in enumerate(lines):
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in sorted(line.points)))
        colour = COLOURS[number % len(COLOURS)]
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
    return parts


def _step(highest: float) -> float:
    """A round distance between about five ticks."""
    rough = highest / 5 or 1.0
    power = 10.0 ** int(log10(rough) if rough >= 1 else log10(rough) - 1)
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
