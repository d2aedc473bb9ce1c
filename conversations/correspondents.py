"""Who is this? Resolving a sender's address to a rep, a contact, a visitor or a newcomer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import orm

from channels import messages
from conversations import assignment, threads
from crm_core import addresses, audit, customers, identity, people


@dataclass(frozen=True, kw_only=True)
class Correspondent:
    """Exactly one of `rep` and `contact` is set; `customer` is None for a visitor or a rep."""

    address: addresses.Address
    rep: people.Rep | None = None
    contact: customers.Contact | None = None
    customer: customers.Customer | None = None
    is_new: bool = False


Known = dict[messages.Address, Correspondent]


# Built once: for every message, building a statement would cost more than running it.
_FIND = (
    sa.select(addresses.Address, people.Rep, customers.Contact, customers.Customer)
    .outerjoin(people.Rep, people.Rep.id == addresses.Address.rep_id)
    .outerjoin(customers.Contact, customers.Contact.id == addresses.Address.contact_id)
    .outerjoin(customers.Customer, customers.Customer.id == customers.Contact.customer_id)
    .where(
        addresses.Address.kind == sa.bindparam("kind"),
        addresses.Address.account == sa.bindparam("account"),
        addresses.Address.value.in_(sa.bindparam("values", expanding=True)),
    )
)


def find(session: orm.Session, sender: messages.Address) -> Correspondent | None:
    """The known correspondent at an address, in one statement; None for a newcomer."""
    return find_all(session, [sender]).get(sender)


def find_all(session: orm.Session, senders: Iterable[messages.Address]) -> Known:
    """The known ones of these senders, in one statement for each account they wrote to."""
    places: dict[tuple[str, str], dict[str, messages.Address]] = {}
    for sender in senders:
        places.setdefault((sender.kind, sender.account), {})[sender.value] = sender
    found: Known = {}
    for (kind, account), values in places.items():
        asked = {"kind": kind, "account": account, "values": list(values)}
        for address, rep, contact, customer in session.execute(_FIND, asked):
            found[values[address.value]] = Correspondent(
                address=address,
                rep=rep,
                contact=None if address.rep_id else contact,
                customer=None if address.rep_id else customer,
            )
    return found


def visitor(
    session: orm.Session, sender: messages.Address, name: str, now: datetime
) -> Correspondent:
    """A follower or caller who has said nothing yet: an address and a contact, not yet a lead."""
    name = customers.shown(name)[: customers.NAME_LIMIT] or placeholder(sender)
    contact = customers.Contact(customer_id=None, name=name, title="", source="", created_at=now)
    session.add(contact)
    session.flush()
    address = addresses.add(
        session, sender.kind, sender.value, account=sender.account, contact_id=contact.id, now=now
    )
    return Correspondent(address=address, contact=contact, is_new=True)


def as_customer(
    session: orm.Session,
    who: Correspondent,
    source: str,
    now: datetime,
    *,
    lead: assignment.Lead | None = None,
) -> Correspondent:
    """The contact of a customer who speaks; a visitor becomes a lead by speaking.

    Whose the lead becomes is decided here (`assignment.decide`), by what `lead` says of how it
    came. ValueError for a rep.
    """
    if who.contact is None:
        raise ValueError("a rep cannot become a lead")
    if who.customer is not None:
        return who
    known = who.contact.customer_id
    if known is not None:
        return replace(who, customer=session.get_one(customers.Customer, known))
    lead = replace(lead or assignment.Lead(channel=source), introduced_by=who.contact.introduced_by)
    decision = assignment.decide(session, lead, now)
    customer = customers.create(
        session,
        who.contact.name,
        now=now,
        kind="person",
        source=who.contact.source or source,
        owner_id=decision.owner_id,
    )
    who.contact.customer_id = customer.id
    audit.explain(session, decision.why)
    session.flush()
    if who.address.kind == "phone" or not identity.PLACEHOLDER.match(customer.name):
        identity.look_later(session, customer.id, now)
    return replace(who, customer=customer)


def bind(
    session: orm.Session, sender: messages.Address, rep: people.Rep, now: datetime
) -> addresses.Address:
    """Make this address the rep's, and retire the visitor or lead it stood for (DESIGN §4).

    A lead that already has talk of its own stays in the log; only its address goes over.
    """
    known = find(session, sender)
    if known is None:
        return addresses.add(
            session, sender.kind, sender.value, account=sender.account, rep_id=rep.id, now=now
        )
    if known.customer is not None and known.customer.status == customers.Status.LEAD:
        known.customer.status = customers.Status.DORMANT
    if known.rep is None:
        threads.close_all_at(session, known.address.id)
    known.address.contact_id, known.address.rep_id = None, rep.id
    session.flush()
    return known.address


def placeholder(sender: messages.Address) -> str:
    """A name for somebody who has none: official accounts give only an openid (PLATFORMS §2.2)."""
    if sender.kind == "wechat":
        return f"微信用户·{sender.value[-4:]}"
    return sender.value[: customers.NAME_LIMIT]
