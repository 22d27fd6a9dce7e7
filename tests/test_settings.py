"""The settings are what docs/settings.md says they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.settings import Settings

PAGE = Path(__file__).parent.parent / "docs" / "settings.md"


def test_every_setting_stands_on_the_page_with_its_description() -> None:
    page = PAGE.read_text()
    missing = [
        name
        for name, field in Settings.model_fields.items()
        if f"| `{name.upper()}` |" not in page or f"| {field.description} |" not in page
    ]
    assert missing == []


def test_no_setting_stands_on_the_page_that_is_not_there() -> None:
    named = {line.split("`")[1] for line in PAGE.read_text().splitlines() if line.startswith("| `")}
    assert named == {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_these_hosts_are_loopback(host: str) -> None:
    assert Settings(host=host).loopback


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "memory.example.org"])
def test_these_hosts_are_not(host: str) -> None:
    assert not Settings(host=host).loopback


def test_an_unknown_log_level_is_refused() -> None:
    with pytest.raises(ValidationError):
        Settings(log_level="chatty")
