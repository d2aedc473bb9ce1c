"""Finding a person's traces in any column of any table, and taking them out.

Texts, JSON and bytes are looked through as the database stores them, in any case of letters; in
JSON also where other characters than ASCII are escaped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import database

GONE = "[erased]"
"""What stands where something of an erased person stood."""


def words_of(table: sa.Table) -> Sequence[sa.Column[Any]]:
    """The columns of a table that can hold somebody's name or words."""
    kinds = (database.Text, sa.String, sa.JSON, sa.LargeBinary)
    return [column for column in table.columns if isinstance(column.type, kinds)]


def holding(
    session: orm.Session, column: sa.Column[Any], needles: Iterable[str]
) -> sa.ColumnElement[bool]:
    """The condition that the column holds one of these."""
    lite = session.get_bind().dialect.name == "sqlite"
    find = sa.func.instr if lite else sa.func.strpos
    as_text, spelt = _as_text(column, lite)
    lower = sa.func.lower(as_text)
    found = [find(lower, each) > 0 for needle in needles for each in spelt(needle)]
    return sa.or_(sa.false(), *found)


def _as_text(
    column: sa.Column[Any], lite: bool
) -> tuple[sa.ColumnElement[Any], Callable[[str], Sequence[str]]]:
    if isinstance(column.type, sa.LargeBinary):
        if lite:
            return sa.cast(column, sa.Text), _plainly
        return sa.func.encode(column, "escape"), _as_bytes
    if isinstance(column.type, sa.JSON):
        return (sa.type_coerce(column, sa.Text) if lite else sa.cast(column, sa.Text)), _as_json
    return sa.type_coerce(column, sa.Text), _plainly


def _plainly(needle: str) -> Sequence[str]:
    return [needle.lower()]


def _as_json(needle: str) -> Sequence[str]:
    return sorted({needle.lower(), json.dumps(needle)[1:-1].lower()})


def _as_bytes(needle: str) -> Sequence[str]:
    # As PostgreSQL writes bytes out: ASCII as it is, the rest in octal.
    octal = "".join(chr(b) if b < 128 else f"\\{b:03o}" for b in needle.lower().encode())  # noqa: PLR2004
    return [octal]


def scrub(
    session: orm.Session,
    table: sa.Table,
    needles: Sequence[str],
    where: sa.ColumnElement[bool] | None = None,
    *,
    keep: Iterable[str] = (),
) -> list[int]:
    """Replace these in all columns of the rows that hold one; the ids of those rows.

    Bytes are emptied as a whole. `keep` names columns that are left alone.
    """
    if not needles:
        return []
    columns = [column for column in words_of(table) if column.name not in set(keep)]
    found = [holding(session, column, needles) for column in columns]
    query = sa.select(table.c.id, *columns).where(sa.or_(sa.false(), *found))
    rows = session.execute(query if where is None else query.where(where)).all()
    pattern = re.compile("|".join(map(re.escape, needles)), re.IGNORECASE)
    for number, *values in rows:
        cleaned = [_without(pattern, value) for value in values]
        changed = {
            column.name: new
            for column, old, new in zip(columns, values, cleaned, strict=True)
            if old != new
        }
        if changed:
            put(session, table, [number], **changed)
    return [number for number, *_ in rows]


def _without(pattern: re.Pattern[str], value: Any) -> Any:
    if isinstance(value, str):
        return pattern.sub(GONE, value)
    if isinstance(value, bytes):
        return b"" if pattern.search(value.decode("utf-8", "replace")) else value
    if isinstance(value, list):
        return list(map(partial(_without, pattern), value))
    if isinstance(value, dict):
        return {key: _without(pattern, held) for key, held in value.items()}
    return value


def put(session: orm.Session, table: sa.Table, ids: Iterable[int], **values: Any) -> None:
    """Write these values into the rows of these numbers, past everything that keeps old ones."""
    numbers = sorted(set(ids))
    if numbers:
        session.execute(sa.update(table).where(table.c.id.in_(numbers)).values(values))
