"""Migrations as they are shipped: numbered files, `<engine>/NNNN_name.<suffix>`, each with its checksum."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from importlib.resources.abc import Traversable

_FILE = re.compile(r"(\d{4})_(\w+)\.\w+")


@dataclass(frozen=True, slots=True)
class Migration:
    """`checksum`: hex SHA-256 of `text`."""

    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class MigrationStatus:
    """`applied_at` is None for one that is still to be applied."""

    number: int
    name: str
    applied_at: datetime | None


def migrations_folder() -> Traversable:
    """Inside the package when it is installed, beside it in a checkout."""
    package = resources.files("app")
    installed = package / "_migrations"
    return installed if installed.is_dir() else package / ".." / "migrations"


def shipped(engine: str, folder: Traversable | None = None) -> tuple[Migration, ...]:
    """The engine's migrations, by number; they count from 1 without a gap."""
    found = []
    for file in ((folder or migrations_folder()) / engine).iterdir():
        if match := _FILE.fullmatch(file.name):
            # one checksum for one content, also where a checkout turned the line ends
            text = file.read_bytes().decode().replace("\r\n", "\n")
            found.append(Migration(int(match[1]), match[2], text))
    found.sort(key=lambda migration: migration.number)
    numbers = [migration.number for migration in found]
    if numbers != list(range(1, len(found) + 1)):
        raise ValueError(f"the {engine} migrations are numbered {numbers}")
    return tuple(found)
