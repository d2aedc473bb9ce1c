"""Rows as a driver takes them: tuples in the order of the columns, with defaults filled in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from crm_core import database

Encoder = Callable[[Any], Any]


class Shape:
    """How the rows of one table are written. Rows made by us have the same keys all."""

    def __init__(self, name: str, example: dict[str, Any], dialect: sa.Dialect) -> None:
        table = database.Base.metadata.tables[name]
        unknown = set(example) - set(table.columns.keys())
        if unknown:
            raise ValueError(f"{name} has no columns {', '.join(sorted(unknown))}")
        # A number that is not given is the database's to give.
        columns = [each for each in table.columns if each.name != "id" or "id" in example]
        self.name = name
        self.columns = [each.name for each in columns]
        self._plan = [(each.name, _constant(each), _encoder(each, dialect)) for each in columns]
        self._made: list[tuple[str, Any]] = [
            (each.name, each.default) for each in columns if _is_made(each.default)
        ]

    def tuples(self, rows: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
        """The rows in order; they get the defaults that depend on them."""
        for name, default in self._made:
            for row in rows:
                if name not in row:
                    row[name] = default.arg(_Context(row))
        plan = self._plan
        return [
            tuple(
                [
                    encode(row.get(name, default)) if encode else row.get(name, default)
                    for name, default, encode in plan
                ]
            )
            for row in rows
        ]


class _Context:
    """What a default is handed that looks at the other values of its row."""

    def __init__(self, row: dict[str, Any]) -> None:
        self._row = row

    def get_current_parameters(self) -> dict[str, Any]:
        return self._row


def _constant(column: sa.Column[Any]) -> Any:
    default: Any = column.default
    return default.arg if default is not None and default.is_scalar else None


def _is_made(default: Any) -> bool:
    return default is not None and default.is_callable


def _encoder(column: sa.Column[Any], dialect: sa.Dialect) -> Encoder | None:
    # Our words are storable and our numbers are numbers: asking for each would take half the time.
    if isinstance(column.type, database.Text | sa.Integer):
        return None
    return column.type.dialect_impl(dialect).bind_processor(dialect)
