"""What the sandbox's phones show besides what comes in live: owners, earlier talk, suggestions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import orm

from admin_web import phrases
from channels.sandbox import phones
from conversations import inbox, log, outbox, threads, windows
from crm_core import addresses, customers, deals, people, pipelines

KIND = "wechat"
EARLIER = 40
"""Earlier messages that a phone begins with."""
OFFERED = 60
"""People of one side that a phone can be, the newest ones beyond that."""
HAN = ("\u4e00", "\u9fff")

Side = Literal["rep", "customer"]


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody with a phone: a rep, or a customer's contact. `firm` is empty for a visitor."""

    side: Side
    openid: str
    name: str
    firm: str = ""
    role: str = ""
    address_id: int = 0


def everybody(session: orm.Session, account: str) -> list[Person]:
    """All who follow the official account: reps first, then customers, as they came."""
    here = (addresses.Address.kind == KIND, addresses.Address.account == account)
    ours = (
        sa.select(addresses.Address, people.Rep)
        .join(people.Rep, people.Rep.id == addresses.Address.rep_id)
        .where(*here)
        .order_by(people.Rep.id)
    )
    theirs = (
        sa.select(addresses.Address, customers.Contact, customers.Customer.name)
        .join(customers.Contact, customers.Contact.id == addresses.Address.contact_id)
        .outerjoin(customers.Customer, customers.Customer.id == customers.Contact.customer_id)
        .where(*here)
        .order_by(addresses.Address.id.desc())
        .limit(OFFERED)
    )
    reps = [
        Person(side="rep", openid=at.value, name=rep.name, role=rep.role, firm="", address_id=at.id)
        for at, rep in session.execute(ours.limit(OFFERED))
    ]
    others = [
        Person(
            side="customer", openid=at.value, name=contact.name, firm=firm or "", address_id=at.id
        )
        for at, contact, firm in session.execute(theirs)
    ]
    return [*reps, *reversed(others)]


def person(session: orm.Session, account: str, side: Side, openid: str) -> Person | None:
    """The owner of one phone, or None when the account has no such follower."""
    found = [p for p in everybody(session, account) if (p.side, p.openid) == (side, openid)]
    return found[0] if found else None


def bubble(entry: phones.Entry) -> dict[str, Any]:
    """One entry of the twin's phone as the page shows it."""
    return {
        "key": f"t{entry.id}",
        "at": entry.at.isoformat(),
        "mine": entry.direction == "out",
        "kind": entry.kind,
        "text": entry.text,
        "via": entry.via,
        "number": entry.provider_id,
        "choices": [
            {"label": choice.label, "value": choice.value, "id": choice.id}
            for choice in entry.choices
        ],
    }


def earlier(
    session: orm.Session, account: str, who: Person, before: datetime
) -> list[dict[str, Any]]:
    """What was said on a phone before the twin started, oldest first, as `bubble` gives it.

    The twin keeps nothing over a restart; what it shows itself is left out here.
    """
    arrived = sa.func.coalesce(inbox.Event.received_at, log.Message.created_at)
    left = sa.func.coalesce(outbox.Delivery.updated_at, log.Message.created_at)
    there = sa.or_(outbox.Delivery.id.is_(None), outbox.Delivery.state.not_in(("queued", "failed")))
    query = (
        sa.select(log.Message, outbox.Delivery)
        .join(threads.Conversation, threads.Conversation.id == log.Message.conversation_id)
        .outerjoin(inbox.Event, inbox.Event.id == log.Message.event_id)
        .outerjoin(outbox.Delivery, outbox.Delivery.message_id == log.Message.id)
        .where(
            threads.Conversation.address_id == who.address_id,
            threads.Conversation.account == account,
            log.Message.direction != "note",
            sa.or_(
                sa.and_(log.Message.direction == "in", arrived < before),
                sa.and_(log.Message.direction == "out", left < before, there),
            ),
        )
        .order_by(log.Message.at.desc(), log.Message.id.desc())
        .limit(EARLIER)
    )
    return [_said(message, delivery) for message, delivery in session.execute(query)][::-1]


