"""How linked notes led to one of them: paths from the earliest to it, in order of time (after THEANINE, Ong et al.
2024, where timelines of linked memories are given to the reader and nothing outdated is taken out of them)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

from app.domain.note import OVERTAKING, Note, NoteLink

MOST_PATHS = 8
DRAWS = 16
"""Draws for each path that is wanted; the same one may come more than once."""


@dataclass(frozen=True, slots=True)
class NoteTimeline:
    """`paths`: note ids, each from the earliest note that leads to the one asked for, to that one, along the links.
    `notes`: all that are on a path, oldest first. `overtaken`: ids of those that hold no longer, with the ids of the
    notes that say so, which are none where it is facts that say so. `sampled`: there are more paths."""

    notes: tuple[Note, ...]
    paths: tuple[tuple[str, ...], ...]
    overtaken: Mapping[str, tuple[str, ...]]
    sampled: bool


def timeline(
    to: str, notes: Iterable[Note], links: Iterable[NoteLink], outdated: Collection[str], *, limit: int = MOST_PATHS
) -> NoteTimeline:
    """`notes`: the component of the note `to`, or as much of it as one wants to look at; links to others are passed
    over. `outdated`: episodes that say nothing but what was overtaken. Where there are more than `limit` paths some
    are drawn, the same ones each time."""
    known = {note.id: note for note in notes}
    held = [link for link in links if link.from_id in known and link.to_id in known]
    before: dict[str, list[str]] = {}
    for link in held:
        before.setdefault(link.to_id, []).append(link.from_id)
    earlier = {id: sorted(set(ids), key=lambda other: known[other].place) for id, ids in before.items()}
    start = min(_leading(to, earlier), key=lambda id: known[id].place)
    many = _ways(start, known, earlier)
    draw = partial(_drawn, Random(to), to, start, earlier, many)
    paths = list(_all(to, start, earlier, many)) if many[to] <= limit else _distinct(draw, limit)
    shown = {id for path in paths for id in path}
    return NoteTimeline(
        notes=tuple(sorted((known[id] for id in shown), key=lambda note: note.place)),
        paths=tuple(paths),
        overtaken=_overtaken(known, held, shown, outdated),
        sampled=many[to] > limit,
    )


def _leading(to: str, earlier: Mapping[str, Sequence[str]]) -> set[str]:
    """All from which a path leads to it, itself too."""
    found, ahead = {to}, [to]
    while ahead:
        fresh = [id for id in earlier.get(ahead.pop(), ()) if id not in found]
        found.update(fresh)
        ahead += fresh
    return found


def _ways(start: str, known: Mapping[str, Note], earlier: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """How many paths lead from the start to each note. Links go from older to newer, so there are no circles."""
    many: dict[str, int] = {}
    for id in sorted(known, key=lambda id: known[id].place):
        many[id] = 1 if id == start else sum(many[other] for other in earlier.get(id, ()))
    return many


def _all(
    to: str, start: str, earlier: Mapping[str, Sequence[str]], many: Mapping[str, int]
) -> Iterable[tuple[str, ...]]:
    if to == start:
        yield (start,)
        return
    for id in earlier.get(to, ()):
        if many[id]:
            for path in _all(id, start, earlier, many):
                yield (*path, to)


def _drawn(
    random: Random, to: str, start: str, earlier: Mapping[str, Sequence[str]], many: Mapping[str, int]
) -> tuple[str, ...]:
    """Any path as likely as any other."""
    path = [to]
    while path[-1] != start:
        ids = earlier[path[-1]]
        path += random.choices(ids, weights=[many[id] for id in ids])
    return tuple(reversed(path))


def _distinct(draw: Callable[[], tuple[str, ...]], limit: int) -> list[tuple[str, ...]]:
    found: dict[tuple[str, ...], None] = {}
    for _ in range(DRAWS * limit):
        found[draw()] = None
        if len(found) == limit:
            break
    return sorted(found)


def _overtaken(
    known: Mapping[str, Note], links: Iterable[NoteLink], shown: Collection[str], outdated: Collection[str]
) -> dict[str, tuple[str, ...]]:
    by: dict[str, tuple[str, ...]] = {
        id: () for id in shown if known[id].sources and all(source in outdated for source in known[id].sources)
    }
    for link in links:
        if link.relation in OVERTAKING and link.from_id in shown:
            by[link.from_id] = tuple(dict.fromkeys((*by.get(link.from_id, ()), link.to_id)))
    return by
