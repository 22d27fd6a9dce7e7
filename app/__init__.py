"""Palimpsest: memory as a service. The house is described in docs/architecture.md."""

__version__ = "0.1.0"
