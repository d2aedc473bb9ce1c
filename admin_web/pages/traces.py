"""The trace of an event: what became of one message, step by step, told from the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from admin_web import phrases
from admin_web.pages import changes
from conversations import inbox, log, outbox, threads
from crm_core import addresses, audit, customers, people

CHANNEL = "wechat"
SHOWN = 6
MARKED = 30
"""So many of the latest events put a mark below their bubble."""
QUOTED = 60
DELIVERED = frozenset({"sent", "delivered", "read"})

Step = dict[str, Any]
"""{"kind", "id", "label", "tone"}: kind and id name a record, tone is ok, wait or bad."""


_Sent = tuple[outbox.Delivery, log.Message, addresses.Address]


@dataclass
class _Facts:
    """Everything the shown events have led to, read with a handful of statements."""

    session: orm.Session
    say: phrases.Say
    language: str
    entries: dict[int, log.Message] = field(default_factory=dict)
    threads: dict[int, threads.Conversation] = field(default_factory=dict)
    changes: dict[str, list[audit.ChangeSet]] = field(default_factory=dict)
    deliveries: dict[int, list[_Sent]] = field(default_factory=dict)
    """By the event that led to them."""


def marks(session: orm.Session, account: str, openid: str, say: phrases.Say) -> dict[str, str]:
    """The provider's message id → what is printed in grey below that bubble."""
    prefix = f"m:{openid}:"
    rows = session.execute(
        sa.select(inbox.Event.dedup_key, inbox.Event.id, inbox.Event.state)
        .where(
            inbox.Event.channel == CHANNEL,
            inbox.Event.account == account,
            inbox.Event.sender == openid,
        )
        .order_by(inbox.Event.id.desc())
        .limit(MARKED)
    )
    words = {
        "new": say("recorded"),
        "done": say("recorded, handled"),
        "dead": say("could not be handled"),
    }
    return {
        key.removeprefix(prefix): f"#{number} {words.get(state, state)}"
        for key, number, state in rows
        if key.startswith(prefix)
    }


def latest(
    session: orm.Session,
    account: str,
    openids: Sequence[str],
    *,
    since: datetime,
    say: phrases.Say,
    language: str,
) -> list[dict[str, Any]]:
    """What happened last on these people's phones, newest first, each with its steps.

    Events of any time, and from `since` on also what was said to them unasked.
    """
    events = session.scalars(
        sa.select(inbox.Event)
        .where(
            inbox.Event.channel == CHANNEL,
            inbox.Event.account == account,
            inbox.Event.sender.in_(openids),
        )
        .order_by(inbox.Event.id.desc())
        .limit(SHOWN)
    ).all()
    facts = _gathered(session, events, say, language)
    names = {openid: _who(session, account, openid, say) for openid in openids}
    told = [_trace(facts, event, *names[event.sender]) for event in events]
    if len(events) == SHOWN:
        since = events[-1].received_at
    told += _unasked(facts, account, openids, since)
    return sorted(told, key=lambda trace: trace["id"], reverse=True)[:SHOWN]


def _gathered(
    session: orm.Session, events: Sequence[inbox.Event], say: phrases.Say, language: str
) -> _Facts:
    facts = _Facts(session=session, say=say, language=language)
    entries = sa.select(log.Message).where(
        log.Message.event_id.in_([event.id for event in events]), log.Message.part == 0
    )
    facts.entries = {entry.event_id or 0: entry for entry in session.scalars(entries)}
    found = {entry.conversation_id for entry in facts.entries.values()}
    talks = session.scalars(
        sa.select(threads.Conversation).where(threads.Conversation.id.in_(found))
    )
    facts.threads = {talk.id: talk for talk in talks}
    causes = [_cause(entry) for entry in facts.entries.values()]
    sets = sa.select(audit.ChangeSet).where(audit.ChangeSet.cause.in_(causes))
    for change_set in session.scalars(sets.order_by(audit.ChangeSet.id)):
        facts.changes.setdefault(change_set.cause, []).append(change_set)
    _gather_deliveries(facts, [event.id for event in events])
    return facts


def _gather_deliveries(facts: _Facts, event_ids: Sequence[int]) -> None:
    query = (
        sa.select(outbox.Delivery, log.Message, addresses.Address)
        .join(log.Message, log.Message.id == outbox.Delivery.message_id)
        .join(addresses.Address, addresses.Address.id == outbox.Delivery.address_id)
        .where(outbox.Delivery.event_id.in_(event_ids))
        .order_by(outbox.Delivery.id)
    )
    for delivery, message, address in facts.session.execute(query):
        kept = facts.deliveries.setdefault(delivery.event_id or 0, [])
        kept.append((delivery, message, address))


def _cause(entry: log.Message) -> str:
    return f"message:{entry.id}"


def _who(session: orm.Session, account: str, openid: str, say: phrases.Say) -> tuple[str, str]:
    """(name, label) of whoever has this address."""
    address = addresses.find(session, CHANNEL, account, openid)
    rep = session.get(people.Rep, address.rep_id or 0) if address else None
    if rep is not None:
        return rep.name, say("rep {name}", name=rep.name)
    contact = session.get(customers.Contact, address.contact_id or 0) if address else None
    if contact is None:
        return "?", say("somebody new")
    customer = session.get(customers.Customer, contact.customer_id or 0)
    if customer is None:
        return contact.name, say("visitor {name}", name=contact.name)
    if customer.name == contact.name:
        return contact.name, say("customer {name}", name=customer.name)
    label = say("customer {name}", name=f"{customer.name} · {contact.name}")
    return contact.name, label


