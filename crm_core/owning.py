"""Whose a customer is: giving one to somebody else, with what is open on it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import customers, deals, people, scope, tasks


def give(
    session: orm.Session, customer: customers.Customer, to: people.Rep | None, now: datetime
) -> int | None:
    """Make the customer somebody's, or nobody's; who had it before.

    Open deals and tasks of the former owner with this customer go along to a new owner. Raises
    Refusal rep.disabled.
    """
    if to is not None:
        people.must_be_active(session, to)
    before, after = customer.owner_id, to.id if to else None
    customer.owner_id, customer.updated_at = after, now
    if before is not None and after is not None and before != after:
        _along(session, deals.Deal, deals.Deal.status, customer.id, before, after)
        _along(session, tasks.Task, tasks.Task.status, customer.id, before, after)
    session.flush()
    return before


def _along(  # noqa: PLR0917 - one kind of record, from whom to whom
    session: orm.Session, model: Any, status: Any, customer_id: int, before: int, after: int
) -> None:
    query = sa.select(model).where(model.customer_id == customer_id, model.owner_id == before)
    for record in session.scalars(query.where(status == "open").with_for_update()):
        record.owner_id = after


def may_give(session: orm.Session, rep: people.Rep, customer: customers.Customer) -> bool:
    """Whether this person may decide whose the customer is: the owner, and whoever oversees the
    owner; of one in the pool any manager."""
    if customer.owner_id == rep.id:
        return True
    if rep.role == people.Role.REP:
        return False
    return customer.owner_id is None or scope.covers(session, rep, customer.owner_id)
