"""The local extractor: a small parser and rules, no language model."""

from app.adapters.models.spacy.extractor import SpacyExtractor

__all__ = ["SpacyExtractor"]
