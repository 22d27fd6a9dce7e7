"""Why a proposal is not accepted: counted by reason, never with its content."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

import structlog

from app.ports.metrics import Meter

log = structlog.get_logger(__name__)


class Refusal(StrEnum):
    UNKNOWN_ALIAS = "unknown_alias"
    """It names what was not shown."""
    NO_SOURCE = "no_source"
    """It rests on what is shown but no source: the words of an assistant that speaks for nobody."""
    NO_QUOTE = "no_quote"
    """The words it quotes are not there."""
    UNSAID = "unsaid"
    """The words it quotes ask, or suppose."""
    UNKNOWN_NAME = "unknown_name"
    """A name that nobody said."""
    UNGROUNDED = "ungrounded"
    """It says more than what it rests on."""
    UNWANTED = "unwanted"
    """The tenant does not want such entities or predicates."""
    UNRELATED = "unrelated"
    """It would end or correct what the words quoted have nothing to do with."""
    INCOMPLETE = "incomplete"
    TIME = "time"
    """The time it names was not said, or cannot be understood; the proposal itself stays."""
    TOO_MANY = "too_many"
    RULE = "rule"
    """A decision that the rules of time or identity do not allow."""


class Refused(Exception):
    """What is proposed is not accepted."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why)
        self.why = why


@dataclass(slots=True)
class Refusals:
    """Of one answer. `by_episode` counts them by the episode that they are about, None where there is none."""

    step: str
    by_episode: Counter[str | None] = field(default_factory=Counter)
    by_reason: Counter[Refusal] = field(default_factory=Counter)

    def add(self, reason: Refusal, episode_id: str | None = None) -> None:
        self.by_episode[episode_id] += 1
        self.by_reason[reason] += 1

    @property
    def total(self) -> int:
        return sum(self.by_reason.values())

    def tell(self, meter: Meter) -> None:
        for reason, count in self.by_reason.items():
            meter.count("proposals_refused", count, step=self.step, reason=reason.value)
        if self.by_reason:
            log.info("proposals refused", step=self.step, **{r.value: count for r, count in self.by_reason.items()})
