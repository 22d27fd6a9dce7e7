"""Whether each part of the service would answer, truthfully."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping

from app.domain.errors import PalimpsestError
from app.memory.views import Check

Probe = Callable[[], Awaitable[str]]
"""Returns what is in use, in a few words; raises a PalimpsestError saying what is wrong."""

TIMEOUT_SECONDS = 2.0


class Health:
    def __init__(self, probes: Mapping[str, Probe], dispensable: Collection[str] = ()) -> None:
        """`dispensable`: parts without which the service is ready all the same."""
        self._probes = dict(probes)
        self._dispensable = frozenset(dispensable)

    async def ready(self) -> list[Check]:
        """One check per part, in the order they were given; all asked at once."""
        return list(await asyncio.gather(*(self._check(name, probe) for name, probe in self._probes.items())))

    async def _check(self, name: str, probe: Probe) -> Check:
        try:
            return Check(name, True, await asyncio.wait_for(probe(), TIMEOUT_SECONDS))
        except TimeoutError:
            return self._away(name, f"no answer within {TIMEOUT_SECONDS:g} s")
        except PalimpsestError as error:
            return self._away(name, str(error))

    def _away(self, name: str, reason: str) -> Check:
        dispensable = name in self._dispensable
        return Check(name, dispensable, reason, degraded=dispensable)
