"""What is running: services on open engines, with a worker where one is wanted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from app.compose.assembly import assembled, now
from app.compose.engines import opened
from app.compose.stores import secret
from app.domain.errors import Invalid
from app.domain.time import Clock
from app.memory.access import check_root_key
from app.memory.services import Services
from app.observe import PrometheusMeter
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Container:
    """What is running. `described`: each engine in a few words, for the greeting and for readiness."""

    services: Services
    meter: PrometheusMeter
    settings: Settings
    described: dict[str, str]


@asynccontextmanager
async def running(
    settings: Settings, *, clock: Clock = now, serving: bool = True, with_worker: bool | None = None
) -> AsyncIterator[Container]:
    """Everything started and warmed; closed in reverse on the way out, lanes first. `serving`: others will be let in,
    so who they are has to be settled. `with_worker`: by default as the settings say.

    Raises Invalid for settings that contradict each other, StoreInUse, StoreUnmigrated, StoreNewer, EmbedderMismatch,
    Unavailable.
    """
    if serving:
        _check_access(settings)
    works = settings.works if with_worker is None else with_worker
    async with AsyncExitStack() as stack:
        meter = PrometheusMeter()
        engines = await stack.enter_async_context(opened(settings, clock, meter, reading=works))
        assembly = assembled(engines, settings, clock, meter)
        await assembly.services.access.ensure_default_tenant()
        if works:
            await assembly.worker.start()
            stack.push_async_callback(assembly.worker.stop)
        yield Container(assembly.services, meter, settings, engines.described)


def _check_access(settings: Settings) -> None:
    """Before anything is opened. Raises Invalid."""
    check_root_key(secret(settings.root_key))
    if settings.root_key is None and not settings.loopback:
        raise Invalid(
            f"refusing to listen on {settings.host} without a key: set ROOT_KEY (for example to the output of "
            "`openssl rand -hex 32`), or listen on 127.0.0.1"
        )
