"""What a chat with a rep remembers between two messages. It lives in the database: restarts and several processes do not matter."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import database

CONTEXT_LIFE = timedelta(minutes=30)
QUESTION_LIFE = timedelta(minutes=10)


class Dialogue(database.Base):
    """One rep's chat at one address.

    `question` is the open one: {"kind", "options": […], "asked_at", "disturbed"}; `pushed_at` is when
    anything was last pushed into this chat that the rep did not ask for.
    """

    __tablename__ = "dialogues"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    rep_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("reps.id"))
    address_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("addresses.id"), unique=True)
    customer_id: orm.Mapped[int | None]
    deal_id: orm.Mapped[int | None]
    listed: orm.Mapped[list[Any]] = orm.mapped_column(default=list)
    question: orm.Mapped[dict[str, Any] | None] = orm.mapped_column(database.Json, nullable=True)
    last_write: orm.Mapped[dict[str, Any] | None] = orm.mapped_column(database.Json, nullable=True)
    pushed_at: orm.Mapped[datetime | None]
    used_at: orm.Mapped[datetime]
    misses: orm.Mapped[int] = orm.mapped_column(default=0)
