"""What tests of the bot may ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from crm_core import database
from tests.bot import talking


@pytest.fixture
async def talk(database_url: str) -> AsyncIterator[talking.Talk]:
    """A small company whose reps talk with the bot."""
    store = database.open_database(database_url)
    await store.run(talking.found_company, talking.SUNDAY - timedelta(days=1))
    yield talking.Talk(store)
    await store.close()
