"""The parser: the small English model of spaCy, with only what the rules read."""

from __future__ import annotations

import spacy
from spacy.language import Language

from app.adapters.models.spacy.identity import MODEL


def verbs(parser: Language) -> frozenset[str]:
    """Lemmas of common verbs, from the dictionary of the lemmatiser."""
    lookups = getattr(parser.get_pipe("lemmatizer"), "lookups", None)
    return frozenset(lookups.get_table("lemma_index").get("verb", ())) if lookups is not None else frozenset()


def load() -> Language:
    """Takes about a second and some 150 MB."""
    return spacy.load(MODEL)
