"""Fresh databases for the rows of the benchmark, and the plain thing on them."""

from __future__ import annotations

import contextlib
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from crm_core import clock, database, schema, vault
from tests import processes, servers
from tests.bench import company, floor

DATABASES = ("sqlite", "postgresql")


@contextlib.contextmanager
def fresh(kind: str) -> Iterator[str]:
    """The URL of a migrated database of this kind, durable as in production."""
    with tempfile.TemporaryDirectory(prefix="crm-bench-") as folder:
        if kind == "sqlite":
            url = f"sqlite:///{Path(folder) / 'crm.db'}"
            migrate(url)
            yield url
            return
        with servers.postgres(durable=True) as server:
            url = servers.create_database(server, f"bench_{uuid.uuid4().hex}")
            migrate(url)
            yield url


def migrate(url: str) -> None:
    """Today's schema; in a thread of its own, since on PostgreSQL it runs an event loop."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(schema.upgrade, url).result()


@contextlib.asynccontextmanager
async def opened(url: str) -> AsyncIterator[database.Database]:
    """The database with the official account and the reps in it."""
    vault.unlock(processes.SECRET)
    store = database.open_database(url)
    try:
        await store.run(company.found, clock.now())
        yield store
    finally:
        await store.close()


async def plain_rate(store: database.Database, number: int = 500) -> float:
    """One INSERT and commit after the other: transactions a second."""
    await store.run(floor.create)
    began = time.perf_counter()
    for i in range(number):
        await store.run(floor.insert, f"plain-{uuid.uuid4().hex}-{i}", b"x" * 500)
    return number / (time.perf_counter() - began)
