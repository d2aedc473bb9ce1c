"""The program, running, on a fresh database of each kind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.journeys import program


@pytest.fixture
async def crm(database_url: str, tmp_path: Path) -> AsyncIterator[program.Program]:
    """The whole program with one official account and its twin."""
    async with program.running(database_url, tmp_path) as running:
        yield running
