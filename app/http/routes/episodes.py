"""Taking in episodes, and the verbatim record of them."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Header, Query
from starlette.responses import Response

from app.http.auth import Reading, Writing
from app.http.deps import Configured, Product
from app.http.routes.derived import processed
from app.http.schemas.episodes import EpisodeOut, EpisodesAccepted, EpisodesIn, WaitQuery
from app.http.schemas.jobs import EpisodesProcessed
from app.http.schemas.names import PathName, canonical_json
from app.http.schemas.problem import problem_responses
from app.ports.graph.episodes import Idempotency

router = APIRouter(tags=["episodes"])

MAX_IDEMPOTENCY_KEY = 256

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=MAX_IDEMPOTENCY_KEY,
        description="Covers the whole request: sent again with the same body, it gets the first answer again.",
    ),
]


@router.post(
    "/v1/users/{user_id}/episodes",
    status_code=202,
    response_model=EpisodesAccepted,
    responses={
        200: {"model": EpisodesProcessed, "description": "With `wait`: everything is worked out"},
        **problem_responses(400, 401, 403, 409, 413, 422, 503),
    },
)
async def add_episodes(
    scope: Writing,
    body: EpisodesIn,
    wait: Annotated[WaitQuery, Query()],
    product: Product,
    configured: Configured,
    idempotency_key: IdempotencyKey = None,
) -> EpisodesAccepted | Response:
    """Store what was said or done. When this answers, it is durable and searchable word for word; entities and
    facts follow in the background."""
    now = configured.clock()
    idempotency = Idempotency(idempotency_key, fingerprint(body)) if idempotency_key is not None else None
    receipt = await product.ingest.accept(
        scope, body.session_id, [episode.draft(now) for episode in body.episodes], idempotency
    )
    if wait.wait:
        job = await product.ingest.wait(scope, receipt.job_id, wait.timeout)
        if job.ended:
            reply = await processed(product.insights, scope, job, receipt)
            return Response(reply.model_dump_json(), media_type="application/json")
    return EpisodesAccepted.of(receipt)


def fingerprint(body: EpisodesIn) -> str:
    """Of what the caller wrote, whatever its spelling as JSON; what they left out stays out, since a default such
    as the time of arrival differs between two attempts."""
    written = canonical_json(body.model_dump(mode="json", exclude_unset=True))
    return hashlib.sha256(f"POST episodes {written}".encode()).hexdigest()


@router.get("/v1/users/{user_id}/episodes/{episode_id}", responses=problem_responses(401, 403, 404, 422, 503))
async def read_episode(scope: Reading, episode_id: PathName, product: Product) -> EpisodeOut:
    """One episode, word for word."""
    return EpisodeOut.of(await product.insights.episode(scope, episode_id))


@router.delete(
    "/v1/users/{user_id}/episodes/{episode_id}",
    status_code=204,
    responses=problem_responses(401, 403, 404, 409, 422, 503),
)
async def delete_episode(scope: Writing, episode_id: PathName, product: Product) -> None:
    """Forget an episode and what only it supports."""
    await product.forgetting.delete_episode(scope, episode_id)
