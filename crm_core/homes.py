"""Homes: where the rows that a merge moved belong, to find back by (see `crm_core.moving`)."""

from __future__ import annotations

import enum

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import database


class Kind(enum.StrEnum):
    """What is merged."""

    CUSTOMER = "customer"
    CONTACT = "contact"


class Home(database.Base):
    """Where a moved row belongs: the row `record_id` of table `record`, home on `home_id`."""

    __tablename__ = "merged_rows"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    kind: orm.Mapped[str] = orm.mapped_column(database.Text(8))
    record: orm.Mapped[str] = orm.mapped_column(database.Text(40))
    record_id: orm.Mapped[int]
    home_id: orm.Mapped[int]

    __table_args__ = (
        sa.UniqueConstraint("kind", "record", "record_id"),
        sa.Index("ix_merged_rows_kind_home_id", "kind", "home_id"),
    )


def away(table: str, number: orm.InstrumentedAttribute[int]) -> sa.ColumnElement[bool]:
    """Holds for rows of the table that hang on a record which is not their home."""
    return sa.exists().where(
        Home.kind.in_(list(Kind)), Home.record == table, Home.record_id == number
    )
