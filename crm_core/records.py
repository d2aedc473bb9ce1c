"""Inserting records at once, for the paths that every message takes.

The unit of work costs several times what its INSERT does. Here one statement inserts any number of
records of a kind; afterwards they are as if the session had just loaded them. Only for records
whose changes are not tracked and that carry no version.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import database

R = TypeVar("R", bound=database.Base)


@dataclass(frozen=True)
class _Plan:
    """How records of one kind are inserted: their fields with what they hold by default."""

    fields: tuple[tuple[str, Callable[[], Any]], ...]
    one: Any
    many: Any


@cache
def _plan(model: type[database.Base]) -> _Plan:
    mapper = sa.inspect(model)
    table = cast(sa.Table, mapper.local_table)
    fields = tuple(
        (mapper.get_property_by_column(column).key, _default(column))
        for column in table.columns
        if not column.primary_key
    )
    return _Plan(
        fields=fields,
        one=sa.insert(table).returning(table.c.id),
        many=sa.insert(table).returning(table.c.id, sort_by_parameter_order=True),
    )


def _default(column: sa.Column[Any]) -> Callable[[], Any]:
    default = column.default
    if default is None:
        return lambda: None
    value = cast(Any, default).arg
    return (lambda: value(None)) if default.is_callable else (lambda: value)


def insert(session: orm.Session, record: R) -> R:
    """Insert this new record; it then has its id and belongs to the session."""
    return insert_all(session, [record])[0]


def insert_all(session: orm.Session, records: Sequence[R]) -> Sequence[R]:
    """Insert these new records of one kind in one statement; they come back in the same order."""
    if not records:
        return records
    plan = _plan(type(records[0]))
    rows = [_row(plan, record) for record in records]
    if len(rows) == 1:
        ids = [session.execute(plan.one, rows[0]).scalar_one()]
    else:
        ids = list(session.execute(plan.many, rows).scalars())
    for record, number in zip(records, ids, strict=True):
        orm.attributes.set_committed_value(record, "id", number)
        orm.make_transient_to_detached(record)
        session.add(record)
    return records


def _row(plan: _Plan, record: database.Base) -> dict[str, Any]:
    held = record.__dict__
    for name, default in plan.fields:
        if name not in held:
            orm.attributes.set_committed_value(record, name, default())
    return {name: held[name] for name, _ in plan.fields}
