"""The log: every message of every conversation, in or out, and internal notes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import orm

from conversations import threads
from crm_core import database, people, records, search, tokens

AUTHOR_LIMIT = 200
NOTICE = "notice"
"""The kind of an entry that a rep did not ask for; what a rep or a customer says has others."""


class Message(database.Base):
    """One entry. `at` is the provider's time, `created_at` ours; `direction` is in, out or note.

    `author_kind` is contact, rep or bot. `event_id` names the raw event an inbound entry came from
    and makes a second entry for it impossible.
    """

    __tablename__ = "messages"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    conversation_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("conversations.id"))
    customer_id: orm.Mapped[int | None] = orm.mapped_column(info={"follows": "conversation_id"})
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
        sa.Index(
            "ix_messages_conversation_id_heard",
            "conversation_id",
            "id",
            sqlite_where=sa.text("direction = 'in'"),
            postgresql_where=sa.text("direction = 'in'"),
        ),
        sa.Index("ix_messages_conversation_id_at", "conversation_id", "at", "id"),
        sa.Index("ix_messages_customer_id_at", "customer_id", "at", "id"),
    )


def visible(rep: people.Rep) -> sa.ColumnElement[bool]:
    """The condition on `Message` for those of conversations that this person may see."""
    talk = threads.Conversation
    return (
        sa.exists()
        .where(talk.id == Message.conversation_id, threads.visible(rep))
        .correlate(Message)
    )


def append(session: orm.Session, conversation: threads.Conversation, message: Message) -> Message:
    """Add an entry to a conversation and keep the conversation's own facts in step.

    A customer's words start the wait for an answer; words of ours to the customer end it.
    """
    append_all(session, [(conversation, message)])
    return message


def append_all(
    session: orm.Session, entries: Sequence[tuple[threads.Conversation, Message]]
) -> None:
    """Add entries, each to its conversation, in this order; see `append`."""
    for conversation, message in entries:
        message.conversation_id = conversation.id
        message.author_name = (message.author_name or "")[:AUTHOR_LIMIT]
        message.customer_id = conversation.customer_id
    records.insert_all(session, [message for _, message in entries])
    search.add_all(session, [found_by(entry) for talk, entry in entries if talk.rep_id is None])
    for conversation, message in entries:
        _keep_in_step(conversation, message)


def found_by(entry: Message) -> search.Row:
    """What search finds an entry by. A rep's talk with the bot is not found."""
    return search.Row(
        kind="message",
        record_id=entry.id,
        customer_id=entry.customer_id,
        at=entry.at,
        tokens=tokens.of_text(entry.subject, entry.text),
    )


def _keep_in_step(conversation: threads.Conversation, message: Message) -> None:
    if conversation.rep_id is not None:
        # A rep's talk with the bot is in no list and waits for nobody; and every notice to the
        # rep would have to wait for its turn to write here.
        return
    if conversation.last_message_at is None or message.at > conversation.last_message_at:
        conversation.last_message_at = message.at
    if message.direction == "in":
        conversation.waiting_since = conversation.waiting_since or message.at
    elif message.direction == "out" and message.author_kind == "rep":
        conversation.waiting_since = None


def of_conversation(
    session: orm.Session, conversation_id: int, limit: int = 50, before: int | None = None
) -> Sequence[Message]:
    """A conversation's entries, newest first; `before` is the message id to continue from."""
    query = sa.select(Message).where(Message.conversation_id == conversation_id)
    if before is not None:
        query = query.where(Message.id < before)
    return session.scalars(query.order_by(Message.at.desc(), Message.id.desc()).limit(limit)).all()


# Built once: building a statement would cost more than running it.
_OF_CUSTOMER = (
    sa.select(Message)
    .where(Message.customer_id == sa.bindparam("customer"))
    .order_by(Message.at.desc(), Message.id.desc())
    .limit(sa.bindparam("limit"))
)


def of_customer(session: orm.Session, customer_id: int, limit: int = 20) -> Sequence[Message]:
    """The latest entries with a customer on any channel, newest first."""
    return session.scalars(_OF_CUSTOMER, {"customer": customer_id, "limit": limit}).all()


# Built once: for every message, building a statement would cost more than running it.
_UNNOTICED = (
    sa.select(Message)
    .join(threads.Conversation, threads.Conversation.id == Message.conversation_id)
    .where(
        threads.Conversation.id.in_(sa.bindparam("conversations", expanding=True)),
        # A literal: only so do the databases see that the partial index fits.
        Message.direction == sa.literal_column("'in'"),
        Message.id > threads.Conversation.noticed_message_id,
    )
    .order_by(Message.id)
)


def unnoticed(
    session: orm.Session, talks: Sequence[threads.Conversation]
) -> dict[int, list[Message]]:
    """The customers' entries that no owner has been told of, by conversation id, oldest first."""
    found: dict[int, list[Message]] = {}
    for entry in session.scalars(_UNNOTICED, {"conversations": [talk.id for talk in talks]}):
        found.setdefault(entry.conversation_id, []).append(entry)
    return found


def noticed_since(session: orm.Session, conversation_id: int, moment: datetime) -> bool:
    """Whether a notice was put into this chat of a rep at that moment or after it."""
    query = sa.select(Message.id).where(
        Message.conversation_id == conversation_id, Message.at >= moment, Message.kind == NOTICE
    )
    return session.scalar(query.limit(1)) is not None
