"""Conversations of the generated company, their messages and how those were delivered."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.generated import clients, drawing, staff, talk

ACCOUNTS = {"phone": "main", "email": "sales"}
"""The account on which a kind of address is talked with, where it is not the WeChat one's."""
WINDOW, QUOTA = timedelta(hours=48), 5
WAITING = timedelta(days=3)
"""Who wrote within this time and got no answer waits for one."""
CLOSED = timedelta(days=180)
_PAUSE = timedelta(hours=1)
_CHANNELS = drawing.Bag(("wechat", "email", "phone", "wecom"), 1.5)

Row = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Chat:
    """One conversation: with whom, who answers, and what has become of it."""

    id: int
    customer_id: int
    short: str
    chinese: bool
    reached: clients.Reached
    account: str
    rep: staff.Member
    owned: bool
    began: datetime
    last: datetime
    last_in: datetime | None
    waits: bool
    last_message_id: int = 0


Said = tuple[datetime, bool]
"""When, and whether the customer said it."""


def dialogue(
    lot: random.Random, number: int, since: datetime, now: datetime, *, owned: bool
) -> list[Said]:
    """So many messages in order: the customer mostly begins, and nobody talks only to himself."""
    said: list[Said] = []
    theirs = True
    for at in drawing.moments(lot, number, since, now):
        again = bool(said) and at - said[-1][0] < _PAUSE
        share = (0.35 if theirs else 0.7) if again else 0.75
        theirs = lot.random() < (share if owned else 0.85)
        said.append((at, theirs))
    return said


def partners(lot: random.Random, client: clients.Client, messages: int) -> list[clients.Reached]:
    """With whom, and how, they talk: mostly one person in one way, rarely two or three."""
    wanted = 1 + (messages > 3 and lot.random() < 0.35) + (messages > 20 and lot.random() < 0.5)
    ways: list[clients.Reached] = []
    for _ in range(wanted):
        kind = _CHANNELS.draw(lot)
        fit = [way for way in client.reached if way.kind == kind and way not in ways]
        left = fit or [way for way in client.reached if way not in ways]
        ways += [lot.choice(left)] if left else []
    return ways


def row(chat: Chat, now: datetime) -> Row:
    """The conversation's own row; its last message's number must be known by now."""
    kind = chat.reached.kind
    subject = ("报价" if chat.chinese else "Quotation") if kind == "email" else ""
    return {
        "id": chat.id,
        "customer_id": chat.customer_id,
        "contact_id": chat.reached.contact_id,
        "address_id": chat.reached.address_id,
        "channel": kind,
        "account": chat.account,
        "subject": subject,
        "status": "closed" if now - chat.last > CLOSED else "open",
        "assignee_id": chat.rep.id if chat.owned else None,
        "waiting_since": chat.last_in if chat.waits else None,
        "noticed_at": chat.last,
        "noticed_message_id": chat.last_message_id,
        "last_message_at": chat.last,
        "created_at": chat.began,
    }


def window(chat: Chat) -> Row | None:
    """How long, and how many times, we may still write; None where nothing limits it."""
    if chat.reached.kind not in ("wechat", "wecom") or chat.last_in is None:
        return None
    return {
        "address_id": chat.reached.address_id,
        "account": chat.account,
        "expires_at": chat.last_in + WINDOW,
        "remaining": QUOTA if chat.waits else QUOTA - 1,
    }


def message(lot: random.Random, chat: Chat, number: int, at: datetime, theirs: bool) -> Row:
    """One entry of it."""
    known = {"person": chat.reached.name, "company": chat.short, "rep": chat.rep.name}
    repertoire = talk.CUSTOMERS if theirs else talk.OURS
    words = repertoire.say(lot, known, chinese=chat.chinese)
    if lot.random() < 0.2:
        stop = "，" if chat.chinese else " "
        words += stop + repertoire.say(lot, known, chinese=chat.chinese)
    return {
        "id": number,
        "conversation_id": chat.id,
        "customer_id": chat.customer_id,
        "direction": "in" if theirs else "out",
        "author_kind": "contact" if theirs else "rep",
        "author_id": chat.reached.contact_id if theirs else chat.rep.id,
        "author_name": chat.reached.name if theirs else chat.rep.name,
        "text": words,
        "at": at,
        "created_at": at,
    }


def delivery(lot: random.Random, chat: Chat, number: int, at: datetime) -> Row:
    """How message `number`, one of ours, fared."""
    luck = lot.random()
    state = "sent" if chat.reached.kind in ("wechat", "wecom") else "delivered"
    error = ""
    if luck < 0.01:
        state, error = "failed", "the window is closed"
    elif luck < 0.012:
        state = "unknown"
    return {
        "message_id": number,
        "address_id": chat.reached.address_id,
        "channel": chat.reached.kind,
        "account": chat.account,
        "reference": f"made-{number}",
        "choices": [],
        "state": state,
        "attempts": 1,
        "passive": False,
        "maybe_duplicate": False,
        "provider_id": f"p{number}" if state != "failed" else None,
        "error": error,
        "created_at": at,
        "updated_at": at,
    }
