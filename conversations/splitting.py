"""Moving talk that was put down to the wrong person: a conversation whole, or from a message on.

One phone may serve two people, and one person may write twice: what was said then belongs to
somebody else, or two threads are one. Each verb is written down in the change set; undoing that
puts the same messages back, and leaves what was said since where it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from conversations import log, threads
from crm_core import addresses, audit, customers, errors, merging, search

RECORD = threads.Conversation.__tablename__
MOVED, SPLIT, MERGED = "*moved", "*split", "*merged"
CHUNK = 500
STATE = ("status", "waiting_since", "noticed_message_id", "last_message_at", "merged_into_id")


def move(session: orm.Session, talk: threads.Conversation, contact: customers.Contact) -> None:
    """Put a conversation down to another contact; further words from there go along with it.

    All conversations at that address go: they are with one person. Refusal talk.same when it is
    that contact's already.
    """
    _must_be_anothers(talk, contact)
    for each in _at(session, talk):
        old = {"contact": each.contact_id, "customer": each.customer_id}
        new = _hang(session, each, contact)
        _journal(session, each, MOVED, old, new)
    _give_address(session, talk, contact)


def split(
    session: orm.Session,
    talk: threads.Conversation,
    first: log.Message,
    contact: customers.Contact,
    now: datetime,
) -> threads.Conversation:
    """Put a conversation from `first` on down to another contact, as a conversation of its own.

    Further words from that address go to the new one. Refusal talk.same as `move`, and
    talk.not-in when the message is not of this conversation.
    """
    _must_be_anothers(talk, contact)
    if first.conversation_id != talk.id:
        raise errors.Refusal("talk.not-in")
    row = log.Message
    after = sa.or_(row.at > first.at, sa.and_(row.at == first.at, row.id >= first.id))
    ids = list(
        session.scalars(
            sa.select(row.id).where(row.conversation_id == talk.id, after).order_by(row.id)
        )
    )
    fresh = threads.Conversation(
        address_id=talk.address_id,
        channel=talk.channel,
        account=talk.account,
        subject=talk.subject,
        status=talk.status,
        assignee_id=talk.assignee_id,
        noticed_at=talk.noticed_at,
        noticed_message_id=talk.noticed_message_id,
        contact_id=contact.id,
        customer_id=contact.customer_id,
        created_at=now,
    )
    session.add(fresh)
    session.flush()
    old = _state(talk)
    _put(session, ids, fresh)
    _recount(session, talk)
    _recount(session, fresh)
    new = {"talk": fresh.id, "messages": merging.ranges(ids)}
    _journal(session, talk, SPLIT, old, new)
    _give_address(session, talk, contact)
    return fresh


def merge(
    session: orm.Session, talk: threads.Conversation, into: threads.Conversation
) -> threads.Conversation:
    """Let one conversation go into another one of the same customer on the same account.

    Refusal talk.same, talk.other-customer, talk.other-account.
    """
    if talk.id == into.id or talk.merged_into_id is not None or into.merged_into_id is not None:
        raise errors.Refusal("talk.same")
    if talk.customer_id is None or talk.customer_id != into.customer_id:
        raise errors.Refusal("talk.other-customer")
    if (talk.channel, talk.account) != (into.channel, into.account):
        raise errors.Refusal("talk.other-account")
    row = log.Message
    mine = sa.select(row.id).where(row.conversation_id == talk.id).order_by(row.id)
    ids = list(session.scalars(mine))
    old = {"talk": _state(talk), "into": _state(into)}
    _put(session, ids, into)
    talk.merged_into_id, talk.status, talk.waiting_since = into.id, "closed", None
    _recount(session, into)
    _journal(session, talk, MERGED, old, {"into": into.id, "messages": merging.ranges(ids)})
    return into


def last(session: orm.Session, talk: threads.Conversation, count: int) -> log.Message | None:
    """The first of a conversation's last `count` messages; None when it has none."""
    entries = log.of_conversation(session, talk.id, limit=count)
    return entries[-1] if entries else None


def is_first(session: orm.Session, entry: log.Message) -> bool:
    """Whether nothing was said before it in its conversation."""
    row = log.Message
    before = sa.or_(row.at < entry.at, sa.and_(row.at == entry.at, row.id < entry.id))
    query = sa.select(row.id).where(row.conversation_id == entry.conversation_id, before)
    return session.scalar(query.limit(1)) is None


def _must_be_anothers(talk: threads.Conversation, contact: customers.Contact) -> None:
    if talk.rep_id is not None or talk.contact_id == contact.id:
        raise errors.Refusal("talk.same")


def _at(session: orm.Session, talk: threads.Conversation) -> Sequence[threads.Conversation]:
    row = threads.Conversation
    query = sa.select(row).where(
        row.address_id == talk.address_id, row.contact_id == talk.contact_id, row.rep_id.is_(None)
    )
    return session.scalars(query.order_by(row.id).with_for_update(key_share=True)).all()


