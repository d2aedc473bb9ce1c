"""Who else works with a customer, and asking for one: look-ups, requests, collaborators.

A rep who may not see a customer learns from `checked` only whose it is and since when; a request
puts the choice to the owner's manager: give it, share it, or refuse.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import audit, database


class Collaborator(audit.Tracked, database.Base):
    """A rep who sees and works with a customer that another one owns."""

    __tablename__ = "customer_collaborators"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    customer_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("customers.id"), index=True)
    rep_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("reps.id"))
    added_by: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("reps.id"))
    created_at: orm.Mapped[datetime]

    __table_args__ = (sa.UniqueConstraint("rep_id", "customer_id"),)


class Request(audit.Tracked, database.Base):
    """A rep asks for a customer. `state` is open, given, shared, refused or void."""

    __tablename__ = "access_requests"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    customer_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("customers.id"), index=True)
    rep_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("reps.id"))
    state: orm.Mapped[str] = orm.mapped_column(database.Text(12), default="open")
    reason: orm.Mapped[str] = orm.mapped_column(database.Text(), default="")
    decided_by: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("reps.id"))
    created_at: orm.Mapped[datetime]
    decided_at: orm.Mapped[datetime | None]

    __table_args__ = (
        sa.Index(
            "uq_access_requests_open",
            "rep_id",
            "customer_id",
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        ),
    )
