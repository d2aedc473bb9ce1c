"""The timeline: everything that happened with one customer, from all channels, newest first.

One statement, the same for every page: of each sort of entry at most a page is read, from an index
on (customer, moment, number), these are merged, and only what the page shows is looked up. So a
page costs the same whether the customer has a hundred entries or ten thousand.

The order is that of (at, sort, number), which no two entries share. A page continues after the
last entry shown, not at a number of entries: what is added meanwhile makes no entry appear twice
or be left out. Files stand with the messages they came with.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from conversations import log, outbox
from crm_core import activities, audit, customers, database, deals, people, pipelines, tasks

Place = tuple[datetime, int, int]
"""Where an entry stands: its moment (aware), sort and number."""
Record = log.Message | activities.Activity | deals.Deal | tasks.Task | audit.ChangeSet


class Sort(enum.IntEnum):
    """The sorts of entries; of entries of the same moment the higher one comes first."""

    MESSAGE = 0
    ACTIVITY = 1
    DEAL = 2
    TASK = 3
    CHANGE = 4


EVERYTHING = tuple(Sort)
_SOURCES: dict[Sort, tuple[Any, Any]] = {
    Sort.MESSAGE: (log.Message, log.Message.at),
    Sort.ACTIVITY: (activities.Activity, activities.Activity.at),
    Sort.DEAL: (deals.Deal, deals.Deal.created_at),
    Sort.TASK: (tasks.Task, tasks.Task.created_at),
    Sort.CHANGE: (audit.ChangeSet, audit.ChangeSet.at),
}
_LAST_MOMENT = datetime.max.replace(tzinfo=UTC)
_LAST_NUMBER = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry: its record; a message's delivery, if it has one; a deal's stage."""

    sort: Sort
    at: datetime
    record: Record
    delivery: outbox.Delivery | None = None
    stage: pipelines.Stage | None = None

    @property
    def place(self) -> Place:
        """Where it stands; give the last one's to `page` for the next page."""
        return self.at, int(self.sort), self.record.id


def page(
    session: orm.Session,
    rep: people.Rep,
    customer_id: int,
    *,
    after: Place | None = None,
    limit: int = 50,
    sorts: Sequence[Sort] = EVERYTHING,
) -> list[Entry]:
    """At most `limit` entries of these sorts that come after that place, the newest first.

    The customer is one that the rep may see (`customers.get`); of its tasks those are shown that
    the rep may see (`tasks.visible`). One statement, and one more if there are changes.
    """
    at, sort, number = after or (_LAST_MOMENT, -1, _LAST_NUMBER)
    asked = {"customer": customer_id, "limit": limit, "at": at}
    asked |= {_bound(each): _number_before(each, sort, number) for each in sorts}
    rows = session.execute(_statement(tuple(sorts), _Reader.of(rep)), asked)
    return [_entry(row, sorts) for row in rows]


def _number_before(sort: Sort, last_sort: int, last_number: int) -> int:
    """Of the entries of the place's very moment, those of this sort below this number come after.

    So that one comparison of pairs, which an index serves, does for every sort.
    """
    if sort == last_sort:
        return last_number
    return _LAST_NUMBER if sort < last_sort else 0


def _bound(sort: Sort) -> str:
    return f"number_{sort.value}"


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """All that what a person may see depends on, to tell two such persons apart."""

    id: int
    role: str
    scope: str
    team: str
    rep: people.Rep = field(compare=False)

    @classmethod
    def of(cls, rep: people.Rep) -> _Reader:
        return cls(id=rep.id, role=rep.role, scope=rep.scope, team=rep.team, rep=rep)


@lru_cache(maxsize=256)
def _statement(sorts: tuple[Sort, ...], reader: _Reader) -> sa.Select[Any]:
    # Built once for each reader: building it costs as much as running it.
    legs = [sa.select(_leg(sort, reader.rep)) for sort in sorts]
    if Sort.CHANGE in sorts:
        legs.append(sa.select(_changes_of_merged()))
    merged = sa.union_all(*legs).subquery("merged")
    order = (merged.c.at.desc(), merged.c.sort.desc(), merged.c.number.desc())
    shown = sa.select(merged).order_by(*order).limit(_limit()).subquery("shown")
    statement = sa.select(shown.c.sort, shown.c.at).select_from(shown)
    for sort in sorts:
        model = _SOURCES[sort][0]
        number = sa.case((shown.c.sort == sa.literal_column(str(sort.value)), shown.c.number))
        statement = statement.add_columns(model).outerjoin(model, model.id == number)
    if Sort.MESSAGE in sorts:
        with_delivery = outbox.Delivery.message_id == log.Message.id
        statement = statement.add_columns(outbox.Delivery).outerjoin(outbox.Delivery, with_delivery)
    if Sort.DEAL in sorts:
        stage, deal = pipelines.Stage, deals.Deal
        reached = sa.and_(stage.pipeline == deal.pipeline, stage.key == deal.stage)
        statement = statement.add_columns(stage).outerjoin(stage, reached)
    if Sort.CHANGE in sorts:
        statement = statement.options(orm.selectinload(audit.ChangeSet.changes))
    return statement.order_by(shown.c.at.desc(), shown.c.sort.desc(), shown.c.number.desc())


def _leg(sort: Sort, rep: people.Rep) -> sa.Subquery:
    """At most a page of one sort: it is never read further than that."""
    model = _SOURCES[sort][0]
    conditions = [model.customer_id == sa.bindparam("customer", type_=database.BigInt)]
    if sort is Sort.TASK:
        conditions.append(tasks.visible(rep))
    return _entries(sort, conditions)


def _changes_of_merged() -> sa.Subquery:
    """The changes of customers that were merged into this one: a journal stays where it is."""
    customer, merged = customers.Customer, orm.aliased(customers.Customer)
    this = sa.bindparam("customer", type_=database.BigInt)
    kin = sa.select(customer.id).where(customer.merged_into_id == this).cte(recursive=True)
    kin = kin.union_all(sa.select(merged.id).where(merged.merged_into_id == kin.c.id))
    return _entries(Sort.CHANGE, [audit.ChangeSet.customer_id.in_(sa.select(kin.c.id))])


def _entries(sort: Sort, conditions: list[sa.ColumnElement[bool]]) -> sa.Subquery:
    model, at = _SOURCES[sort]
    moment = sa.bindparam("at", type_=database.UtcDateTime())
    number = sa.bindparam(_bound(sort), type_=database.BigInt)
    numbered: sa.ColumnElement[int] = sa.literal_column(str(sort.value), sa.Integer)
    return (
        sa.select(at.label("at"), numbered.label("sort"), model.id.label("number"))
        .where(*conditions, sa.tuple_(at, model.id) < sa.tuple_(moment, number))
        .order_by(at.desc(), model.id.desc())
        .limit(_limit())
        .subquery()
    )


def _limit() -> sa.BindParameter[int]:
    return sa.bindparam("limit", type_=database.BigInt)


def _entry(row: sa.Row[Any], sorts: Sequence[Sort]) -> Entry:
    record = row[2 + list(sorts).index(Sort(row.sort))]
    return Entry(
        sort=Sort(row.sort),
        at=row.at,
        record=record,
        delivery=row.Delivery if row.sort == Sort.MESSAGE else None,
        stage=row.Stage if row.sort == Sort.DEAL else None,
    )
