"""Erasing what was said with a person: messages, raw events, and every copy in chats of reps.

The rows stay, so that counts and the order of the log remain, without a word or a name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from conversations import inbox, log, outbox, searching, threads, windows
from crm_core import jobs, privacy, scrubbing, search, searchable

SHINGLE = 10
"""So many characters in a row that the person also said make a line of the bot a copy."""
PAGE = 2000
_MESSAGES, _EVENTS = privacy.table_of(log.Message), privacy.table_of(inbox.Event)
_DELIVERIES = privacy.table_of(outbox.Delivery)


def erase(session: orm.Session, who: privacy.Person, causes: Iterable[str]) -> privacy.Touched:
    """Take out what was said with this person, and what was told of it to reps.

    `causes` are those of audit entries about the person: reps' commands, which go too.
    """
    talks = session.scalars(
        sa.select(threads.Conversation.id).where(
            sa.or_(
                threads.Conversation.contact_id.in_(who.contact_ids),
                threads.Conversation.address_id.in_(who.address_ids),
            )
        )
    ).all()
    said = session.execute(
        sa.select(log.Message.id, log.Message.event_id, log.Message.text, log.Message.at).where(
            log.Message.conversation_id.in_(talks)
        )
    ).all()
    events = {event for _, event, *_ in said if event is not None} | _sent_by(session, who)
    copies = _caused_by(session, events) | _commands(causes)
    if said:
        first = min(at for *_, at in said)
        copies |= _copies(session, {gram for row in said for gram in _grams(row.text)}, first)
    copies |= _caused_by(session, _events_of(session, copies))
    everything = {number for number, *_ in said} | copies
    _wipe(session, everything)
    _wipe_events(session, events | _events_of(session, copies))
    _wipe_deliveries(session, everything)
    _wipe_subjects(session, talks)
    _say_names_no_more(session, who)
    session.execute(
        sa.delete(windows.Window).where(windows.Window.address_id.in_(who.address_ids)),
        execution_options={"synchronize_session": False},
    )
    search.forget(session, searching.KIND, everything)
    deliveries = session.scalars(
        sa.select(outbox.Delivery.id).where(outbox.Delivery.message_id.in_(everything))
    )
    return {"messages": everything, "deliveries": set(deliveries)}


def _sent_by(session: orm.Session, who: privacy.Person) -> set[int]:
    """Events of this person that are no message: follows, calls, what could not be read."""
    held = [
        scrubbing.holding(session, column, who.reach)
        for column in (_EVENTS.c.sender, _EVENTS.c.raw, _EVENTS.c.dedup_key)
    ]
    return set(session.scalars(sa.select(_EVENTS.c.id).where(sa.or_(*held))))


def _caused_by(session: orm.Session, events: Iterable[int]) -> set[int]:
    """Messages that the handling of these events queued: notices to reps, answers."""
    found = sa.select(outbox.Delivery.message_id).where(outbox.Delivery.event_id.in_(set(events)))
    return set(session.scalars(found))


def _events_of(session: orm.Session, messages: Iterable[int]) -> set[int]:
    found = sa.select(log.Message.event_id).where(
        log.Message.id.in_(set(messages)), log.Message.event_id.is_not(None)
    )
    return {number for number in session.scalars(found) if number is not None}


def _commands(causes: Iterable[str]) -> set[int]:
    """The messages of reps that audit entries name as their causes."""
    named = {cause.removeprefix("message:") for cause in causes if cause.startswith("message:")}
    return {int(number) for number in named if number.isdecimal()}


def _grams(text: str) -> Iterator[str]:
    line = " ".join(text.split())
    yield from (line[at : at + SHINGLE] for at in range(len(line) - SHINGLE + 1))


def _copies(session: orm.Session, grams: set[str], since: datetime) -> set[int]:
    """Lines between reps and the bot that repeat what was said."""
    query = (
        sa.select(log.Message.id, log.Message.text)
        .join(threads.Conversation, threads.Conversation.id == log.Message.conversation_id)
        .where(threads.Conversation.rep_id.is_not(None), log.Message.at >= since)
        .execution_options(yield_per=PAGE)
    )
    if not grams:
        return set()
    found = session.execute(query)
    return {number for number, text in found if not grams.isdisjoint(_grams(text))}


def _wipe(session: orm.Session, messages: set[int]) -> None:
    scrubbing.put(
        session, _MESSAGES, messages, text=scrubbing.GONE, subject="", full_text="", provider_id=""
    )
    theirs = sa.and_(_MESSAGES.c.id.in_(messages), _MESSAGES.c.author_kind == "contact")
    session.execute(sa.update(_MESSAGES).where(theirs).values(author_name=scrubbing.GONE))


def _wipe_events(session: orm.Session, events: set[int]) -> None:
    query = sa.select(_EVENTS.c.id, _EVENTS.c.dedup_key, _EVENTS.c.state).where(
        _EVENTS.c.id.in_(events)
    )
    for number, key, state in session.execute(query).all():
        # The key stays one of its own: the same event still counts only once.
        digest = sha256(key.encode()).hexdigest()
        values: dict[str, Any] = {"raw": b"", "error": "", "sender": f"erased-{number}"}
        values["state"] = "done" if state != "done" else state
        scrubbing.put(session, _EVENTS, [number], dedup_key=f"erased-{digest}", **values)


def _wipe_deliveries(session: orm.Session, messages: set[int]) -> None:
    row = _DELIVERIES.c
    waiting = sa.and_(row.message_id.in_(messages), row.state.in_(("queued", "sending")))
    session.execute(sa.update(_DELIVERIES).where(waiting).values(state="failed"))
    session.execute(
        sa.update(_DELIVERIES)
        .where(row.message_id.in_(messages))
        .values(choices=[], error="", provider_id=None)
    )


def _wipe_subjects(session: orm.Session, talks: Sequence[int]) -> None:
    scrubbing.put(
        session, privacy.table_of(threads.Conversation), talks, subject="", waiting_since=None
    )


def _say_names_no_more(session: orm.Session, who: privacy.Person) -> None:
    """Reps' talk with the bot and the log with the same customer name the person no more."""
    own = sa.select(threads.Conversation.id).where(threads.Conversation.rep_id.is_not(None))
    where = sa.or_(
        _MESSAGES.c.conversation_id.in_(own), _MESSAGES.c.customer_id.in_(who.customer_ids)
    )
    named = scrubbing.scrub(session, _MESSAGES, [*who.names, *who.reach], where)
    _wipe_events(session, _events_of(session, named))
    searchable.stale(session, searching.KIND, *named)


def forget_jobs(session: orm.Session, who: privacy.Person, touched: privacy.Touched) -> None:
    """Nothing more is done for this person, and no job remembers a word."""
    gone: list[int] = []
    for number, kind, key, payload in session.execute(
        sa.select(jobs.Job.id, jobs.Job.kind, jobs.Job.key, jobs.Job.payload)
    ):
        written = f"{key} {payload} {payload!r}"
        theirs = any(each in written for each in (*who.names, *who.reach))
        delivery = payload.get("delivery_id") in touched.get("deliveries", ())
        if theirs or (delivery and kind.startswith("deliver")):
            gone.append(number)
    session.execute(
        sa.delete(jobs.Job).where(jobs.Job.id.in_(gone)),
        execution_options={"synchronize_session": False},
    )
