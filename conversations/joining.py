"""Joining by strong keys: one person on two accounts is one contact as soon as that is proven."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import orm

from channels import messages
from conversations import correspondents
from crm_core import addresses, customers, deals, errors, identity, jobs, merging

IDENTIFY = "identify"
"""The kind of job that asks a provider by what else it knows a sender."""


def ask_provider(session: orm.Session, address: addresses.Address, now: datetime) -> None:
    """Ask about this sender soon, apart from its message."""
    asked = {"kind": address.kind, "account": address.account, "value": address.value}
    payload = {"channel": address.kind, "address": asked}
    jobs.enqueue(session, IDENTIFY, payload, now=now, dedup_key=f"identify:{address.id}")


def joined(
    session: orm.Session,
    who: correspondents.Correspondent | None,
    inbound: messages.Inbound,
    now: datetime,
) -> correspondents.Correspondent | None:
    """Who speaks, by what else the provider says this sender is: strong keys join at once.

    A newcomer's address is added to the contact that holds one of the keys. Two contacts that turn
    out to be one person are merged where nobody's customer vanishes by it; otherwise somebody is
    asked. A key of one of our reps binds nobody: that takes a code.
    """
    known = [
        each
        for each in correspondents.find_all(session, inbound.also_known_as).values()
        if each.contact
    ]
    if who is None and known:
        who = _with_address(session, known[0], inbound.sender, now)
    if who is None or who.contact is None:
        return who
    held = {(each.address.kind, each.address.account, each.address.value) for each in known}
    for key in inbound.also_known_as:
        if (key.kind, key.account, key.value) not in held:
            _with_address(session, who, key, now)
    for other in known:
        if other.contact is not None and other.contact.id != who.contact.id:
            _same_person(session, who, other, now)
    return correspondents.find(session, inbound.sender)


def _with_address(
    session: orm.Session, who: correspondents.Correspondent, key: messages.Address, now: datetime
) -> correspondents.Correspondent:
    """One more address of a contact; it stays with whoever has it, should it be known already."""
    contact_id = who.contact.id if who.contact else None
    try:
        address = addresses.add(
            session, key.kind, key.value, account=key.account, contact_id=contact_id, now=now
        )
    except errors.Refusal:
        return who
    return replace(who, address=address)


def _same_person(
    session: orm.Session,
    one: correspondents.Correspondent,
    other: correspondents.Correspondent,
    now: datetime,
) -> None:
    """The provider says that these two contacts are one person."""
    if one.contact is None or other.contact is None:
        return
    if one.customer is None and other.customer is not None:
        one.contact.customer_id = other.customer.id
    elif other.customer is None and one.customer is not None:
        other.contact.customer_id = one.customer.id
    elif not _one_customer(session, one, other, now):
        return
    session.flush()
    _one_contact(session, one.contact, other.contact, now)


def _one_contact(
    session: orm.Session, one: customers.Contact, other: customers.Contact, now: datetime
) -> None:
    """The better known contact lives on: one with a name, then the older."""
    living = {customers.living(session, customers.Contact, each.id) for each in (one, other)}
    if len(living) > 1:
        both = [session.get_one(customers.Contact, number) for number in living]
        both.sort(key=lambda each: (identity.PLACEHOLDER.match(each.name) is None, -each.id))
        merging.merge_contacts(session, None, both[0].id, both[1].id, now)


def _one_customer(
    session: orm.Session,
    one: correspondents.Correspondent,
    other: correspondents.Correspondent,
    now: datetime,
) -> bool:
    """Merge their customers if the one that vanishes is nobody's; otherwise ask somebody, once.

    True when they are at one customer, or both at none.
    """
    if one.customer is None or other.customer is None or one.customer.id == other.customer.id:
        return True
    match = identity.Match(customer_id=other.customer.id, reason="key", detail="")
    pair = identity.note(session, one.customer, match, now)
    if pair is None:
        return False
    loser_id, survivor_id = identity.direction(session, pair)
    loser = one.customer if one.customer.id == loser_id else other.customer
    if loser.owner_id is not None or loser.kind != "person" or deals.of(session, loser.id):
        identity.tell_later(session, pair, now)
        return False
    merging.merge_customers(session, None, loser_id, survivor_id, now)
    pair.state = "accepted"
    return True
