"""What tenants use of the language model, may use of it, and tell it, on the wire."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from app.domain.entity import EntityType
from app.domain.errors import InvalidCursor
from app.domain.fact import Cardinality
from app.domain.guidance import (
    MAX_DESCRIPTION,
    MAX_INSTRUCTIONS,
    MAX_PREDICATES,
    Guidance,
    GuidanceVersion,
    PredicateRule,
)
from app.domain.usage import Usage
from app.http.schemas.base import Input, Output, Page, PageQuery
from app.http.schemas.names import Name, Text
from app.memory.modelling.budgets import Budget
from app.ports.graph.usage import UsagePosition

MAX_TOKENS = 10**15


def _day(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        raise ValueError("give a day such as 2026-06-01")
    return value


Day = Annotated[date, BeforeValidator(_day)]
"""A day in UTC."""


class UsageQuery(PageQuery):
    tenant: Name
    from_: Annotated[Day | None, Field(alias="from", description="The first day; by default 29 days ago.")] = None
    to: Annotated[Day | None, Field(description="The day after the last; by default there is none.")] = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.from_ is not None and self.to is not None and self.to < self.from_:
            raise ValueError("`to` must not be before `from`")
        return self


def usage_position(day: int, purpose: str, model: str) -> UsagePosition:
    """Where a page ended. `day`: as an ordinal. Raises InvalidCursor."""
    if not date.min.toordinal() <= day <= date.max.toordinal():
        raise InvalidCursor("this cursor is not one of this listing; start again without it")
    return date.fromordinal(day), purpose, model


class UsageOut(Output):
    """Of one day (UTC), purpose and model."""

    day: date
    purpose: str = Field(description="What the model was asked for: the name of the prompt.")
    model: str
    calls: int
    failures: int = Field(description="Those of the calls that brought no usable answer.")
    prompt_tokens: int
    completion_tokens: int

    @classmethod
    def of(cls, usage: Usage) -> UsageOut:
        tally = usage.tally
        return cls(
            day=usage.day,
            purpose=usage.purpose,
            model=usage.model,
            calls=tally.calls,
            failures=tally.failures,
            prompt_tokens=tally.prompt_tokens,
            completion_tokens=tally.completion_tokens,
        )


class UsagePage(Page[UsageOut]):
    """By day, purpose and model, ascending."""


class BudgetIn(Input):
    daily_tokens: int | None = Field(ge=0, le=MAX_TOKENS, description="Tokens a day (UTC); null: the default applies.")


class BudgetOut(Output):
    daily_tokens: int | None = Field(description="What the tenant may use a day (UTC); null: as much as it likes.")
    own: int | None = Field(description="What was set for this tenant.")
    default: int | None = Field(description="For tenants for which nothing was set: LLM_DAILY_TOKENS.")
    spent: int = Field(description="What it used since the day began.")
    renewed_at: datetime = Field(description="When the next day begins.")

    @classmethod
    def of(cls, budget: Budget) -> BudgetOut:
        return cls(
            daily_tokens=budget.tokens,
            own=budget.own,
            default=budget.default,
            spent=budget.spent,
            renewed_at=budget.renewed_at,
        )


class PredicateIn(Input):
    name: str = Field(description="In snake case, such as `works_at`.", min_length=1, max_length=64)
    cardinality: Cardinality = Field(description="How many values a subject has at one time.")
    description: Text = Field("", max_length=MAX_DESCRIPTION, description="What it means, on one line.")


class GuidanceIn(Input):
    """All of it: what is left out is empty."""

    extraction_instructions: Text = Field("", max_length=MAX_INSTRUCTIONS, description="In plain words.")
    entity_types: list[EntityType] = Field([], max_length=len(EntityType), description="The only ones; empty: any.")
    predicates: list[PredicateIn] = Field([], max_length=MAX_PREDICATES, description="The only ones; empty: any.")

    def guidance(self) -> Guidance:
        """Raises Invalid."""
        return Guidance(
            instructions=self.extraction_instructions,
            entity_types=tuple(self.entity_types),
            predicates=tuple(PredicateRule(one.name, one.cardinality, one.description) for one in self.predicates),
        )


class PredicateOut(Output):
    name: str
    cardinality: Cardinality
    description: str


class GuidanceOut(Output):
    """One version of it."""

    version: int = Field(description="From 1; 0 while none was given.")
    created_at: datetime | None
    extraction_instructions: str
    entity_types: list[EntityType]
    predicates: list[PredicateOut]

    @classmethod
    def of(cls, version: GuidanceVersion) -> GuidanceOut:
        guidance = version.guidance
        return cls(
            version=version.number,
            created_at=version.at,
            extraction_instructions=guidance.instructions,
            entity_types=list(guidance.entity_types),
            predicates=[
                PredicateOut(name=rule.name, cardinality=rule.cardinality, description=rule.description)
                for rule in guidance.predicates
            ],
        )


class GuidancePage(Page[GuidanceOut]):
    """Newest first."""
