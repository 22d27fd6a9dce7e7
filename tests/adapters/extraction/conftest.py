"""The parser, loaded once, and messages to read with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from spacy.language import Language

from app.adapters.models.spacy.batch import extract_batch
from app.adapters.models.spacy.pipeline import load
from app.domain.episode import EpisodeKind, Role
from app.domain.extraction import Extraction, ProposedFact, Source
from app.domain.fact import Polarity

SAID_AT = datetime(2023, 5, 8, 13, 56, tzinfo=UTC)
"""A Monday."""

Read = Callable[..., Extraction]


def source(
    content: str,
    *,
    role: Role = Role.USER,
    speaker: str = "Nora",
    others: Sequence[str] = ("Eli",),
    kind: EpisodeKind = EpisodeKind.MESSAGE,
    id: str = "e1",
) -> Source:
    return Source(id, role, speaker, kind, content, SAID_AT, others)


def told(fact: ProposedFact) -> str:
    """`Nora lives_in Oslo`, with `!` and the polarity where it is not that it holds."""
    polarity = "" if fact.polarity is Polarity.HOLDS else f" !{fact.polarity}"
    return f"{fact.subject} {fact.predicate} {fact.object}{polarity}"


@pytest.fixture(scope="session")
def parser() -> Language:
    return load()


@pytest.fixture(scope="session")
def read(parser: Language) -> Read:
    """Reads one message of Nora's to Eli, said on Monday, 8 May 2023."""

    def read(content: str, **about: object) -> Extraction:
        return extract_batch(parser, [source(content, **about)])[0]  # type: ignore[arg-type]

    return read