def _hang(
    session: orm.Session, talk: threads.Conversation, contact: customers.Contact
) -> dict[str, Any]:
    talk.contact_id, talk.customer_id = contact.id, contact.customer_id
    row = log.Message
    ids = list(session.scalars(sa.select(row.id).where(row.conversation_id == talk.id)))
    _put(session, ids, talk)
    return {"contact": contact.id, "customer": contact.customer_id}


def _put(session: orm.Session, ids: Sequence[int], talk: threads.Conversation) -> None:
    """These messages belong to this conversation now, and are found with its customer."""
    session.flush()
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        session.execute(
            sa.update(log.Message)
            .where(log.Message.id.in_(some))
            .values(conversation_id=talk.id, customer_id=talk.customer_id)
            .execution_options(synchronize_session="fetch")
        )
        search.move(session, "message", some, talk.customer_id)


def _give_address(
    session: orm.Session, talk: threads.Conversation, contact: customers.Contact
) -> None:
    address = session.get_one(addresses.Address, talk.address_id)
    address.contact_id = contact.id
    session.flush()


def _recount(session: orm.Session, talk: threads.Conversation) -> None:
    """Bring what a conversation says of its own messages in step with them."""
    row = log.Message
    mine = row.conversation_id == talk.id
    talk.last_message_at = session.scalar(sa.select(sa.func.max(row.at)).where(mine))
    answered = sa.select(sa.func.max(row.id)).where(
        mine, row.direction == "out", row.author_kind == "rep"
    )
    waiting = sa.select(sa.func.min(row.at)).where(
        mine, row.direction == "in", row.id > sa.func.coalesce(answered.scalar_subquery(), 0)
    )
    talk.waiting_since = session.scalar(waiting)
    session.flush()


def _state(talk: threads.Conversation) -> dict[str, Any]:
    values = {name: getattr(talk, name) for name in STATE}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }


def _restore(talk: threads.Conversation, state: dict[str, Any]) -> None:
    for name, value in state.items():
        moment = isinstance(value, str) and name != "status"
        setattr(talk, name, datetime.fromisoformat(value) if moment else value)


def _journal(
    session: orm.Session, talk: threads.Conversation, what: str, old: Any, new: Any
) -> None:
    change_set: audit.ChangeSet | None = session.info.get("change_set")
    if change_set is not None:
        change_set.customer_id = change_set.customer_id or talk.customer_id
        change_set.changes.append(
            audit.Change(record=RECORD, record_id=talk.id, field=what, old=old, new=new)
        )


def _numbers(said: str) -> list[int]:
    """What `merging.ranges` wrote."""
    found: list[int] = []
    for part in filter(None, said.split(",")):
        first, _, end = part.partition("-")
        found += range(int(first), int(end or first) + 1)
    return found


def _take_back(session: orm.Session, change: audit.Change, now: datetime) -> None:
    """Undo: the address is put back by the audit, here the talk."""
    del now
    talk = threads.locked(session, change.record_id)
    # Of an erased person the journal does not tell any more what was moved.
    if talk is None or not isinstance(change.new, dict):
        raise errors.Refusal("undo.in-use")
    _REVERSE[change.field](session, talk, change)


def _unmove(session: orm.Session, talk: threads.Conversation, change: audit.Change) -> None:
    if talk.contact_id != change.new["contact"]:
        raise errors.Refusal(
            "undo.changed-since",
            record=RECORD,
            field="contact_id",
            expected=change.new["contact"],
            found=talk.contact_id,
        )
    number = customers.living(session, customers.Contact, change.old["contact"])
    _hang(session, talk, session.get_one(customers.Contact, number))


def _unsplit(session: orm.Session, talk: threads.Conversation, change: audit.Change) -> None:
    fresh = threads.locked(session, change.new["talk"])
    ids = _still(session, change.new["messages"], change.new["talk"])
    _put(session, ids, talk)
    if fresh is not None and last(session, fresh, 1) is None:
        _restore(talk, change.old)
        session.delete(fresh)
        session.flush()
        return
    _recount(session, talk)
    if fresh is not None:
        _recount(session, fresh)


def _unmerge(session: orm.Session, talk: threads.Conversation, change: audit.Change) -> None:
    into = threads.locked(session, change.new["into"])
    if into is None or talk.merged_into_id != into.id:
        raise errors.Refusal("undo.in-use")
    ids = _still(session, change.new["messages"], into.id)
    _put(session, ids, talk)
    _restore(talk, change.old["talk"])
    _recount(session, into)
    said = change.old["into"]["last_message_at"]
    if into.last_message_at is not None and into.last_message_at.isoformat() == said:
        # Nobody has said anything there since.
        _restore(into, change.old["into"])
    session.flush()


def _still(session: orm.Session, said: str, talk_id: int) -> list[int]:
    """Those of the messages that are in this conversation yet."""
    row, found = log.Message, _numbers(said)
    kept = session.scalars(sa.select(row.id).where(row.conversation_id == talk_id)).all()
    return sorted(set(found) & set(kept))


_REVERSE = {MOVED: _unmove, SPLIT: _unsplit, MERGED: _unmerge}
audit.reversals[RECORD] = _take_back
