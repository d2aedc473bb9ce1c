"""The real web application on a port of this machine, on both databases, and who uses it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp import test_utils

from admin_web import app, services
from crm_core import database, vault
from tests.admin_web import company


@pytest.fixture(autouse=True)
def unlocked() -> None:
    vault.unlock("a secret that only tests know, and long enough")


@pytest.fixture
async def crm(database_url: str) -> AsyncIterator[company.Company]:
    """A company with its people, and nothing else yet."""
    clock = company.Clock()
    door = database.open_database(database_url)
    given = services.Services(database=door, now=clock)
    client = test_utils.TestClient(company.Server(app.build(given)))
    await client.start_server()
    made = company.Company(client, door, clock, given)
    made.reps, made.tokens = await door.run(company.founded, clock())
    yield made
    await client.close()
    await door.close()


@pytest.fixture
def statements() -> Any:
    """Counts the SQL statements inside `with statements() as seen:`."""

    @contextmanager
    def watching() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_connection, _cursor, statement, *_rest):
            if not statement.startswith(("BEGIN", "PRAGMA")):
                seen.append(statement)

        sa.event.listen(sa.Engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            sa.event.remove(sa.Engine, "before_cursor_execute", note)

    return watching
