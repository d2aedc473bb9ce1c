"""Notices: what the bot tells reps unasked. Each carries the way to act on it (COMMANDS §6).

A notice goes to the rep's own chat through the outbox, under the same windows as everything else.
Every function returns why somebody was not told, or None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import orm

from bot import chats, command, phrases, questions, replies, world
from channels import messages
from conversations import log, outbox, threads, windows
from crm_core import addresses, customers, jobs, people, tasks

NOTICE = "notice"
DOORS = ("wecom", "wechat")
"""Kinds of address a notice may go to, the better one first."""
Words = Callable[[phrases.Say], str]
JUST_AFTER = timedelta(milliseconds=1)
QUOTED = 300
"""Characters of a customer's words that a notice shows; the whole is in the log."""


def customers_wrote(
    session: orm.Session,
    talks: Sequence[threads.Conversation],
    setting: world.World,
    now: datetime,
) -> None:
    """Tell the owners (or, without one, every active bound rep) what customers just wrote.

    A customer's first bubble is told at once; those that follow within `setting.bubbles` are told
    together. Whoever calls holds these conversations locked.
    """
    at_once = []
    for talk in talks:
        if talk.noticed_at is None or now >= talk.noticed_at + setting.bubbles:
            at_once.append(talk)
            continue
        jobs.enqueue(
            session,
            NOTICE,
            {"conversation_id": talk.id},
            now=now,
            run_at=talk.noticed_at + setting.bubbles,
            key=f"conversation:{talk.id}",
            dedup_key=f"notice:{talk.id}",
        )
    _tell(session, at_once, setting, now)


def gathered(
    session: orm.Session, conversation_id: int, setting: world.World, now: datetime
) -> None:
    """Tell whoever must know, in one notice, of all the customer's words nobody was told of."""
    talk = threads.locked(session, conversation_id)
    if talk is not None:
        _tell(session, [talk], setting, now)


def _tell(
    session: orm.Session,
    talks: Sequence[threads.Conversation],
    setting: world.World,
    now: datetime,
) -> None:
    news = log.unnoticed(session, talks) if talks else {}
    told = [talk for talk in talks if talk.id in news and talk.customer_id is not None]
    ledger = windows.states(session, [talk.address_id for talk in told], now)
    of = {talk.id: session.get_one(customers.Customer, talk.customer_id) for talk in told}
    doors = _Doors(session, [customer.owner_id for customer in of.values()])
    notes = []
    for talk in told:
        entries = news[talk.id]
        talk.noticed_at, talk.noticed_message_id = now, entries[-1].id
        window = ledger.get((talk.address_id, talk.account))
        for rep, door in doors.listeners(of[talk.id]):
            say = phrases.of(rep, setting.language)
            text, choices = _customer_notice(of[talk.id], talk, entries, window, now, say)
            notes.append(_Note(door=door, text=text, choices=choices, cause=entries[-1].event_id))
    _push(session, notes, now)


# Built once: for every message, building a statement would cost more than running it.
_DOORS = (
    sa.select(people.Rep, addresses.Address)
    .join(addresses.Address, addresses.Address.rep_id == people.Rep.id)
    .where(people.Rep.active, addresses.Address.kind.in_(DOORS))
    .order_by(people.Rep.id, addresses.Address.id.desc())
)
_DOORS_OF = _DOORS.where(people.Rep.id.in_(sa.bindparam("reps", expanding=True)))
_Reached = tuple[people.Rep, addresses.Address]


class _Doors:
    """Who can be told of these owners' customers, and where; all others only if nobody else can."""

    def __init__(self, session: orm.Session, owners: Iterable[int | None]) -> None:
        self._session = session
        self._owners = _doors(session, [owner for owner in owners if owner is not None])
        self._all: dict[int, _Reached] | None = None

    def listeners(self, customer: customers.Customer) -> Sequence[_Reached]:
        """The owner; without one every active bound rep; when nobody is bound, the managers."""
        if customer.owner_id in self._owners:
            return [self._owners[customer.owner_id]]
        if self._all is None:
            self._all = _doors(self._session)
        bound = list(self._all.values())
        reps = [each for each in bound if each[0].role == people.Role.REP]
        if customer.owner_id is None and reps:
            return reps
        return [each for each in bound if each[0].role != people.Role.REP]


