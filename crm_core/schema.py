"""The schema of the database: which version it has, whether we may start on it, and upgrading.

One linear history of Alembic revisions serves SQLite and PostgreSQL. All statements of an upgrade
are one transaction on both, so an interrupted upgrade leaves the old schema.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from crm_core import database, errors

T = TypeVar("T")
FOLDER = Path(__file__).parent / "migrations"
VERSION_TABLE = "alembic_version"


class SchemaMismatch(errors.Unfit):
    """The program must not start on this schema. `state` is empty, older, newer or damaged."""

    def __init__(self, state: str, detail: str) -> None:
        super().__init__(detail)
        self.state = state


def revisions() -> tuple[str, ...]:
    """The revisions this program knows, oldest first: the numbers the scripts' names begin with."""
    return tuple(sorted(path.name[:4] for path in FOLDER.glob("versions/[0-9]*.py")))


def head() -> str:
    """The revision this program is written for."""
    known = revisions()
    if not known:
        raise RuntimeError(f"no revisions in {FOLDER}: the installation is damaged")
    return known[-1]


def check(url: str) -> None:
    """Raises SchemaMismatch, in words that say what to run, unless the schema is exactly ours."""
    _on(url, _must_match)


def upgrade(url: str) -> None:
    """Bring the schema to this program's revision; SchemaMismatch for a newer or damaged one."""
    _on(url, _upgrade)


def _upgrade(connection: sa.Connection) -> None:
    try:
        _must_match(connection)
    except SchemaMismatch as mismatch:
        if mismatch.state in ("newer", "damaged"):
            raise
        # Imported here: a third of a second that a start on a schema in step need not pay.
        from crm_core import migrating  # noqa: PLC0415

        migrating.run_scripts(connection)


def _must_match(connection: sa.Connection) -> None:
    present = set(sa.inspect(connection).get_table_names())
    found: set[str] = set()
    if VERSION_TABLE in present:
        found = set(connection.scalars(sa.text(f"SELECT version_num FROM {VERSION_TABLE}")))  # noqa: S608
    if not found:
        if present & set(database.Base.metadata.tables):
            raise SchemaMismatch(
                "damaged", "the database has tables but no schema version: restore a backup"
            )
        raise SchemaMismatch("empty", "the database has no tables yet: run `crm db upgrade`")
    if not found <= set(revisions()):
        raise SchemaMismatch(
            "newer",
            "the database was made by a newer version of this program: install that version",
        )
    if found != {head()}:
        raise SchemaMismatch("older", "the database is of an older version: run `crm db upgrade`")
    missing = set(database.Base.metadata.tables) - present
    if missing:
        raise SchemaMismatch(
            "damaged", f"the database lacks tables ({', '.join(sorted(missing))}): restore a backup"
        )


def _on(url: str, work: Callable[[sa.Connection], T]) -> T:
    if make_url(url).get_backend_name() == "sqlite":
        path = make_url(url).database
        if path:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        engine = database.sqlite_engine(url)
        try:
            with engine.begin() as connection:
                return work(connection)
        finally:
            engine.dispose()
    return asyncio.run(_on_postgres(url, work))


async def _on_postgres(url: str, work: Callable[[sa.Connection], T]) -> T:
    engine = database.postgres_engine(url, pool=1)
    try:
        async with engine.begin() as connection:
            # Two processes that start together must not both upgrade.
            await connection.execute(sa.text("SELECT pg_advisory_xact_lock(4823913)"))
            return await connection.run_sync(work)
    finally:
        await engine.dispose()
