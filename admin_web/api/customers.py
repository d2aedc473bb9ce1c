"""Customers over the API."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import pydantic
import sqlalchemy as sa
from sqlalchemy import orm

from admin_web.api import cursors, fields, registry, shapes
from crm_core import addresses, customers, errors, masking, names, people

operations = registry.Operations("customers")

ALIAS = "alias"
SHORTEST_NUMBER = 7
"""Digits from which on something is taken for a whole phone number."""
SHORTEST_PART = 3
"""Fewer characters are looked for in names only: every number holds every two digits."""


class Filter(fields.Page):
    """`q` is part of a name, alias, pinyin, number or e-mail; a whole number or e-mail is exact."""

    q: fields.Text | None = pydantic.Field(None, max_length=200)
    status: Literal["lead", "active", "won", "lost", "dormant"] | None = None
    owner_id: fields.QueryId | None = None


@operations.get("/customers")
def search(
    session: orm.Session, asked: registry.Asked[Filter, None]
) -> shapes.Page[shapes.Customer]:
    """Customers the token's rep may see, newest first; with `q` those of that very name first."""
    query = asked.query
    wanted = (query.q or "").strip()
    rank = _rank(wanted)
    found = session.execute(
        sa.select(customers.Customer, rank)
        .options(orm.selectinload(customers.Customer.contacts))
        .where(
            _seen(asked.rep),
            _matching(wanted, asked.rep),
            sa.true() if query.status is None else customers.Customer.status == query.status,
            sa.true() if query.owner_id is None else customers.Customer.owner_id == query.owner_id,
            _further(wanted, rank, cursors.after(query, int, int)),
        )
        .order_by(*([rank] if wanted else []), customers.Customer.id.desc())
        .limit(query.limit + 1)
    ).all()
    shown, further = cursors.cut(found, query.limit, lambda row: (row[1], row[0].id))
    return shapes.Page[shapes.Customer](
        items=shaped(session, asked.rep, [customer for customer, _ in shown]), next=further
    )


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


def _rank(wanted: str) -> sa.ColumnElement[int]:
    if not wanted:
        return sa.literal(0)
    name = sa.func.lower(customers.Customer.name)
    return sa.case(
        (name == wanted.lower(), 0),
        (name.startswith(wanted.lower(), autoescape=True), 1),
        else_=2,
    )


def _further(
    wanted: str, rank: sa.ColumnElement[int], place: cursors.Place | None
) -> sa.ColumnElement[bool]:
    if place is None:
        return sa.true()
    earlier: sa.ColumnElement[bool] = customers.Customer.id < place[1]
    if not wanted:
        return earlier
    return sa.or_(rank > place[0], sa.and_(rank == place[0], earlier))


def _matching(wanted: str, rep: people.Rep) -> sa.ColumnElement[bool]:
    if not wanted:
        return sa.true()
    exact = _exact(wanted)
    if exact is not None:
        return customers.Customer.id.in_(_at(exact))
    found = [_named(wanted)]
    if len(wanted) >= SHORTEST_PART and wanted.isascii():
        part = addresses.Address.value.contains(wanted.casefold(), autoescape=True)
        mails = sa.and_(addresses.Address.kind == "email", part)
        numbers = sa.and_(addresses.Address.kind == "phone", part)
        found.append(customers.Customer.id.in_(_at(mails)))
        # Part by part, one could read a masked number off what is found.
        found.append(sa.and_(masking.open_to(rep), customers.Customer.id.in_(_at(numbers))))
    return sa.or_(*found)


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


def _named(wanted: str) -> sa.ColumnElement[bool]:
    key = customers.NameKey
    found: list[sa.ColumnElement[bool]] = []
    # The whole spelling, not its core: 云南茶厂 must not find every 云南茶….
    whole = names.variants(wanted)[0]
    if whole:
        spelt = key.kind.in_((names.NORM, ALIAS))
        found.append(sa.and_(spelt, key.value.contains(whole, autoescape=True)))
        found.append(sa.and_(key.kind == ALIAS, key.value == names.normalise_name(wanted)))
    letters = re.sub(r"[^a-z0-9]", "", wanted.lower()) if wanted.isascii() else ""
    if letters:
        found.append(sa.and_(key.kind == names.PINYIN, key.value.contains(letters)))
        found.append(sa.and_(key.kind == names.INITIALS, key.value.startswith(letters)))
    keyed = customers.Customer.id.in_(sa.select(key.customer_id).where(sa.or_(sa.false(), *found)))
    # Keys hold no signs, so whoever asks for one is answered from the names as they are written.
    as_written = customers.Customer.name.contains(wanted, autoescape=True)
    return keyed if wanted.isalnum() else sa.or_(keyed, as_written)


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
