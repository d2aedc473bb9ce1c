"""What a chat with a rep remembers between two messages.

It lives in the database: restarts and several processes do not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from conversations import log
from crm_core import database, people

CONTEXT_LIFE = timedelta(minutes=30)
QUESTION_LIFE = timedelta(minutes=10)
ATTENDING_LIFE = timedelta(minutes=5)
"""A rep who says nothing for so long is in the customer's conversation no longer (COMMANDS §5)."""
REPEAT_WATCH = timedelta(minutes=2)
"""The same write in the same words within this time is asked about (COMMANDS §1.6)."""


class Dialogue(database.Base):
    """One rep's chat at one address.

    `question` is the open one (see `bot.questions`); `listed` holds the short ids of the last list
    (T7, #12, D45); `last_write` is {"key", "at"} of the last executed write.
    """

    __tablename__ = "dialogues"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    rep_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("reps.id"))
    address_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("addresses.id"), unique=True)
    customer_id: orm.Mapped[int | None] = orm.mapped_column(info={"stays": True})
    deal_id: orm.Mapped[int | None]
    listed: orm.Mapped[list[Any]] = orm.mapped_column(default=list)
    question: orm.Mapped[dict[str, Any] | None] = orm.mapped_column(database.Json, nullable=True)
    last_write: orm.Mapped[dict[str, Any] | None] = orm.mapped_column(database.Json, nullable=True)
    attending: orm.Mapped[dict[str, Any] | None] = orm.mapped_column(database.Json, nullable=True)
    """The customer's conversation that every line goes to; see `Attended`."""
    used_at: orm.Mapped[datetime]
    misses: orm.Mapped[int] = orm.mapped_column(default=0)


def at(session: orm.Session, rep: people.Rep, address_id: int, now: datetime) -> Dialogue:
    """The rep's chat at this address, begun or (after a new binding) begun afresh if need be."""
    found = _find(session, address_id)
    if found is None:
        found = Dialogue(address_id=address_id, rep_id=rep.id, used_at=now, listed=[], misses=0)
        session.add(found)
        session.flush()
    if found.rep_id != rep.id or found.used_at < now - CONTEXT_LIFE:
        forget(found)
        found.rep_id, found.misses = rep.id, 0
    if found.question and asked_at(found) < now - QUESTION_LIFE:
        found.question = None
    return found


# Built once: for every command, building a statement would cost more than running it.
_AT = sa.select(Dialogue).where(Dialogue.address_id == sa.bindparam("address"))


def _find(session: orm.Session, address_id: int) -> Dialogue | None:
    return session.scalar(_AT, {"address": address_id})


def asked_at(chat: Dialogue) -> datetime:
    """When the open question was asked (or shown again); without one, when the chat was used."""
    return datetime.fromisoformat(chat.question["asked_at"]) if chat.question else chat.used_at


def disturbed(session: orm.Session, chat: Dialogue, conversation_id: int) -> bool:
    """Whether anything came between the open question of this chat and its answer."""
    if chat.question is None:
        return False
    if chat.question.get("disturbed"):
        return True
    return log.noticed_since(session, conversation_id, asked_at(chat))


def ask(chat: Dialogue, question: dict[str, Any], now: datetime) -> None:
    """Make this the open question, with nothing between it and its answer yet."""
    chat.question = {**question, "asked_at": now.isoformat(), "disturbed": False}


def disturb(chat: Dialogue) -> None:
    """Another answer of ours now stands below the open question."""
    if chat.question is not None:
        chat.question = {**chat.question, "disturbed": True}


def remember(chat: Dialogue, customer_id: int | None, deal_id: int | None) -> None:
    """What was just talked about; a customer without a deal forgets the deal of another one."""
    if customer_id is not None and customer_id != chat.customer_id:
        chat.customer_id, chat.deal_id = customer_id, None
    if deal_id is not None:
        chat.deal_id = deal_id


def forget(chat: Dialogue) -> None:
    """Nothing was talked about: no customer, no deal, no list, no question."""
    chat.customer_id = chat.deal_id = None
    chat.listed, chat.question, chat.last_write = [], None, None
    chat.attending = None


def show_list(chat: Dialogue, refs: Sequence[str]) -> None:
    """Remember the short ids of a list, so that 完成 2 knows what 2 is."""
    chat.listed = list(refs)


def wrote(chat: Dialogue, key: str, now: datetime) -> None:
    """Remember an executed write by what it did."""
    chat.last_write = {"key": key, "at": now.isoformat()}


def repeats(chat: Dialogue, key: str, now: datetime) -> bool:
    """Whether exactly this was done a moment ago."""
    last = chat.last_write
    if last is None or last["key"] != key:
        return False
    return datetime.fromisoformat(last["at"]) > now - REPEAT_WATCH


@dataclass(frozen=True, kw_only=True)
class Attended:
    """A customer's conversation that a rep stays in, and when the rep's last line went there."""

    customer_id: int
    conversation_id: int
    at: datetime


def attend(chat: Dialogue, customer_id: int, conversation_id: int, now: datetime) -> None:
    """From now on every line goes to that customer; also said again with each line."""
    chat.attending = {
        "customer": customer_id,
        "conversation": conversation_id,
        "at": now.isoformat(),
    }


def leave(chat: Dialogue) -> None:
    """Lines are commands again."""
    chat.attending = None


def attended(chat: Dialogue) -> Attended | None:
    """The conversation this chat stays in, if any; whether that is too long ago the caller asks."""
    held = chat.attending
    if held is None:
        return None
    at = datetime.fromisoformat(held["at"])
    return Attended(customer_id=held["customer"], conversation_id=held["conversation"], at=at)