def _doors(session: orm.Session, rep_ids: Sequence[int] | None = None) -> dict[int, _Reached]:
    """The active ones of these reps (or of all) that can be reached, with the best address."""
    if rep_ids is None:
        found = session.execute(_DOORS)
    else:
        found = session.execute(_DOORS_OF, {"reps": list(dict.fromkeys(rep_ids))})
    best: dict[int, _Reached] = {}
    for rep, address in found:
        held = best.get(rep.id)
        if held is None or DOORS.index(address.kind) < DOORS.index(held[1].kind):
            best[rep.id] = (rep, address)
    return best


def _door(session: orm.Session, rep_id: int | None) -> _Reached | None:
    return None if rep_id is None else _doors(session, [rep_id]).get(rep_id)


def _customer_notice(
    customer: customers.Customer,
    talk: threads.Conversation,
    entries: Sequence[log.Message],
    window: windows.State | None,
    now: datetime,
    _: phrases.Say,
) -> tuple[str, tuple[messages.Choice, ...]]:
    who = replies.person(entries[-1].author_name, customer.name)
    words = replies.shortened("\n".join(entry.text for entry in entries), QUOTED)
    channel = _channel(_, talk.channel)
    first = _(
        "[{channel}] {who} #{id}: {words}", channel=channel, who=who, id=customer.id, words=words
    )
    hints = [_("Send “re{id} …” to answer", id=customer.id)]
    hints.append(_countdown(_, window, now))
    choices: tuple[messages.Choice, ...] = ()
    if customer.owner_id is None:
        claim = _("claim #{id}", id=customer.id)
        hints.insert(0, _("No owner yet: send “{claim}”", claim=claim))
        choices = (messages.Choice(label=claim, value=claim),)
    return f"{first}\n{' · '.join(hint for hint in hints if hint)}", choices


def _channel(_: phrases.Say, kind: str) -> str:
    names = {"wechat": _("WeChat"), "wecom": _("WeCom"), "email": _("E-mail"), "phone": _("SMS")}
    return names.get(kind, kind)


def _countdown(_: phrases.Say, window: windows.State | None, now: datetime) -> str:
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
    door = _door(session, task.owner_id)
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
    author = entry.author_id if entry.author_kind == "rep" else None
    if author is None or entry.customer_id is None or delivery.error == outbox.RECALLED:
        return "nobody waits for it"
    door = _door(session, author)
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
    _push(session, [_Note(door=address, text=text, choices=choices)], now)


def ask(
    session: orm.Session, rep: people.Rep, ask: command.Ask, setting: world.World, now: datetime
) -> bool:
    """Put a question into a rep's chat; False when the rep cannot be reached.

    It is answered with a number, unless another question is open there: that one stays open, and
    the last line says how to come back to this one (`ask.later`).
    """
    door = _door(session, rep.id)
    if door is None:
        return False
    _, chat = phrases.of(rep, setting.language), chats.at(session, rep, door[1].id, now)
    if chat.question is not None:
        push(session, door[1], f"{ask.prompt}\n{ask.later}", setting, now)
        return True
    question = questions.stored(ask)
    text, choices = replies.asked(_, question)
    push(session, door[1], text, setting, now, choices=choices)
    # Later than the notice that holds it, which does not come between it and its answer.
    chats.ask(chat, question, now + JUST_AFTER)
    return True


def tell(
    session: orm.Session, rep_id: int | None, words: Words, setting: world.World, now: datetime
) -> bool:
    """Put words into a rep's chat, said in the rep's language; False when out of reach."""
    door = _door(session, rep_id)
    if door is not None:
        push(session, door[1], words(phrases.of(door[0], setting.language)), setting, now)
    return door is not None


@dataclass(frozen=True, kw_only=True)
class _Note:
    """Words for the chat at one door; `cause` is the event that led to them."""

    door: addresses.Address
    text: str
    choices: tuple[messages.Choice, ...] = ()
    cause: int | None = None


def _push(session: orm.Session, notes: Sequence[_Note], now: datetime) -> None:
    if not notes:
        return
    doors = {note.door.id: note.door for note in notes}
    chats = threads.with_reps(session, list(doors.values()), now)
    drafts = [
        outbox.Draft(text=note.text, choices=note.choices, kind=log.NOTICE, cause=note.cause)
        for note in notes
    ]
    outbox.queue_all(
        session,
        [(chats[note.door.id], draft) for note, draft in zip(notes, drafts, strict=True)],
        now,
    )
