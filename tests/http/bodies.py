"""One body for every route that takes one, with all of its fields."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

BODIES: dict[str, Any] = {
    "/v1/users/{user_id}/episodes": {
        "session_id": "s-1",
        "episodes": [
            {
                "role": "user",
                "name": "Bo",
                "content": "Hello.",
                "kind": "message",
                "occurred_at": "2026-02-01T09:00:00Z",
                "client_id": "m-1",
                "metadata": {"channel": "web", "tags": ["a"]},
            }
        ],
    },
    "/v1/users/{user_id}/facts": {
        "facts": [
            {
                "subject": "Bo",
                "subject_type": "person",
                "predicate": "likes",
                "object": "tea",
                "object_type": "thing",
                "statement": "Bo likes tea.",
                "valid_from": "2026-02-01T09:00:00Z",
                "valid_to": "2027-02-01T09:00:00Z",
                "cardinality": "many",
                "episode_ids": [],
            }
        ]
    },
    "/v1/users/{user_id}/search": {
        "query": "Where does Ana work and live?",
        "limit": 200,
        "kinds": ["episode", "fact", "note", "entity"],
        "recipe": "default",
        "reference_time": "2026-02-01T09:00:00Z",
        "explain": True,
    },
    "/v1/users/{user_id}/context": {"query": "Where does Ana work and live?", "budget_tokens": 4_000},
    "/v1/users/{user_id}/entities/{entity_id}/merge": {"into": "e-2"},
    "/v1/users/{user_id}/notes": {
        "content": "Bo likes tea.",
        "context": "What Bo drinks.",
        "keywords": ["tea"],
        "tags": ["drinks"],
        "sources": [],
        "derived_from": [],
        "occurred_at": "2026-02-01T09:00:00Z",
    },
    "/v1/users/{user_id}/notes/{note_id}": {"context": "What Bo drinks.", "tags": ["drinks"]},
    "/v1/users/{user_id}/notes/{note_id}/links": {"to": "n-2", "relation": "same_topic"},
    "/v1/users/{user_id}/tools/{tool}": {
        "memory_type": "fact",
        "subject": "Bo",
        "subject_type": "person",
        "predicate": "likes",
        "object": "tea",
        "object_type": "thing",
        "content": "Bo likes tea.",
        "valid_from": "2026-02-01T09:00:00Z",
        "valid_to": "2027-02-01T09:00:00Z",
        "cardinality": "many",
    },
    "/v1/users/{user_id}/core": {"content": "Bo likes tea."},
    "/v1/users/{user_id}/operations/outcomes": {
        "from": 1,
        "to": 1,
        "reward": 0.5,
        "details": {"question": "What does Bo drink?"},
        "actor": "judge",
    },
    "/v1/admin/tenants": {"id": "t-1", "name": "A tenant"},
    "/v1/admin/tenants/{tenant_id}/keys": {"name": "a key", "scopes": ["read"], "users": ["bo"]},
    "/v1/admin/tenants/{tenant_id}/budget": {"daily_tokens": 100_000},
    "/v1/admin/tenants/{tenant_id}/guidance": {
        "extraction_instructions": "Mind what people drink.",
        "entity_types": ["person", "thing"],
        "predicates": [{"name": "likes", "cardinality": "many", "description": "What somebody is fond of."}],
    },
}

MORE = {
    "/v1/users/{user_id}/search": {
        "session_id": "s-1",
        "as_of": "2026-02-01T09:00:00Z",
        "known_at": "2026-02-01T09:00:00Z",
        "occurred": {"from": "2026-02-01T09:00:00Z", "to": "2026-03-01T09:00:00Z"},
        "where": {"speaker": "Bo", "metadata.channel": "web"},
    },
    "/v1/users/{user_id}/context": {"session_id": "s-1", "as_of": "2026-02-01T09:00:00Z"},
}
"""What would narrow a search so far that nothing could be found."""


def with_each_text_replaced(body: Any, text: str) -> Iterator[Any]:
    """The body, once for each text in it, with that one replaced."""
    for place in _texts(body, ()):
        changed = copy.deepcopy(body)
        holder = changed
        for step in place[:-1]:
            holder = holder[step]
        holder[place[-1]] = text
        yield changed


def _texts(value: Any, place: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, str):
        yield place
    elif isinstance(value, dict | list):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _texts(inner, (*place, step))
