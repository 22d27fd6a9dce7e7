"""What any store of accounts does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from app.domain.errors import Conflict, NotFound
from app.ports.accounts import Key, Right, Tenant
from app.ports.graph.store import GraphStore
from tests.contracts.graph.made import HOUR, NOON

ACME = Tenant("acme", "Acme Ltd.", NOON)
KEY = Key("k1", "acme", "bot", "d1", frozenset({Right.READ, Right.WRITE}), frozenset({"bob", "caroline"}), NOON)


class AccountContract:
    async def test_tenants_are_found_and_paged(self, graph: GraphStore) -> None:
        zeta = Tenant("zeta", "Zeta", NOON + HOUR)
        await graph.accounts.add_tenant(zeta)
        await graph.accounts.add_tenant(ACME)
        assert await graph.accounts.tenant("acme") == ACME
        assert await graph.accounts.tenant("Acme") is None
        assert await graph.accounts.tenants(None, 10) == [ACME, zeta]
        assert await graph.accounts.tenants(None, 1) == [ACME]
        assert await graph.accounts.tenants("acme", 10) == [zeta]

    async def test_a_tenants_id_is_taken_once(self, graph: GraphStore) -> None:
        await graph.accounts.add_tenant(ACME)
        with pytest.raises(Conflict):
            await graph.accounts.add_tenant(replace(ACME, name="Other"))
        assert await graph.accounts.tenant("acme") == ACME

    async def test_a_key_is_found_by_its_digest(self, graph: GraphStore) -> None:
        await graph.accounts.add_tenant(ACME)
        everybody = replace(KEY, id="k2", digest="d2", rights=frozenset(Right), users=None)
        nobody = replace(KEY, id="k3", digest="d3", users=frozenset())
        for key in (KEY, everybody, nobody):
            await graph.accounts.add_key(key)
            assert await graph.accounts.key_by_digest(key.digest) == key
        assert await graph.accounts.key_by_digest("D1") is None

    async def test_a_key_needs_its_tenant(self, graph: GraphStore) -> None:
        with pytest.raises(NotFound):
            await graph.accounts.add_key(KEY)

    async def test_a_digest_stands_for_one_key(self, graph: GraphStore) -> None:
        await graph.accounts.add_tenant(ACME)
        await graph.accounts.add_tenant(Tenant("zeta", "Zeta", NOON))
        await graph.accounts.add_key(KEY)
        with pytest.raises(Conflict):
            await graph.accounts.add_key(replace(KEY, tenant="zeta"))
        assert await graph.accounts.key_by_digest("d1") == KEY

    async def test_keys_are_listed_by_tenant(self, graph: GraphStore) -> None:
        await graph.accounts.add_tenant(ACME)
        await graph.accounts.add_tenant(Tenant("zeta", "Zeta", NOON))
        keys = [replace(KEY, id=f"k{n}", digest=f"d{n}") for n in range(3)]
        for key in reversed(keys):
            await graph.accounts.add_key(key)
        theirs = replace(KEY, tenant="zeta", digest="theirs")
        await graph.accounts.add_key(theirs)
        assert await graph.accounts.keys("acme", None, 10) == keys
        assert await graph.accounts.keys("acme", "k0", 1) == [keys[1]]
        assert await graph.accounts.keys("zeta", None, 10) == [theirs]

    async def test_a_key_is_revoked_once(self, graph: GraphStore) -> None:
        await graph.accounts.add_tenant(ACME)
        await graph.accounts.add_key(KEY)
        await graph.accounts.add_tenant(Tenant("zeta", "Zeta", NOON))
        theirs = replace(KEY, tenant="zeta", digest="theirs")
        await graph.accounts.add_key(theirs)
        revoked = replace(KEY, revoked_at=NOON + HOUR)
        assert await graph.accounts.revoke_key("acme", "k1", NOON + HOUR) == revoked
        assert await graph.accounts.revoke_key("acme", "k1", NOON + 2 * HOUR) == revoked
        assert await graph.accounts.key_by_digest("d1") == revoked
        assert await graph.accounts.key_by_digest("theirs") == theirs
        for tenant, id in (("other", "k1"), ("acme", "unknown")):
            with pytest.raises(NotFound):
                await graph.accounts.revoke_key(tenant, id, NOON)

    async def test_accounts_outlive_a_restart(
        self, graph: GraphStore, restart: Callable[[], Awaitable[GraphStore]]
    ) -> None:
        await graph.accounts.add_tenant(ACME)
        await graph.accounts.add_key(KEY)
        after = await restart()
        assert await after.accounts.key_by_digest("d1") == KEY
