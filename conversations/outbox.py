"""The outbox: what we say, queued with the change that caused it, and how its delivery fared.

`queue` writes the log entry, the delivery and its job in the caller's transaction. A delivery loop
then claims (`begin`), calls the provider with no transaction open, and marks (`sent`, `failed`,
`unknown`, `later`). A crash between claim and mark leaves `sending`, which the next claim turns
into `unknown`: flagged, never hidden, and resent only where a resend cannot show twice.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import orm

from channels import messages
from conversations import inbox, log, threads, windows
from crm_core import addresses, claims, database, errors, jobs, records

HELD = timedelta(days=2)
"""How long words to a rep wait for the rep to open the window again before they are given up."""
WINDOW_WAIT = "waiting for the window to open"
WINDOW_CLOSED = "the window is closed"
RECALLED = "recalled"
CAUSE = "event_id"
RANK = {"queued": 0, "sending": 1, "sent": 2, "delivered": 3, "failed": 3, "read": 4}


class Delivery(database.Base):
    """One outbound message's way to its provider.

    `state` is queued, sending, sent, delivered, read, failed or unknown. `reference` is our
    idempotency key, the same for every try. `event_id` is the event whose handling queued the
    words, if one did. `answers_event_id` marks words meant for the response
    to that event; `passive` that they did go out that way.
    """

    __tablename__ = "deliveries"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    message_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("messages.id"), unique=True)
    address_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("addresses.id"))
    event_id: orm.Mapped[int | None] = orm.mapped_column(index=True)
    channel: orm.Mapped[str] = orm.mapped_column(database.Text(16))
    account: orm.Mapped[str] = orm.mapped_column(database.Text(80))
    reference: orm.Mapped[str] = orm.mapped_column(database.Text(40), unique=True)
    choices: orm.Mapped[list[Any]] = orm.mapped_column(default=list)
    state: orm.Mapped[str] = orm.mapped_column(database.Text(12), index=True)
    attempts: orm.Mapped[int]
    answers_event_id: orm.Mapped[int | None] = orm.mapped_column(index=True)
    passive: orm.Mapped[bool] = orm.mapped_column(default=False)
    maybe_duplicate: orm.Mapped[bool] = orm.mapped_column(default=False)
    provider_id: orm.Mapped[str | None] = orm.mapped_column(database.Text(200), index=True)
    error: orm.Mapped[str] = orm.mapped_column(database.Text(), default="")
    created_at: orm.Mapped[datetime]
    updated_at: orm.Mapped[datetime]


@dataclass(frozen=True, kw_only=True)
class Draft:
    """Words to be sent. `answers` is the event they answer, if they may go in its response.

    `author` is ("rep", id, name) or ("bot", None, ""). `hold` keeps them back, so that a change of
    mind can still stop them. `kind` is that of the log entry; `cause` the event that led to them,
    where it is another than the one being handled (`session.info[CAUSE]`).
    """

    text: str
    kind: str = "text"
    cause: int | None = None
    choices: tuple[messages.Choice, ...] = ()
    author: tuple[str, int | None, str] = ("bot", None, "")
    answers: inbox.Event | None = None
    hold: timedelta = timedelta(0)


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """A claimed delivery, ready for its channel.

    `to_rep` is the rep's id when it goes to one of ours; `last_slot` says that the window closes
    with it.
    """

    delivery_id: int
    job: jobs.Claimed
    channel: str
    account: str
    message: messages.OutboundMessage
    queued_at: datetime
    to_rep: int | None = None
    last_slot: bool = False


def kind(channel: str) -> str:
    """The kind of job that delivers on this channel; one each, so none waits for a slow other."""
    return f"deliver.{channel}"


def queue(
    session: orm.Session, conversation: threads.Conversation, draft: Draft, now: datetime
) -> Delivery:
    """Log the words in the conversation and queue their delivery, in the caller's transaction."""
    return queue_all(session, [(conversation, draft)], now)[0]


def queue_all(
    session: orm.Session, drafts: Sequence[tuple[threads.Conversation, Draft]], now: datetime
) -> Sequence[Delivery]:
    """Queue words for several conversations, in three statements whatever their number."""
    entries = [(conversation, _entry(draft, now)) for conversation, draft in drafts]
    log.append_all(session, entries)
    deliveries = records.insert_all(
        session,
        [
            _delivery(session, draft, conversation, entry, now)
            for (conversation, draft), (_, entry) in zip(drafts, entries, strict=True)
        ],
    )
    jobs.enqueue_all(
        session,
        [_job(d, draft, now) for d, (_, draft) in zip(deliveries, drafts, strict=True)],
        now=now,
    )
    return deliveries


def _entry(draft: Draft, now: datetime) -> log.Message:
    author_kind, author_id, author_name = draft.author
    return log.Message(
        direction="out",
        author_kind=author_kind,
        author_id=author_id,
        author_name=author_name,
        kind=draft.kind,
        text=draft.text,
        at=now,
        created_at=now,
    )


