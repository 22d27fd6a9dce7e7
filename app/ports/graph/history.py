"""What changed when, and which words are still good."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from app.domain.episode import Episode
from app.domain.fact import FactVersion
from app.domain.sayings import Saying
from app.domain.scope import Scope


class HistoryStore(Protocol):
    async def changed(
        self, scope: Scope, known_from: datetime, known_to: datetime, after: str | None, limit: int
    ) -> list[str]:
        """Ids, ascending, beyond `after`, of the facts of which a version began or ceased to be believed after
        `known_from` and not after `known_to`."""
        ...

    async def outdated(self, scope: Scope, extractor: str, after_seq: int, limit: int) -> list[Episode]:
        """Processed episodes that another extractor read last, with seq > after_seq, ascending."""
        ...

    async def sayings(
        self, scope: Scope, episode_ids: Sequence[str], valid_at: datetime, known_at: datetime
    ) -> list[Saying]:
        """Those of the statements in these episodes that were recorded by `known_at` and that no newer extraction
        replaced. They stand as of `valid_at` and `known_at`."""
        ...

    async def newest(self, scope: Scope, valid_at: datetime, limit: int) -> list[FactVersion]:
        """Those that are believed and hold then, the latest to be believed first."""
        ...
