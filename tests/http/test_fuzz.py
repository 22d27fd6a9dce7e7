"""Whatever the description allows, and what it forbids, the service answers as described and never with a 5xx."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, settings
from pydantic import SecretStr
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from app.compose import running
from app.http.app import create_app, openapi_document
from app.settings import Settings
from tests.engines import INSTALLATIONS, at_work
from tests.http.service import ROOT_KEY

EXAMPLES = 12
PATIENCE = 120.0
"""More than the service is ever asked to wait."""

schema = schemathesis.openapi.from_dict(openapi_document())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """On a socket, in a thread with a loop of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    addresses = INSTALLATIONS.at(tmp_path_factory.mktemp("fuzz"))
    chosen = Settings(_env_file=None, **addresses, root_key=SecretStr(ROOT_KEY))
    serving: Future[uvicorn.Server] = Future()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(chosen, listener, serving)))
    thread.start()
    server = serving.result(timeout=60)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=60)


async def _serve(chosen: Settings, listener: socket.socket, serving: Future[uvicorn.Server]) -> None:
    try:
        async with running(chosen) as container, at_work(chosen):
            app = create_app(container.services, container.meter)
            server = uvicorn.Server(uvicorn.Config(app, log_config=None))
            serving.set_result(server)
            await server.serve(sockets=[listener])
    except Exception as error:
        if serving.done():
            raise
        serving.set_exception(error)


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_every_operation_survives_what_it_is_sent(server: str, case: schemathesis.Case) -> None:
    case.call_and_validate(
        base_url=server,
        headers={"Authorization": f"Bearer {ROOT_KEY}"},
        timeout=PATIENCE,
        checks=[not_a_server_error, content_type_conformance, response_schema_conformance],
    )
