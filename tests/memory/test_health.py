"""What the service can do without does not make it unready."""

from __future__ import annotations

import pytest

from app.domain.errors import Unavailable
from tests.house import House
from tests.scripted import ScriptedChat, With

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def away() -> None:
    raise Unavailable("left alone for now")


async def test_without_a_model_nothing_is_degraded(house: House) -> None:
    checks = {check.name: check for check in await house.services.health.ready()}
    assert (checks["model"].ok, checks["model"].degraded, checks["model"].detail) == (True, False, "none")


async def test_a_model_that_is_away_degrades_the_service_and_no_more(house: House) -> None:
    checks = await house.another(chat=With(ScriptedChat(), check=away)).services.health.ready()
    assert all(check.ok for check in checks)
    assert [(check.name, check.detail) for check in checks if check.degraded] == [("model", "left alone for now")]
