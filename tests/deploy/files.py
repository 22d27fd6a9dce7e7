"""What the tests of the deployment read, and which settings there are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from app.settings import Settings
from tests.architecture.tree import ROOT

SETTINGS = {name.upper() for name in Settings.model_fields}
DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "helm" / "palimpsest"


def text(*parts: str) -> str:
    return ROOT.joinpath(*parts).read_text(encoding="utf-8")


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def pinned(image: str) -> bool:
    """To one release, so that the same file runs the same software next month."""
    return re.search(r":v?\d+\.\d+\.\d+(-[\w.-]+)?(@sha256:[0-9a-f]{64})?$", image) is not None
