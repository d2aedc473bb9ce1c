"""Deals: what may be sold to a customer, for how much, until when, and how far it has come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import audit, customers, database, errors, people, pipelines, scope

LARGEST = Decimal("9e13")
TITLE_LIMIT = 200


class Deal(audit.Tracked, database.Base):
    """One deal. `stage` is the key of a stage of `pipeline`; `amount` is in `currency`."""

    __tablename__ = "deals"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    customer_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("customers.id"))
    title: orm.Mapped[str] = orm.mapped_column(database.Text(TITLE_LIMIT))
    pipeline: orm.Mapped[str] = orm.mapped_column(database.Text(40), default=pipelines.DEFAULT)
    stage: orm.Mapped[str] = orm.mapped_column(database.Text(40))
    status: orm.Mapped[str] = orm.mapped_column(database.Text(8), default="open")
    amount: orm.Mapped[Decimal | None]
    currency: orm.Mapped[str] = orm.mapped_column(database.Text(3), default="CNY")
    close_date: orm.Mapped[date | None]
    probability: orm.Mapped[int]
    owner_id: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("reps.id"))
    lost_reason: orm.Mapped[str] = orm.mapped_column(database.Text(), default="")
    created_at: orm.Mapped[datetime]
    updated_at: orm.Mapped[datetime]
    closed_at: orm.Mapped[datetime | None]
    version: orm.Mapped[int] = orm.mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy as is
    __table_args__ = (
        sa.Index("ix_deals_status_close_date", "status", "close_date", "id"),
        sa.Index("ix_deals_owner_id_status_close_date", "owner_id", "status", "close_date", "id"),
        sa.Index("ix_deals_customer_id_created_at", "customer_id", "created_at", "id"),
    )


def visible(rep: people.Rep) -> sa.ColumnElement[bool]:
    """The condition on `Deal` that holds for every deal of a customer this person may see."""
    return scope.of_customer(rep, Deal.customer_id)


def get(session: orm.Session, rep: people.Rep, deal_id: int) -> Deal:
    """The deal of that number, if the rep may see it; otherwise NotFound deal.unknown."""
    found = session.scalar(sa.select(Deal).where(Deal.id == deal_id, visible(rep)))
    if found is None:
        raise scope.unknown(session, "deal.unknown", f"D{deal_id}", Deal, deal_id)
    return found


# Built once: for every command, building a statement would cost more than running it.
_OF = sa.select(Deal).where(Deal.customer_id == sa.bindparam("customer")).order_by(Deal.id.desc())
_OPEN_OF = (
    sa.select(Deal)
    .where(Deal.customer_id == sa.bindparam("customer"), Deal.status == "open")
    .order_by(Deal.updated_at.desc(), Deal.id.desc())
)


def open_of(session: orm.Session, customer_id: int) -> Sequence[Deal]:
    """A customer's open deals, the one touched last first."""
    return session.scalars(_OPEN_OF, {"customer": customer_id}).all()


def listed(
    session: orm.Session, rep: people.Rep, *conditions: sa.ColumnElement[bool], limit: int = 200
) -> Sequence[Deal]:
    """Open deals the rep may see that meet all conditions, the next to close first."""
    seen = scope.sifting(session, visible(rep))
    query = (
        sa.select(Deal)
        .where(Deal.status == "open", seen, *conditions)
        # As the index has it, so that a few are read of a rep's thousands.
        .order_by(Deal.close_date.asc().nulls_last(), Deal.id)
        .limit(limit)
    )
    return session.scalars(query).all()


def of(session: orm.Session, customer_id: int) -> Sequence[Deal]:
    """All deals of a customer, newest first."""
    return session.scalars(_OF, {"customer": customer_id}).all()


def create(  # noqa: PLR0913 - the facts of one deal
    session: orm.Session,
    customer: customers.Customer,
    title: str,
    *,
    now: datetime,
    owner_id: int | None = None,
    amount: Decimal | None = None,
    currency: str = "",
    close_date: date | None = None,
    stage: str = "contacted",
) -> Deal:
    """A new open deal in the given stage.

    Raises Refusal deal.title-long or deal.amount-invalid, NotFound stage.unknown.
    """
    title = customers.shown(title)
    if len(title) > TITLE_LIMIT:
        raise errors.Refusal("deal.title-long", limit=TITLE_LIMIT)
    step = pipelines.stage(session, stage)
    deal = Deal(
        customer_id=customer.id,
        title=title or customer.name,
        stage=step.key,
        pipeline=step.pipeline,
        status="open",
        amount=_checked(amount),
        currency=currency or customer.currency,
        close_date=close_date,
        probability=step.probability,
        owner_id=owner_id,
        lost_reason="",
        created_at=now,
        updated_at=now,
    )
    session.add(deal)
    customers.activate(customer)
    customers.touch(customer, now)
    session.flush()
    return deal


def move(session: orm.Session, deal: Deal, stage: str, now: datetime) -> None:
    """Put a deal into a stage of its pipeline; won and lost go through `win` and `lose`."""
    step = pipelines.stage(session, stage, deal.pipeline)
    if step.outcome == "won":
        win(session, deal, now)
        return
    if step.outcome == "lost":
        lose(session, deal, "", now)
        return
    deal.stage, deal.status, deal.probability = step.key, "open", step.probability
    deal.closed_at, deal.updated_at = None, now


def win(session: orm.Session, deal: Deal, now: datetime, amount: Decimal | None = None) -> None:
    """The deal is signed, perhaps for another amount. Raises Refusal deal.already-won."""
    if deal.status == "won" and amount is None:
        raise errors.Refusal("deal.already-won", title=deal.title)
    step = pipelines.stage(session, "won", deal.pipeline)
    deal.stage, deal.status, deal.probability = step.key, "won", step.probability
    if amount is not None:
        deal.amount = _checked(amount)
    deal.closed_at = deal.updated_at = now
    customer = session.get_one(customers.Customer, deal.customer_id)
    customer.status = customers.Status.WON


def lose(session: orm.Session, deal: Deal, reason: str, now: datetime) -> None:
    """The deal is lost, for `reason`. Raises Refusal deal.already-lost."""
    if deal.status == "lost" and not reason:
        raise errors.Refusal("deal.already-lost", title=deal.title)
    step = pipelines.stage(session, "lost", deal.pipeline)
    deal.stage, deal.status, deal.probability = step.key, "lost", step.probability
    deal.lost_reason, deal.closed_at, deal.updated_at = reason, now, now


def set_amount(deal: Deal, amount: Decimal, now: datetime, currency: str = "") -> None:
    """Change the amount. Raises Refusal deal.amount-invalid below zero or beyond what is kept."""
    deal.amount, deal.updated_at = _checked(amount), now
    deal.currency = currency or deal.currency


def set_close_date(deal: Deal, day: date, now: datetime) -> None:
    """Change the day the deal is expected to close."""
    deal.close_date, deal.updated_at = day, now


def _checked(amount: Decimal | None) -> Decimal | None:
    if amount is not None and not (amount.is_finite() and 0 <= amount <= LARGEST):
        raise errors.Refusal("deal.amount-invalid", amount=str(amount))
    return amount
