"""Keys, the tenant they stand for, and what they allow."""

from __future__ import annotations

import pytest

from app.domain.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from app.domain.scope import Scope
from app.memory.access import DEFAULT_TENANT, EVERY_RIGHT, ROOT_KEY_LENGTH, Access, Principal, digest
from app.ports.accounts import Right
from tests.house import House

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROOT = "r" * ROOT_KEY_LENGTH
READ = frozenset({Right.READ})


def access(house: House, *, root_key: str | None = ROOT, open_access: bool = False) -> Access:
    numbers = iter(range(1_000))
    return Access(
        accounts=house.graph.accounts,
        root_key=root_key,
        open_access=open_access,
        clock=house.clock,
        new_id=lambda: f"key-{next(numbers):03}",
    )


async def test_a_key_stands_for_its_tenant_with_its_rights(house: House) -> None:
    gate = access(house)
    await gate.create_tenant("acme", "Acme")
    issued = await gate.issue_key("acme", "reader", READ, None)
    caller = await gate.authenticate(issued.secret)
    assert caller == Principal("acme", READ)
    assert caller.scope("ana", Right.READ) == Scope("acme", "ana")
    with pytest.raises(Forbidden):
        caller.scope("ana", Right.WRITE)
    with pytest.raises(Forbidden):
        caller.require_root()


async def test_a_narrowed_key_is_for_its_users_only(house: House) -> None:
    gate = access(house)
    await gate.create_tenant("acme", "Acme")
    issued = await gate.issue_key("acme", "of ana", READ, frozenset({"ana"}))
    caller = await gate.authenticate(issued.secret)
    assert caller.scope("ana", Right.READ) == Scope("acme", "ana")
    for other in ("ben", "ANA", "ana ", "*", ""):
        with pytest.raises((Forbidden, Invalid)):
            caller.scope(other, Right.READ)


async def test_a_secret_is_never_stored(house: House) -> None:
    gate = access(house)
    await gate.create_tenant("acme", "Acme")
    issued = await gate.issue_key("acme", "reader", READ, None)
    (stored,) = await gate.keys("acme", None, 10)
    assert stored.digest == digest(issued.secret)
    assert issued.secret not in repr(stored)


async def test_a_revoked_key_is_no_key_and_stays_revoked_since_the_first_time(house: House) -> None:
    gate = access(house)
    await gate.create_tenant("acme", "Acme")
    issued = await gate.issue_key("acme", "reader", READ, None)
    revoked = await gate.revoke_key("acme", issued.key.id)
    house.clock.forward(days=1)
    assert await gate.revoke_key("acme", issued.key.id) == revoked
    with pytest.raises(Unauthenticated):
        await gate.authenticate(issued.secret)


async def test_a_key_is_revoked_by_its_own_tenant_only(house: House) -> None:
    gate = access(house)
    for tenant in ("acme", "globex"):
        await gate.create_tenant(tenant, tenant)
    issued = await gate.issue_key("acme", "reader", READ, None)
    with pytest.raises(NotFound):
        await gate.revoke_key("globex", issued.key.id)
    assert (await gate.authenticate(issued.secret)).tenant == "acme"


@pytest.mark.parametrize("secret", [None, "", "wrong", ROOT[:-1], ROOT + "r", ROOT.upper(), digest(ROOT)])
async def test_without_a_known_key_nobody_gets_in(house: House, secret: str | None) -> None:
    with pytest.raises(Unauthenticated):
        await access(house).authenticate(secret)


async def test_the_root_key_may_do_everything_in_the_default_tenant(house: House) -> None:
    caller = await access(house).authenticate(ROOT)
    assert caller == Principal(DEFAULT_TENANT, EVERY_RIGHT, root=True)
    caller.require_root()


@pytest.mark.parametrize("root_key", ["", "short", "r" * (ROOT_KEY_LENGTH - 1)])
async def test_a_root_key_must_be_long(house: House, root_key: str) -> None:
    with pytest.raises(Invalid, match="32"):
        access(house, root_key=root_key)


async def test_an_unset_root_key_is_no_empty_key(house: House) -> None:
    gate = access(house, root_key=None)
    for secret in (None, "", "None"):
        with pytest.raises(Unauthenticated):
            await gate.authenticate(secret)


async def test_open_access_is_for_calls_without_a_key_only(house: House) -> None:
    gate = access(house, root_key=None, open_access=True)
    assert (await gate.authenticate(None)).tenant == DEFAULT_TENANT
    with pytest.raises(Unauthenticated):
        await gate.authenticate("wrong")


async def test_a_key_needs_a_tenant_a_right_and_users_with_names(house: House) -> None:
    gate = access(house)
    await gate.create_tenant("acme", "Acme")
    with pytest.raises(NotFound):
        await gate.issue_key("globex", "reader", READ, None)
    with pytest.raises(Invalid):
        await gate.issue_key("acme", "reader", frozenset(), None)
    with pytest.raises(Invalid):
        await gate.issue_key("acme", "reader", READ, frozenset({" "}))
    assert await gate.keys("acme", None, 10) == []


async def test_a_tenant_is_made_once_and_has_a_name(house: House) -> None:
    gate = access(house)
    await gate.create_tenant("acme", "Acme")
    with pytest.raises(Conflict):
        await gate.create_tenant("acme", "Acme")
    with pytest.raises(Invalid):
        await gate.create_tenant(" acme", "Acme")
    await gate.ensure_default_tenant()
    await gate.ensure_default_tenant()
    assert [tenant.id for tenant in await gate.tenants(None, 10)] == ["acme", DEFAULT_TENANT]
