"""The running demo, for the tests of its page."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.admin_web.pages.demos import Demo, serving


@pytest.fixture
async def demo(database_url: str, tmp_path: Path) -> AsyncIterator[Demo]:
    """The demo on a fresh database of each kind."""
    async with serving(database_url, tmp_path) as running:
        yield running


@pytest.fixture
async def small_demo(migrated_sqlite: Path, tmp_path: Path) -> AsyncIterator[Demo]:
    """The demo on SQLite only."""
    shutil.copy(migrated_sqlite, tmp_path / "crm.db")
    async with serving(f"sqlite:///{tmp_path / 'crm.db'}", tmp_path) as running:
        yield running