def _trace(facts: _Facts, event: inbox.Event, name: str, label: str) -> dict[str, Any]:
    _ = facts.say
    entry = facts.entries.get(event.id)
    steps = [
        _step("event", event.id, _("signature valid")),
        _step("stored", event.id, _("recorded #{id}", id=event.id)),
    ]
    if event.state == "new":
        steps.append(_step("stored", event.id, _("being handled"), "wait"))
    elif event.state == "dead":
        steps.append(_step("stored", event.id, _("could not be handled"), "bad"))
    else:
        kind, number = ("message", entry.id) if entry else ("stored", event.id)
        steps.append(_step(kind, number, label))
        steps += _effects(facts, entry)
        steps += _replies(facts, event, entry)
    return {
        "id": _order(event.received_at),
        "name": name,
        "at": event.received_at.isoformat(),
        "text": _quoted(entry, event, _),
        "ms": _took(facts, event),
        "steps": steps,
    }


def _order(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _unasked(
    facts: _Facts, account: str, openids: Sequence[str], since: datetime
) -> list[dict[str, Any]]:
    """Reminders and notices to these people that no event shown here explains."""
    _ = facts.say
    query = (
        sa.select(outbox.Delivery, log.Message, addresses.Address)
        .join(log.Message, log.Message.id == outbox.Delivery.message_id)
        .join(addresses.Address, addresses.Address.id == outbox.Delivery.address_id)
        .where(
            addresses.Address.kind == CHANNEL,
            addresses.Address.account == account,
            addresses.Address.value.in_(openids),
            outbox.Delivery.created_at > since,
            sa.or_(
                outbox.Delivery.event_id.is_(None),
                outbox.Delivery.event_id.not_in(list(facts.deliveries)),
            ),
        )
        .order_by(outbox.Delivery.id.desc())
        .limit(SHOWN)
    )
    told = []
    for delivery, message, address in facts.session.execute(query):
        words, tone = _fared(facts, delivery, address, answer=False)
        left = delivery.updated_at - delivery.created_at
        told.append(
            {
                "id": _order(delivery.created_at),
                "name": _("Huihua assistant"),
                "at": delivery.created_at.isoformat(),
                "text": _shortened(message.text),
                "ms": round(left.total_seconds() * 1000) if delivery.state in DELIVERED else None,
                "steps": [
                    _step("message", message.id, _("sent unasked")),
                    _step("delivery", delivery.id, words, tone),
                ],
            }
        )
    return told


def _step(kind: str, number: int, label: str, tone: str = "ok") -> Step:
    return {"kind": kind, "id": number, "label": label, "tone": tone}


def _quoted(entry: log.Message | None, event: inbox.Event, _: phrases.Say) -> str:
    if entry is None:
        return _("followed the account") if b"subscribe" in event.raw else _("an event")
    return _shortened(entry.text)


def _shortened(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= QUOTED else words[: QUOTED - 1] + "…"


def _effects(facts: _Facts, entry: log.Message | None) -> list[Step]:
    if entry is None:
        return []
    made = facts.changes.get(_cause(entry), ())
    lines = [(c.id, changes.summary(facts.session, c, facts.say, facts.language)) for c in made]
    return [_step("change", number, line) for number, line in lines if line]


def _replies(facts: _Facts, event: inbox.Event, entry: log.Message | None) -> list[Step]:
    steps = []
    for delivery, message, address in _caused(facts, event, entry):
        answer = entry is None or message.conversation_id == entry.conversation_id
        label, tone = _fared(facts, delivery, address, answer=answer)
        steps.append(_step("delivery", delivery.id, label, tone))
    return steps


def _caused(facts: _Facts, event: inbox.Event, entry: log.Message | None) -> list[_Sent]:
    """What this event led to; a notice of several bubbles is the last one's, and stands at each."""
    own = facts.deliveries.get(event.id, [])
    talk = facts.threads.get(entry.conversation_id) if entry else None
    if own or entry is None or talk is None or talk.rep_id is not None:
        return own
    later = [
        other
        for other in facts.entries.values()
        if other.conversation_id == talk.id and other.id > entry.id and other.event_id
    ]
    if entry.id > talk.noticed_message_id or not later:
        return own
    return facts.deliveries.get(max(later, key=lambda other: other.id).event_id or 0, [])


def _fared(
    facts: _Facts, delivery: outbox.Delivery, address: addresses.Address, *, answer: bool
) -> tuple[str, str]:
    """How a delivery stands, as (words, tone)."""
    _ = facts.say
    name = _("reply") if answer else _called(facts.session, address)
    if delivery.state in DELIVERED:
        told = (
            _("{name} told", name=name) if address.rep_id else _("delivered to {name}", name=name)
        )
        return _("reply delivered") if answer else told, "ok"
    if delivery.state in ("queued", "sending"):
        return _("{name}: on its way", name=name), "wait"
    if delivery.state == "unknown":
        return _("{name}: outcome unknown", name=name), "bad"
    if delivery.error == outbox.RECALLED:
        return _("{name}: recalled in time", name=name), "wait"
    return _("{name}: not delivered", name=name), "bad"


def _called(session: orm.Session, address: addresses.Address) -> str:
    if address.rep_id:
        return session.get_one(people.Rep, address.rep_id).name
    contact = session.get(customers.Contact, address.contact_id or 0)
    return contact.name if contact else address.value


def _took(facts: _Facts, event: inbox.Event) -> int | None:
    """Milliseconds from arrival to the first answer or notice that left, else to the handling."""
    if event.handled_at is None:
        return None
    ends = [
        delivery.updated_at
        for delivery, _, _ in facts.deliveries.get(event.id, ())
        if delivery.state in DELIVERED
    ]
    return round((min(ends, default=event.handled_at) - event.received_at).total_seconds() * 1000)
