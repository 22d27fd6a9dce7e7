"""The application: routes, what surrounds them, and the description of it all."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware

from app import __version__
from app.http import errors
from app.http.auth import Authentication
from app.http.deps import HttpSettings
from app.http.middleware import BodyLimit, KnownHosts, Surround
from app.http.paths import OpaqueSegments
from app.http.routes import ROUTERS
from app.http.routes.operate import probes
from app.http.schemas.problem import MEDIA_TYPE
from app.memory.services import Services
from app.observe import PrometheusMeter

DESCRIPTION = """\
Memory for agents and chatbots: send what was said and done, ask what is relevant, what is true, what was true then.

Times are RFC 3339 with an offset. Ids are opaque strings. Lists page by `limit` and `cursor`. Whatever goes wrong
is told as problem details (RFC 9457) with a stable `code`.
"""

TAGS = [
    {"name": "episodes", "description": "What was said and done, word for word."},
    {"name": "search", "description": "What is relevant to a query."},
    {"name": "facts", "description": "What is true, what was, and since when it is known."},
    {"name": "entities", "description": "Who and what it is about."},
    {"name": "tools", "description": "What agents keep themselves: memory tools, the core, and the log of both."},
    {"name": "sessions", "description": "Conversations and tasks."},
    {"name": "users", "description": "Whose memory it is."},
    {"name": "jobs", "description": "The background work."},
    {"name": "admin", "description": "Tenants and keys; with the root key only."},
    {"name": "operate", "description": "Health and metrics."},
]


class Application(FastAPI):
    def openapi(self) -> dict[str, Any]:
        if not self.openapi_schema:
            _name_problems(super().openapi())
        return super().openapi()


def create_app(services: Services, meter: PrometheusMeter, settings: HttpSettings | None = None) -> FastAPI:
    """`services` are running, and outlive the app. `meter`: what GET /metrics shows."""
    settings = settings or HttpSettings()
    # the outermost first
    surrounding = [Middleware(Surround, meter=meter)]
    if settings.hosts is not None:
        surrounding.append(Middleware(KnownHosts, hosts=settings.hosts))
    surrounding += [
        Middleware(OpaqueSegments),
        Middleware(Authentication, access=services.access),
        Middleware(BodyLimit, limit=settings.max_body_bytes),
    ]
    app = _described(surrounding)
    app.state.services = services
    app.state.settings = settings
    app.state.meter = meter
    return app


def create_worker_app(services: Services, meter: PrometheusMeter) -> FastAPI:
    """What a worker shows of itself: that it lives and is ready, and what it counts; nothing of anybody's memory."""
    app = FastAPI(title="Palimpsest worker", openapi_url=None)
    app.state.services = services
    app.state.meter = meter
    errors.install(app)
    app.include_router(probes)
    return app


def openapi_document() -> dict[str, Any]:
    """OpenAPI 3.1, the same whatever the settings are."""
    return _described([]).openapi()


def _described(surrounding: list[Middleware]) -> FastAPI:
    app = Application(
        title="Palimpsest",
        version=__version__,
        description=DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        openapi_tags=TAGS,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        middleware=surrounding,
    )
    errors.install(app)
    for router in ROUTERS:
        app.include_router(router)
    return app


def _name_problems(document: dict[str, Any]) -> None:
    """Problems have a media type of their own, which the framework cannot be told route by route."""
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if status.startswith(("4", "5")):
                    response["content"] = {MEDIA_TYPE: response["content"].pop("application/json")}
