"""Erasing a person everywhere: records, talk, copies, audit, queue, index; for admins only.

One transaction takes everything out and leaves one entry in the audit without personal data.
Afterwards `tidy` makes sure that the files of the database do not remember either.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.engine import make_url

from admin_web import idempotency
from bot import chats
from conversations import erasing
from crm_core import database, privacy, scrubbing, searchable


@dataclass(frozen=True, kw_only=True)
class Report:
    """How many messages, notes (with tasks and deals) and other rows lost somebody's traces."""

    contacts: int
    addresses: int
    messages: int
    notes: int
    others: int


def erase(session: orm.Session, contact_id: int, by: str, now: datetime) -> Report:
    """Erase the person behind a contact; cannot be undone. Raises NotFound contact.unknown."""
    who = privacy.person(session, contact_id)
    touched = privacy.erase_records(session, who)
    talk = erasing.erase(session, who, privacy.erase_audit(session, who, touched))
    # Again, for what was only now found to be about the person.
    erasing.erase(session, who, privacy.erase_audit(session, who, talk))
    _forget_questions(session, who)
    swept = privacy.sweep(session, who)
    searchable.stale(session, "message", *swept.get("messages", ()))
    for kind, table in (("activity", "activities"), ("task", "tasks"), ("deal", "deals")):
        searchable.stale(session, kind, *swept.get(table, ()))
    erasing.forget_jobs(session, who, talk)
    privacy.put_on_record(session, who, by, now)
    searchable.settle(session)
    notes = sum(len(touched[name]) for name in ("activities", "tasks", "deals"))
    return Report(
        contacts=len(who.contact_ids),
        addresses=len(who.address_ids),
        messages=len(talk["messages"]),
        notes=notes,
        others=sum(map(len, swept.values())),
    )


def _forget_questions(session: orm.Session, who: privacy.Person) -> None:
    chat = privacy.table_of(chats.Dialogue)
    about = sa.select(chat.c.id).where(chat.c.customer_id.in_(who.customer_ids))
    needles = [*who.names, *who.reach]
    ids = [*session.scalars(about), *scrubbing.scrub(session, chat, needles)]
    scrubbing.put(session, chat, ids, question=None, last_write=None, listed=[])
    scrubbing.scrub(session, privacy.table_of(idempotency.IdempotencyKey), needles)


def tidy(url: str) -> None:
    """Leave nothing of deleted rows in the database's files; may take a while on a big one."""
    if make_url(url).get_backend_name() == "sqlite":
        engine = database.sqlite_engine(url)
        with contextlib.closing(engine.raw_connection()) as connection:
            cursor = connection.cursor()
            # FTS5 only marks words as gone until it merges what it has written.
            cursor.execute("INSERT INTO search_words (search_words) VALUES ('optimize')")
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()
        return
    asyncio.run(_vacuum(url))


async def _vacuum(url: str) -> None:
    engine = database.postgres_engine(url, pool=1)
    try:
        async with engine.connect() as connection:
            alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await alone.execute(sa.text("VACUUM"))
    finally:
        await engine.dispose()
