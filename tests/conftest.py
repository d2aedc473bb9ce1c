"""What every test may ask for: real servers, fresh databases and a browser.

| fixture | gives |
|---|---|
| `database_url` | a fresh, migrated database; the test runs once on SQLite, once on PostgreSQL |
| `empty_database_url` | likewise, without any table |
| `postgres_url` | the server itself (`CRM_TEST_PG_URL` names another one) |
| `redis_url` | an empty Redis (`CRM_TEST_REDIS_URL` names another one, which is emptied) |
| `browser` | a headless Chromium; the test is skipped where there is none |
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import hypothesis
import pytest
import redis
from playwright.async_api import Browser, async_playwright

from crm_core import schema
from tests import servers

# A busy machine makes no test fail, so an example may take as long as it likes.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

CHROMIUM_OPTIONS = [
    "--no-sandbox",  # the tests may run as root, and only show pages of our own
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server for this test process."""
    with servers.postgres() as url:
        yield url


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """A Redis server for this test process, as the last test left it."""
    given = os.environ.get("CRM_TEST_REDIS_URL")
    if given:
        yield given
        return
    with servers.redis() as server:
        yield server.url


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """A Redis with nothing in it."""
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
    return redis_server


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table, once of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'crm.db'}"
    else:
        yield from _fresh_postgres(request.getfixturevalue("postgres_url"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with today's tables and no rows, once of each kind."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "crm.db")
        yield f"sqlite:///{tmp_path / 'crm.db'}"
    else:
        template = request.getfixturevalue("migrated_postgres")
        yield from _fresh_postgres(request.getfixturevalue("postgres_url"), template)


def _fresh_postgres(server: str, template: str = "template1") -> Iterator[str]:
    name = f"crm_test_{uuid.uuid4().hex}"
    yield servers.create_database(server, name, template)
    servers.drop_database(server, name)


def migrate(url: str) -> None:
    """Bring the empty database at `url` to today's schema."""
    # In a thread of its own, since on PostgreSQL it runs an event loop.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(schema.upgrade, url).result()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file every SQLite test starts with a copy of."""
    path = tmp_path_factory.mktemp("template") / "crm.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str) -> Iterator[str]:
    """The name of the database every PostgreSQL test starts with a copy of."""
    name = f"crm_template_{uuid.uuid4().hex}"
    migrate(servers.create_database(postgres_url, name))
    yield name
    servers.drop_database(postgres_url, name)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of an installed Chromium; without one the test is skipped (in CI it fails)."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        path = shutil.which(name)
        if path:
            return path
    reason = "no Chromium here: `make browser` says how to get one"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """A headless Chromium of its own for this test."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=CHROMIUM_OPTIONS, chromium_sandbox=False
        )
        yield browser
        await browser.close()
