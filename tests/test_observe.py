"""The log is for people and for machines."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from app.observe import configure_logging


@pytest.fixture
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, own = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**own)


@pytest.mark.parametrize(("level", "traced"), [(logging.WARNING, False), (logging.ERROR, True)])
def test_what_a_library_only_warns_of_is_told_in_a_line(
    restored: None, capsys: pytest.CaptureFixture[str], level: int, traced: bool
) -> None:
    configure_logging("info", "json")
    try:
        raise ConnectionError("nobody listens")
    except ConnectionError:
        logging.getLogger("docket.worker").log(level, "again in %s s", 5, exc_info=True)
    told = json.loads(capsys.readouterr().err)
    assert told["event"].startswith("again in 5 s")
    assert "nobody listens" in str(told)
    assert ("Traceback" in str(told)) is traced
