"""Idempotency keys of the API: the answer to a write, kept in the transaction of its effect."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import database, errors


class IdempotencyKey(database.Base):
    """One key of one rep: what was asked (as a hash) and what was answered."""

    __tablename__ = "idempotency_keys"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    rep_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("reps.id"))
    key: orm.Mapped[str] = orm.mapped_column(database.Text(255))
    request: orm.Mapped[bytes]
    status: orm.Mapped[int]
    answer: orm.Mapped[dict[str, Any]]
    created_at: orm.Mapped[datetime]

    __table_args__ = (sa.UniqueConstraint("rep_id", "key"),)


def claim(
    session: orm.Session, rep_id: int, key: str, request: bytes, now: datetime
) -> IdempotencyKey | None:
    """Take the key for this transaction, or get the answer that was given under it before.

    `request` is the hash of what is asked. Whoever comes second waits in the database until the
    first has committed or rolled back. Raises Refusal idempotency.reused for another request.
    """
    taken = session.scalar(
        database.insert(session, IdempotencyKey)
        .values(rep_id=rep_id, key=key, request=request, status=0, answer={}, created_at=now)
        .on_conflict_do_nothing(index_elements=["rep_id", "key"])
        .returning(IdempotencyKey.id)
    )
    if taken is not None:
        return None
    known = session.scalars(
        sa.select(IdempotencyKey).where(IdempotencyKey.rep_id == rep_id, IdempotencyKey.key == key)
    ).one()
    if known.request != request:
        raise errors.Refusal("idempotency.reused")
    return known


def keep(session: orm.Session, rep_id: int, key: str, status: int, answer: dict[str, Any]) -> None:
    """Remember what was answered under a claimed key."""
    session.execute(
        sa.update(IdempotencyKey)
        .where(IdempotencyKey.rep_id == rep_id, IdempotencyKey.key == key)
        .values(status=status, answer=answer)
    )
