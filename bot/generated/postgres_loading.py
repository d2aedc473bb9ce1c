"""Storing very many rows in PostgreSQL with COPY, in one transaction."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import asyncpg as dialects

from bot.generated import company, shapes
from crm_core import database, errors

PATIENCE = "3s"
"""How long to wait for other processes to let go of the tables."""
LONG = 3_600.0
"""Seconds that one statement may take: making an index, say."""
AS_TEXT = frozenset({"search_entries"})
"""Tables with a column that COPY takes only in writing."""
_DIALECT: sa.Dialect = dialects.dialect()  # type: ignore[no-untyped-call]
_INDEXES = """
    SELECT format('DROP INDEX %s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY($1)
      AND NOT i.indisunique
"""
_REFERENCES = """
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', k.conrelid::regclass, k.conname),
           format('ALTER TABLE %s ADD CONSTRAINT %I %s', k.conrelid::regclass, k.conname,
                  pg_get_constraintdef(k.oid))
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY($1)
      AND k.contype = 'f'
"""
_NEXT_NUMBER = "SELECT setval(pg_get_serial_sequence($1, 'id'), (SELECT max(id) FROM {0}))"


async def store(database_url: str, rows: Iterable[company.Rows]) -> None:
    """Store the rows; the tables must be nobody else's meanwhile (errors.Unfit)."""
    engine = database.postgres_engine(database_url, pool=1)
    try:
        async with engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            async with driver.transaction():
                await _store(driver, rows)
            await driver.execute("VACUUM ANALYZE", timeout=LONG)
    finally:
        await engine.dispose()


async def _store(driver: Any, rows: Iterable[company.Rows]) -> None:
    await driver.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
    await driver.execute("SET LOCAL maintenance_work_mem = '256MB'")
    # References first: they stand on indexes. Both are checked and made at once at the end.
    taken_off = [
        *await driver.fetch(_REFERENCES, company.TABLES),
        *await driver.fetch(_INDEXES, company.TABLES),
    ]
    try:
        for drop, _ in taken_off:
            await driver.execute(drop)
    except asyncpg.exceptions.LockNotAvailableError:
        raise errors.Unfit("another process is using this database: stop it first") from None
    numbered = await _copy(driver, rows)
    for _, make in reversed(taken_off):
        await driver.execute(make, timeout=LONG)
    for table in numbered:
        await driver.execute(_NEXT_NUMBER.format(table).replace("$1", f"'{table}'"))


async def _copy(driver: Any, rows: Iterable[company.Rows]) -> list[str]:
    """Store all rows; gives the tables whose numbers we gave ourselves."""
    known: dict[str, shapes.Shape] = {}
    for table, some in rows:
        shape = known.setdefault(table, shapes.Shape(table, some[0], _DIALECT))
        made, options = shape.tuples(some), {"columns": shape.columns, "timeout": LONG}
        if table in AS_TEXT:
            source = io.BytesIO("".join(map(_line, made)).encode())
            await driver.copy_to_table(table, source=source, format="text", **options)
        else:
            await driver.copy_records_to_table(table, records=made, **options)
    return [name for name, shape in known.items() if "id" in shape.columns and name not in AS_TEXT]


def _line(values: tuple[Any, ...]) -> str:
    return "\t".join("\\N" if value is None else _escaped(str(value)) for value in values) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
