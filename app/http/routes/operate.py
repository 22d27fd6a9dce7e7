"""For operators: whether the service lives and is ready, and what it counts. None of these needs a key."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.responses import Response

from app import __version__
from app.http.deps import Metrics, Product
from app.http.errors import problem
from app.http.schemas.operate import CheckOut, FrontPage, Live, NotReady, Ready

router = APIRouter(tags=["operate"])
probes = APIRouter()
"""Those that a worker answers to as well."""


@router.get("/")
async def front_page() -> FrontPage:
    """Where to go from here."""
    return FrontPage(
        name="palimpsest", version=__version__, docs="/docs", openapi="/openapi.json", health="/health/ready"
    )


@probes.get("/health/live")
async def live() -> Live:
    """The process answers. Asks nothing of anything else."""
    return Live(status="live")


@probes.get(
    "/health/ready",
    response_model=Ready,
    responses={503: {"model": NotReady, "description": "A part of the service is away"}},
)
async def ready(product: Product) -> Ready | Response:
    """Every part of the service would answer."""
    checks = await product.health.ready()
    shown = [CheckOut.of(check) for check in checks]
    away = [check for check in checks if not check.ok]
    if away:
        detail = "; ".join(f"{check.name}: {check.detail}" for check in away)
        return problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "not_ready",
            detail,
            retryable=True,
            checks=[check.model_dump() for check in shown],
        )
    return Ready(status="ready", checks=shown)


@probes.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "Prometheus text"}},
)
async def metrics(meter: Metrics) -> Response:
    """What the service counts, for Prometheus."""
    return Response(generate_latest(meter.registry), media_type=CONTENT_TYPE_LATEST)


router.include_router(probes)
