"""Passive replies: words that answer an event in the provider's own response to it.

They use up nothing of the window. Claimed by the same fenced claim as any delivery, they never
also go out through the API.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import orm

from channels import messages
from conversations import inbox, log, outbox
from crm_core import jobs


@dataclass(frozen=True, kw_only=True)
class View:
    """How the answer to an event stands.

    `state`: pending (not handled yet), queued (ready to be taken), answered (a response carried
    it; an exact repeat gets the same words) or none (there is none, or it went another way).
    """

    state: str
    words: str = ""
    reference: str = ""
    choices: tuple[messages.Choice, ...] = ()


def view(session: orm.Session, event_id: int) -> View:
    """How the answer to this event stands now."""
    row = session.execute(
        sa.select(outbox.Delivery, log.Message.text)
        .join(log.Message, log.Message.id == outbox.Delivery.message_id)
        .where(outbox.Delivery.answers_event_id == event_id)
        .order_by(outbox.Delivery.id)
        .limit(1)
    ).one_or_none()
    if row is None:
        state = session.scalar(sa.select(inbox.Event.state).where(inbox.Event.id == event_id))
        return View(state="pending" if state == "new" else "none")
    delivery, words = row
    if delivery.passive:
        choices = outbox.choices_of(delivery)
        return View(state="answered", words=words, reference=delivery.reference, choices=choices)
    return View(state="queued" if delivery.state == "queued" else "none")


def take(session: orm.Session, event_id: int, now: datetime, holder: str) -> outbox.Outgoing | None:
    """Claim the words that answer this event for its own response, so that they go no other way."""
    delivery = _answering(session, event_id, "queued")
    if delivery is None:
        return None
    job = outbox.claim(session, delivery, now=now, holder=holder)
    if job is None:
        return None
    delivery.state, delivery.passive = "sending", True
    delivery.updated_at, delivery.attempts = now, 1
    return outbox.outgoing_of(session, delivery, job)


def _answering(session: orm.Session, event_id: int, *states: str) -> outbox.Delivery | None:
    return session.scalar(
        sa.select(outbox.Delivery)
        .where(outbox.Delivery.answers_event_id == event_id, outbox.Delivery.state.in_(states))
        .order_by(outbox.Delivery.id)
        .limit(1)
    )


def give_back(session: orm.Session, outgoing: outbox.Outgoing, now: datetime) -> None:
    """The words do not fit into a response: they go out like any others, at once."""
    delivery = session.get_one(outbox.Delivery, outgoing.delivery_id)
    delivery.state, delivery.passive, delivery.updated_at = "queued", False, now
    delivery.answers_event_id = None
    jobs.postpone(session, outgoing.job, run_at=now, uncount=True)