def _delivery(
    session: orm.Session,
    draft: Draft,
    conversation: threads.Conversation,
    entry: log.Message,
    now: datetime,
) -> Delivery:
    answers = draft.answers
    return Delivery(
        message_id=entry.id,
        address_id=conversation.address_id,
        event_id=draft.cause or session.info.get(CAUSE),
        channel=conversation.channel,
        account=conversation.account,
        reference=secrets.token_hex(16),
        state="queued",
        attempts=0,
        choices=[[choice.label, choice.value] for choice in draft.choices],
        answers_event_id=answers.id if answers is not None and answers.awaits_reply else None,
        created_at=now,
        updated_at=now,
    )


def _job(delivery: Delivery, draft: Draft, now: datetime) -> jobs.Wanted:
    return jobs.Wanted(
        kind=kind(delivery.channel),
        payload={"delivery_id": delivery.id},
        key=str(delivery.address_id),
        run_at=_not_before(draft, now),
        dedup_key=_called(delivery),
    )


def _called(delivery: Delivery) -> str:
    return f"delivery:{delivery.id}"


def _not_before(draft: Draft, now: datetime) -> datetime:
    if draft.answers is not None and draft.answers.awaits_reply:
        return max(now, draft.answers.received_at + inbox.PASSIVE_WAIT)
    return now + draft.hold


def begin(
    session: orm.Session, job: jobs.Claimed, now: datetime, *, resend: bool
) -> Outgoing | None:
    """Turn a claimed job into something to send; None when there is nothing to send (any more).

    A delivery found `sending` was in flight when its process died: it becomes `unknown`, or, where
    `resend` says that the channel's provider shows a repeat only once, is sent once more, flagged.
    """
    delivery = session.get(Delivery, job.payload["delivery_id"])
    if delivery is None or delivery.state not in ("queued", "sending"):
        jobs.finish(session, job)
        return None
    if delivery.state == "sending":
        if not resend or delivery.maybe_duplicate:
            _settle(session, delivery, job, "unknown", now, error="interrupted while sending")
            return None
        delivery.maybe_duplicate, delivery.passive = True, False
    address = session.get_one(addresses.Address, delivery.address_id)
    window = windows.state(session, address.id, delivery.account, now, lock=True)
    if window is not None and not window.open and not delivery.maybe_duplicate:
        _meet_closed_window(session, delivery, address, job, now)
        return None
    delivery.state, delivery.updated_at, delivery.attempts = "sending", now, job.attempts
    last_slot = window is not None and window.remaining == 1
    return outgoing_of(session, delivery, job, last_slot=last_slot)


def _meet_closed_window(
    session: orm.Session,
    delivery: Delivery,
    address: addresses.Address,
    job: jobs.Claimed,
    now: datetime,
) -> None:
    # A rep opens the window again with any word, so what is meant for a rep waits for that.
    if address.rep_id is None or delivery.created_at + HELD <= now:
        _settle(session, delivery, job, "failed", now, error=WINDOW_CLOSED)
        return
    delivery.error, delivery.updated_at = WINDOW_WAIT, now
    jobs.postpone(session, job, run_at=delivery.created_at + HELD, error=WINDOW_WAIT, uncount=True)


def choices_of(delivery: Delivery) -> tuple[messages.Choice, ...]:
    """What the person may tap."""
    return tuple(messages.Choice(label=label, value=value) for label, value in delivery.choices)


def outgoing_of(
    session: orm.Session, delivery: Delivery, job: jobs.Claimed, *, last_slot: bool = False
) -> Outgoing:
    """What a claimed delivery hands to its channel."""
    address = session.get_one(addresses.Address, delivery.address_id)
    entry = session.get_one(log.Message, delivery.message_id)
    return Outgoing(
        delivery_id=delivery.id,
        job=job,
        channel=delivery.channel,
        account=delivery.account,
        queued_at=delivery.created_at,
        to_rep=address.rep_id,
        last_slot=last_slot,
        message=messages.OutboundMessage(
            to=messages.Address(kind=address.kind, account=address.account, value=address.value),
            text=entry.text,
            reference=delivery.reference,
            choices=choices_of(delivery),
        ),
    )


def sent(session: orm.Session, outgoing: Outgoing, answer: messages.Sent, now: datetime) -> None:
    """The provider accepted the words. Raises LeaseLost when the lease ran out meanwhile.

    A passive answer uses up nothing of the window; other words as many slots as they had parts.
    """
    delivery = session.get_one(Delivery, outgoing.delivery_id)
    delivery.provider_id = answer.provider_ids[0] if answer.provider_ids else None
    _settle(session, delivery, outgoing.job, "sent", now)
    if not delivery.passive:
        windows.spend(session, delivery.address_id, delivery.account, answer.parts)


