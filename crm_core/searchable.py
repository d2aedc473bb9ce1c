"""What each record is found by, kept in step with the records without a word from any verb.

Whatever the session flushes is noted; before the transaction commits (or something is looked for)
the tokens of the noted records are made anew from the tables, so creating, renaming, undoing and
merging need not tell. Statements that go past the session call `stale`. Messages are the exception:
they never change and are too many, so `conversations.log` indexes each with its INSERT.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, orm

from crm_core import (
    activities,
    addresses,
    customers,
    deals,
    jobs,
    name_keys,
    search,
    tasks,
    tokens,
)

REBUILD = "search.rebuild"
"""The kind of job that makes the rows of all records anew, a batch at a time."""
BATCH = 200
CONTACT = "contact"
NUMBERED = ("phone",)
SPELLED = ("email",)


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where the records of a kind are (`ids` is the column), and how their rows are made."""

    ids: Any
    rows: Callable[[orm.Session, Sequence[int]], list[search.Row]]


sources: dict[str, Source] = {}
"""By kind; whoever keeps records to be found adds them."""


def stale(session: orm.Session, kind: str, *record_ids: int | None) -> None:
    """These records have changed; `kind` may be contact too. Their rows are made anew in time."""
    noted = session.info.setdefault("search_stale", set())
    noted.update((kind, number) for number in record_ids if number is not None)


@event.listens_for(orm.Session, "before_commit")
def settle(session: orm.Session) -> None:
    """Make the rows of all records noted as changed anew; nothing to do costs nothing."""
    if session.new or session.dirty or session.deleted:
        session.flush()
    noted = session.info.pop("search_stale", None)
    if not noted:
        return
    people = [number for kind, number in noted if kind == CONTACT]
    owners = sa.select(customers.Contact.customer_id).where(customers.Contact.id.in_(people))
    wanted: dict[str, set[int]] = {}
    for kind, number in noted - {(CONTACT, number) for number in people}:
        wanted.setdefault(kind, set()).add(number)
    if people:
        known = {number for number in session.scalars(owners) if number is not None}
        wanted.setdefault(search.CUSTOMER, set()).update(known)
    for kind, ids in wanted.items():
        refresh(session, kind, sorted(ids))


def refresh(session: orm.Session, kind: str, record_ids: Sequence[int]) -> None:
    """Make the rows of these records anew; those that are no more are forgotten."""
    rows = sources[kind].rows(session, record_ids)
    search.index_all(session, rows)
    search.forget(session, kind, set(record_ids) - {row.record_id for row in rows if row.tokens})


def rebuild(
    session: orm.Session, kind: str, before: int | None = None, limit: int = BATCH
) -> int | None:
    """Make the rows of the `limit` records below `before` anew, the newest first.

    Returns where to go on, None when there are no more.
    """
    ids = sources[kind].ids
    query = sa.select(ids).order_by(ids.desc()).limit(limit)
    numbers = session.scalars(query if before is None else query.where(ids < before)).all()
    if numbers:
        refresh(session, kind, numbers)
    return numbers[-1] if len(numbers) == limit else None


def rebuild_all(session: orm.Session) -> None:
    """Make all rows of all kinds anew at once: for tests and for filling an empty database."""
    for kind in sources:
        before = rebuild(session, kind)
        while before is not None:
            before = rebuild(session, kind, before)


def carry_on(session: orm.Session, payload: Mapping[str, Any], now: datetime) -> None:
    """One batch of a rebuild; the job of the next one is queued in the same transaction."""
    kinds = list(sources)
    kind = payload.get("kind", kinds[0])
    before = rebuild(session, kind, payload.get("before"))
    if before is None and kind != kinds[-1]:
        following = {"kind": kinds[kinds.index(kind) + 1]}
        jobs.enqueue(session, REBUILD, following, now=now)
    elif before is not None:
        jobs.enqueue(session, REBUILD, {"kind": kind, "before": before}, now=now)


Noted = Iterable[tuple[str, int | None]]
Watched = tuple[tuple[str, ...], Callable[[Any], Noted]]


def _of_customer(record: Any) -> Noted:
    yield search.CUSTOMER, record.id
    # Merging and taking apart change what both are found by.
    yield from ((search.CUSTOMER, number) for number in _before_and_after(record, "merged_into_id"))


def _of_contact(record: Any) -> Noted:
    return ((search.CUSTOMER, number) for number in _before_and_after(record, "customer_id"))


def _of_address(record: Any) -> Noted:
    if record.kind in NUMBERED + SPELLED:
        for number in _before_and_after(record, "contact_id"):
            yield CONTACT, number


