"""What each tenant may spend on the language model a day (UTC), and what it spent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.domain.errors import BudgetExhausted, NotFound
from app.domain.time import Clock
from app.domain.usage import Usage, day_after, day_of
from app.ports.accounts import AccountStore
from app.ports.graph.usage import UsagePosition, UsageStore
from app.ports.metrics import Meter

DAYS_SHOWN = timedelta(days=29)
"""Before today."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Tokens a day. `own`: set for this tenant; `default`: for those without; None: as many as it likes.
    `spent`: since the day began; `renewed_at`: when the next one does."""

    own: int | None
    default: int | None
    spent: int
    renewed_at: datetime

    @property
    def tokens(self) -> int | None:
        return self.default if self.own is None else self.own

    @property
    def exhausted(self) -> bool:
        return self.tokens is not None and self.spent >= self.tokens


class Budgets:
    def __init__(
        self, *, usage: UsageStore, accounts: AccountStore, daily_tokens: int | None, clock: Clock, meter: Meter
    ) -> None:
        """`daily_tokens`: of each tenant without a budget of its own; None: as many as it likes."""
        self._usage = usage
        self._accounts = accounts
        self._daily_tokens = daily_tokens
        self._clock = clock
        self._meter = meter

    async def admit(self, tenant: str) -> None:
        """Before the model is asked. Calls under way are not counted yet, so that a tenant may end the day a few calls
        above its budget. Raises BudgetExhausted."""
        budget = await self._budget(tenant)
        if budget.exhausted:
            self._meter.count("model_budgets_exhausted")
            raise BudgetExhausted(
                f"{budget.spent} of {budget.tokens} tokens of today are used up; the work goes on at "
                f"{budget.renewed_at.isoformat()}, or soon after the budget is raised",
                until=budget.renewed_at,
            )

    async def record(self, tenant: str, usage: Usage) -> None:
        """On top of what it used of that day, purpose and model."""
        await self._usage.add(tenant, usage)

    async def budget(self, tenant: str) -> Budget:
        """Raises NotFound for an unknown tenant."""
        await self._require(tenant)
        return await self._budget(tenant)

    async def set_budget(self, tenant: str, tokens: int | None) -> Budget:
        """None: the default from now on. Raises NotFound for an unknown tenant."""
        await self._usage.set_budget(tenant, tokens)
        return await self._budget(tenant)

    async def usage(
        self, tenant: str, first: date | None, until: date | None, after: UsagePosition | None, limit: int
    ) -> list[Usage]:
        """The days of `[first, until)`, by day, purpose and model; without a first those of DAYS_SHOWN. Raises
        NotFound for an unknown tenant."""
        await self._require(tenant)
        first = first or day_of(self._clock()) - DAYS_SHOWN
        return await self._usage.page(tenant, first, until, after, limit)

    async def _budget(self, tenant: str) -> Budget:
        today = day_of(self._clock())
        spent = await self._usage.spent(tenant, today)
        return Budget(await self._usage.budget(tenant), self._daily_tokens, spent.tokens, day_after(today))

    async def _require(self, tenant: str) -> None:
        if await self._accounts.tenant(tenant) is None:
            raise NotFound(f"no tenant {tenant}")
