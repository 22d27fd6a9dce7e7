"""The parser: the small English model of spaCy, with only what the rules read."""

from __future__ import annotations

import spacy
from spacy.language import Language

from app.adapters.models.spacy.worker import MODEL


def load() -> Language:
    """Takes about a second and some 150 MB."""
    return spacy.load(MODEL)
