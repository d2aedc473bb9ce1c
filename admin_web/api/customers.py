"""Customers over the API."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import pydantic
import sqlalchemy as sa
from sqlalchemy import orm

from admin_web.api import cursors, fields, registry, shapes
from crm_core import (
    addresses,
    customers,
    errors,
    looking,
    masking,
    name_keys,
    names,
    people,
    tokens,
)

operations = registry.Operations("customers")

SHORTEST_NUMBER = 7
"""Digits from which on something is taken for a whole phone number."""
FIRST = 300
"""Up to so many customers whose names begin with the words are shown before all others."""
_LAST = "\U0010ffff"


class Filter(fields.Page):
    """`q` is part of a name, alias, pinyin, number or e-mail; a whole number or e-mail is exact."""

    q: fields.Text | None = pydantic.Field(None, max_length=200)
    status: Literal["lead", "active", "won", "lost", "dormant"] | None = None
    owner_id: fields.QueryId | None = None


@operations.get("/customers")
def search(
    session: orm.Session, asked: registry.Asked[Filter, None]
) -> shapes.Page[shapes.Customer]:
    """Customers the token's rep may see, newest first.

    With `q` those come first whose very name it is, then those whose names begin with it.
    """
    query = asked.query
    wanted = (query.q or "").strip()
    conditions = [
        sa.true() if query.status is None else customers.Customer.status == query.status,
        sa.true() if query.owner_id is None else customers.Customer.owner_id == query.owner_id,
    ]
    if tokens.of_question(wanted, whole=True) and _exact(wanted) is None:
        places = _found(session, asked, wanted, conditions)
    else:
        # Nothing in it can be looked up by the index: a whole address, signs, or nothing at all.
        places = _listed(session, asked, [*conditions, _plain(wanted)])
    shown, further = cursors.cut(places, query.limit, lambda row: row[:2])
    found = _loaded(session, [number for *_, number in shown])
    return shapes.Page[shapes.Customer](items=shaped(session, asked.rep, found), next=further)


Placed = tuple[int, int, int]
"""Where a customer stands in the list, in two numbers, and its id."""


def _listed(
    session: orm.Session,
    asked: registry.Asked[Filter, None],
    conditions: Sequence[sa.ColumnElement[bool]],
) -> Sequence[Placed]:
    number, place = customers.Customer.id, cursors.after(asked.query, int, int)
    further = sa.true() if place is None else number < place[1]
    query = (
        sa.select(number)
        .where(_seen(asked.rep), *conditions, further)
        .order_by(number.desc())
        .limit(asked.query.limit + 1)
    )
    return [(0, found, found) for found in session.scalars(query)]


def _found(
    session: orm.Session,
    asked: registry.Asked[Filter, None],
    wanted: str,
    conditions: Sequence[sa.ColumnElement[bool]],
) -> Sequence[Placed]:
    """First those of that name or whose names begin so, then all others, the newest first."""
    place, limit = cursors.after(asked.query, int, int), asked.query.limit + 1
    begun = _begun(session, wanted)
    first: list[Placed] = []
    if place is None or place[0] == 0:
        first = _first(session, asked, wanted, [*conditions, customers.Customer.id.in_(begun)])
        known = [number for _, _, number in first]
        first = first[known.index(place[1]) + 1 :] if place and place[1] in known else first
    if len(first) >= limit:
        return first[:limit]
    others = looking.find_customers(
        session,
        asked.rep,
        wanted,
        *conditions,
        customers.Customer.id.not_in(begun),
        after=place[1] if place and place[0] else None,
        limit=limit - len(first),
    )
    return [*first, *((1, hit.place, hit.customer_id) for hit in others.hits)]


def _begun(session: orm.Session, wanted: str) -> Sequence[int]:
    """Customers with a name or alias that begins so, or if those are many, that is the very one."""
    whole = names.whole(wanted)
    for last in (whole[: name_keys.LIMIT - 1] + _LAST, whole):
        keys = name_keys.Range(kinds=name_keys.SPELLED, start=whole, stop=last)
        found = session.scalars(sa.select(name_keys.among(keys, FIRST + 1))).all()
        if len(found) <= FIRST:
            return sorted(set(found))
    return []


def _first(
    session: orm.Session,
    asked: registry.Asked[Filter, None],
    wanted: str,
    conditions: Sequence[sa.ColumnElement[bool]],
) -> list[Placed]:
    customer = customers.Customer
    query = sa.select(customer.id, customer.name).where(customers.visible(asked.rep), *conditions)
    rows = sorted(
        session.execute(query).all(),
        key=lambda row: (row.name.lower() != wanted.lower(), -row.id),
    )
    return [(0, row.id, row.id) for row in rows]


def _loaded(session: orm.Session, ids: Sequence[int]) -> Sequence[customers.Customer]:
    query = (
        sa.select(customers.Customer)
        .options(orm.selectinload(customers.Customer.contacts))
        .where(customers.Customer.id.in_(ids))
    )
    found = {customer.id: customer for customer in session.scalars(query)} if ids else {}
    return [found[number] for number in ids]


@operations.get("/customers/{id}")
def show(session: orm.Session, asked: registry.Asked[registry.Nothing, None]) -> shapes.Customer:
    """One customer."""
    return shaped(session, asked.rep, [customers.get(session, asked.rep, asked.id)])[0]


class Numbers(shapes.Shape):
    """The phone numbers of a customer, in full."""

    items: list[shapes.Address]


@operations.post("/customers/{id}/phones")
def reveal(session: orm.Session, asked: registry.Asked[registry.Nothing, None]) -> Numbers:
    """The numbers of a customer in full; where others see them masked, this is put on record."""
    customer = customers.get(session, asked.rep, asked.id)
    found = masking.reveal(session, asked.rep, customer, asked.where)
    return Numbers(items=[shapes.Address.model_validate(address) for address in found])


def _seen(rep: people.Rep) -> sa.ColumnElement[bool]:
    # Behind a CASE, so that no index of owners is walked: in the order of ids a page is full soon.
    return sa.case((customers.visible(rep), 1), else_=0) == 1


def _plain(wanted: str) -> sa.ColumnElement[bool]:
    """The condition for words that are a whole e-mail address or number, or hold only signs."""
    if not wanted:
        return sa.true()
    exact = _exact(wanted)
    if exact is not None:
        return customers.Customer.id.in_(_at(exact))
    return customers.Customer.name.contains(wanted, autoescape=True)


def _exact(wanted: str) -> sa.ColumnElement[bool] | None:
    """The condition on the address, if `wanted` looks like a whole e-mail or number; else None."""
    if re.fullmatch(r"[^\s@]+@[^\s@]+\.[^\s@]+", wanted):
        kind = "email"
    elif re.fullmatch(r"\+?[\d\s().-]{7,24}", wanted) and _is_long(wanted):
        kind = "phone"
    else:
        return None
    try:
        value = addresses.normalise(kind, wanted)
    except errors.Refusal:
        return sa.false()
    return sa.and_(addresses.Address.kind == kind, addresses.Address.value == value)


def _is_long(wanted: str) -> bool:
    return sum(char.isdigit() for char in wanted) >= SHORTEST_NUMBER


def _at(condition: sa.ColumnElement[bool]) -> sa.Select[int | None]:
    contact = customers.Contact
    return (
        sa.select(contact.customer_id)
        .join(addresses.Address, addresses.Address.contact_id == contact.id)
        .where(condition, contact.customer_id.is_not(None))
    )


def shaped(
    session: orm.Session, rep: people.Rep, found: Sequence[customers.Customer]
) -> list[shapes.Customer]:
    """These customers with their contacts and addresses as this person sees them, in order."""
    masked = masking.hides(session, rep, found)
    of_contact = {contact.id: customer.id for customer in found for contact in customer.contacts}
    reached: dict[int, list[shapes.Address]] = {customer.id: [] for customer in found}
    for address in addresses.of_contacts(session, list(of_contact)):
        if address.contact_id is not None:
            customer_id = of_contact[address.contact_id]
            reached[customer_id].append(_address(address, customer_id in masked))
    return [
        shapes.Customer(
            id=customer.id,
            name=customer.name,
            kind="person" if customer.kind == "person" else "company",
            status=customers.Status(customer.status).value,
            owner_id=customer.owner_id,
            level=customer.level,
            source=customer.source,
            tags=customer.tags,
            contacts=[
                shapes.Contact(id=contact.id, name=contact.name, title=contact.title)
                for contact in customer.contacts
            ],
            addresses=reached[customer.id],
            created_at=customer.created_at,
        )
        for customer in found
    ]


def _address(address: addresses.Address, masked: bool) -> shapes.Address:
    shown = shapes.Address.model_validate(address)
    if not masked or address.kind != "phone":
        return shown
    return shown.model_copy(update={"value": masking.phone(address.value)})
