"""Storing very many rows in a SQLite file, quickly and in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.engine import make_url

from bot.generated import company, shapes
from crm_core import errors

PATIENCE = 3.0
"""Seconds to wait for other processes to let go of the file."""
_DIALECT = pysqlite.dialect()


def store(database_url: str, rows: Iterable[company.Rows]) -> None:
    """Store the rows; the file must be nobody else's meanwhile (errors.Unfit)."""
    path = make_url(database_url).database or ""
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    try:
        with _alone(connection), _one_transaction(connection):
            taken_off = _take_off_indexes(connection)
            _insert(connection, rows)
            for statement in taken_off:
                connection.execute(statement)
        connection.execute("ANALYZE")
    finally:
        connection.close()


@contextmanager
def _alone(connection: sqlite3.Connection) -> Iterator[None]:
    """Without the write-ahead log, which would hold every page once more.

    New pages go straight into the file; if we are interrupted, the next one who opens it finds it
    as it was.
    """
    try:
        connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError:
        raise errors.Unfit("another process has this database open: stop it first") from None
    connection.execute("PRAGMA cache_size=-131072")
    try:
        yield
    finally:
        connection.execute("PRAGMA journal_mode=WAL")


@contextmanager
def _one_transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN EXCLUSIVE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _take_off_indexes(connection: sqlite3.Connection) -> list[str]:
    """Drop those that no constraint needs; gives what makes them again."""
    query = "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index'"
    taken_off = [
        (name, sql)
        for name, table, sql in connection.execute(query)
        if sql and "UNIQUE" not in sql.upper() and table in company.TABLES
    ]
    for name, _ in taken_off:
        connection.execute(f'DROP INDEX "{name}"')
    return [sql for _, sql in taken_off]


def _insert(connection: sqlite3.Connection, rows: Iterable[company.Rows]) -> None:
    known: dict[str, tuple[shapes.Shape, str]] = {}
    for table, some in rows:
        if table not in known:
            shape = shapes.Shape(table, some[0], _DIALECT)
            places = ", ".join("?" * len(shape.columns))
            names = ", ".join(f'"{name}"' for name in shape.columns)
            known[table] = shape, f'INSERT INTO "{table}" ({names}) VALUES ({places})'  # noqa: S608
        shape, statement = known[table]
        connection.executemany(statement, shape.tuples(some))
