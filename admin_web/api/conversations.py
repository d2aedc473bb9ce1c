"""Conversations over the API, and writing in one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import pydantic
import sqlalchemy as sa
from sqlalchemy import orm

from admin_web.api import cursors, fields, messages, registry, routes, shapes
from conversations import log, outbox, threads, windows
from crm_core import addresses

operations = registry.Operations("conversations")

LONGEST_TEXT = 20_000


class Filter(fields.Page):
    """All conversations, or those of one customer, one channel, one state."""

    customer_id: fields.QueryId | None = None
    status: Literal["open", "snoozed", "closed"] | None = None
    channel: fields.Key | None = None


class Words(fields.Body):
    """What to say."""

    text: fields.Words = pydantic.Field(max_length=LONGEST_TEXT)


@operations.get("/conversations")
def listed(
    session: orm.Session, asked: registry.Asked[Filter, None]
) -> shapes.Page[shapes.Conversation]:
    """Conversations with customers the token's rep may see, the newest first."""
    query, thread = asked.query, threads.Conversation
    found = session.scalars(
        sa.select(thread)
        .where(
            threads.visible(asked.rep),
            sa.true() if query.customer_id is None else thread.customer_id == query.customer_id,
            sa.true() if query.status is None else thread.status == query.status,
            sa.true() if query.channel is None else thread.channel == query.channel,
            cursors.beyond((thread.id,), cursors.after(query, int)),
        )
        .order_by(thread.id.desc())
        .limit(query.limit + 1)
    ).all()
    shown, further = cursors.cut(found, query.limit, lambda conversation: (conversation.id,))
    return shapes.Page[shapes.Conversation](items=_shaped(session, shown, asked.now), next=further)


@operations.get("/conversations/{id}/messages")
def entries(
    session: orm.Session, asked: registry.Asked[fields.Page, None]
) -> shapes.Page[shapes.Message]:
    """What was said in a conversation, the newest first, by the provider's time."""
    conversation, entry = threads.get(session, asked.rep, asked.id), log.Message
    place = cursors.after(asked.query, datetime, int)
    found = session.scalars(
        sa.select(entry)
        .where(
            entry.conversation_id == conversation.id,
            cursors.beyond((entry.at, entry.id), place),
        )
        .order_by(entry.at.desc(), entry.id.desc())
        .limit(asked.query.limit + 1)
    ).all()
    shown, further = cursors.cut(found, asked.query.limit, lambda message: (message.at, message.id))
    items = [shapes.Message.model_validate(facts) for facts in messages.shaped(session, shown)]
    return shapes.Page[shapes.Message](items=items, next=further)


@operations.post("/conversations/{id}/messages")
def write(
    session: orm.Session, asked: registry.Asked[registry.Nothing, Words]
) -> shapes.SentMessage:
    """Say something in a conversation, as the token's rep; a 409 names the next route."""
    conversation = threads.get(session, asked.rep, asked.id)
    address = session.get_one(addresses.Address, conversation.address_id)
    routes.must_be_open(session, conversation, address, asked.rep, asked.now)
    draft = outbox.Draft(text=asked.body.text, author=("rep", asked.rep.id, asked.rep.name))
    delivery = outbox.queue(session, conversation, draft, asked.now)
    entry = session.get_one(log.Message, delivery.message_id)
    warning = None
    if address.state == addresses.State.UNREACHABLE:
        warning = "Earlier messages to this address did not arrive; this one is tried all the same."
    facts = messages.shaped(session, [entry])[0]
    return shapes.SentMessage.model_validate({**facts, "warning": warning})


def _shaped(
    session: orm.Session, found: Sequence[threads.Conversation], now: datetime
) -> list[shapes.Conversation]:
    ledger = windows.states(session, [conversation.address_id for conversation in found], now)
    return [_conversation(one, ledger.get((one.address_id, one.account))) for one in found]


def _conversation(
    conversation: threads.Conversation, window: windows.State | None
) -> shapes.Conversation:
    facts = {
        name: getattr(conversation, name)
        for name in shapes.Conversation.model_fields
        if name != "window"
    }
    return shapes.Conversation.model_validate({**facts, "window": window})
