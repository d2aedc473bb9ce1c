"""The delivery loops, one for each kind of channel: claim, call the provider, mark."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import orm

from bot import loops, notices, phrases, world
from channels import contract, messages
from conversations import outbox
from crm_core import claims, failpoints, jobs, people

log = structlog.get_logger("delivering")

AT_ONCE = 16
"""Messages of one kind of channel that may be with the provider at the same time."""
CREDENTIALS_NAP = timedelta(minutes=1)
Find = Callable[[str, str], contract.Channel]
"""(channel kind, account name) → the channel; raises LookupError for an account we lack."""


Mark = Callable[[orm.Session], str]
"""Writes down how one message fared; returns the outcome for the metrics."""


class Delivering:
    """Delivers what is queued for one kind of channel until the desk closes."""

    def __init__(self, desk: loops.Desk, setting: world.World, kind: str, find: Find) -> None:
        self.desk, self.setting, self.kind, self.find = desk, setting, kind, find
        self._flying = 0
        self._landed = asyncio.Event()

    async def run(self) -> None:
        """The loop; returns when the last message in flight is settled."""
        async with asyncio.TaskGroup() as crew:
            await self.desk.poll([outbox.kind(self.kind)], partial(self._step, crew))

    async def _step(self, crew: asyncio.TaskGroup) -> bool:
        while self._flying >= AT_ONCE:
            self._landed.clear()
            await self._landed.wait()
        outgoing = await self.desk.store.run(self._claim, AT_ONCE - self._flying)
        if outgoing:
            failpoints.reach("delivering.after-claim")
        for one in outgoing:
            self._flying += 1
            crew.create_task(self._fly(one))
        return bool(outgoing)

    async def _fly(self, outgoing: outbox.Outgoing) -> None:
        try:
            await self._deliver(outgoing)
        finally:
            self._flying -= 1
            self._landed.set()

    def _claim(self, session: orm.Session, limit: int) -> list[outbox.Outgoing]:
        now = self.desk.now()
        claimed = claims.claim(
            session, [outbox.kind(self.kind)], now=now, limit=limit, holder=self.desk.holder
        )
        capabilities = self.setting.capabilities.get(self.kind)
        resend = capabilities is not None and capabilities.harmless_resend
        begun = []
        for job in claimed:
            outgoing = outbox.begin(session, job, now, resend=resend)
            if outgoing is None:
                self._tell(session, job.payload["delivery_id"])
            else:
                begun.append(self._with_hint(session, outgoing))
        return begun

    def _with_hint(self, session: orm.Session, outgoing: outbox.Outgoing) -> outbox.Outgoing:
        if outgoing.to_rep is None or not outgoing.last_slot:
            return outgoing
        rep = session.get_one(people.Rep, outgoing.to_rep)
        say = phrases.of(rep, self.setting.language)
        hint = say("WeChat lets me write no more for now: send any word and I go on.")
        message = replace(outgoing.message, text=f"{outgoing.message.text}\n{hint}")
        return replace(outgoing, message=message)

    async def _deliver(self, outgoing: outbox.Outgoing) -> None:
        async with self.desk.holding([outgoing.job]):
            failpoints.reach("delivering.before-send")
            mark = await self._send(outgoing)
            failpoints.reach("delivering.after-send")
            with loops.reporting_faults(f"deliver.{self.kind}"):
                outcome = await self.desk.again_on_conflict(mark)
                failpoints.reach("delivering.after-mark")
                self.desk.figures.delivered(outgoing.channel, outgoing.account, outcome)

    async def _send(self, outgoing: outbox.Outgoing) -> Mark:
        """Call the provider; what comes back is the marking still to be done."""
        try:
            channel = self.find(outgoing.channel, outgoing.account)
            sent = await channel.send(outgoing.message)
        except (contract.DeliveryError, LookupError) as error:
            return self._mark_of(outgoing, error)
        except Exception:
            log.exception("channel failed", action="send_failed", delivery=outgoing.delivery_id)
            return partial(self._unknown, outgoing, "the channel failed while sending")
        return partial(self._sent, outgoing, sent)

    def _mark_of(self, outgoing: outbox.Outgoing, error: Exception) -> Mark:
        """What to do about an error is in its name (channels/contract.py)."""
        reason = str(error)
        match error:
            case contract.WindowClosed():
                return partial(self._shut, outgoing, reason)
            case contract.Refused():
                return partial(self._failed, outgoing, reason)
            case contract.OutcomeUnknown():
                return partial(self._unknown, outgoing, reason)
            case contract.RetryLater():
                return self._later(outgoing, reason, error.after)
        # Our account is at fault, or gone: the words wait until an admin has mended it.
        log.error("account fails", action="account_fails", account=outgoing.account, why=reason)
        return self._later(outgoing, reason, CREDENTIALS_NAP)

    def _sent(self, outgoing: outbox.Outgoing, sent: messages.Sent, session: orm.Session) -> str:
        outbox.sent(session, outgoing, sent, self.desk.now())
        return "sent"

    def _failed(self, outgoing: outbox.Outgoing, reason: str, session: orm.Session) -> str:
        outbox.failed(session, outgoing, reason, self.desk.now())
        self._tell(session, outgoing.delivery_id)
        return "failed"

    def _shut(self, outgoing: outbox.Outgoing, reason: str, session: orm.Session) -> str:
        outbox.shut(session, outgoing, reason, self.desk.now())
        self._tell(session, outgoing.delivery_id)
        return "shut"

    def _unknown(self, outgoing: outbox.Outgoing, reason: str, session: orm.Session) -> str:
        outbox.unknown(session, outgoing, reason, self.desk.now())
        self._tell(session, outgoing.delivery_id)
        return "unknown"

    def _later(self, outgoing: outbox.Outgoing, reason: str, after: timedelta | None) -> Mark:
        capabilities = self.setting.capabilities.get(self.kind)
        patience = capabilities.retry_for if capabilities else contract.RETRY_FOR
        now = self.desk.now()
        if now - outgoing.queued_at > patience:
            return partial(self._failed, outgoing, reason)
        run_at = now + max(after or timedelta(0), jobs.backoff(outgoing.job.attempts))
        return partial(self._queued_again, outgoing, run_at, reason)

    def _queued_again(
        self, outgoing: outbox.Outgoing, run_at: datetime, reason: str, session: orm.Session
    ) -> str:
        outbox.later(session, outgoing, run_at, reason, self.desk.now())
        return "later"

    def _tell(self, session: orm.Session, delivery_id: int) -> None:
        """Let the author know of words that did not arrive, in the same transaction."""
        delivery = session.get(outbox.Delivery, delivery_id)
        if delivery is not None and delivery.state in ("failed", "unknown"):
            notices.not_delivered(session, delivery, self.setting, self.desk.now())
