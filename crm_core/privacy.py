"""Erasing a person: who that is in our records, and taking them out of customers, notes and audit.

Rows stay where others hang on them, without a name or a word of the person. What was said is
erased by `conversations.erasing`; `bot.erasing` does both and everything else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import (
    activities,
    addresses,
    audit,
    customers,
    database,
    deals,
    errors,
    identity,
    merging,
    moving,
    name_keys,
    scrubbing,
    sealing,
    searchable,
    tasks,
)

ERASED = "erased"
"""The kind of the audit's entry that says that somebody was erased."""
SHORTEST_NAME, SHORTEST_ADDRESS = 2, 6
"""What is shorter stands in too many texts that are not about this person."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """A contact with all that was merged into it, and how to tell it by.

    `alone`: the customer is this person, so that the customer's own name and notes go too.
    `names` and `reach` (numbers, e-mail and other addresses) are what is looked for in texts.
    """

    contact_ids: tuple[int, ...]
    customer_ids: tuple[int, ...]
    address_ids: tuple[int, ...]
    alone: bool
    names: tuple[str, ...]
    reach: tuple[str, ...]


def person(session: orm.Session, contact_id: int) -> Person:
    """The person behind a contact; raises NotFound contact.unknown."""
    contact = session.get(customers.Contact, contact_id)
    if contact is None:
        raise errors.NotFound("contact.unknown", name=str(contact_id))
    while contact.merged_into_id is not None:
        contact = session.get_one(customers.Contact, contact.merged_into_id)
    ids = moving.family(session, moving.Kind.CONTACT, contact.id)
    all_of = session.scalars(sa.select(customers.Contact).where(customers.Contact.id.in_(ids)))
    names = [each.name for each in all_of]
    customer = session.get(customers.Customer, contact.customer_id or 0)
    owned = [] if customer is None else moving.family(session, moving.Kind.CUSTOMER, customer.id)
    alone = customer is not None and customer.kind == "person"
    if alone:
        query = sa.select(customers.Customer.name).where(customers.Customer.id.in_(owned))
        names += session.scalars(query)
    reached = addresses.of_contacts(session, ids)
    return Person(
        contact_ids=tuple(ids),
        customer_ids=tuple(owned),
        address_ids=tuple(each.id for each in reached),
        alone=alone,
        names=_longest_first(name for name in names if len(name) >= SHORTEST_NAME),
        reach=_longest_first(
            value
            for each in reached
            if len(value := each.value.removeprefix("+86").partition(";")[0]) >= SHORTEST_ADDRESS
        ),
    )


def _longest_first(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({each for each in found if each}, key=lambda each: (-len(each), each)))


def table_of(model: Any) -> sa.Table:
    """The table a model is kept in."""
    return cast(sa.Table, model.__table__)


Touched = dict[str, set[int]]
"""The numbers of the rows that were changed, by table."""


def erase_records(session: orm.Session, who: Person) -> Touched:
    """Take the person out of contacts, addresses, the customer's name, notes, tasks and deals."""
    session.flush()
    touched: Touched = {
        "contacts": set(who.contact_ids),
        "addresses": set(who.address_ids),
        "customers": set(who.customer_ids) if who.alone else set(),
    }
    contacts, customer = table_of(customers.Contact), table_of(customers.Customer)
    scrubbing.put(session, contacts, who.contact_ids, name=scrubbing.GONE, title="", source="")
    for number in who.address_ids:
        values = {"value": f"erased-{number}", "state": addresses.State.UNREACHABLE}
        scrubbing.put(session, table_of(addresses.Address), [number], tail=None, **values)
    if who.alone:
        for number in who.customer_ids:
            scrubbing.put(session, customer, [number], name=f"#{number}", tags=[], industry="")
    _erase_keys(session, who, touched)
    for model, column in (
        (activities.Activity, "text"),
        (tasks.Task, "text"),
        (deals.Deal, "title"),
    ):
        _erase_notes(session, who, table_of(model), column, touched)
    _erase_pairs(session, who)
    searchable.stale(session, "customer", *who.customer_ids)
    return touched


def _erase_keys(session: orm.Session, who: Person, touched: Touched) -> None:
    key = name_keys.NameKey
    theirs = key.contact_id.in_(who.contact_ids)
    which = sa.or_(theirs, key.customer_id.in_(who.customer_ids)) if who.alone else theirs
    touched["name_keys"] = set(session.scalars(sa.select(key.id).where(which)))
    session.execute(sa.delete(key).where(which).execution_options(synchronize_session=False))


