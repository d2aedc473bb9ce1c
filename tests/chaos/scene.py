"""A company on a fresh database, the vendor's twin, and the program in processes of its own."""

from __future__ import annotations

import asyncio
import contextlib
import random
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from channels.sandbox import wechat
from crm_core import clock, database, schema, vault
from tests import processes, servers
from tests.chaos import company, vendor, verdict

REPS = 20
DRAIN_LIMIT = 240.0
"""Seconds until everything acknowledged must be handled and delivered."""


@dataclass
class Scene:
    """Everything one run needs. `processes` are not started yet."""

    processes: Sequence[processes.Process]
    store: database.Database
    outside: vendor.Vendor
    traffic: vendor.Traffic
    draw: random.Random

    async def start(self, *, wait: bool = True, **more: str) -> None:
        """Start all processes and (with `wait`) wait until the receiver is healthy."""
        for process in self.processes:
            process.start(**more)
        if wait:
            await self.processes[0].healthy()

    def kill(self) -> None:
        """kill -9 of every process."""
        for process in self.processes:
            process.kill()

    async def drained(self, limit: float = DRAIN_LIMIT) -> float:
        """Wait until nothing is left to be done, at most `limit`; the seconds that took."""
        began = time.monotonic()
        while time.monotonic() - began < limit:
            if not await self.store.read(verdict.unfinished):
                break
            await asyncio.sleep(0.1)
        return time.monotonic() - began

    async def judged(self) -> verdict.Verdict:
        """What became of everything."""
        return await self.store.read(verdict.reached, self.traffic, self.outside.twin)


@contextlib.contextmanager
def database_of(kind: str, folder: Path) -> Iterator[str]:
    """The URL of a fresh, migrated database; a durable server of its own on PostgreSQL."""
    if kind == "sqlite":
        url = f"sqlite:///{folder / 'crm.db'}"
        _migrate(url)
        yield url
        return
    with servers.postgres(durable=True) as server:
        url = servers.create_database(server, f"chaos_{uuid.uuid4().hex}")
        _migrate(url)
        yield url


def _migrate(url: str) -> None:
    # In a thread of its own, since on PostgreSQL it runs an event loop.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(schema.upgrade, url).result()


@contextlib.asynccontextmanager
async def prepared(
    url: str, folder: Path, commands: Sequence[str], messages: int, seed: int, **settings: str
) -> AsyncIterator[Scene]:
    """A scene on the migrated database at `url`, with `messages` to be said."""
    vault.unlock(processes.SECRET)
    draw = random.Random(seed)
    store = database.open_database(url)
    each = max(1, messages // 10 // REPS)
    async with wechat.Platform(clock.now) as platform:
        firm = await store.run(company.found, REPS, each, platform.base, clock.now())
        given = {"database_url": url, "log_format": "json", **settings}
        started = [processes.Process(command, folder, given) for command in commands]
        scene = Scene(
            processes=started,
            store=store,
            outside=vendor.Vendor(platform, firm, started[0].base),
            traffic=vendor.Traffic(vendor.script(firm, messages, draw)),
            draw=draw,
        )
        try:
            yield scene
        finally:
            for process in started:
                process.kill()
            await store.close()


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="crm-chaos-") as name:
        yield Path(name)
