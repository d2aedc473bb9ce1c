"""Notices: what the bot tells reps unasked. Each carries the way to act on it (COMMANDS §6).

A notice goes to the rep's own chat through the outbox, under the same windows as everything else.
Every function returns why somebody was not told, or None.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import orm

from bot import chats, phrases, replies, world
from channels import messages
from conversations import log, outbox, threads, windows
from crm_core import addresses, customers, jobs, people, tasks

NOTICE = "notice"
DOORS = ("wecom", "wechat")
"""Kinds of address a notice may go to, the better one first."""
QUOTED = 300
"""Characters of a customer's words that a notice shows; the whole is in the log."""


def customer_wrote(
    session: orm.Session, conversation: threads.Conversation, setting: world.World, now: datetime
) -> str | None:
    """Tell the owner (or, without one, every active bound rep) what a customer just wrote.

    The first bubble is told at once; those that follow within `setting.bubbles` are told together.
    """
    if conversation.noticed_at is not None and now < conversation.noticed_at + setting.bubbles:
        jobs.enqueue(
            session,
            NOTICE,
            {"conversation_id": conversation.id},
            now=now,
            run_at=conversation.noticed_at + setting.bubbles,
            key=f"conversation:{conversation.id}",
            dedup_key=f"notice:{conversation.id}",
        )
        return "gathered with the next ones"
    return gathered(session, conversation, setting, now)


def gathered(
    session: orm.Session, conversation: threads.Conversation, setting: world.World, now: datetime
) -> str | None:
    """Tell whoever must know, in one notice, of all the customer's words nobody was told of."""
    entries = log.unnoticed(session, conversation)
    if not entries or conversation.customer_id is None:
        return "nothing new"
    customer = session.get_one(customers.Customer, conversation.customer_id)
    conversation.noticed_at, conversation.noticed_message_id = now, entries[-1].id
    told = 0
    for rep, address in _listeners(session, customer):
        say = phrases.of(rep, setting.language)
        text, choices = _customer_notice(session, conversation, entries, say, now)
        push(session, address, text, setting, now, choices=choices)
        told += 1
    return None if told else "no bound rep or manager"


def _listeners(
    session: orm.Session, customer: customers.Customer
) -> Sequence[tuple[people.Rep, addresses.Address]]:
    if customer.owner_id is not None:
        owner = _doors(session, customer.owner_id)
        return owner or _managers(_doors(session))
    bound = _doors(session)
    reps = [(rep, door) for rep, door in bound if rep.role == people.Role.REP]
    return reps or _managers(bound)


def _managers(
    bound: Sequence[tuple[people.Rep, addresses.Address]],
) -> Sequence[tuple[people.Rep, addresses.Address]]:
    return [(rep, door) for rep, door in bound if rep.role != people.Role.REP]


# Built once: for every message, building a statement would cost more than running it.
_DOORS = (
    sa.select(people.Rep, addresses.Address)
    .join(addresses.Address, addresses.Address.rep_id == people.Rep.id)
    .where(people.Rep.active, addresses.Address.kind.in_(DOORS))
    .order_by(people.Rep.id, addresses.Address.id.desc())
)
_DOORS_OF = _DOORS.where(people.Rep.id == sa.bindparam("rep"))


def _doors(
    session: orm.Session, rep_id: int | None = None
) -> Sequence[tuple[people.Rep, addresses.Address]]:
    """Every active rep that can be reached, with the best address of each."""
    one = rep_id is not None
    found = session.execute(_DOORS_OF, {"rep": rep_id}) if one else session.execute(_DOORS)
    best: dict[int, tuple[people.Rep, addresses.Address]] = {}
    for rep, address in found:
        held = best.get(rep.id)
        if held is None or DOORS.index(address.kind) < DOORS.index(held[1].kind):
            best[rep.id] = (rep, address)
    return list(best.values())


def _customer_notice(
    session: orm.Session,
    conversation: threads.Conversation,
    entries: Sequence[log.Message],
    _: phrases.Say,
    now: datetime,
) -> tuple[str, tuple[messages.Choice, ...]]:
    customer = session.get_one(customers.Customer, conversation.customer_id)
    who = replies.person(entries[-1].author_name, customer.name)
    words = replies.shortened("\n".join(entry.text for entry in entries), QUOTED)
    channel = _channel(_, conversation.channel)
    first = _(
        "[{channel}] {who} #{id}: {words}", channel=channel, who=who, id=customer.id, words=words
    )
    hints = [_("Send “re{id} …” to answer", id=customer.id)]
    hints.append(_countdown(_, session, conversation, now))
    choices: tuple[messages.Choice, ...] = ()
    if customer.owner_id is None:
        claim = _("claim #{id}", id=customer.id)
        hints.insert(0, _("No owner yet: send “{claim}”", claim=claim))
        choices = (messages.Choice(label=claim, value=claim),)
    return f"{first}\n{' · '.join(hint for hint in hints if hint)}", choices


