"""Whether each part of the service would answer, truthfully."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from app.domain.errors import PalimpsestError
from app.memory.views import Check

Probe = Callable[[], Awaitable[str]]
"""Returns what is in use, in a few words; raises a PalimpsestError saying what is wrong."""

TIMEOUT_SECONDS = 2.0


class Health:
    def __init__(self, probes: Mapping[str, Probe]) -> None:
        self._probes = dict(probes)

    async def ready(self) -> list[Check]:
        """One check per part, in the order they were given; all asked at once."""
        return list(await asyncio.gather(*(self._check(name, probe) for name, probe in self._probes.items())))

    async def _check(self, name: str, probe: Probe) -> Check:
        try:
            return Check(name, True, await asyncio.wait_for(probe(), TIMEOUT_SECONDS))
        except TimeoutError:
            return Check(name, False, f"no answer within {TIMEOUT_SECONDS:g} s")
        except PalimpsestError as error:
            return Check(name, False, str(error))
