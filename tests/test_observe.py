"""What is logged can be read."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.serving import ROOT

FAILING = """
import logging, sys
from app.observe import configure_logging

configure_logging("info", sys.argv[1])
try:
    raise ValueError("no such thing")
except ValueError:
    logging.getLogger("a library").exception("it failed")
"""


def logged(form: str) -> str:
    command = [sys.executable, "-W", "error", "-c", FAILING, form]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stderr


@pytest.mark.parametrize("form", ["json", "console"])
def test_what_a_library_logs_of_an_error_has_its_traceback(form: str) -> None:
    told = logged(form)
    assert "Traceback (most recent call last)" in told
    assert "ValueError: no such thing" in told


def test_a_line_of_json_is_one_record() -> None:
    (line,) = logged("json").splitlines()
    assert json.loads(line)["event"] == "it failed"