def _erase_notes(
    session: orm.Session, who: Person, table: sa.Table, column: str, touched: Touched
) -> None:
    at_home = table.c.customer_id.in_(who.customer_ids)
    needles = [*who.names, *who.reach]
    # A note that names somebody is about that person: the rest of it may quote the very words.
    about = scrubbing.holding(session, table.c[column], needles)
    about = sa.and_(at_home, sa.or_(sa.literal(who.alone), about))
    if "contact_id" in table.c:
        about = sa.or_(about, table.c.contact_id.in_(who.contact_ids))
    ids = list(session.scalars(sa.select(table.c.id).where(about)))
    scrubbing.put(session, table, ids, **{column: scrubbing.GONE})
    if "lost_reason" in table.c:
        scrubbing.put(session, table, ids, lost_reason="")
        ids += scrubbing.scrub(session, table, needles, at_home)
    touched[table.name] = set(ids)
    kind = {"activities": "activity", "tasks": "task", "deals": "deal"}[table.name]
    searchable.stale(session, kind, *ids)


def _erase_pairs(session: orm.Session, who: Person) -> None:
    pair, merge = identity.LookAlike, merging.Merge
    quiet = {"synchronize_session": False}
    concerned = sa.or_(pair.one_id.in_(who.customer_ids), pair.other_id.in_(who.customer_ids))
    session.execute(sa.update(pair).where(concerned).values(detail=""), execution_options=quiet)
    for kind, ids in (("contact", who.contact_ids), ("customer", who.customer_ids)):
        both = sa.or_(merge.loser_id.in_(ids), merge.survivor_id.in_(ids))
        session.execute(
            sa.update(merge).where(merge.kind == kind, both).values(taken={}),
            execution_options=quiet,
        )


def erase_audit(session: orm.Session, who: Person, touched: Touched) -> list[str]:
    """Take out of the audit what it says of these rows or tells the person by.

    Returns the causes (message:812 …) of what was taken out.
    """
    change, change_set = audit.Change, audit.ChangeSet
    held = [
        sa.and_(change.record == name, change.record_id.in_(ids))
        for name, ids in touched.items()
        if ids
    ]
    values = (table_of(change).c.old, table_of(change).c.new)
    summary = table_of(change_set).c.summary
    at_home = sa.or_(change_set.customer_id.is_(None), change_set.customer_id.in_(who.customer_ids))
    for needles, where in ((who.reach, sa.true()), (who.names, at_home)):
        held += [
            sa.and_(where, scrubbing.holding(session, column, needles))
            for column in (*values, summary)
        ]
    query = (
        sa.select(change_set.id, change_set.cause)
        .outerjoin(change, change.change_set_id == change_set.id)
        .where(sa.or_(*held))
        .distinct()
    )
    rows = session.execute(query).all()
    sealing.erase(session, [number for number, _ in rows])
    return [cause for _, cause in rows]


def put_on_record(session: orm.Session, who: Person, by: str, now: datetime) -> audit.ChangeSet:
    """Write down that a person was erased, when and by whom, and nothing else."""
    entry = audit.ChangeSet(
        actor=by,
        cause=by,
        command="erase",
        source=by,
        kind=ERASED,
        customer_id=who.customer_ids[0] if who.customer_ids else None,
        at=now,
        changes=[
            audit.Change(record="contacts", record_id=number, field=f"*{ERASED}")
            for number in who.contact_ids
        ],
    )
    session.add(entry)
    session.flush()
    return entry


SPARED = frozenset(
    "reps teams stages api_tokens binding_codes channel_accounts search_entries changes "
    "change_sets audit_seals jobs events addresses".split()
)
"""Not looked through for a person's addresses: rows of ours, and those treated one by one."""


def sweep(session: orm.Session, who: Person) -> Touched:
    """Take the person's numbers and addresses out of all other tables, whosever rows they are."""
    touched: Touched = {}
    for table in database.Base.metadata.sorted_tables:
        if table.name not in SPARED:
            found = scrubbing.scrub(session, table, who.reach)
            if found:
                touched[table.name] = set(found)
    return touched
