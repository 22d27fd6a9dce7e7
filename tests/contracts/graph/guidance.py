"""What any store of guidance does."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from app.domain.entity import EntityType
from app.domain.errors import NotFound
from app.domain.fact import Cardinality
from app.domain.guidance import NO_GUIDANCE, Guidance, GuidanceVersion, PredicateRule
from app.ports.accounts import Tenant
from app.ports.graph.store import GraphStore
from tests.contracts.graph.made import HOUR, NOON

ACME = Tenant("acme", "Acme", NOON)
GUIDANCE = Guidance(
    instructions="Only what concerns the project.\nNames stay in their script: Ελένη, 山田\u3000太郎.",
    entity_types=(EntityType.PERSON, EntityType.ORGANIZATION),
    predicates=(
        PredicateRule("works_at", Cardinality.ONE, "the employer"),
        PredicateRule("knows", Cardinality.MANY),
    ),
)


class GuidanceContract:
    async def test_before_any_was_given_there_is_none(self, graph: GraphStore) -> None:
        assert await graph.guidance.current("acme") == NO_GUIDANCE
        assert await graph.guidance.versions("acme", None, 10) == []

    async def test_every_change_is_a_version(self, graph: GraphStore) -> None:
        await graph.accounts.add_tenant(ACME)
        given = [GUIDANCE, replace(GUIDANCE, instructions="Less."), Guidance(), GUIDANCE]
        versions = [GuidanceVersion(n, guidance, NOON + n * HOUR) for n, guidance in enumerate(given, 1)]
        for version in versions:
            assert version.at is not None
            assert await graph.guidance.put("acme", version.guidance, version.at) == version
            assert await graph.guidance.current("acme") == version
        assert await graph.guidance.versions("acme", None, 10) == versions[::-1]
        assert await graph.guidance.versions("acme", 4, 2) == [versions[2], versions[1]]
        assert await graph.guidance.versions("acme", 1, 10) == []

    async def test_what_is_current_already_is_no_change(self, graph: GraphStore) -> None:
        await graph.accounts.add_tenant(ACME)
        first = await graph.guidance.put("acme", GUIDANCE, NOON)
        assert await graph.guidance.put("acme", GUIDANCE, NOON + HOUR) == first
        assert await graph.guidance.versions("acme", None, 10) == [first]

    async def test_changes_at_once_are_versions_one_after_another(self, graph: GraphStore) -> None:
        await graph.accounts.add_tenant(ACME)
        given = [Guidance(instructions=f"Number {n}.") for n in range(8)]
        await asyncio.gather(*(graph.guidance.put("acme", guidance, NOON) for guidance in given))
        versions = await graph.guidance.versions("acme", None, 10)
        assert [version.number for version in versions] == list(range(8, 0, -1))
        assert {version.guidance for version in versions} == set(given)

    async def test_a_tenant_has_its_own(self, graph: GraphStore) -> None:
        await graph.accounts.add_tenant(ACME)
        await graph.accounts.add_tenant(Tenant("zeta", "Zeta", NOON))
        await graph.guidance.put("acme", GUIDANCE, NOON)
        assert await graph.guidance.current("zeta") == NO_GUIDANCE
        assert (await graph.guidance.put("zeta", Guidance("Zeta."), NOON)).number == 1
        assert (await graph.guidance.current("acme")).guidance == GUIDANCE

    async def test_guidance_needs_its_tenant(self, graph: GraphStore) -> None:
        with pytest.raises(NotFound):
            await graph.guidance.put("acme", GUIDANCE, NOON)