def failed(session: orm.Session, outgoing: Outgoing, reason: str, now: datetime) -> None:
    """The provider will never take the words to this address."""
    delivery = session.get_one(Delivery, outgoing.delivery_id)
    _settle(session, delivery, outgoing.job, "failed", now, error=reason)


def shut(session: orm.Session, outgoing: Outgoing, reason: str, now: datetime) -> None:
    """The provider says the window is used up: believe it. Words to a rep wait, others fail."""
    delivery = session.get_one(Delivery, outgoing.delivery_id)
    windows.closed(session, delivery.address_id, delivery.account)
    if outgoing.to_rep is None:
        _settle(session, delivery, outgoing.job, "failed", now, error=reason)
        return
    delivery.state, delivery.error, delivery.updated_at = "queued", WINDOW_WAIT, now
    run_at = max(delivery.created_at + HELD, now + timedelta(hours=1))
    jobs.postpone(session, outgoing.job, run_at=run_at, error=WINDOW_WAIT, uncount=True)


def unknown(session: orm.Session, outgoing: Outgoing, reason: str, now: datetime) -> None:
    """Nobody can say whether the words arrived: leave that to a person."""
    delivery = session.get_one(Delivery, outgoing.delivery_id)
    _settle(session, delivery, outgoing.job, "unknown", now, error=reason)


def later(
    session: orm.Session, outgoing: Outgoing, run_at: datetime, reason: str, now: datetime
) -> None:
    """Nothing was sent; try again at `run_at`."""
    delivery = session.get_one(Delivery, outgoing.delivery_id)
    delivery.state, delivery.error, delivery.updated_at = "queued", reason[:2000], now
    jobs.postpone(session, outgoing.job, run_at=run_at, error=reason)


def _settle(
    session: orm.Session,
    delivery: Delivery,
    job: jobs.Claimed,
    state: str,
    now: datetime,
    *,
    error: str = "",
) -> None:
    delivery.state, delivery.updated_at, delivery.error = state, now, error[:2000]
    jobs.finish(session, job)
    database.wake(session, "deliveries")


def claim(
    session: orm.Session, delivery: Delivery, *, now: datetime, holder: str
) -> jobs.Claimed | None:
    """Lease the job of a queued delivery, even before its time; None when somebody else has it."""
    if delivery.state != "queued":
        return None
    return claims.claim_one(session, _called(delivery), now=now, holder=holder)


def recall(session: orm.Session, delivery: Delivery, now: datetime) -> bool:
    """Stop words that have not left yet; False when they have."""
    job = claim(session, delivery, now=now, holder="recall")
    if job is None:
        return False
    _settle(session, delivery, job, "failed", now, error=RECALLED)
    return True


# On the table and built once: every message of a rep asks.
_JOBS = cast(sa.Table, jobs.Job.__table__)
_HURRY = (
    sa.update(_JOBS)
    .where(
        _JOBS.c.key == sa.bindparam("held"),
        _JOBS.c.state == jobs.READY,
        _JOBS.c.last_error == WINDOW_WAIT,
    )
    .values(run_at=sa.bindparam("now"), last_error="")
)


def hurry_held(session: orm.Session, address_id: int, channel: str, now: datetime) -> None:
    """The window of this address is open again: what waits for it may go now."""
    session.execute(_HURRY, {"held": f"{kind(channel)}|{address_id}", "now": now})
    database.wake(session, jobs.topic(kind(channel)))


def report(  # noqa: PLR0917 - the facts of one report
    session: orm.Session,
    channel: str,
    account: str,
    provider_id: str,
    state: str,
    error: str,
    now: datetime,
) -> bool:
    """A provider's status for one of our messages; False when no message has that id (yet).

    States go forward only, whatever the order and number of reports; read and failed are final.
    """
    delivery = session.scalar(
        sa.select(Delivery)
        .where(
            Delivery.provider_id == provider_id,
            Delivery.channel == channel,
            Delivery.account == account,
        )
        .with_for_update()
    )
    if delivery is None:
        return False
    if delivery.state not in ("read", "failed") and RANK[state] > RANK.get(delivery.state, 0):
        delivery.state, delivery.error, delivery.updated_at = state, error, now
        database.wake(session, "deliveries")
    return True


def of_messages(session: orm.Session, message_ids: Sequence[int]) -> dict[int, Delivery]:
    """The deliveries of these messages, by message id."""
    if not message_ids:
        return {}
    found = session.scalars(sa.select(Delivery).where(Delivery.message_id.in_(message_ids)))
    return {delivery.message_id: delivery for delivery in found}


def get(session: orm.Session, delivery_id: int) -> Delivery:
    """The delivery of that number; raises NotFound delivery.unknown."""
    delivery = session.get(Delivery, delivery_id)
    if delivery is None:
        raise errors.NotFound("delivery.unknown", name=str(delivery_id))
    return delivery
