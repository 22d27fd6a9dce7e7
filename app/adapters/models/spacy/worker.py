"""The child process that holds the parser. Imported by the parent too, so nothing heavy is imported at the top."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.domain.extraction import Extraction, Source

if TYPE_CHECKING:
    from spacy.language import Language

_parser: Language | None = None


def begin() -> None:
    """Runs first in the child: it ends when the parent does, however that ends."""
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    # An interrupt at the terminal reaches the whole group; the parent ends its child when it is done with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def warm(niceness: int) -> int:
    """Loads the parser at full speed, then yields to the parent in priority; the process id."""
    extract(())
    if hasattr(os, "setpriority"):
        os.setpriority(os.PRIO_PROCESS, 0, niceness)
    return os.getpid()


def extract(batch: Sequence[Source]) -> list[Extraction]:
    from app.adapters.models.spacy.batch import extract_batch

    return extract_batch(_loaded(), batch)


def _loaded() -> Language:
    global _parser  # one parser for each process, which serves nothing else
    if _parser is None:
        from app.adapters.models.spacy.pipeline import load

        _parser = load()
    return _parser
