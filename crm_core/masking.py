"""Phone numbers of customers one does not look after: masked, and shown in full only on record.

A rep sees the numbers of own customers and of those shared with that rep; of all other customers
that the rep may see (the pool, team mates') only 138****5678. Managers and admins see them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import addresses, customers, denials, errors, people, scope

HOUR = timedelta(hours=1)
REVEALS = 20
"""So many customers' numbers a rep may be shown in an hour."""
HEAD, TAIL, SHORT = 3, 4, 9
STARS = "****"


def phone(number: str) -> str:
    """A number with its middle hidden: +8613812345678 → 138****5678, +14155550123 → +14****0123."""
    plain = number.partition(";")[0]
    plain = plain.removeprefix("+86") if plain.startswith("+861") else plain
    if len(plain) < SHORT:
        return STARS + plain[-2:]
    return f"{plain[:HEAD]}{STARS}{plain[-TAIL:]}"


def hides(
    session: orm.Session, rep: people.Rep, about: Iterable[customers.Customer]
) -> frozenset[int]:
    """The ids of those of these customers whose numbers this person sees masked."""
    if rep.role != people.Role.REP:
        return frozenset()
    foreign = {customer.id for customer in about if customer.owner_id != rep.id}
    if not foreign:
        return frozenset()
    row = customers.Customer
    mine = session.scalars(sa.select(row.id).where(row.id.in_(foreign), scope.shared(rep, row.id)))
    return frozenset(foreign - set(mine))


def open_to(rep: people.Rep) -> sa.ColumnElement[bool]:
    """The condition on `Customer` for those whose numbers this person sees in full."""
    if rep.role != people.Role.REP:
        return sa.true()
    row = customers.Customer
    return sa.or_(row.owner_id == rep.id, scope.shared(rep, row.id))


def reveal(
    session: orm.Session, rep: people.Rep, customer: customers.Customer, where: denials.Where
) -> Sequence[addresses.Address]:
    """The phone addresses of a customer, in full; for a masked one that is put on record.

    Raises Denied phone.reveal-limit when the rep has had enough of them within the hour.
    """
    contacts = [contact.id for contact in customer.contacts]
    found = [each for each in addresses.of_contacts(session, contacts) if each.kind == "phone"]
    if found and hides(session, rep, [customer]):
        seen = denials.lately(session, rep.id, denials.REVEALED, where.now - HOUR)
        if customer.id not in seen:
            if len(seen) >= REVEALS:
                raise errors.Denied("phone.reveal-limit", limit=REVEALS)
            denials.put_on_record(
                session,
                rep,
                denials.REVEALED,
                (customers.Customer.__tablename__, customer.id),
                where,
            )
    return found


def change(value: Any) -> Any:
    """One side of a change of an address with its number masked: the whole record, or the value."""
    if isinstance(value, dict):
        masked = value.get("kind") == "phone" and isinstance(value.get("value"), str)
        return {**value, "value": phone(value["value"])} if masked else value
    digits = isinstance(value, str) and value.lstrip("+").partition(";")[0].isdecimal()
    return phone(value) if digits else value
