"""Painting claims onto valid time, later starts over earlier ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import heappop, heappush
from itertools import pairwise

from app.domain.time import END
from app.domain.timeline.claims import Claim


@dataclass(frozen=True, slots=True)
class Piece:
    """`[lo, hi)` with one claim on top. `root`: the earliest claim of the same value that alone would carry it from
    there on. `starting`: the claims of this value that begin at `lo` and were not overruled by one told later."""

    lo: datetime
    hi: datetime
    top: Claim
    root: Claim
    starting: tuple[Claim, ...]

    @property
    def holds(self) -> bool:
        """False where the claim has stopped and hides what lies beneath."""
        return self.lo < self.top.holds_to


def paint(claims: Sequence[Claim]) -> list[Piece]:
    """The pieces of one layer, by time. At each moment the claim with the latest start is on top, at equal starts the
    one told last. O(n log n): a sweep over the boundaries with a heap of the claims begun."""
    ranked = sorted((c for c in claims if c.start < c.holds_to), key=lambda c: (c.start, c.order, c.end))
    roots: list[int] = []
    begun: list[int] = []

    def top(now: datetime) -> int | None:
        while begun and ranked[-begun[0]].covers_to <= now:
            heappop(begun)
        return -begun[0] if begun else None

    pieces: list[Piece] = []
    boundaries = {moment for c in ranked for moment in (c.start, c.holds_to, c.covers_to)} | {END}
    for lo, hi in pairwise(sorted(boundaries)):
        starting: list[Claim] = []
        while len(roots) < len(ranked) and ranked[len(roots)].start == lo:
            rank = len(roots)
            claim = ranked[rank]
            beneath = top(lo)
            root = rank
            if beneath is not None and lo < ranked[beneath].holds_to and ranked[beneath].key == claim.key:
                carries = ranked[roots[beneath]].holds_to >= claim.holds_to
                root = roots[beneath] if carries else rank
            roots.append(root)
            heappush(begun, -rank)
            starting = [c for c in starting if c.key == claim.key] + [claim]
        seen = top(lo)
        if seen is not None:
            pieces.append(Piece(lo, hi, ranked[seen], ranked[roots[seen]], tuple(starting)))
    return pieces
