"""Events over the API, for admins: what providers sent, and another try for what was given up."""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa
from sqlalchemy import orm

from admin_web.api import cursors, fields, registry, shapes
from conversations import inbox
from crm_core import errors, people

operations = registry.Operations("events")


class Filter(fields.Page):
    """All events, or those in one state, of one channel, of one account."""

    state: Literal["new", "done", "dead"] | None = None
    channel: fields.Key | None = None
    account: fields.Text | None = None


@operations.get("/events")
def listed(session: orm.Session, asked: registry.Asked[Filter, None]) -> shapes.Page[shapes.Event]:
    """Events, the newest first. Admins only."""
    _must_oversee(asked.rep)
    query, event = asked.query, inbox.Event
    found = session.scalars(
        sa.select(event)
        .options(orm.defer(event.raw))
        .where(
            sa.true() if query.state is None else event.state == query.state,
            sa.true() if query.channel is None else event.channel == query.channel,
            sa.true() if query.account is None else event.account == query.account,
            cursors.beyond((event.id,), cursors.after(query, int)),
        )
        .order_by(event.id.desc())
        .limit(query.limit + 1)
    ).all()
    shown, further = cursors.cut(found, query.limit, lambda event: (event.id,))
    return shapes.Page[shapes.Event](
        items=[shapes.Event.model_validate(event) for event in shown], next=further
    )


@operations.post("/events/{id}/retry")
def retry(session: orm.Session, asked: registry.Asked[registry.Nothing, None]) -> shapes.Event:
    """Give a dead event five more attempts. Admins only; 409 when it is not dead."""
    _must_oversee(asked.rep)
    return shapes.Event.model_validate(inbox.retry(session, asked.id, asked.now))


def _must_oversee(rep: people.Rep) -> None:
    if not rep.is_admin:
        raise errors.Denied("admin.only")
