"""Counts and shows the SQL statements that a piece of work sends to the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, orm


@contextmanager
def counted(session: orm.Session) -> Iterator[list[str]]:
    """The list that every statement of this session is added to while the block lasts.

    The session's pending changes are flushed before and at the end, so that they count where they
    were made.
    """
    session.flush()
    made: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        made.append(statement)

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    try:
        yield made
        session.flush()
    finally:
        event.remove(connection, "before_cursor_execute", note)


@contextmanager
def explained(session: orm.Session) -> Iterator[list[str]]:
    """The list that each statement's plan is added to, line by line, while the block lasts."""
    session.flush()
    plans: list[str] = []
    connection = session.connection()
    word = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "

    def explain(
        connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool
    ) -> None:
        if not many and statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            rows = connection.exec_driver_sql(word + statement, parameters)
            plans.extend(str(row[-1]) for row in rows)

    event.listen(connection, "before_cursor_execute", explain)
    try:
        yield plans
        session.flush()
    finally:
        event.remove(connection, "before_cursor_execute", explain)