def _said(message: log.Message, delivery: outbox.Delivery | None) -> dict[str, Any]:
    offered = delivery.choices if delivery else []
    return {
        "key": f"m{message.id}",
        "at": message.at.isoformat(),
        "mine": message.direction == "in",
        "kind": message.kind,
        "text": message.text,
        "via": "",
        "number": "",
        "choices": [
            {"label": label, "value": value, "id": f"{delivery.reference}.{number}"}
            for number, (label, value) in enumerate(offered, 1)
            if delivery
        ],
    }


def suggestions(
    session: orm.Session, who: Person | None, _: phrases.Say, language: str
) -> list[str]:
    """Sentences worth trying on this phone; a rep's are about a customer the rep may see."""
    if who is None or who.side == "customer":
        return _of_a_customer(who, _)
    rep = people.named(session, who.name)
    subject = _subject(session, rep)
    if subject is None:
        return [_("tasks"), _("help")]
    customer, deal = subject
    name = _short(customer.name)
    following = _next_stage(session, deal, language)
    return [
        _("find {name}", name=name),
        _("{name} -> {stage}", name=name, stage=following)
        if following
        else _("won {name}", name=name),
        _("remind in 1 minute call {name}", name=name),
        _("note {name} the samples passed the test", name=name),
        _("undo"),
        _("tasks"),
        _("help"),
    ]


def _of_a_customer(who: Person | None, _: phrases.Say) -> list[str]:
    if who is None or not who.firm:
        return [_("Hello, do you have 6205 bearings in stock?"), _("How long is the delivery?")]
    return [
        _("Could you do a better price?"),
        _("When can you ship?"),
        _("Please send the contract."),
        _("Fine, let us sign."),
    ]


def _subject(session: orm.Session, rep: people.Rep) -> tuple[customers.Customer, deals.Deal] | None:
    row = session.execute(
        sa.select(customers.Customer, deals.Deal)
        .join(deals.Deal, deals.Deal.customer_id == customers.Customer.id)
        .where(
            deals.Deal.status == "open",
            customers.visible(rep),
            customers.Customer.owner_id.is_not(None),
        )
        .order_by(customers.Customer.updated_at.desc(), deals.Deal.updated_at.desc())
        .limit(1)
    ).first()
    return None if row is None else (row[0], row[1])


def _short(name: str) -> str:
    return name[:2] if all(HAN[0] <= letter <= HAN[1] for letter in name[:2]) else name


def _next_stage(session: orm.Session, deal: deals.Deal, language: str) -> str:
    """The name of the open stage after the deal's own; empty when the next step is to win it."""
    steps = [s for s in pipelines.stages(session, deal.pipeline) if s.outcome == "open"]
    keys = [step.key for step in steps]
    place = keys.index(deal.stage) + 1 if deal.stage in keys else len(keys)
    if place >= len(steps):
        return ""
    return steps[place].name_zh if language == "zh" else steps[place].name_en.lower()


def allowance(
    session: orm.Session,
    account: str,
    who: Person | None,
    now: datetime,
    _: phrases.Say,
    zone: ZoneInfo,
) -> str:
    """How many messages WeChat lets the account send to this phone now, in words."""
    state = windows.state(session, who.address_id, account, now) if who else None
    if state is None:
        return ""
    if not state.open:
        return _("reply window closed: write from here to open it")
    until = state.expires_at.astimezone(zone)
    return _(
        "may receive {count} more, until {time}",
        count=state.remaining,
        time=f"{until:%m-%d %H:%M}",
    )


def owners_of(everyone: Sequence[Person], side: Side) -> list[Person]:
    """Those of one side."""
    return [who for who in everyone if who.side == side]
