"""R3: Redis is flushed, killed, paused and full while messages come in at a steady pace."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import redis.asyncio
import sqlalchemy as sa

from conversations import inbox
from crm_core import clock
from tests import servers
from tests.chaos import crashes, figures, scene

PACE = 25
"""Messages a second while Redis is tormented; the rest comes at once in the end."""
CALM = 3.0
"""Seconds of normal life between two faults."""
PAUSED = 30.0
AWAY = 8.0
"""Seconds that Redis is dead or full."""
SLOWEST_ACK = 2.0
SLOWEST_RECOVERY = 10.0
FRESH = 1.0
"""Recovered is when no message older than so many seconds waits to be handled."""
SPARE = 2.0


@dataclass
class _Server:
    """The Redis under torment."""

    folder: Path

    def __post_init__(self) -> None:
        self.process = servers.start_redis(self.folder)

    @property
    def url(self) -> str:
        return servers.redis_url(self.folder)

    def end(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()


async def _flushed(server: _Server) -> None:
    async with redis.asyncio.Redis.from_url(server.url) as client:
        await client.flushall()


async def _killed(server: _Server) -> None:
    server.end()
    await asyncio.sleep(AWAY)
    server.process = await asyncio.to_thread(servers.start_redis, server.folder)


async def _paused(server: _Server) -> None:
    server.process.send_signal(signal.SIGSTOP)
    await asyncio.sleep(PAUSED)
    server.process.send_signal(signal.SIGCONT)


async def _full(server: _Server) -> None:
    async with redis.asyncio.Redis.from_url(server.url) as client:
        await client.config_set("maxmemory-policy", "noeviction")
        await client.config_set("maxmemory", "1mb")
        await asyncio.sleep(AWAY)
        await client.config_set("maxmemory", "0")


FAULTS: dict[str, Callable[[_Server], Awaitable[None]]] = {
    "flushed": _flushed,
    "killed": _killed,
    "paused 30 s": _paused,
    "full": _full,
}


@dataclass
class _Measured:
    """One fault: when it began and ended, and how long everything then took to be normal."""

    name: str
    began: float
    ended: float
    recovered: float


async def torments(messages: int, seed: int) -> figures.Row:
    """All four faults in one run of `web` and `worker` on PostgreSQL and Redis."""
    with scene.folder() as folder, scene.database_of("postgresql", folder) as url:
        server = _Server(folder)
        try:
            async with scene.prepared(
                url, folder, crashes.TWO_PROCESSES, messages, seed, redis_url=server.url
            ) as stage:
                return await _measured(stage, server)
        finally:
            server.end()


async def _measured(stage: scene.Scene, server: _Server) -> figures.Row:
    await stage.start()
    permits = asyncio.Semaphore(0)
    measured: list[_Measured] = []
    async with asyncio.TaskGroup() as crew:
        crew.create_task(
            stage.outside.deliver(
                stage.traffic, crashes.CONNECTIONS, crashes.REPEATS, permits, stage.draw
            )
        )
        pacing = crew.create_task(_pace(permits, len(stage.traffic.said)))
        for name, torment in FAULTS.items():
            await asyncio.sleep(CALM)
            began = time.monotonic()
            await torment(server)
            ended = time.monotonic()
            measured.append(_Measured(name, began, ended, await _recovered(stage)))
        # What is left needs no pace any more.
        pacing.cancel()
        for _ in stage.traffic.said:
            permits.release()
    await stage.drained()
    return await _judged(stage, measured)


async def _pace(permits: asyncio.Semaphore, number: int) -> None:
    for _ in range(number):
        permits.release()
        await asyncio.sleep(1 / PACE)


async def _recovered(stage: scene.Scene) -> float:
    """The seconds until no message has been waiting for longer than `FRESH`."""
    began = time.monotonic()
    oldest = sa.select(sa.func.min(inbox.Event.received_at)).where(inbox.Event.state == "new")
    while time.monotonic() - began < 3 * SLOWEST_RECOVERY:
        since = await stage.store.read(lambda session: session.scalar(oldest))
        if since is None or (clock.now() - since).total_seconds() < FRESH + SPARE:
            break
        await asyncio.sleep(0.1)
    return time.monotonic() - began


async def _judged(stage: scene.Scene, measured: list[_Measured]) -> figures.Row:
    found = await stage.judged()
    faults, said = found.faults(0), []
    for one in measured:
        during = sorted(
            taken for at, taken in stage.traffic.taken if one.began <= at <= one.ended + CALM
        )
        p99 = during[int(len(during) * 0.99)] if during else float("inf")
        said.append(f"{one.name}: ack p99 {p99:.2f} s, normal after {one.recovered:.1f} s")
        if p99 >= SLOWEST_ACK:
            faults.append(f"{one.name}: ack p99 {p99:.2f} s, not below {SLOWEST_ACK:.0f} s")
        if one.recovered >= SLOWEST_RECOVERY:
            faults.append(f"{one.name}: normal only after {one.recovered:.1f} s")
    text = f"{found.messages} messages: {found.line()}; {'; '.join(said)}"
    return figures.Row(name="R3 redis", figures=text, faults=faults)
