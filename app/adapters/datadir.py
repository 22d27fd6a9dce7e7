"""The data folder of the embedded engines. One process at a time may have it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from app.domain.errors import StoreInUse, Unavailable

if sys.platform == "win32":
    import msvcrt

    def _take(file: BinaryIO) -> None:
        # a byte far behind the text, for a locked one cannot be read by others
        file.seek(1 << 20)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    def _leave_to_parent(file: BinaryIO) -> None:
        """No process is forked here."""

else:
    import fcntl

    def _take(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _leave_to_parent(file: BinaryIO) -> None:
        # a forked child that outlives us must not keep the lock
        os.register_at_fork(after_in_child=file.close)


LOCK = "lock"


class DataFolder:
    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def lock(self) -> Iterator[Path]:
        """The folder, made if need be for its owner only, is this process's until the block ends or the process does.
        Raises StoreInUse naming the process that has it, Unavailable when it cannot be made or written."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.fdopen(os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0)
        except OSError as error:
            raise Unavailable(f"the data folder {self.path} cannot be used: {error}") from error
        with file:
            try:
                _take(file)
            except OSError:
                raise StoreInUse(
                    f"the data folder {self.path} is in use by process {_holder(file)}; stop that process, or choose "
                    "another folder with DATA_DIR"
                ) from None
            _leave_to_parent(file)
            file.seek(0)
            file.truncate()
            file.write(f"{os.getpid()}\n".encode())
            yield self.path


def _holder(file: BinaryIO) -> str:
    file.seek(0)
    return file.read(32).decode("ascii", "replace").strip() or "unknown"
