"""Idempotency keys of the API: the answer to a POST, kept in the transaction of its effect."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import database


class IdempotencyKey(database.Base):
    """One key of one rep: what was asked (as a hash) and what was answered."""

    __tablename__ = "idempotency_keys"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    rep_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("reps.id"))
    key: orm.Mapped[str] = orm.mapped_column(sa.String(255))
    request: orm.Mapped[bytes]
    status: orm.Mapped[int]
    answer: orm.Mapped[dict[str, Any]]
    created_at: orm.Mapped[datetime]

    __table_args__ = (sa.UniqueConstraint("rep_id", "key"),)
