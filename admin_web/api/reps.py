"""Reps over the API: the names behind owner_id and rep_id."""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa
from sqlalchemy import orm

from admin_web.api import cursors, fields, registry, shapes
from crm_core import people

operations = registry.Operations("reps")


class Filter(fields.Page):
    """Everybody, or those who work here now, or those who do not any more."""

    status: Literal["active", "disabled"] | None = None


@operations.get("/reps")
def listed(session: orm.Session, asked: registry.Asked[Filter, None]) -> shapes.Page[shapes.Rep]:
    """All people of ours, in the order they were added."""
    query, rep = asked.query, people.Rep
    found = session.scalars(
        sa.select(rep)
        .where(
            sa.true() if query.status is None else rep.active == (query.status == "active"),
            cursors.beyond((rep.id,), cursors.after(query, int), ascending=True),
        )
        .order_by(rep.id)
        .limit(query.limit + 1)
    ).all()
    shown, further = cursors.cut(found, query.limit, lambda rep: (rep.id,))
    return shapes.Page[shapes.Rep](
        items=[shapes.Rep.model_validate(rep) for rep in shown], next=further
    )
