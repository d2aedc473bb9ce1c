"""Activities: notes, visits, calls and meetings that a rep logs on a customer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import audit, customers, database, errors, people, scope


class Activity(audit.Tracked, database.Base):
    """One entry; `at` is when it happened, `created_at` when it was written down."""

    __tablename__ = "activities"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    customer_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("customers.id"))
    contact_id: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("contacts.id"))
    rep_id: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("reps.id"))
    kind: orm.Mapped[str] = orm.mapped_column(database.Text(16), default="note")
    text: orm.Mapped[str] = orm.mapped_column(database.Text())
    at: orm.Mapped[datetime]
    created_at: orm.Mapped[datetime]

    __table_args__ = (sa.Index("ix_activities_customer_id_at", "customer_id", "at", "id"),)


def visible(rep: people.Rep) -> sa.ColumnElement[bool]:
    """The condition on `Activity` that holds for those on customers this person may see."""
    return scope.of_customer(rep, Activity.customer_id)


def log(  # noqa: PLR0913 - the facts of one entry
    session: orm.Session,
    customer: customers.Customer,
    text: str,
    *,
    now: datetime,
    rep_id: int | None = None,
    kind: str = "note",
    at: datetime | None = None,
    contact_id: int | None = None,
) -> Activity:
    """Write an entry on a customer, the text exactly as given. Raises Refusal note.empty."""
    if not database.storable(text).strip():
        raise errors.Refusal("note.empty")
    activity = Activity(
        customer_id=customer.id,
        contact_id=contact_id,
        rep_id=rep_id,
        kind=kind,
        text=text,
        at=at or now,
        created_at=now,
    )
    session.add(activity)
    customers.touch(customer, now)
    session.flush()
    return activity


# Built once: for every command, building a statement would cost more than running it.
_OF = (
    sa.select(Activity)
    .where(Activity.customer_id == sa.bindparam("customer"))
    .order_by(Activity.at.desc(), Activity.id.desc())
    .limit(sa.bindparam("limit"))
)


def of(session: orm.Session, customer_id: int, limit: int = 50) -> Sequence[Activity]:
    """A customer's entries, newest first."""
    return session.scalars(_OF, {"customer": customer_id, "limit": limit}).all()
