"""Notices: what the bot tells reps unasked. Each carries the way to act on it (COMMANDS §6).

A notice goes to the rep's own chat through the outbox, under the same windows as everything else.
Every function returns why somebody was not told, or None.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import orm

from bot import chats, command, doors, phrases, questions, replies, world
from channels import messages
from conversations import log, outbox, threads, windows
from crm_core import addresses, customers, jobs, people, tasks

NOTICE = "notice"
HELD = "held"
"""The kind of job that says a notice to somebody who was not to be disturbed."""
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
    known = doors.Doors(session, list(of.values()), setting, now)
    notes = []
    for talk in told:
        entries = news[talk.id]
        audience = known.of(of[talk.id])
        if audience.back is None:
            talk.noticed_at, talk.noticed_message_id = now, entries[-1].id
        else:
            _wait(session, talk, audience.back, of[talk.id].owner_id, now)
            entries = entries[-1:]
        window = ledger.get((talk.address_id, talk.account))
        for rep, door in (*audience.listeners, *audience.watchers):
            say = phrases.of(rep, setting.language)
            text, choices = _customer_notice(of[talk.id], talk, entries, window, now, say)
            text += _not_yours(session, of[talk.id], rep, say)
            notes.append(_Note(door=door, text=text, choices=choices, cause=entries[-1].event_id))
    _push(session, notes, now)


def _wait(
    session: orm.Session,
    talk: threads.Conversation,
    back: datetime,
    owner_id: int | None,
    now: datetime,
) -> None:
    """Tell of these words when somebody is there; the owner of all that came meanwhile at once."""
    jobs.enqueue(
        session,
        NOTICE,
        {"conversation_id": talk.id, "rep_id": owner_id},
        now=now,
        run_at=back,
        key=f"conversation:{talk.id}",
        dedup_key=f"notice:{talk.id}",
    )


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


def _not_yours(
    session: orm.Session, customer: customers.Customer, rep: people.Rep, _: phrases.Say
) -> str:
    """Whose customer it is, for somebody who only stands in or watches."""
    if customer.owner_id in (None, rep.id):
        return ""
    owner = session.get_one(people.Rep, customer.owner_id)
    return " · " + _("{name} looks after it", name=owner.name)


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
    reached = doors.for_rep(session, task.owner_id, setting, now)
    for rep, address in reached:
        _remind(session, task, rep, address, setting, now)
    return None if reached else "owner cannot be reached"


def _remind(  # noqa: PLR0917 - the facts of one reminder
    session: orm.Session,
    task: tasks.Task,
    rep: people.Rep,
    address: addresses.Address,
    setting: world.World,
    now: datetime,
) -> None:
    _ = phrases.of(rep, setting.language)
    customer = session.get(customers.Customer, task.customer_id or 0)
    subject = f"{customer.name} #{customer.id} · " if customer else ""
    if rep.id != task.owner_id:
        subject = f"{session.get_one(people.Rep, task.owner_id).name} · {subject}"
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


def not_delivered(
    session: orm.Session, delivery: outbox.Delivery, setting: world.World, now: datetime
) -> str | None:
    """Tell the rep whose words to a customer did not arrive, or may not have."""
    entry = session.get_one(log.Message, delivery.message_id)
    author = entry.author_id if entry.author_kind == "rep" else None
    if author is None or entry.customer_id is None or delivery.error == outbox.RECALLED:
        return "nobody waits for it"
    door = next(iter(doors.for_rep(session, author, setting, now)), None)
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
    """Put words into a rep's chat that the rep did not ask for; later when not to be disturbed.

    An open question there is disturbed: a bare yes or number will not act on it (COMMANDS §1.1).
    """
    rep = session.get(people.Rep, address.rep_id or 0)
    back = doors.back_at(rep, setting, now) if rep else None
    if rep is not None and back is not None:
        held = {"rep_id": rep.id, "text": text, "choices": [[c.label, c.value] for c in choices]}
        jobs.enqueue(session, HELD, held, now=now, run_at=back, key=f"rep:{rep.id}")
        return
    _push(session, [_Note(door=address, text=text, choices=choices)], now)


def ask(
    session: orm.Session, rep: people.Rep, ask: command.Ask, setting: world.World, now: datetime
) -> bool:
    """Put a question into a rep's chat; False when the rep cannot be reached.

    It is answered with a number, unless another question is open there: that one stays open, and
    the last line says how to come back to this one (`ask.later`).
    """
    door = doors.door(session, rep.id)
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
    door = doors.door(session, rep_id)
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
