"""Moving what hangs on one customer or contact to another one, so that all of it finds back.

Every column called `customer_id` (or `contact_id`), of whatever package, is found from the tables
themselves, so a new table takes part without a word here. A row that was moved has a home: the
record it hung on before anything was merged. Merged records form trees, and a row always hangs on
the root of its home's tree; taking a merge apart moves the rows whose home lies in that branch,
in whatever order merges are taken apart, and leaves what was written since where it is.

A column may say more in its `info`: {"follows": "conversation_id"} makes it go with the record that
this other column names, {"stays": True} keeps it out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import customers, database, homes, search, searchable

CHUNK = 500
STAY = frozenset({"change_sets", "search_entries"})
"""The journal tells what happened to whom at the time; search is told by `_tell_search`."""
SEARCHED = {"message": "messages", "activity": "activities", "deal": "deals", "task": "tasks"}


Kind = homes.Kind
MODELS: dict[Kind, Any] = {Kind.CUSTOMER: customers.Customer, Kind.CONTACT: customers.Contact}


@dataclass(frozen=True, kw_only=True)
class Holder:
    """A table whose rows hang on records of a kind; `follows`: (its column, the table it names)."""

    table: sa.Table
    column: sa.Column[Any]
    follows: tuple[sa.Column[Any], sa.Table] | None = None

    @property
    def alone(self) -> sa.ColumnElement[bool]:
        """The condition for rows that go by themselves."""
        return self.follows[0].is_(None) if self.follows else sa.true()


@cache
def holders(kind: Kind) -> tuple[Holder, ...]:
    """All that hangs on records of this kind, followers after those they follow."""
    tables = database.Base.metadata.sorted_tables
    found = [
        Holder(table=table, column=column, follows=_follows(table, column))
        for table in tables
        if table.name not in STAY
        for column in table.columns
        if column.name == f"{kind}_id" and not column.info.get("stays")
    ]
    return tuple(sorted(found, key=lambda each: each.follows is not None))


def _follows(table: sa.Table, column: sa.Column[Any]) -> tuple[sa.Column[Any], sa.Table] | None:
    name = column.info.get("follows")
    if name is None or column.name == name:
        return None
    (reference,) = table.c[name].foreign_keys
    return table.c[name], reference.column.table


def family(session: orm.Session, kind: Kind, record_id: int) -> list[int]:
    """A record's number and those of all that were merged into it, however deep."""
    model, found, fresh = MODELS[kind], [record_id], [record_id]
    while fresh:
        into = sa.select(model.id).where(model.merged_into_id.in_(fresh))
        fresh = [number for number in session.scalars(into) if number not in found]
        found += fresh
    return found


def above(session: orm.Session, kind: Kind, record_id: int) -> list[int]:
    """The numbers of those that this record was merged into, the living one last."""
    model = MODELS[kind]
    into = session.scalar(sa.select(model.merged_into_id).where(model.id == record_id))
    return [] if into is None else [into, *above(session, kind, into)]


def held(session: orm.Session, kind: Kind, record_id: int) -> dict[str, int]:
    """How many rows hang on a record, by table; tables without any are left out."""
    counts = {
        holder.table.name: session.scalar(
            sa.select(sa.func.count()).where(holder.column == record_id)
        )
        for holder in holders(kind)
    }
    return {name: count for name, count in counts.items() if count}


Moved = dict[str, list[int]]
"""The numbers of the rows that were moved, by table."""


def attach(session: orm.Session, kind: Kind, loser_id: int, root_id: int) -> Moved:
    """Hang on `root_id` all that hangs on `loser_id`. May be repeated, for what came late."""
    session.flush()
    branch = family(session, kind, loser_id)
    moved: Moved = {}
    for holder in holders(kind):
        column = holder.column
        at_loser = sa.and_(column == loser_id, _reach(session, kind, holder, loser_id))
        led = _ids(session, holder, sa.and_(at_loser, ~holder.alone)) if holder.follows else []
        ids = _ids(session, holder, sa.and_(at_loser, holder.alone, *_free(holder, root_id)))
        _remember(session, kind, holder, branch, ids)
        _move(session, holder, [*led, *ids], root_id)
        moved[holder.table.name] = [*led, *ids]
    _tell_search(session, kind, loser_id, root_id)
    return _some(moved)


