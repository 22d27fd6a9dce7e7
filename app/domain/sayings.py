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
    """The episodes that say nothing but what was overtaken since: another value came, or it ended, or it never was."""
    by_episode: dict[str, list[Saying]] = {}
    for saying in sayings:
        by_episode.setdefault(saying.episode_id, []).append(saying)
    return {
        id
        for id, said in by_episode.items()
        if not any(saying.stands or not saying.holds for saying in said) and _covered(said) >= COVERED * said[0].size
    }


def _covered(sayings: Iterable[Saying]) -> int:
    total = reached = 0
    for start, end in sorted((saying.start, saying.end) for saying in sayings):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total
