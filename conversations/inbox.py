"""The inbox: every provider event, raw, stored once and for ever before it is acknowledged.

`record` takes a batch: the recorder in `bot/loops.py` group-commits the events of all webhooks
that arrived together. The dedup key is unique in the database; a repeat changes nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import orm

from channels import messages
from conversations import batches
from crm_core import addresses, database, errors, jobs

HANDLE = "handle"
KEY_LIMIT = 400
PASSIVE_WAIT = timedelta(seconds=4)
"""So long an answer belongs to the provider's own request (PLATFORMS §2.1: it repeats at 5 s)."""
_BINDING = re.compile(r"\s*(?:绑定|綁定|bind)\s*\d", re.IGNORECASE)


class Event(database.Base):
    """One provider event. `state` is new, done or dead; `sender` orders one correspondent's."""

    __tablename__ = "events"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    channel: orm.Mapped[str] = orm.mapped_column(database.Text(16))
    account: orm.Mapped[str] = orm.mapped_column(database.Text(80))
    dedup_key: orm.Mapped[str] = orm.mapped_column(database.Text(KEY_LIMIT))
    sender: orm.Mapped[str] = orm.mapped_column(database.Text(addresses.VALUE_LIMIT))
    raw: orm.Mapped[bytes]
    state: orm.Mapped[str] = orm.mapped_column(database.Text(8))
    attempts: orm.Mapped[int]
    error: orm.Mapped[str] = orm.mapped_column(database.Text(), default="")
    awaits_reply: orm.Mapped[bool]
    received_at: orm.Mapped[datetime]
    handled_at: orm.Mapped[datetime | None]

    __table_args__ = (
        sa.UniqueConstraint("channel", "account", "dedup_key"),
        sa.Index(
            "ix_events_unhandled",
            "state",
            "id",
            sqlite_where=sa.text("state <> 'done'"),
            postgresql_where=sa.text("state <> 'done'"),
        ),
    )


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What became of one raw event. `awaits_reply`: its sender will be answered in the response."""

    event_id: int
    new: bool
    awaits_reply: bool


_Key = tuple[str, str, str]


def record_alone(
    session: orm.Session, arrivals: Sequence[messages.RawEvent], now: datetime
) -> list[Recorded]:
    """`record` in a transaction that does nothing else, before or after: quicker on PostgreSQL."""
    batches.alone(session)
    return record(session, arrivals, now)


def record(
    session: orm.Session, arrivals: Sequence[messages.RawEvent], now: datetime
) -> list[Recorded]:
    """Store a batch of events and queue the handling of the new ones; answers in the same order.

    A fixed number of statements, whatever the batch's size.
    """
    if not arrivals:
        return []
    keys = [_key(arrival) for arrival in arrivals]
    firsts: dict[_Key, messages.RawEvent] = {}
    for key, arrival in zip(keys, arrivals, strict=True):
        firsts.setdefault(key, arrival)
    stored = dict(zip(firsts, _stored(session, firsts, now), strict=True))
    if any(one.new for one in stored.values()):
        database.wake(session, jobs.topic(HANDLE))
    results = []
    for key in keys:
        one = stored[key]
        # The second of a key within the batch is a repeat already.
        new = firsts.pop(key, None) is not None and one.new
        results.append(Recorded(event_id=one.event_id, new=new, awaits_reply=one.awaits_reply))
    return results


def _stored(
    session: orm.Session, arrivals: Mapping[_Key, messages.RawEvent], now: datetime
) -> list[batches.Stored]:
    rows, cut = [], 1
    for n, (key, arrival) in enumerate(arrivals.items()):
        rows.append(_row(n, key, arrival, cut))
        cut += len(arrival.raw)
    return batches.store(session, HANDLE, rows, [one.raw for one in arrivals.values()], now)


def _key(arrival: messages.RawEvent) -> _Key:
    return arrival.channel, arrival.account, _fitting(arrival.dedup_key, KEY_LIMIT)


def _fitting(text: str, limit: int) -> str:
    # What a stranger sends may be of any length; what is cut must not become equal.
    text = database.storable(text)
    if len(text) <= limit:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"{text[: limit - len(digest) - 1]}#{digest}"


def _row(n: int, key: _Key, arrival: messages.RawEvent, cut: int) -> batches.Row:
    sender, answerable = arrival.sender, arrival.takes_reply
    surely = arrival.greets or _BINDING.match(arrival.text) is not None
    return batches.Row(
        n,
        *key,
        sender=_fitting(sender.value, addresses.VALUE_LIMIT),
        # A sender of no kind is nobody's: only words that may be answered ask who it is.
        asked_kind=sender.kind if answerable else "",
        asked_account=sender.account,
        asked_value=database.storable(sender.value),
        surely_answered=answerable and surely,
        cut=cut,
        size=len(arrival.raw),
    )


_EVENTS = cast(sa.Table, Event.__table__)


def loaded(session: orm.Session, event_ids: Sequence[int]) -> dict[int, Event]:
    """These events by id."""
    found = session.scalars(sa.select(Event).where(Event.id.in_(event_ids)))
    return {event.id: event for event in found}


_DONE = (
    sa.update(_EVENTS)
    .where(_EVENTS.c.id.in_(sa.bindparam("events", expanding=True)))
    .values(state="done", handled_at=sa.bindparam("now"), error="")
)


def mark_done(session: orm.Session, event_ids: Sequence[int], now: datetime) -> None:
    """These events have had their effect, in this transaction."""
    session.execute(_DONE, {"events": list(event_ids), "now": now})


def mark_failed(
    session: orm.Session, event_id: int, attempts: int, error: str, *, dead: bool
) -> None:
    """An attempt failed for `error`; `dead` when it was the last."""
    _mark(session, event_id, state="dead" if dead else "new", attempts=attempts, error=error[:2000])


def _mark(session: orm.Session, event_id: int, **values: Any) -> None:
    session.execute(
        sa.update(Event)
        .where(Event.id == event_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def get(session: orm.Session, event_id: int) -> Event:
    """The event of that number; raises NotFound event.unknown."""
    event = session.get(Event, event_id)
    if event is None:
        raise errors.NotFound("event.unknown", name=str(event_id))
    return event


def in_state(state: str) -> sa.ColumnElement[bool]:
    """The condition on `Event` for one state; quick for new and dead, which are few."""
    if state == "done":
        return Event.state == state
    # Spelled out, since SQLite takes a partial index only for the very words of its condition.
    return sa.and_(Event.state == state, Event.state != sa.literal_column("'done'"))


def listed(
    session: orm.Session, state: str | None = None, limit: int = 50, before: int | None = None
) -> Sequence[Event]:
    """Events, newest first, of one state or all; `before` is the id to continue from."""
    query = sa.select(Event).order_by(Event.id.desc()).limit(limit)
    if state is not None:
        query = query.where(in_state(state))
    if before is not None:
        query = query.where(Event.id < before)
    return session.scalars(query).all()


def retry(session: orm.Session, event_id: int, now: datetime) -> Event:
    """Give a dead event five more attempts. Raises Refusal event.not-dead."""
    event = _dead(session, event_id)
    event.state, event.attempts, event.error = "new", 0, ""
    key = f"{event.channel}:{event.account}:{event.sender}"
    jobs.enqueue(session, HANDLE, {"event_id": event.id}, now=now, key=key)
    return event


def discard(session: orm.Session, event_id: int, by: str, now: datetime) -> Event:
    """Take a dead event off the list; its raw bytes stay. Raises Refusal event.not-dead."""
    event = _dead(session, event_id)
    event.state, event.handled_at, event.error = "done", now, f"discarded by {by}"
    return event


def _dead(session: orm.Session, event_id: int) -> Event:
    event = session.get(Event, event_id, with_for_update=True)
    if event is None:
        raise errors.NotFound("event.unknown", name=str(event_id))
    if event.state != "dead":
        raise errors.Refusal("event.not-dead", name=str(event_id), state=event.state)
    return event


def oldest_runnable(session: orm.Session, now: datetime) -> datetime | None:
    """When the oldest event arrived whose handling is due and has not begun, or None.

    Those that stand behind one that waits for its next attempt are not due (DESIGN §5.5).
    """
    ahead = orm.aliased(jobs.Job)
    behind_a_retry = sa.exists().where(
        ahead.key == jobs.Job.key,
        ahead.id < jobs.Job.id,
        ahead.state == "ready",
        ahead.run_at > now,
    )
    return session.scalar(
        sa.select(sa.func.min(jobs.Job.created_at)).where(
            jobs.Job.kind == HANDLE,
            jobs.Job.state == jobs.READY,
            jobs.Job.run_at <= now,
            jobs.Job.attempts == 0,
            ~behind_a_retry,
        )
    )
