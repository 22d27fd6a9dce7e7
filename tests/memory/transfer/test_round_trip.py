"""What leaves one installation and arrives in another is the same, down to the line, and so is what is told of it."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from app.domain.episode import EpisodeState
from app.domain.errors import Conflict, Invalid, NotFound, Unavailable
from app.domain.guidance import Guidance
from app.domain.jobs import JobState
from app.domain.usage import Tally, Usage
from app.memory.transfer import Moved
from app.ports.accounts import Key, Right, Tenant
from app.ports.graph.episodes import Idempotency
from app.ports.models import Embedder
from app.ports.vectors import VectorStore
from tests.contracts.graph.made import HOUR, NOON
from tests.house import ANA, BEN, ELSEWHERE, House, draft, opened, texts
from tests.memory.transfer.moving import exported, import_of, imported, shown, step, tenants
from tests.scripted import FickleEmbedder, ScriptedExtractor, With

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def there(tmp_path: Path, fickle: FickleEmbedder, vectors: VectorStore) -> AsyncIterator[House]:
    """Another installation, empty."""
    async with opened(tmp_path / "there", fickle, vectors=vectors) as house:
        yield house


@pytest.mark.parametrize("seed", range(8))
async def test_any_history(house: House, there: House, seed: int) -> None:
    chance = random.Random(seed)
    await tenants(house, ANA.tenant)
    for _ in range(chance.randint(5, 30)):
        await step(house, chance)
    there.clock.now = house.clock.now
    lines = await exported(house)
    assert (await imported(there, lines)).users == 1
    assert await exported(there) == lines
    assert await shown(there, ANA) == await shown(house, ANA)
    await house.learn("Ana lives_in Graz.")
    with pytest.raises(Conflict):
        await imported(house, lines)


async def test_everybody_and_every_key_moves(house: House, there: House) -> None:
    await tenants(house, "acme", "globex", "empty")
    keys = [
        Key("k1", "acme", "all", "d1", frozenset({Right.READ, Right.ADMIN}), None, NOON),
        Key("k2", "acme", "one", "d2", frozenset(), frozenset({"ben", "ana"}), NOON, revoked_at=NOON + HOUR),
    ]
    for key in keys:
        await house.graph.accounts.add_key(key)
    await house.graph.usage.set_budget("acme", 5_000)
    for number, words in enumerate(("Be brief.", "Be very brief.")):
        await house.graph.guidance.put("acme", Guidance(words), NOON + number * HOUR)
    for model in ("small", "large"):
        await house.graph.usage.add("globex", Usage(NOON.date(), "extract", model, Tally(3, 100, 20, 1)))
    for scope in (ANA, BEN, ELSEWHERE):
        await house.learn(f"{scope.user.title()} lives_in Porto.", scope=scope)
    lines = await exported(house)
    moved = await imported(there, lines)
    assert await imported(there, lines) == Moved(there=3)
    assert await there.graph.usage.budget("acme") == 5_000
    here = await house.graph.guidance.versions("acme", None, 10)
    assert await there.graph.guidance.versions("acme", None, 10) == here
    assert (await there.graph.usage.spent("globex", NOON.date())).calls == 6
    assert (moved.users, moved.keys) == (3, 2)
    assert await exported(there) == lines
    assert await there.graph.accounts.tenants(None, 10) == await house.graph.accounts.tenants(None, 10)
    assert await there.graph.accounts.keys("acme", None, 10) == keys


async def test_one_tenant_of_many(house: House, there: House) -> None:
    await tenants(house, "acme", "globex")
    await house.learn("Ana lives_in Porto.")
    await house.learn("Ana lives_in Oslo.", scope=ELSEWHERE)
    lines = await exported(house, "globex")
    assert b'"acme"' not in b"".join(lines)
    assert (await imported(there, await exported(house), "globex")).users == 1
    assert await exported(there) == lines
    with pytest.raises(NotFound, match="initech"):
        await exported(house, "initech")
    with pytest.raises(NotFound, match="initech"):
        await imported(there, lines, "initech")


async def test_what_is_found_is_the_same(tmp_path: Path, embedder: Embedder) -> None:
    async with opened(tmp_path / "here", embedder) as here, opened(tmp_path / "there", embedder) as there:
        await tenants(here, ANA.tenant)
        await here.learn("Ana lives_in Porto since 2024-05-01.", "The spare key lies under the blue pot.")
        await here.learn("Ana lives_in Oslo since 2025-03-02.", draft("I like long walks.", metadata={"mood": "calm"}))
        assert (await imported(there, await exported(here))).postponed == 0
        for query in ("Where is the spare key?", "Where does Ana live?", "walks"):
            for asked in ({}, {"as_of": NOON}, {"known_at": NOON}):
                here_found, there_found = await here.found(query, **asked), await there.found(query, **asked)
                assert texts(there_found) == texts(here_found)
                assert [one.id for one in there_found] == [one.id for one in here_found]
                assert [one.score for one in there_found] == pytest.approx([one.score for one in here_found])


async def test_what_was_pending_or_failed_is_worked_on_there(
    house: House, extractor: ScriptedExtractor, there: House
) -> None:
    await tenants(house, ANA.tenant)
    extractor.errors["Ana lives_in Porto."] = RuntimeError("no")
    receipt = await house.accept("Ana lives_in Porto.", key=Idempotency("once", "f"))
    while (await house.job(receipt)).state is not JobState.FAILED:
        await house.drain()
        house.clock.forward(hours=1)
    await house.accept("Ana works_at Acme.")
    await imported(there, await exported(house))
    await there.drain()
    assert await there.believed() == ["Ana works_at Acme."]
    await there.services.lanes.replay(ANA, receipt.job_id)
    await there.drain()
    assert await there.believed() == ["Ana lives_in Porto.", "Ana works_at Acme."]
    states = {episode.state for episode in await there.graph.episodes.all(ANA, 0, 10)}
    assert states == {EpisodeState.PROCESSED}
    again = await there.accept("Ana lives_in Porto.", key=Idempotency("once", "f"))
    assert again.job_id == receipt.job_id


async def test_importing_again_changes_nothing(house: House, there: House) -> None:
    await tenants(house, "acme", "globex")
    await house.learn("Ana lives_in Porto.")
    lines = await exported(house)
    await imported(there, lines)
    assert await imported(there, lines) == Moved(there=1)
    assert await there.due() == 0
    assert await imported(house, lines) == Moved(there=1)


@pytest.mark.parametrize("change", ["a user of the same name", "news", "a job's state"])
async def test_a_user_with_other_content_is_left_alone(house: House, there: House, change: str) -> None:
    await tenants(house, "acme")
    await house.learn("Ana lives_in Porto.")
    await house.learn("Ben lives_in Porto.", scope=BEN)
    lines = await exported(house)
    await tenants(there, "acme")
    if change == "a user of the same name":
        await there.learn("Ben lives_in Oslo.", scope=BEN)
    elif change == "news":
        await imported(there, lines)
        await there.accept("Ben works_at Acme.", scope=BEN)
    else:
        lines = [line.replace(b'"succeeded"', b'"cancelled"') if b'"user":"ben"' in line else line for line in lines]
        await imported(there, await exported(house))
    before = await exported(there)
    with pytest.raises(Conflict, match="user 'ben' of tenant 'acme'"):
        await imported(there, lines)
    assert await exported(there) == before, "nor was anything else imported"


async def test_a_key_that_was_revoked_stays_so(house: House, there: House) -> None:
    await tenants(house, "acme")
    await house.graph.accounts.add_key(Key("k1", "acme", "all", "d1", frozenset({Right.READ}), None, NOON))
    lines = await exported(house)
    await imported(there, lines)
    await there.graph.accounts.revoke_key("acme", "k1", NOON)
    with pytest.raises(Conflict, match="key 'k1'"):
        await imported(there, lines)


async def test_an_interrupted_import_is_completed_by_another(house: House, there: House) -> None:
    await tenants(house, "acme", "globex")
    for scope in (ANA, BEN, ELSEWHERE):
        await house.learn("Ana lives_in Porto.", "Ana likes tea.", scope=scope)
    lines = await exported(house)

    def interrupted(after: int) -> Callable[[], None]:
        def read() -> None:
            for number, line in enumerate(lines):
                if number == after:
                    raise KeyError("the power failed")
                yield line

        return read()

    service = import_of(there)
    plan = await service.check(lines, None)
    for after in range(2, len(lines), 7):
        with pytest.raises(KeyError):
            await service.carry_out(interrupted(after), plan, lambda number: None)
        plan = await service.check(lines, None)
        for user in await there.graph.episodes.users("acme", None, 10):
            assert user.episodes == 2, "who is there is there whole"
    await imported(there, lines)
    assert await exported(there) == lines
    assert await there.due() == 0


async def test_vectors_can_wait_for_an_engine(house: House, fickle: FickleEmbedder, there: House) -> None:
    await tenants(house, "acme")
    await house.learn("Ana lives_in Porto.")
    lines = await exported(house)
    fickle.away = True
    assert (await imported(there, lines)).postponed == 1
    fickle.away = False
    assert await there.due() == 4
    assert await imported(there, lines) == Moved(there=1)
    assert await there.due() == 0


async def test_an_empty_tenant_becomes_the_files_and_one_that_has_others_stays(house: House, there: House) -> None:
    await tenants(house, "acme")
    await house.learn("Ana lives_in Porto.")
    lines = await exported(house)
    mine = Tenant("acme", "Mine", NOON - HOUR)
    await there.graph.accounts.add_tenant(mine)
    await imported(there, lines)
    assert await exported(there) == lines
    await there.graph.transfer.put_tenant(mine)
    await there.accept("Ben is here.", scope=BEN)
    plan = await import_of(there).check(lines, None)
    assert plan.kept == {"acme"}
    await imported(there, lines)
    assert await there.graph.accounts.tenant("acme") == mine


async def test_a_user_who_is_written_to_meanwhile_is_read_again(house: House) -> None:
    await tenants(house, "acme")
    await house.learn("Ana lives_in Porto.")
    graph, times = house.graph, iter(range(2))

    async def records(scope: object) -> AsyncIterator[object]:
        async for page in graph.transfer.records(ANA):
            yield page
        if next(times, None) is not None:
            await house.learn("Ana likes tea.")

    busy = House(house.engines, house.settings, house.clock, house.meter, house.assembly)
    busy.engines = With(house.engines, graph=With(graph, transfer=With(graph.transfer, records=records)))
    lines = await exported(busy)
    assert lines == await exported(house)
    assert len([line for line in lines if b'"kind":"episode"' in line]) == 3
    times = iter(range(100))
    with pytest.raises(Unavailable, match="user 'ana' of tenant 'acme'"):
        await exported(busy)


async def test_a_file_that_is_wrong_writes_nothing(house: House, there: House) -> None:
    await tenants(house, "acme")
    await house.learn("Ana lives_in Porto.")
    lines = await exported(house)
    with pytest.raises(Invalid, match=f"line {len(lines)}"):
        await imported(there, [*lines[:-1], b"{}\n"])
    assert await there.graph.accounts.tenants(None, 10) == []
