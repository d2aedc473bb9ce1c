"""Watching: somebody hears for a while what customers of others write, beside whoever owns them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import customers, database, people


class Watch(database.Base):
    """One person hears what one customer writes, until that moment."""

    __tablename__ = "watches"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    rep_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("reps.id"))
    customer_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("customers.id"))
    until: orm.Mapped[datetime]

    __table_args__ = (sa.UniqueConstraint("customer_id", "rep_id"),)


def watch(session: orm.Session, rep_id: int, customer_id: int, until: datetime) -> None:
    """Let this person hear of the customer until then; an earlier end is put off, never on."""
    row = database.insert(session, Watch)
    row = row.values(rep_id=rep_id, customer_id=customer_id, until=until)
    later = sa.case((Watch.until > row.excluded.until, Watch.until), else_=row.excluded.until)
    session.execute(
        row.on_conflict_do_update(
            index_elements=["customer_id", "rep_id"], set_={"until": later}
        ).execution_options(synchronize_session=False)
    )


def end(session: orm.Session, rep_id: int, customer_id: int) -> bool:
    """Stop that; False when this person did not watch."""
    gone = session.execute(
        sa.delete(Watch)
        .where(Watch.customer_id == customer_id, Watch.rep_id == rep_id)
        .returning(Watch.id)
        .execution_options(synchronize_session=False)
    )
    return gone.first() is not None


def watched(session: orm.Session, rep: people.Rep, now: datetime) -> Sequence[customers.Customer]:
    """The customers this person watches now."""
    row, customer = Watch, customers.Customer
    query = sa.select(customer).join(row, row.customer_id == customer.id)
    query = query.where(row.rep_id == rep.id, row.until > now).order_by(row.until)
    return session.scalars(query.limit(20)).all()
