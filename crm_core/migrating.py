"""Alembic at work. Imported only to upgrade: a start on a schema already in step does without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext

from crm_core import database

FOLDER = Path(__file__).parent / "migrations"


def config() -> Config:
    """Alembic's settings, without a connection."""
    settings = Config()
    settings.set_main_option("script_location", str(FOLDER))
    return settings


def run_scripts(connection: sa.Connection) -> None:
    """Bring the schema to the newest revision, within the connection's transaction."""
    settings = config()
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")


def is_shadow(table: str | None) -> bool:
    """Whether this table is one that SQLite's full-text search keeps for itself."""
    return table is not None and table.startswith("search_words")


def differences(connection: sa.Connection) -> list[Any]:
    """What Alembic would still change to make the schema equal to the models; empty if in step."""
    # Where SQLite has FTS5 with tables of its own, PostgreSQL has an index of another kind.
    absent = {"ix_search_entries_tokens"} if connection.dialect.name == "sqlite" else set()
    opts = {
        "compare_type": True,
        "include_name": lambda name, *_: not is_shadow(name),
        "include_object": lambda _thing, name, *_: name not in absent,
    }
    context = MigrationContext.configure(connection, opts=opts)
    return list(compare_metadata(context, database.Base.metadata))
