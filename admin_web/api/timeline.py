"""A customer's timeline: messages, activities, deals, tasks and changes, newest first."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import orm

from admin_web.api import cursors, fields, registry, shapes
from admin_web.api import deals as deal_shapes
from admin_web.api import messages as message_shapes
from conversations import log, timeline
from crm_core import activities, addresses, audit, customers, deals, masking, tasks

operations = registry.Operations("timeline")


@operations.get("/customers/{id}/timeline")
def listed(
    session: orm.Session, asked: registry.Asked[fields.Page, None]
) -> shapes.Page[shapes.Entry]:
    """Everything that happened with a customer, the newest first."""
    customer = customers.get(session, asked.rep, asked.id)
    limit = asked.query.limit
    place = cursors.after(asked.query, datetime, int, int)
    found = timeline.page(session, asked.rep, customer.id, after=place, limit=limit + 1)
    shown, further = cursors.cut(found, limit, lambda entry: entry.place)
    masked = bool(masking.hides(session, asked.rep, [customer]))
    return shapes.Page[shapes.Entry](
        items=[_shaped(entry, asked.language, masked) for entry in shown], next=further
    )


def _shaped(entry: timeline.Entry, language: str, masked: bool) -> shapes.Entry:
    record = entry.record
    if isinstance(record, log.Message):
        facts = message_shapes.facts(record, entry.delivery)
        return shapes.MessageEntry.model_validate(facts)
    if isinstance(record, deals.Deal):
        facts = deal_shapes.facts(record, entry.stage, language)
        return shapes.DealEntry.model_validate(facts)
    if isinstance(record, activities.Activity):
        return shapes.ActivityEntry.model_validate(record)
    if isinstance(record, tasks.Task):
        return shapes.TaskEntry.model_validate(record)
    return _change(record, masked)


def _change(change_set: audit.ChangeSet, masked: bool) -> shapes.ChangeEntry:
    return shapes.ChangeEntry(
        id=change_set.id,
        actor=change_set.actor,
        cause=change_set.cause,
        fields=[_field(change, masked) for change in change_set.changes],
        at=change_set.at,
        undone=change_set.undone_at is not None,
    )


def _field(change: audit.Change, masked: bool) -> shapes.Field:
    old, new = change.old, change.new
    if masked and change.record == addresses.Address.__tablename__:
        old, new = masking.change(old), masking.change(new)
    record = f"{change.record}:{change.record_id}"
    return shapes.Field(record=record, name=change.field, old=old, new=new)
