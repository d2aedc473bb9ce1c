"""The recorder: commits the events of all webhooks that arrive together in one transaction.

One task drains the queue; whatever came in while a commit was under way is the next batch. A
caller hears back only after the commit of its event, and then holds a receipt with which it may
wait for an answer that fits into the provider's own response.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import orm

from channels import contract, messages
from conversations import inbox, live, outbox, passive
from crm_core import database, failpoints

log = structlog.get_logger("recorder")

BATCH = 200
BATCH_BYTES = 8 * 1024 * 1024
"""Events and raw bytes (a little more) that share a commit at most."""
CAPACITY = 2_000
"""Events waiting for their commit, beyond which we refuse before accepting (promise P7)."""
PATIENCE = 10.0
"""Seconds to wait for a commit before the provider is told to come again."""
POLL = 0.25
"""Seconds between looks for an answer when no wake-up comes, as from another process."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """An event that waits for its commit until `deadline`, by the loop's clock."""

    event: messages.RawEvent
    recorded: asyncio.Future[inbox.Recorded]
    deadline: float


def handled_topic(event_id: int) -> str:
    """What is announced when an event has been handled."""
    return f"handled:{event_id}"


class Recorder:
    """Stores events durably, many at a time."""

    def __init__(
        self,
        store: database.Database,
        wakeups: live.Wakeups,
        now: Callable[[], datetime],
        holder: str,
        *,
        patience: float = PATIENCE,
    ) -> None:
        self.store, self.wakeups, self.now, self.holder = store, wakeups, now, holder
        self._patience = patience
        self._waiting: deque[_Entry] = deque()
        self._committing: Sequence[_Entry] = ()
        self._arrived = asyncio.Event()
        self._watch: asyncio.TimerHandle | None = None

    async def record(self, event: messages.RawEvent) -> contract.Receipt:
        """Store one event; returns after its commit. Raises Overloaded or a database error."""
        if len(self._waiting) >= CAPACITY:
            raise contract.Overloaded
        loop = asyncio.get_running_loop()
        entry = _Entry(event, loop.create_future(), loop.time() + self._patience)
        self._waiting.append(entry)
        self._arrived.set()
        if self._watch is None:
            self._watch = loop.call_at(entry.deadline, self._give_up)
        recorded = await entry.recorded
        failpoints.reach("recorder.before-answer")
        return EventReceipt(self, event, recorded)

    def _give_up(self) -> None:
        # One timer for all that wait: one for each would cost more than its share of the commit.
        # Their providers have long hung up; if a commit still comes, its repeat is known as one.
        self._watch = None
        loop = asyncio.get_running_loop()
        for entry in (*self._committing, *self._waiting):
            if entry.recorded.done():
                continue
            if entry.deadline > loop.time():
                self._watch = loop.call_at(entry.deadline, self._give_up)
                return
            entry.recorded.set_exception(TimeoutError("the commit takes too long"))

    async def run(self) -> None:
        """Commit batch after batch until cancelled."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            # What has reached our sockets by now shall share this commit.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            while self._waiting:
                self._committing = self._batch()
                await self._commit(self._committing)
                self._committing = ()

    def _batch(self) -> list[_Entry]:
        batch: list[_Entry] = []
        size = 0
        while self._waiting and len(batch) < BATCH and size < BATCH_BYTES:
            batch.append(self._waiting.popleft())
            size += len(batch[-1].event.raw)
        return batch

    async def _commit(self, batch: Sequence[_Entry]) -> None:
        try:
            recorded = await self._record([entry.event for entry in batch])
        except Exception as error:  # noqa: BLE001 - whatever it is, each caller must hear of it
            await self._commit_singly(batch, error)
            return
        for entry, result in zip(batch, recorded, strict=True):
            if not entry.recorded.done():
                entry.recorded.set_result(result)

    async def _commit_singly(self, batch: Sequence[_Entry], error: Exception) -> None:
        # One bad event must not take its neighbours with it; a database that is away takes all.
        if len(batch) > 1 and not database.is_away(error):
            for entry in batch:
                await self._commit([entry])
            return
        why = str(error)[:300]
        log.warning("could not record", action="record_failed", events=len(batch), why=why)
        for entry in batch:
            if not entry.recorded.done():
                entry.recorded.set_exception(error)

    async def _record(self, events: list[messages.RawEvent]) -> list[inbox.Recorded]:
        recorded = await self.store.run(_store, events, self.now())
        failpoints.reach("recorder.after-commit")
        return recorded


def _store(
    session: orm.Session, events: list[messages.RawEvent], now: datetime
) -> list[inbox.Recorded]:
    # Not after it, since on PostgreSQL the commit is part of it.
    failpoints.reach("recorder.before-commit")
    return inbox.record_alone(session, events, now)


class EventReceipt:
    """An event is committed; its answer may be waited for."""

    def __init__(
        self, recorder: Recorder, event: messages.RawEvent, recorded: inbox.Recorded
    ) -> None:
        self._recorder, self._event, self._recorded = recorder, event, recorded

    @property
    def new(self) -> bool:
        """False for a repeat."""
        return self._recorded.new

    async def reply(self, within: float) -> contract.PassiveReply | None:
        """The answer for the response, claimed; None when there is none in time."""
        if not self._recorded.awaits_reply:
            return None
        event_id = self._recorded.event_id
        deadline = asyncio.get_running_loop().time() + within
        with self._recorder.wakeups.listening(handled_topic(event_id)) as handled:
            while (left := deadline - asyncio.get_running_loop().time()) > 0:
                handled.clear()
                # Never cut short: a claim that is committed must not be forgotten.
                state, reply = await self._look(event_id)
                if state != "pending":
                    return reply
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(handled.wait(), min(POLL, left))
        return None

    async def _look(self, event_id: int) -> tuple[str, contract.PassiveReply | None]:
        view = await self._recorder.store.read(passive.view, event_id)
        if view.state == "answered":
            return view.state, RepeatedReply(self._event.sender, view)
        if view.state != "queued":
            return view.state, None
        taken = await self._take()
        return ("pending" if taken is None else view.state), taken

    async def _take(self) -> TakenReply | None:
        recorder = self._recorder
        outgoing = await recorder.store.run(
            passive.take, self._recorded.event_id, recorder.now(), recorder.holder
        )
        failpoints.reach("passive.after-claim")
        return None if outgoing is None else TakenReply(recorder, outgoing)


class TakenReply:
    """An answer that goes out in the response, and no other way."""

    def __init__(self, recorder: Recorder, outgoing: outbox.Outgoing) -> None:
        self._recorder, self._outgoing = recorder, outgoing

    @property
    def message(self) -> messages.OutboundMessage:
        """The words."""
        return self._outgoing.message

    async def settle(self, *, written: bool) -> None:
        """Mark the delivery sent, or unknown when the response could not be written."""
        failpoints.reach("passive.after-write")
        now = self._recorder.now()
        if written:
            await self._recorder.store.run(outbox.sent, self._outgoing, messages.Sent(), now)
            failpoints.reach("passive.after-mark")
        else:
            reason = "the response broke off"
            await self._recorder.store.run(outbox.unknown, self._outgoing, reason, now)

    async def release(self) -> None:
        """Let the delivery loop send the words instead."""
        recorder = self._recorder
        await recorder.store.run(passive.give_back, self._outgoing, recorder.now())


class RepeatedReply:
    """The same answer once more, for the provider's exact repeat."""

    def __init__(self, sender: messages.Address, view: passive.View) -> None:
        self.message = messages.OutboundMessage(
            to=sender, text=view.words, reference=view.reference, choices=view.choices
        )

    async def settle(self, *, written: bool) -> None:
        """The first answer settled the delivery."""

    async def release(self) -> None:
        """Likewise."""
