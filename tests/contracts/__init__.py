"""What every backend of a port does, told once; each backend's tests inherit it and bring a fixture."""

from __future__ import annotations

from hypothesis import HealthCheck

# one law, run by the class of each backend: its examples hold of all of them, and fixtures are asked for empty places
SHARED = (HealthCheck.differing_executors, HealthCheck.function_scoped_fixture)
