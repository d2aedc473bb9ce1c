"""Who may be the same: look-alikes among customers, found and kept for a person to decide."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import audit, database


class LookAlike(audit.Tracked, database.Base):
    """Two customers that may be one; `one_id` is the smaller number.

    `reason` is name, form, script, sound, soft, tail, mention or key; `detail` is what they share.
    `state` is open, accepted or refused; a refused pair is not brought up again.
    """

    __tablename__ = "look_alikes"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    one_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("customers.id"))
    other_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("customers.id"), index=True)
    reason: orm.Mapped[str] = orm.mapped_column(database.Text(16))
    detail: orm.Mapped[str] = orm.mapped_column(database.Text(200), default="")
    state: orm.Mapped[str] = orm.mapped_column(database.Text(12), default="open")
    decided_by: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("reps.id"))
    created_at: orm.Mapped[datetime]

    __table_args__ = (
        sa.UniqueConstraint("one_id", "other_id"),
        sa.Index(
            "ix_look_alikes_open",
            "id",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        ),
    )
