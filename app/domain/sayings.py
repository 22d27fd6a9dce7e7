"""What becomes of the words when the facts in them are overtaken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

COVERED = 0.6
"""How much of an episode its overtaken sayings must make up for nothing else to be said there."""


@dataclass(frozen=True, slots=True)
class Saying:
    """One statement of an episode, at code points `[start, end)` of `size`, in a view of both time axes.

    `stands`: something is believed on its account that still holds or is yet to come, or that was told from the first
    to be over, or took place and so stays true. `holds`: False for what only ends or denies something else.
    """

    episode_id: str
    size: int
    start: int
    end: int
    holds: bool
    stands: bool


def superseded(sayings: Iterable[Saying]) -> set[str]:
    """The episodes that say nothing but what was overtaken since: another value came, or it ended, or it never was.
    What still stands on the same words as something overtaken does not save them: it has a sentence of its own."""
    by_episode: dict[str, list[Saying]] = {}
    for saying in sayings:
        by_episode.setdefault(saying.episode_id, []).append(saying)
    return {
        id
        for id, said in by_episode.items()
        if not any(_saves(saying, said) for saying in said)
        and _covered(saying for saying in said if _overtaken(saying)) >= COVERED * said[0].size
    }


def _overtaken(saying: Saying) -> bool:
    return saying.holds and not saying.stands


def _saves(saying: Saying, said: Iterable[Saying]) -> bool:
    return not _overtaken(saying) and not any(
        _overtaken(other) and other.start <= saying.start and saying.end <= other.end for other in said
    )


def _covered(sayings: Iterable[Saying]) -> int:
    total = reached = 0
    for start, end in sorted((saying.start, saying.end) for saying in sayings):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total
