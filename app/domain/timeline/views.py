"""Reading versions: what holds, what was known, what held when, and what was learned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from app.domain.fact import FactVersion
from app.domain.time import BEGINNING, END, Interval


def as_of(versions: Iterable[FactVersion], at: datetime) -> tuple[FactVersion, ...]:
    """What is believed now to hold at `at`; with the present moment, what is current."""
    return tuple(version for version in versions if version.believed and version.holds(at))


def known(versions: Iterable[FactVersion], known_at: datetime, at: datetime | None = None) -> tuple[FactVersion, ...]:
    """What was believed at `known_at` to hold at `at`; at any time if that is None."""
    return tuple(v for v in versions if v.known(known_at) and (at is None or v.holds(at)))


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch during which the same versions hold; none, where it is a gap."""

    valid: Interval
    versions: tuple[FactVersion, ...]


def timeline(versions: Iterable[FactVersion], known_at: datetime | None = None) -> tuple[Period, ...]:
    """What held when, in order of time and without overlap, from the first start to the last end, as believed now or
    at `known_at`. O(n log n) and the length of the answer."""
    held = [v for v in versions if (v.believed if known_at is None else v.known(known_at)) and not v.valid.empty]
    starting: dict[datetime, list[FactVersion]] = {}
    ending: dict[datetime, list[FactVersion]] = {}
    for version in held:
        starting.setdefault(version.valid.start or BEGINNING, []).append(version)
        ending.setdefault(version.valid.end or END, []).append(version)
    present: dict[tuple[str, int], FactVersion] = {}
    periods: list[Period] = []
    for lo, hi in pairwise(sorted(starting.keys() | ending.keys())):
        for version in ending.get(lo, ()):
            del present[version.fact_id, version.version]
        for version in starting.get(lo, ()):
            present[version.fact_id, version.version] = version
        valid = Interval(None if lo == BEGINNING else lo, None if hi == END else hi)
        here = sorted(present.values(), key=lambda v: (v.valid.start or BEGINNING, v.object.key, v.fact_id))
        periods.append(Period(valid, tuple(here)))
    return tuple(periods)


@dataclass(frozen=True, slots=True)
class Difference:
    """Between two moments of ours: facts believed only at the later, only at the earlier, and at both but otherwise
    (before, after). What was learned and unlearned in between is in none."""

    learned: tuple[FactVersion, ...]
    unlearned: tuple[FactVersion, ...]
    revised: tuple[tuple[FactVersion, FactVersion], ...]


def diff(versions: Iterable[FactVersion], known_from: datetime, known_to: datetime) -> Difference:
    """By fact id. `known_from` is not after `known_to`."""
    everything = tuple(versions)
    before = {version.fact_id: version for version in known(everything, known_from)}
    after = {version.fact_id: version for version in known(everything, known_to)}
    return Difference(
        learned=tuple(after[id] for id in sorted(after.keys() - before.keys())),
        unlearned=tuple(before[id] for id in sorted(before.keys() - after.keys())),
        revised=tuple(
            (before[id], after[id])
            for id in sorted(before.keys() & after.keys())
            if before[id].version != after[id].version
        ),
    )
