"""Activities over the API."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import orm

from admin_web.api import cursors, fields, registry, shapes
from crm_core import activities

operations = registry.Operations("activities")


class Filter(fields.Page):
    """All activities, or those on one customer, of one kind."""

    customer_id: fields.QueryId | None = None
    kind: fields.Key | None = None


@operations.get("/activities")
def listed(
    session: orm.Session, asked: registry.Asked[Filter, None]
) -> shapes.Page[shapes.Activity]:
    """What was logged on customers the token's rep may see, the newest first."""
    query, activity = asked.query, activities.Activity
    place = cursors.after(query, datetime, int)
    found = session.scalars(
        sa.select(activity)
        .where(
            activities.visible(asked.rep),
            sa.true() if query.customer_id is None else activity.customer_id == query.customer_id,
            sa.true() if query.kind is None else activity.kind == query.kind,
            cursors.beyond((activity.at, activity.id), place),
        )
        .order_by(activity.at.desc(), activity.id.desc())
        .limit(query.limit + 1)
    ).all()
    shown, further = cursors.cut(found, query.limit, lambda entry: (entry.at, entry.id))
    items = [shapes.Activity.model_validate(entry) for entry in shown]
    return shapes.Page[shapes.Activity](items=items, next=further)
