"""The two kinds of model: what comes in is closed, what goes out may grow."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Item = TypeVar("Item")

MAX_LIMIT = 200
DEFAULT_LIMIT = 50


class Input(BaseModel):
    """Unknown fields are refused: a misspelt one must not be ignored in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Output(BaseModel):
    """Every field is always there. More may be added in time."""

    model_config = ConfigDict(frozen=True)


class Page(Output, Generic[Item]):
    items: list[Item]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last.")


class PageQuery(Input):
    """The part of a listing that is wanted."""

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="How many at most.")] = DEFAULT_LIMIT
    cursor: Annotated[str | None, Field(description="Where the last page ended: its `next_cursor`.")] = None