def _of_alias(record: Any) -> Noted:
    if record.kind == name_keys.ALIAS:
        yield search.CUSTOMER, record.customer_id


def _before_and_after(record: Any, name: str) -> Iterator[int | None]:
    history = orm.attributes.get_history(record, name)
    yield from (*(history.deleted or ()), *(history.added or ()), *(history.unchanged or ()))


WATCHED: dict[type[Any], Watched] = {
    customers.Customer: (("name", "merged_into_id"), _of_customer),
    customers.Contact: (("name", "customer_id", "merged_into_id"), _of_contact),
    addresses.Address: (("value", "contact_id"), _of_address),
    name_keys.NameKey: (("value", "customer_id"), _of_alias),
    deals.Deal: (("title", "customer_id"), lambda record: [("deal", record.id)]),
    activities.Activity: (("text", "customer_id"), lambda record: [("activity", record.id)]),
    tasks.Task: (("text", "customer_id"), lambda record: [("task", record.id)]),
}


@event.listens_for(orm.Session, "after_flush")
def _note(session: orm.Session, _context: Any) -> None:
    for record in session.new:
        _note_one(session, record)
    for record in session.deleted:
        _note_one(session, record)
    for record in session.dirty:
        watched = WATCHED.get(type(record))
        if watched and any(_changed(record, name) for name in watched[0]):
            _note_one(session, record)


def _changed(record: Any, name: str) -> bool:
    return name in record.__dict__ and bool(orm.attributes.get_history(record, name).has_changes())


def _note_one(session: orm.Session, record: Any) -> None:
    watched = WATCHED.get(type(record))
    if watched:
        for kind, number in watched[1](record):
            stale(session, kind, number)


def _customer_rows(session: orm.Session, ids: Sequence[int]) -> list[search.Row]:
    customer = customers.Customer
    # Locked, so that of two who change the same customer the later one sees what both made of it.
    living = session.execute(
        sa.select(customer.id, customer.created_at)
        .where(customer.id.in_(ids), customer.merged_into_id.is_(None))
        .order_by(customer.id)
        .with_for_update(key_share=True)
    ).all()
    names: dict[int, list[str]] = {}
    numbers: dict[int, list[str]] = {}
    for number, what, value in session.execute(_said_of([row.id for row in living])):
        (numbers if what in NUMBERED else names).setdefault(number, []).append(value)
    return [
        search.Row(
            kind=search.CUSTOMER,
            record_id=row.id,
            customer_id=row.id,
            at=row.created_at,
            tokens=tokens.of_names(names.get(row.id, ()), numbers.get(row.id, ())),
        )
        for row in living
    ]


def _said_of(ids: Sequence[int]) -> sa.CompoundSelect[Any]:
    """(customer id, sort, value) of all that these customers go by."""
    customer, contact, address = customers.Customer, customers.Contact, addresses.Address
    key = name_keys.NameKey
    kin = (
        sa.select(customer.id.label("root"), customer.id)
        .where(customer.id.in_(ids))
        .cte(recursive=True)
    )
    merged = orm.aliased(customer)
    kin = kin.union_all(sa.select(kin.c.root, merged.id).where(merged.merged_into_id == kin.c.id))
    word = sa.literal("name")
    return sa.union_all(
        sa.select(kin.c.root, word, customer.name).join(kin, kin.c.id == customer.id),
        sa.select(key.customer_id, word, key.value).where(
            key.customer_id.in_(ids), key.kind == name_keys.ALIAS
        ),
        sa.select(contact.customer_id, word, contact.name).where(contact.customer_id.in_(ids)),
        sa.select(contact.customer_id, address.kind, address.value)
        .join(address, address.contact_id == contact.id)
        .where(contact.customer_id.in_(ids), address.kind.in_(NUMBERED + SPELLED)),
    )


sources[search.CUSTOMER] = Source(ids=customers.Customer.id, rows=_customer_rows)


def _of_table(kind: str, model: Any, text: Any, at: Any) -> Source:
    def rows(session: orm.Session, ids: Sequence[int]) -> list[search.Row]:
        query = sa.select(model.id, model.customer_id, at, text).where(model.id.in_(ids))
        return [
            search.Row(
                kind=kind,
                record_id=number,
                customer_id=customer_id,
                at=moment,
                tokens=tokens.of_text(words),
            )
            for number, customer_id, moment, words in session.execute(query)
        ]

    return Source(ids=model.id, rows=rows)


deal, activity, task = deals.Deal, activities.Activity, tasks.Task
sources["deal"] = _of_table("deal", deal, deal.title, deal.created_at)
sources["activity"] = _of_table("activity", activity, activity.text, activity.at)
sources["task"] = _of_table("task", task, task.text, task.created_at)
