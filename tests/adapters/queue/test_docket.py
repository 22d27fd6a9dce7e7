"""Rings get through Redis, are merged, leave nothing behind, and outlive what may happen to it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from docket import Worker

from app.adapters.queue.docket import DRAIN, DocketDoorbell
from app.domain.errors import Invalid, Unavailable
from app.domain.scope import Scope
from app.observe import PrometheusMeter
from tests.house import ANA, BEN, ELSEWHERE, until
from tests.servers.redis import RedisServer, startable


@dataclass(slots=True)
class Listener:
    """Notes who was rung for. While `gate` is closed it is busy with the first ring it heard."""

    heard: list[Scope] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def answer(self, tenant: str, user: str) -> None:
        self.heard.append(Scope(tenant, user))
        await self.gate.wait()


@asynccontextmanager
async def bell_on(url: str, name: str | None = None) -> AsyncIterator[DocketDoorbell]:
    async with DocketDoorbell(url, PrometheusMeter(), name=name or uuid4().hex) as bell:
        yield bell


@asynccontextmanager
async def listening(bell: DocketDoorbell, listener: Listener | None = None) -> AsyncIterator[Listener]:
    listener = listener or Listener()
    bell.docket.register(listener.answer, names=[DRAIN])
    quick = timedelta(milliseconds=50)
    async with Worker(bell.docket, reconnection_delay=quick, minimum_check_interval=quick) as worker:
        running = asyncio.create_task(worker.run_forever())
        try:
            yield listener
        finally:
            listener.gate.set()
            running.cancel()
            await asyncio.wait([running])


async def hears(bell: DocketDoorbell, listener: Listener, scope: Scope) -> None:
    """Rings until it is heard: a queue that was away may have lost the first of them."""
    before = listener.heard.count(scope)

    async def ring_and_look() -> bool:
        await bell.ring(scope)
        return listener.heard.count(scope) > before

    await until(ring_and_look)


async def is_away(bell: DocketDoorbell) -> bool:
    try:
        await bell.check()
    except Unavailable:
        return True
    return False


async def test_a_ring_is_heard_by_another_process(redis_server: RedisServer) -> None:
    name = uuid4().hex
    async with bell_on(redis_server.url, name) as here, bell_on(redis_server.url, name) as there:
        await here.ring(ANA)
        async with listening(there) as listener:
            await until(lambda: _true(listener.heard == [ANA]))
            await here.ring(BEN)
            await until(lambda: _true(listener.heard == [ANA, BEN]))


async def test_rings_that_nobody_heard_yet_are_one(redis_server: RedisServer) -> None:
    async with bell_on(redis_server.url) as bell:
        for _ in range(50):
            for scope in (ANA, BEN, ELSEWHERE):
                await bell.ring(scope)
        async with listening(bell) as listener:
            await bell.ring(last := Scope("acme", "zoe"))
            await until(lambda: _true(last in listener.heard))
        assert Counter(listener.heard) == Counter([ANA, BEN, ELSEWHERE, last])


async def test_a_ring_while_one_is_answered_is_heard_too(redis_server: RedisServer) -> None:
    async with bell_on(redis_server.url) as bell, listening(bell) as listener:
        listener.gate.clear()
        await bell.ring(ANA)
        await until(lambda: _true(listener.heard == [ANA]))
        await bell.ring(ANA)
        listener.gate.set()
        await until(lambda: _true(listener.heard == [ANA, ANA]))


async def test_a_worker_that_dies_with_a_ring_does_not_keep_the_next_one(redis_server: RedisServer) -> None:
    name = uuid4().hex
    dead, url = Listener(), redis_server.url
    async with bell_on(url, name) as bell, bell_on(url, name) as other, listening(bell, dead):
        dead.gate.clear()
        await bell.ring(ANA)
        await until(lambda: _true(dead.heard == [ANA]))
        await bell.ring(ANA)
        async with listening(other) as listener:
            await until(lambda: _true(ANA in listener.heard + dead.heard[1:]))


async def test_what_was_heard_leaves_nothing_behind(own_redis: RedisServer) -> None:
    async with bell_on(own_redis.url, "palimpsest") as bell, listening(bell) as listener:
        for number in range(100):
            await bell.ring(Scope("acme", f"user-{number}"))
        await until(lambda: _true(len(listener.heard) == 100))
        await bell.check()
        await until(lambda: _true(not any("user-" in key for key in own_redis.lifetimes())))
        lasting = {key for key, seconds in own_redis.lifetimes().items() if seconds < 0}
        # each of them as large as the number of workers, and the stream empty
        assert lasting <= {"palimpsest:stream", "palimpsest:workers", *_task_sets(bell)}
        with own_redis.client() as client:
            assert client.xlen("palimpsest:stream") == 0


async def test_a_flush_is_survived_on_both_sides(own_redis: RedisServer) -> None:
    async with bell_on(own_redis.url) as bell, listening(bell) as listener:
        await hears(bell, listener, ANA)
        for scope in (BEN, ELSEWHERE):
            own_redis.flush()
            await hears(bell, listener, scope)
        await bell.check()


async def test_a_restart_is_survived_on_both_sides_and_told_meanwhile(own_redis: RedisServer) -> None:
    async with bell_on(own_redis.url) as bell, listening(bell) as listener:
        await hears(bell, listener, ANA)
        await bell.check()
        own_redis.stop()
        with pytest.raises(Unavailable, match="QUEUE_URL"):
            await bell.check()
        await bell.ring(BEN)
        own_redis.start()
        await hears(bell, listener, BEN)
        await bell.check()


async def test_connections_from_before_a_restart_are_nobodys_trouble(own_redis: RedisServer) -> None:
    meter = PrometheusMeter()
    async with DocketDoorbell(own_redis.url, meter) as doorbell:
        await asyncio.gather(*(doorbell.check() for _ in range(20)))
        own_redis.stop()
        own_redis.start()
        await asyncio.gather(*(doorbell.check() for _ in range(20)))
        await doorbell.ring(Scope("acme", "ana"))
    assert meter.registry.get_sample_value("palimpsest_rings_lost_total") is None


async def test_a_queue_that_takes_no_writes_is_not_ready(own_redis: RedisServer) -> None:
    async with bell_on(own_redis.url) as bell:
        with own_redis.client() as client:
            client.config_set("min-replicas-to-write", 1)
            assert await is_away(bell)
            await bell.ring(ANA)
            client.config_set("min-replicas-to-write", 0)
        await bell.check()


async def test_it_opens_while_the_queue_is_away(tmp_path: Path) -> None:
    server = startable(tmp_path)
    async with bell_on(server.url) as bell, listening(bell) as listener:
        assert await is_away(bell)
        await bell.ring(ANA)
        server.start()
        await hears(bell, listener, ANA)
    server.stop()


async def test_without_a_queue_rings_are_counted_as_lost_and_not_waited_for(tmp_path: Path) -> None:
    meter = PrometheusMeter()
    async with DocketDoorbell(startable(tmp_path).url, meter) as bell:
        for _ in range(1_000):
            await bell.ring(ANA)
    assert meter.registry.get_sample_value("palimpsest_rings_lost_total") == 1_000
    assert meter.registry.get_sample_value("palimpsest_ring_seconds_count") < 100


async def test_a_password_is_used_and_never_told(tmp_path: Path) -> None:
    server = startable(tmp_path, password="opensesame")
    server.start()
    try:
        async with bell_on(server.url) as bell, listening(bell) as listener:
            await hears(bell, listener, ANA)
        async with bell_on(server.url.replace("opensesame", "openbarley")) as bell:
            with pytest.raises(Unavailable) as refused:
                await bell.check()
        assert "barley" not in str(refused.value)
    finally:
        server.stop()


@pytest.mark.parametrize(
    "url", ["kafka://:secret@localhost", "redis://:secret@localhost:port/0", "redis+sentinel://:secret@a:1", ""]
)
async def test_an_address_that_cannot_be_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(Invalid, match="QUEUE_URL") as refused:
        async with bell_on(url):
            pass
    assert "secret" not in str(refused.value)


async def _true(condition: bool) -> bool:
    return condition


def _task_sets(bell: DocketDoorbell) -> set[str]:
    return {f"palimpsest:task-workers:{name}" for name in bell.docket.tasks}
