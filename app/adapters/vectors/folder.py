"""The folder of an embedded vector store: who has it open, and which generation of vectors is the current one.

    vectors/
      lock           held by the one process that has the store open
      current        the name of the generation that is served
      000001/        one generation: manifest.json and a folder for each kind of record

A reindex fills a new generation beside the current one and then moves the pointer, so a broken one changes nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO, Any

from app.domain.errors import EmbedderMismatch, StoreInUse, StoreNewer, StoreUnmigrated, Unavailable

SCHEMA = 1
"""Of the payload and the vectors' names; to be raised with either."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Which models made the vectors of a generation, and in what shape they are stored."""

    embedder: str
    dimension: int
    keywords: str
    schema: int = SCHEMA

    @classmethod
    def read(cls, generation: Path) -> Manifest:
        path = generation / "manifest.json"
        try:
            return cls.of(json.loads(path.read_text(encoding="utf-8")), generation)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Unavailable(f"{path} cannot be read ({error}): run `palimpsest reindex` to rebuild it") from error

    @classmethod
    def of(cls, stored: Mapping[str, Any], where: Path | str) -> Manifest:
        """Raises StoreNewer, and ValueError, KeyError or TypeError for what is no manifest."""
        if int(stored["schema"]) > SCHEMA:
            raise StoreNewer(
                f"the vectors in {where} have schema {stored['schema']} and this version of palimpsest knows "
                f"{SCHEMA}: upgrade palimpsest, or run `palimpsest reindex` to rebuild them for this version"
            )
        return cls(**{field.name: stored[field.name] for field in fields(cls)})

    def write(self, generation: Path) -> None:
        _replace(generation / "manifest.json", json.dumps(asdict(self), indent=2) + "\n")

    def check(self, wanted: Manifest, generation: Path | str) -> None:
        """Raises EmbedderMismatch or StoreUnmigrated when these vectors are not the ones wanted."""
        if (self.embedder, self.dimension) != (wanted.embedder, wanted.dimension):
            raise EmbedderMismatch(
                f"the vectors in {generation} were made by {self.embedder} ({self.dimension} dimensions) and the "
                f"embedder is now {wanted.embedder} ({wanted.dimension}): run `palimpsest reindex` to rebuild them, "
                "or set EMBEDDER back"
            )
        if self.keywords != wanted.keywords:
            raise EmbedderMismatch(
                f"the keyword vectors in {generation} were made by {self.keywords} and are now to be made by "
                f"{wanted.keywords}: run `palimpsest reindex` to rebuild them"
            )
        if self.schema < wanted.schema:
            raise StoreUnmigrated(
                f"the vectors in {generation} have schema {self.schema}, which is older than {wanted.schema}: "
                "run `palimpsest reindex` to rebuild them"
            )


class VectorFolder:
    """The folder, held open. Blocking; every method belongs off the event loop."""

    def __init__(self, root: Path, lock: IO[str]) -> None:
        self.root = root
        self._lock = lock

    @classmethod
    def hold(cls, root: Path) -> VectorFolder:
        """Raises StoreInUse while another store, of this or any process, has the folder."""
        root.mkdir(parents=True, exist_ok=True)
        lock = (root / "lock").open("a+", encoding="utf-8")
        try:
            _lock_now(lock)
        except OSError as error:
            lock.seek(0)
            owner = lock.read().strip()
            lock.close()
            raise StoreInUse(
                f"the vectors in {root} are in use by process {owner or 'unknown'}: stop it, or "
                "give this one another DATA_DIR"
            ) from error
        lock.seek(0)
        lock.truncate()
        lock.write(str(os.getpid()))
        lock.flush()
        return cls(root, lock)

    def release(self) -> None:
        self._lock.close()

    def current(self) -> Path | None:
        """The generation that is served; None before the first."""
        try:
            name = (self.root / "current").read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        if not name.isdecimal() or not (self.root / name).is_dir():
            raise Unavailable(
                f"{self.root / 'current'} points at {name!r}, which is not there: run `palimpsest reindex`"
            )
        return self.root / name

    def begin(self, manifest: Manifest) -> Path:
        """A new, empty generation that nothing points at yet."""
        generation = self.root / f"{max((int(path.name) for path in self._generations()), default=0) + 1:06d}"
        generation.mkdir()
        manifest.write(generation)
        return generation

    def activate(self, generation: Path) -> None:
        """Serve this generation from now on, and drop all others."""
        _replace(self.root / "current", generation.name + "\n")
        self.drop_all_but(generation)

    def drop_all_but(self, generation: Path | None) -> None:
        for other in self._generations():
            if other != generation:
                shutil.rmtree(other, ignore_errors=True)

    def _generations(self) -> list[Path]:
        return [path for path in self.root.iterdir() if path.is_dir() and path.name.isdecimal()]


def _replace(path: Path, text: str) -> None:
    """Write a small file so that after a crash it is either the old one or the new one."""
    beside = path.with_suffix(".new")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


if sys.platform == "win32":
    import msvcrt

    def _lock_now(file: IO[str]) -> None:
        """Raises OSError when another open file has the lock. It falls with the process."""
        # far behind the content, so that the owner's number stays readable
        file.seek(1 << 30)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock_now(file: IO[str]) -> None:
        """Raises OSError when another open file has the lock. It falls with the process."""
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
