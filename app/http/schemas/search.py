"""Search and context on the wire."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, StrictBool, StrictInt, WithJsonSchema, model_validator

from app.domain.time import Interval
from app.http.schemas.base import MAX_LIMIT, Input, Output
from app.http.schemas.knowledge import in_order
from app.http.schemas.names import Line, Moment, Name, Text
from app.memory.views import ContextBlock, ContextRequest, Found, Kind, SearchReply, SearchRequest, TimeRange

MAX_QUERY = 8_192
MAX_BUDGET = 200_000

Query = Annotated[Text, Field(min_length=1, max_length=MAX_QUERY, description="A question, or words to look for.")]
WHERE_KEY = re.compile(r"speaker|role|metadata(\.[\w-]{1,64}){1,8}")
INT64 = 2**63


def _where_key(key: str) -> str:
    if not WHERE_KEY.fullmatch(key):
        raise ValueError("only `speaker`, `role` and `metadata.<path>` can be asked for")
    return key


WhereKey = Annotated[
    str, AfterValidator(_where_key), WithJsonSchema({"type": "string", "pattern": f"^({WHERE_KEY.pattern})$"})
]
WhereValue = StrictBool | Annotated[StrictInt, Field(ge=-INT64, lt=INT64)] | Line


class Occurred(Input):
    """Half-open: from `from` up to, not including, `to`."""

    from_: Moment | None = Field(None, alias="from")
    to: Moment | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        in_order(self.from_, self.to, "from", "to")
        return self


class SearchIn(Input):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"query": "Where does Caroline live?", "limit": 10, "kinds": ["episode"]}]}
    )

    query: Query
    limit: Annotated[StrictInt, Field(ge=1, le=MAX_LIMIT)] = 10
    kinds: list[Kind] | None = Field(
        None, min_length=1, max_length=16, description="What may be found; by default what the recipe is made for."
    )
    session_id: Name | None = Field(None, description="Only what came from this session.")
    recipe: Line = Field("default", description="`fast`, `default`, `verbatim`.", examples=["default"])
    as_of: Moment | None = Field(None, description="Facts that were true in the world then; default now.")
    known_at: Moment | None = Field(None, description="As it was known here then.")
    occurred: Occurred = Field(Occurred(), description="Only episodes that happened within.")
    reference_time: Moment | None = Field(None, description='"Now", for words like "yesterday"; default now.')
    where: dict[WhereKey, WhereValue] = Field(
        {}, max_length=16, description="`speaker`, `role` or `metadata.<path>` to the value wanted; all must match."
    )
    explain: StrictBool = Field(False, description="Show what each score is made of.")

    def request(self) -> SearchRequest:
        return SearchRequest(
            query=self.query,
            limit=self.limit,
            kinds=None if self.kinds is None else frozenset(self.kinds),
            session_id=self.session_id,
            recipe=self.recipe,
            as_of=self.as_of,
            known_at=self.known_at,
            occurred_from=self.occurred.from_,
            occurred_to=self.occurred.to,
            reference_time=self.reference_time,
            where=dict(self.where),
        )


Share = Annotated[float, Field(json_schema_extra={"minimum": 0, "maximum": 1})]
"""In [0, 1]; described so, and not checked once more."""


class ResultOut(Output):
    kind: Kind
    id: str
    text: str
    score: Share = Field(description="Higher is better; comparable within one reply.")
    session_id: str | None
    seq: int | None
    speaker: str | None
    occurred_at: datetime | None
    sources: list[str] = Field(description="The episodes it rests on.")
    valid_from: datetime | None
    valid_to: datetime | None
    stale: bool = Field(description="Of a note: something that it rested on is gone.")
    signals: dict[str, float] | None = Field(
        None, exclude_if=lambda signals: signals is None, description="What the score is made of; with `explain`."
    )

    @classmethod
    def of(cls, found: Found, explain: bool) -> ResultOut:
        return cls(
            kind=found.kind,
            id=found.id,
            text=found.text,
            score=found.score,
            session_id=found.session_id,
            seq=found.seq,
            speaker=found.speaker,
            occurred_at=found.occurred_at,
            sources=list(found.sources),
            valid_from=found.valid_from,
            valid_to=found.valid_to,
            stale=found.stale,
            signals=found.signals if explain else None,
        )


class IntervalOut(Output):
    """Half-open; null is open."""

    from_: datetime | None = Field(serialization_alias="from")
    to: datetime | None


class SessionsOut(Output):
    """A time that was told by sessions: "the last time we talked"."""

    session_ids: list[str]


class TimeRangeOut(Output):
    """What the query was understood to say about time."""

    text: str = Field(description="The words that say it.")
    strict: bool = Field(description="The query asks about that time itself.")
    ranges: list[IntervalOut | SessionsOut]

    @classmethod
    def of(cls, time: TimeRange) -> TimeRangeOut:
        ranges = [
            IntervalOut(from_=r.start, to=r.end)
            if isinstance(r, Interval)
            else SessionsOut(session_ids=list(r.session_ids))
            for r in time.ranges
        ]
        return cls(text=time.text, strict=time.strict, ranges=ranges)


class SearchOut(Output):
    results: list[ResultOut] = Field(description="Best first.")
    time_range: TimeRangeOut | None
    confidence: Share = Field(description="Low means that nothing here answers the query.")
    degraded: list[str] = Field(description="What was missing this time, in words.")
    took_ms: float

    @classmethod
    def of(cls, reply: SearchReply, *, explain: bool, took_ms: float) -> SearchOut:
        return cls(
            results=[ResultOut.of(found, explain) for found in reply.results],
            time_range=None if reply.time_range is None else TimeRangeOut.of(reply.time_range),
            confidence=reply.confidence,
            degraded=list(reply.degraded),
            took_ms=took_ms,
        )


class ContextIn(Input):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"query": "Where does Caroline live?", "budget_tokens": 500}]}
    )

    query: Query
    budget_tokens: Annotated[StrictInt, Field(ge=1, le=MAX_BUDGET, description="Never exceeded.")] = 2_000
    session_id: Name | None = Field(None, description="Only what came from this session.")
    as_of: Moment | None = Field(None, description="Facts that were true in the world then; default now.")
    known_at: Moment | None = Field(None, description="As it was known here then.")
    reference_time: Moment | None = Field(None, description='"Now", for words like "yesterday"; default now.')

    def request(self) -> ContextRequest:
        return ContextRequest(
            query=self.query,
            budget_tokens=self.budget_tokens,
            session_id=self.session_id,
            as_of=self.as_of,
            known_at=self.known_at,
            reference_time=self.reference_time,
        )


class CitationOut(Output):
    marker: str = Field(description="As it stands in the text, in brackets.")
    kind: Kind
    id: str
    sources: list[str] = Field(description="The episodes it rests on.")


class ContextOut(Output):
    """A block for a prompt: facts and notes, then what was said in order of time, fenced and labelled as data."""

    text: str
    tokens: int
    citations: list[CitationOut]
    confidence: Share = Field(description="Low means that nothing here answers the query.")

    @classmethod
    def of(cls, block: ContextBlock) -> ContextOut:
        return cls(
            text=block.text,
            tokens=block.tokens,
            citations=[
                CitationOut(marker=c.marker, kind=c.kind, id=c.id, sources=list(c.sources)) for c in block.citations
            ],
            confidence=block.confidence,
        )
