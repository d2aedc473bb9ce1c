"""A fresh database of each kind, and an unlocked vault."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot import tables
from crm_core import database, vault

assert tables.__all__


@pytest.fixture(autouse=True)
def _unlocked() -> None:
    vault.unlock("a secret of these tests, long enough")


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[database.Database]:
    """An open database with all tables and no rows; once of each kind."""
    opened = database.open_database(database_url)
    yield opened
    await opened.close()
