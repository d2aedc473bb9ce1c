"""The log: every message of every conversation, in or out, and internal notes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import orm

from conversations import threads
from crm_core import database

AUTHOR_LIMIT = 200


class Message(database.Base):
    """One entry. `at` is the provider's time, `created_at` ours; `direction` is in, out or note.

    `author_kind` is contact, rep or bot. `event_id` names the raw event an inbound entry came from
    and makes a second entry for it impossible.
    """

    __tablename__ = "messages"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    conversation_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("conversations.id"))
    customer_id: orm.Mapped[int | None]
    direction: orm.Mapped[str] = orm.mapped_column(database.Text(4))
    author_kind: orm.Mapped[str] = orm.mapped_column(database.Text(8))
    author_id: orm.Mapped[int | None]
    author_name: orm.Mapped[str] = orm.mapped_column(database.Text(AUTHOR_LIMIT), default="")
    kind: orm.Mapped[str] = orm.mapped_column(database.Text(16), default="text")
    subject: orm.Mapped[str] = orm.mapped_column(database.Text(), default="")
    text: orm.Mapped[str] = orm.mapped_column(database.Text())
    full_text: orm.Mapped[str] = orm.mapped_column(database.Text(), default="")
    event_id: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("events.id"))
    part: orm.Mapped[int] = orm.mapped_column(default=0)
    provider_id: orm.Mapped[str] = orm.mapped_column(database.Text(200), default="")
    at: orm.Mapped[datetime]
    created_at: orm.Mapped[datetime]

    __table_args__ = (
        sa.UniqueConstraint("event_id", "part"),
        sa.Index("ix_messages_conversation_id_at", "conversation_id", "at", "id"),
        sa.Index("ix_messages_customer_id_at", "customer_id", "at", "id"),
    )


def append(session: orm.Session, conversation: threads.Conversation, message: Message) -> Message:
    """Add an entry to a conversation and keep the conversation's own facts in step.

    A customer's words start the wait for an answer; words of ours to the customer end it.
    """
    message.conversation_id = conversation.id
    message.author_name = (message.author_name or "")[:AUTHOR_LIMIT]
    message.customer_id = conversation.customer_id
    session.add(message)
    session.flush()
    if conversation.last_message_at is None or message.at > conversation.last_message_at:
        conversation.last_message_at = message.at
    if message.direction == "in" and conversation.rep_id is None:
        conversation.waiting_since = conversation.waiting_since or message.at
    elif message.direction == "out" and message.author_kind == "rep":
        conversation.waiting_since = None
    return message


def of_conversation(
    session: orm.Session, conversation_id: int, limit: int = 50, before: int | None = None
) -> Sequence[Message]:
    """A conversation's entries, newest first; `before` is the message id to continue from."""
    query = sa.select(Message).where(Message.conversation_id == conversation_id)
    if before is not None:
        query = query.where(Message.id < before)
    return session.scalars(query.order_by(Message.at.desc(), Message.id.desc()).limit(limit)).all()


def of_customer(session: orm.Session, customer_id: int, limit: int = 20) -> Sequence[Message]:
    """The latest entries with a customer on any channel, newest first."""
    query = (
        sa.select(Message)
        .where(Message.customer_id == customer_id)
        .order_by(Message.at.desc(), Message.id.desc())
        .limit(limit)
    )
    return session.scalars(query).all()


# Built once: for every message, building a statement would cost more than running it.
_UNNOTICED = (
    sa.select(Message)
    .where(
        Message.conversation_id == sa.bindparam("conversation"),
        Message.direction == "in",
        Message.id > sa.bindparam("noticed"),
    )
    .order_by(Message.id)
)


def unnoticed(session: orm.Session, conversation: threads.Conversation) -> Sequence[Message]:
    """The customer's entries that the owner has not been told of, oldest first."""
    asked = {"conversation": conversation.id, "noticed": conversation.noticed_message_id}
    return session.scalars(_UNNOTICED, asked).all()
