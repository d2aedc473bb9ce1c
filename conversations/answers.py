"""Answers: a rep's own words to a customer, which can be taken back until they leave."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import orm

from conversations import log, outbox, threads
from crm_core import audit, errors, people

RECORD = outbox.Delivery.__tablename__


def send(
    session: orm.Session,
    conversation: threads.Conversation,
    rep: people.Rep,
    text: str,
    *,
    now: datetime,
    hold: timedelta = timedelta(0),
) -> outbox.Delivery:
    """Queue a rep's words to a customer, kept back for `hold`, and note them in the change set.

    Undoing that change set takes them back while they have not left.
    """
    waited = conversation.waiting_since
    draft = outbox.Draft(text=text, author=("rep", rep.id, rep.name), hold=hold)
    delivery = outbox.queue(session, conversation, draft, now)
    change_set: audit.ChangeSet | None = session.info.get("change_set")
    if change_set is not None:
        change_set.customer_id = change_set.customer_id or conversation.customer_id
        change_set.changes.append(
            audit.Change(
                record=RECORD,
                record_id=delivery.id,
                field="waiting_since",
                old=waited.isoformat() if waited else None,
                new=text,
            )
        )
    return delivery


def _take_back(session: orm.Session, change: audit.Change, now: datetime) -> None:
    delivery = session.get_one(outbox.Delivery, change.record_id)
    if not outbox.recall(session, delivery, now):
        raise errors.Refusal("reply.already-sent", text=change.new)
    entry = session.get_one(log.Message, delivery.message_id)
    conversation = session.get_one(threads.Conversation, entry.conversation_id)
    if change.old is not None and conversation.waiting_since is None:
        conversation.waiting_since = datetime.fromisoformat(change.old)


audit.reversals[RECORD] = _take_back
