"""Internal notes: what colleagues say to each other about a conversation. Customers never see it.

A note stands in the log among the messages; nothing ever delivers it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import orm

from conversations import log, threads
from crm_core import audit, errors, people, search

RECORD = log.Message.__tablename__
NOTE = "note"
MENTION_LIFE = timedelta(days=7)
"""So long may somebody who was mentioned answer, whoever's the customer is."""


def add(
    session: orm.Session,
    conversation: threads.Conversation,
    rep: people.Rep,
    text: str,
    now: datetime,
) -> log.Message:
    """Write an internal note into a conversation; undoing its change set takes it out again."""
    entry = log.Message(
        direction=NOTE,
        author_kind="rep",
        author_id=rep.id,
        author_name=rep.name,
        kind=NOTE,
        text=text,
        at=now,
        created_at=now,
    )
    log.append(session, conversation, entry)
    change_set: audit.ChangeSet | None = session.info.get("change_set")
    if change_set is not None:
        change_set.customer_id = change_set.customer_id or conversation.customer_id
        change = audit.Change(record=RECORD, record_id=entry.id, field=NOTE, new=text)
        change_set.changes.append(change)
    return entry


def mentioned(session: orm.Session, rep: people.Rep, customer_id: int, now: datetime) -> bool:
    """Whether a note of the last days on this customer names the person with @."""
    entry = log.Message
    query = sa.select(entry.text).where(
        entry.customer_id == customer_id,
        entry.direction == NOTE,
        entry.at > now - MENTION_LIFE,
        entry.text.contains(f"@{rep.name}", autoescape=True),
    )
    staff = people.everyone(session)
    return any(rep in named(staff, words) for words in session.scalars(query))


def named(staff: Sequence[people.Rep], *words: str) -> list[people.Rep]:
    """Those whom these words name with @, in the order of `staff`.

    A name may run on into the next word (@王丽看一下); of two that fit the longer one is meant, so
    that @王丽娜 is never 王丽.
    """
    said = [found for each in words for found in _AT.findall(each)]
    meant = {
        max((rep.name for rep in staff if word.startswith(rep.name)), key=len, default="")
        for word in said
    }
    return [rep for rep in staff if rep.name in meant]


_AT = re.compile(r"[@＠]([^\s@＠]{1,40})")


def _take_out(session: orm.Session, change: audit.Change, _now: datetime) -> None:
    entry = session.get(log.Message, change.record_id)
    if entry is None or entry.direction != NOTE:
        raise errors.Refusal("undo.in-use")
    search.forget(session, "message", [entry.id])
    session.delete(entry)
    session.flush()


audit.reversals[RECORD] = _take_out
