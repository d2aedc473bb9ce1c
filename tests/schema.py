"""Put today's tables into an empty database."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
from concurrent.futures import ThreadPoolExecutor

from crm_core import database

PACKAGES_WITH_TABLES = ("crm_core", "conversations", "admin_web", "bot")


def create(url: str) -> None:
    """Create the tables of all packages in the empty database at `url`."""
    for package in PACKAGES_WITH_TABLES:
        folder = importlib.import_module(package)
        for module in pkgutil.iter_modules(folder.__path__, f"{package}."):
            if not module.ispkg and not module.name.startswith("bot."):
                importlib.import_module(module.name)
    if url.startswith("sqlite:"):
        engine = database.sqlite_engine(url)
        with engine.begin() as connection:
            database.Base.metadata.create_all(connection)
        engine.dispose()
        return

    async def on_postgres() -> None:
        engine = database.postgres_engine(url)
        async with engine.begin() as connection:
            await connection.run_sync(database.Base.metadata.create_all)
        await engine.dispose()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, on_postgres()).result()
