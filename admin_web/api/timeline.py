"""A customer's timeline: messages, activities, deals, tasks and changes, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from admin_web.api import cursors, fields, registry, shapes
from admin_web.api import deals as deal_shapes
from admin_web.api import messages as message_shapes
from admin_web.api import tasks as task_shapes
from conversations import log
from crm_core import activities, audit, customers, deals, people, tasks

operations = registry.Operations("timeline")

MESSAGE, ACTIVITY, DEAL, TASK, CHANGE = range(5)
"""The sorts of entries; among entries of the same moment the higher comes first."""
_Place = tuple[datetime, int, int]


@operations.get("/customers/{id}/timeline")
def listed(
    session: orm.Session, asked: registry.Asked[fields.Page, None]
) -> shapes.Page[shapes.Entry]:
    """Everything that happened with a customer, the newest first."""
    customer = customers.get(session, asked.rep, asked.id)
    limit = asked.query.limit
    place = cursors.after(asked.query, datetime, int, int)
    everything = sa.union_all(
        *(
            _latest(sort, condition, place, limit + 1)
            for sort, condition in _sources(customer.id, asked.rep).items()
        )
    ).subquery()
    at, sort, number = everything.c
    found = [
        (row[0], row[1], row[2])
        for row in session.execute(
            sa.select(at, sort, number)
            .order_by(at.desc(), sort.desc(), number.desc())
            .limit(limit + 1)
        )
    ]
    shown, further = cursors.cut(found, limit, lambda row: row)
    entries = _loaded(session, shown, asked.language)
    return shapes.Page[shapes.Entry](
        items=[entries[sort, number] for _, sort, number in shown], next=further
    )


_COLUMNS: dict[int, tuple[Any, Any]] = {
    MESSAGE: (log.Message.at, log.Message.id),
    ACTIVITY: (activities.Activity.at, activities.Activity.id),
    DEAL: (deals.Deal.created_at, deals.Deal.id),
    TASK: (tasks.Task.created_at, tasks.Task.id),
    CHANGE: (audit.ChangeSet.at, audit.ChangeSet.id),
}


def _sources(customer_id: int, rep: people.Rep) -> dict[int, sa.ColumnElement[bool]]:
    return {
        MESSAGE: log.Message.customer_id == customer_id,
        ACTIVITY: activities.Activity.customer_id == customer_id,
        DEAL: deals.Deal.customer_id == customer_id,
        TASK: sa.and_(tasks.Task.customer_id == customer_id, task_shapes.visible(rep)),
        CHANGE: audit.ChangeSet.customer_id == customer_id,
    }


def _latest(
    sort: int, condition: sa.ColumnElement[bool], place: cursors.Place | None, limit: int
) -> sa.Select[Any]:
    """At most `limit` entries of one sort, so that no sort is read further than one page."""
    at, number = _COLUMNS[sort]
    sort_column: sa.ColumnElement[int] = sa.literal_column(str(sort), sa.Integer)
    some = (
        sa.select(at.label("at"), sort_column.label("sort"), number.label("number"))
        .where(condition, cursors.beyond((at, sort_column, number), place))
        .order_by(at.desc(), number.desc())
        .limit(limit)
        .subquery()
    )
    return sa.select(some)


def _loaded(
    session: orm.Session, shown: Sequence[_Place], language: str
) -> dict[tuple[int, int], Any]:
    """The entries by (sort, number): one look-up for each sort, whatever their number."""
    wanted: dict[int, list[int]] = {}
    for _, sort, number in shown:
        wanted.setdefault(sort, []).append(number)
    made: dict[tuple[int, int], Any] = {}
    for sort, numbers in wanted.items():
        for entry in _entries(session, sort, numbers, language):
            made[sort, entry.id] = entry
    return made


def _entries(session: orm.Session, sort: int, numbers: Sequence[int], language: str) -> list[Any]:
    model = _COLUMNS[sort][1].class_
    found = session.scalars(sa.select(model).where(model.id.in_(numbers)).options(*_eager(sort)))
    if sort == MESSAGE:
        facts = message_shapes.shaped(session, found.all())
        return [shapes.MessageEntry.model_validate(one) for one in facts]
    if sort == DEAL:
        facts = deal_shapes.shaped(session, found.all(), language)
        return [shapes.DealEntry.model_validate(one) for one in facts]
    if sort == ACTIVITY:
        return [shapes.ActivityEntry.model_validate(one) for one in found]
    if sort == TASK:
        return [shapes.TaskEntry.model_validate(one) for one in found]
    return [_change(one) for one in found]


def _eager(sort: int) -> list[Any]:
    return [orm.selectinload(audit.ChangeSet.changes)] if sort == CHANGE else []


def _change(change_set: audit.ChangeSet) -> shapes.ChangeEntry:
    return shapes.ChangeEntry(
        id=change_set.id,
        actor=change_set.actor,
        cause=change_set.cause,
        fields=[
            shapes.Field(
                record=f"{change.record}:{change.record_id}",
                name=change.field,
                old=change.old,
                new=change.new,
            )
            for change in change_set.changes
        ],
        at=change_set.at,
        undone=change_set.undone_at is not None,
    )