def detach(session: orm.Session, kind: Kind, loser_id: int) -> Moved:
    """Hang on a merged record again what came from it or from what had been merged into it."""
    session.flush()
    branch, path = family(session, kind, loser_id), above(session, kind, loser_id)
    root_id = path[-1]
    moved: Moved = {}
    for holder in holders(kind):
        ids = returning(session, kind, holder, branch, path)
        if holder.follows:
            link, owners = holder.follows
            back = sa.select(owners.c.id).where(owners.c[holder.column.name] == loser_id)
            ids += _ids(session, holder, sa.and_(holder.column == root_id, link.in_(back)))
        _move(session, holder, ids, loser_id)
        moved[holder.table.name] = ids
    at_home = sa.and_(homes.Home.kind == kind, homes.Home.home_id == loser_id)
    session.execute(
        sa.delete(homes.Home).where(at_home).execution_options(synchronize_session=False)
    )
    _tell_search(session, kind, root_id, loser_id, own=True)
    return _some(moved)


def _some(moved: Moved) -> Moved:
    return {table: sorted(ids) for table, ids in moved.items() if ids}


def returning(
    session: orm.Session, kind: Kind, holder: Holder, branch: Sequence[int], path: Sequence[int]
) -> list[int]:
    """The rows of one table that would go back with this branch; moved by hand since: not."""
    home = sa.select(homes.Home.record_id).where(
        homes.Home.kind == kind,
        homes.Home.record == holder.table.name,
        homes.Home.home_id.in_(branch),
    )
    return _ids(session, holder, sa.and_(holder.column.in_(path), holder.table.c.id.in_(home)))


def _reach(
    session: orm.Session, kind: Kind, holder: Holder, loser_id: int
) -> sa.ColumnElement[bool]:
    """For a contact: look only at rows of its customer, which an index finds."""
    if kind is Kind.CUSTOMER or "customer_id" not in holder.table.c:
        return sa.true()
    customer_id = session.get_one(customers.Contact, loser_id).customer_id
    return holder.table.c.customer_id.is_not_distinct_from(customer_id)


def _free(holder: Holder, root_id: int) -> Iterator[sa.ColumnElement[bool]]:
    """Leave out rows that the other record has already (two may share one collaborator)."""
    table = holder.table
    keys = [[*each.columns] for each in table.constraints if isinstance(each, sa.UniqueConstraint)]
    keys += [[*each.columns] for each in table.indexes if each.unique]
    for key in keys:
        if holder.column in key:
            same = table.alias()
            others = [same.c[part.name] == part for part in key if part is not holder.column]
            yield ~sa.exists().where(same.c[holder.column.name] == root_id, *others)


def _ids(session: orm.Session, holder: Holder, which: sa.ColumnElement[bool]) -> list[int]:
    number = holder.table.c.id
    return list(session.scalars(sa.select(number).where(which).order_by(number)))


def _remember(
    session: orm.Session, kind: Kind, holder: Holder, branch: Sequence[int], ids: Sequence[int]
) -> None:
    """Give the rows that have no home in this branch one: the record they hang on now."""
    for some in _chunks(ids):
        these = (
            homes.Home.kind == kind,
            homes.Home.record == holder.table.name,
            homes.Home.record_id.in_(some),
        )
        # A home elsewhere is one that somebody's hand moved the row away from.
        stale = sa.delete(homes.Home).where(*these, homes.Home.home_id.not_in(branch))
        session.execute(stale.execution_options(synchronize_session=False))
        known = set(session.scalars(sa.select(homes.Home.record_id).where(*these)))
        rows = [
            {"kind": kind, "record": holder.table.name, "record_id": each, "home_id": branch[0]}
            for each in some
            if each not in known
        ]
        if rows:
            session.execute(sa.insert(homes.Home), rows)


def _move(session: orm.Session, holder: Holder, ids: Sequence[int], to: int) -> None:
    for some in _chunks(ids):
        these = holder.table.c.id.in_(some)
        session.execute(sa.update(holder.table).where(these).values({holder.column.name: to}))
    if not ids:
        return
    # Records that are loaded already must not go on with what was true before.
    for record in session:
        if getattr(record, "__table__", None) is holder.table:
            session.expire(record, [holder.column.name])


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def _tell_search(
    session: orm.Session, kind: Kind, left_id: int, now_id: int, *, own: bool = False
) -> None:
    """What is found with one customer is found with the other; with `own` only what hangs there.

    What customers themselves are found by is made anew by `searchable`.
    """
    if kind is Kind.CONTACT:
        return
    searchable.stale(session, search.CUSTOMER, left_id, now_id)
    entry, tables = search.Entry, database.Base.metadata.tables
    for found, name in SEARCHED.items():
        hangs = tables[name].c.customer_id == now_id
        which = entry.record_id.in_(sa.select(tables[name].c.id).where(hangs)) if own else sa.true()
        session.execute(
            sa.update(entry)
            .where(entry.customer_id == left_id, entry.kind == found, which)
            .values(customer_id=now_id)
            .execution_options(synchronize_session=False)
        )
