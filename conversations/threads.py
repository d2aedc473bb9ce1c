"""Conversations: one thread with one contact (or one of our reps) at one address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import addresses, customers, database, people, records, scope


class Conversation(database.Base):
    """One thread. Of a customer (`contact_id` set) or of a rep with the bot (`rep_id` set).

    `waiting_since` is when the oldest unanswered words of the customer arrived; the notice fields
    remember what the owner has been told.
    """

    __tablename__ = "conversations"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    customer_id: orm.Mapped[int | None] = orm.mapped_column(
        sa.ForeignKey("customers.id"), info={"follows": "contact_id"}
    )
    contact_id: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("contacts.id"))
    rep_id: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("reps.id"))
    address_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("addresses.id"), index=True)
    channel: orm.Mapped[str] = orm.mapped_column(database.Text(16))
    account: orm.Mapped[str] = orm.mapped_column(database.Text(80))
    subject: orm.Mapped[str] = orm.mapped_column(database.Text(), default="")
    status: orm.Mapped[str] = orm.mapped_column(database.Text(8), default="open")
    assignee_id: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("reps.id"))
    waiting_since: orm.Mapped[datetime | None]
    noticed_at: orm.Mapped[datetime | None]
    noticed_message_id: orm.Mapped[int] = orm.mapped_column(default=0)
    merged_into_id: orm.Mapped[int | None] = orm.mapped_column(
        sa.ForeignKey("conversations.id"), index=True
    )
    last_message_at: orm.Mapped[datetime | None]
    created_at: orm.Mapped[datetime]

    __table_args__ = (
        sa.Index("ix_conversations_customer_id_last_message_at", "customer_id", "last_message_at"),
        sa.Index("ix_conversations_assignee_id_waiting_since", "assignee_id", "waiting_since"),
    )


# Built once: for every message, building a statement would cost more than running it.
_AT = (
    sa.select(Conversation)
    .where(
        Conversation.address_id == sa.bindparam("address"),
        Conversation.channel == sa.bindparam("channel"),
        Conversation.account == sa.bindparam("account"),
        Conversation.rep_id.is_not_distinct_from(sa.bindparam("rep")),
        Conversation.merged_into_id.is_(None),
    )
    .order_by(Conversation.id.desc())
    .limit(1)
)
_AT_ALL = (
    sa.select(Conversation)
    .where(
        Conversation.address_id.in_(sa.bindparam("addresses", expanding=True)),
        Conversation.channel == sa.bindparam("channel"),
        Conversation.account == sa.bindparam("account"),
        Conversation.rep_id.is_(None),
        Conversation.merged_into_id.is_(None),
    )
    .order_by(Conversation.id)
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)
_WITH_REPS = (
    sa.select(Conversation)
    .where(
        Conversation.address_id.in_(sa.bindparam("addresses", expanding=True)),
        Conversation.rep_id.is_not(None),
    )
    .order_by(Conversation.id)
)


def at(
    session: orm.Session, address: addresses.Address, channel: str, account: str, now: datetime
) -> Conversation:
    """The open conversation at this address, reopened or begun if there is none."""
    asked = {"address": address.id, "channel": channel, "account": account, "rep": address.rep_id}
    found = session.scalar(_AT, asked)
    if found is not None:
        found.status = "open"
        _adopt(session, found)
        return found
    return records.insert(session, _begun(session, address, channel, account, now))


def at_all(
    session: orm.Session,
    held: Sequence[addresses.Address],
    channel: str,
    account: str,
    now: datetime,
) -> dict[int, Conversation]:
    """The conversations at these contacts' addresses by address id, as `at` gives each.

    They are locked in one order: two transactions never both decide what is news in one of them.
    """
    asked = {"addresses": [address.id for address in held], "channel": channel, "account": account}
    # The latest comes last and is the one that stays.
    found = {each.address_id: each for each in session.scalars(_AT_ALL, asked)}
    for talk in found.values():
        talk.status = "open"
        _adopt(session, talk)
    begun = [
        _begun(session, address, channel, account, now)
        for address in held
        if address.id not in found
    ]
    records.insert_all(session, begun)
    return found | {talk.address_id: talk for talk in begun}


def with_reps(
    session: orm.Session, doors: Sequence[addresses.Address], now: datetime
) -> dict[int, Conversation]:
    """The chats with our reps at these addresses of theirs, by address id.

    Nothing is locked: any number of transactions may put words into one chat.
    """
    latest = session.scalars(_WITH_REPS, {"addresses": [door.id for door in doors]})
    found = {(chat.address_id, chat.account, chat.rep_id): chat for chat in latest}
    chats = {door.id: found.get((door.id, door.account, door.rep_id)) for door in doors}
    begun = [
        _begun(session, door, door.kind, door.account, now) for door in doors if not chats[door.id]
    ]
    records.insert_all(session, begun)
    return {each.address_id: each for each in (*chats.values(), *begun) if each is not None}


def locked(session: orm.Session, conversation_id: int) -> Conversation | None:
    """This conversation as it is now, held until the transaction ends."""
    return session.get(
        Conversation, conversation_id, with_for_update={"key_share": True}, populate_existing=True
    )


def _begun(
    session: orm.Session, address: addresses.Address, channel: str, account: str, now: datetime
) -> Conversation:
    conversation = Conversation(
        address_id=address.id,
        channel=channel,
        account=account,
        created_at=now,
        contact_id=None if address.rep_id else address.contact_id,
        rep_id=address.rep_id,
    )
    if conversation.contact_id is not None:
        contact = session.get_one(customers.Contact, conversation.contact_id)
        conversation.customer_id = contact.customer_id
    return conversation


def _adopt(session: orm.Session, conversation: Conversation) -> None:
    # A visitor's thread becomes the customer's once the visitor has become a lead.
    if conversation.customer_id is None and conversation.contact_id is not None:
        contact = session.get_one(customers.Contact, conversation.contact_id)
        conversation.customer_id = contact.customer_id


def close_all_at(session: orm.Session, address_id: int) -> None:
    """Nobody answers at this address as a customer any more: nothing there waits."""
    session.execute(
        sa.update(Conversation)
        .where(Conversation.address_id == address_id, Conversation.rep_id.is_(None))
        .values(status="closed", waiting_since=None)
        .execution_options(synchronize_session="fetch")
    )


def visible(rep: people.Rep) -> sa.ColumnElement[bool]:
    """The condition on `Conversation` for those with customers this person may see.

    Reps' talk with the bot is nobody's customer conversation and never listed.
    """
    ours = sa.and_(Conversation.rep_id.is_(None), Conversation.merged_into_id.is_(None))
    return sa.and_(ours, scope.of_customer(rep, Conversation.customer_id))


def get(session: orm.Session, rep: people.Rep, conversation_id: int) -> Conversation:
    """The conversation of that number, if the rep may see it; NotFound conversation.unknown."""
    found = session.scalar(
        sa.select(Conversation).where(Conversation.id == conversation_id, visible(rep))
    )
    if found is None:
        name = str(conversation_id)
        raise scope.unknown(session, "conversation.unknown", name, Conversation, conversation_id)
    return found


def of_customer(session: orm.Session, customer_id: int) -> Sequence[Conversation]:
    """A customer's conversations, the latest first."""
    query = (
        sa.select(Conversation)
        .where(Conversation.customer_id == customer_id, Conversation.merged_into_id.is_(None))
        .order_by(Conversation.last_message_at.desc(), Conversation.id.desc())
    )
    return session.scalars(query).all()


def waiting_for(session: orm.Session, rep: people.Rep, limit: int = 10) -> Sequence[Conversation]:
    """Conversations of own and ownerless customers in which the customer waits, longest first."""
    mine = sa.or_(customers.Customer.owner_id == rep.id, customers.Customer.owner_id.is_(None))
    query = (
        sa.select(Conversation)
        .join(customers.Customer, customers.Customer.id == Conversation.customer_id)
        .where(Conversation.waiting_since.is_not(None), mine)
        .order_by(Conversation.waiting_since, Conversation.id)
        .limit(limit)
    )
    return session.scalars(query).all()


def waiting_of(session: orm.Session, rep_id: int) -> Sequence[Conversation]:
    """Conversations of the rep's own customers in which the customer waits, locked in one order."""
    query = (
        sa.select(Conversation)
        .join(customers.Customer, customers.Customer.id == Conversation.customer_id)
        .where(Conversation.waiting_since.is_not(None), customers.Customer.owner_id == rep_id)
        .order_by(Conversation.id)
        .with_for_update(of=Conversation, key_share=True)
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).all()
