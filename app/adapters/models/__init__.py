"""Embedding, keyword encoding and extraction."""
