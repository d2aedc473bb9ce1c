"""Tasks over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy import orm

from admin_web.api import cursors, fields, registry, shapes
from crm_core import tasks

operations = registry.Operations("tasks")


class Filter(fields.Page):
    """All tasks, or those of one customer, owner or state."""

    customer_id: fields.QueryId | None = None
    owner_id: fields.QueryId | None = None
    status: Literal["open", "done", "cancelled"] | None = None


@operations.get("/tasks")
def listed(session: orm.Session, asked: registry.Asked[Filter, None]) -> shapes.Page[shapes.Task]:
    """The tasks of the token's rep and of those within the rep's scope, soonest due first."""
    query, task = asked.query, tasks.Task
    place = cursors.after(query, datetime, int)
    found = session.scalars(
        sa.select(task)
        .where(
            tasks.visible(asked.rep),
            sa.true() if query.customer_id is None else task.customer_id == query.customer_id,
            sa.true() if query.owner_id is None else task.owner_id == query.owner_id,
            sa.true() if query.status is None else task.status == query.status,
            cursors.beyond((task.due_at, task.id), place, ascending=True),
        )
        .order_by(task.due_at, task.id)
        .limit(query.limit + 1)
    ).all()
    shown, further = cursors.cut(found, query.limit, lambda task: (task.due_at, task.id))
    items = [shapes.Task.model_validate(task) for task in shown]
    return shapes.Page[shapes.Task](items=items, next=further)
