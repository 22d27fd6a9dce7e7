"""Which fact a run goes on, so that a fact keeps its id from version to version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from app.domain.fact import FactVersion
from app.domain.time import BEGINNING
from app.domain.timeline.belief import Run


def identify(runs: Sequence[Run], versions: Collection[FactVersion]) -> dict[int, FactVersion]:
    """By index of the run: the latest version of the fact that it goes on; runs that are new facts are left out.

    First come believed versions of the same value and interval, then believed ones by how many statements they
    share, then, where extraction made all statements new, those whose interval overlaps, and last facts that are no
    longer believed by how many statements they share. Ties go to the earlier run, then the earlier version.
    """
    latest: dict[str, FactVersion] = {}
    for version in versions:
        known = latest.get(version.fact_id)
        if known is None or known.version < version.version:
            latest[version.fact_id] = version
    believed = sorted((v for v in latest.values() if v.believed), key=_place)
    former = sorted((v for v in latest.values() if not v.believed), key=_place)

    kept: dict[int, FactVersion] = {}
    exact = {(v.object.key, v.valid): v for v in reversed(believed)}
    for index, run in enumerate(runs):
        if (same := exact.pop((run.object.key, run.valid), None)) is not None:
            kept[index] = same
    kept |= _by_support(runs, believed, kept)
    kept |= _by_overlap(runs, believed, kept)
    return kept | _by_support(runs, former, kept)


def _place(version: FactVersion) -> tuple[object, ...]:
    return version.valid.start or BEGINNING, version.fact_id


def _by_support(
    runs: Sequence[Run], versions: Sequence[FactVersion], kept: dict[int, FactVersion]
) -> dict[int, FactVersion]:
    free = _free(versions, kept)
    by_statement: dict[str, list[int]] = {}
    for place, version in enumerate(free):
        for id in version.statement_ids:
            by_statement.setdefault(id, []).append(place)
    shared: Counter[tuple[int, int]] = Counter()
    for index, run in enumerate(runs):
        if index not in kept:
            for id in run.statement_ids:
                for place in by_statement.get(id, ()):
                    if free[place].object.key == run.object.key:
                        shared[index, place] += 1
    return _pair(sorted(shared, key=lambda pair: (-shared[pair], pair)), free)


def _by_overlap(
    runs: Sequence[Run], versions: Sequence[FactVersion], kept: dict[int, FactVersion]
) -> dict[int, FactVersion]:
    free = _free(versions, kept)
    by_value: dict[str, list[int]] = {}
    for place, version in enumerate(free):
        by_value.setdefault(version.object.key, []).append(place)
    pairs = [
        (index, place)
        for index, run in enumerate(runs)
        if index not in kept
        for place in by_value.get(run.object.key, ())
        if free[place].valid.overlaps(run.valid)
    ]
    return _pair(pairs, free)


def _free(versions: Sequence[FactVersion], kept: dict[int, FactVersion]) -> list[FactVersion]:
    taken = {version.fact_id for version in kept.values()}
    return [version for version in versions if version.fact_id not in taken]


def _pair(pairs: Sequence[tuple[int, int]], versions: Sequence[FactVersion]) -> dict[int, FactVersion]:
    """The pairs in turn, each run and each version once."""
    kept: dict[int, FactVersion] = {}
    taken: set[int] = set()
    for index, place in pairs:
        if index not in kept and place not in taken:
            kept[index] = versions[place]
            taken.add(place)
    return kept