def _channel(_: phrases.Say, kind: str) -> str:
    names = {"wechat": _("WeChat"), "wecom": _("WeCom"), "email": _("E-mail"), "phone": _("SMS")}
    return names.get(kind, kind)


def _countdown(
    _: phrases.Say, session: orm.Session, conversation: threads.Conversation, now: datetime
) -> str:
    window = windows.state(session, conversation.address_id, conversation.account, now)
    if window is None:
        return ""
    if not window.open:
        return _("the window to answer has closed")
    left = window.expires_at - now
    minutes = int(left.total_seconds() // 60)
    if left >= timedelta(hours=1):
        return _("{count} more, {hours} h", count=window.remaining, hours=minutes // 60)
    return _("{count} more, {minutes} min", count=window.remaining, minutes=minutes)


def remind(
    session: orm.Session, task_id: int, due_at: datetime, setting: world.World, now: datetime
) -> str | None:
    """Remind a task's owner, once, if the task is still open and still due then."""
    task = tasks.to_remind(session, task_id, due_at)
    if task is None:
        return "not due any more"
    task.reminded_at = now
    door = next(iter(_doors(session, task.owner_id)), None)
    if door is None:
        return "owner cannot be reached"
    rep, address = door
    _ = phrases.of(rep, setting.language)
    customer = session.get(customers.Customer, task.customer_id or 0)
    subject = f"{customer.name} #{customer.id} · " if customer else ""
    words = replies.shortened(task.text, QUOTED)
    text = _("⏰ {subject}{text} (T{id})", subject=subject, text=words, id=task.id)
    hint = _("Send “done T{id}” when it is done, or “T{id} to tomorrow” to put it off", id=task.id)
    done = _("done T{id}", id=task.id)
    push(
        session,
        address,
        f"{text}\n{hint}",
        setting,
        now,
        choices=(messages.Choice(label=done, value=done),),
    )
    return None


def not_delivered(
    session: orm.Session, delivery: outbox.Delivery, setting: world.World, now: datetime
) -> str | None:
    """Tell the rep whose words to a customer did not arrive, or may not have."""
    entry = session.get_one(log.Message, delivery.message_id)
    if entry.author_kind != "rep" or entry.customer_id is None or delivery.error == outbox.RECALLED:
        return "nobody waits for it"
    door = next(iter(_doors(session, entry.author_id)), None)
    if door is None:
        return "author cannot be reached"
    rep, address = door
    _ = phrases.of(rep, setting.language)
    customer = session.get_one(customers.Customer, entry.customer_id)
    if delivery.state == "unknown":
        first = _(
            "? It is unknown whether this reached {name} #{id}:", name=customer.name, id=customer.id
        )
        last = _("Ask the customer before sending it again.")
    else:
        first = _("✗ Not delivered to {name} #{id}:", name=customer.name, id=customer.id)
        why = reason(_, delivery.error)
        last = _("Reason: {reason}. Try by phone, or wait until the customer writes.", reason=why)
    text = f"{first}\n“{replies.shortened(entry.text, 100)}”\n{last}"
    push(session, address, text, setting, now)
    return None


def reason(_: phrases.Say, error: str) -> str:
    """Why a delivery failed, in the rep's language where we know the reason."""
    if error == outbox.WINDOW_CLOSED:
        return _("the time to answer is over (WeChat allows 48 hours, 5 messages)")
    return error


def push(
    session: orm.Session,
    address: addresses.Address,
    text: str,
    setting: world.World,
    now: datetime,
    *,
    choices: tuple[messages.Choice, ...] = (),
) -> None:
    """Put words into a rep's chat that the rep did not ask for.

    An open question there is disturbed: a bare yes or number will not act on it (COMMANDS §1.1).
    """
    del setting
    conversation = threads.at(session, address, address.kind, address.account, now)
    outbox.queue(session, conversation, outbox.Draft(text=text, choices=choices), now)
    chats.pushed(session, address.id, now)
