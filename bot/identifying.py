"""Asking the provider who a newcomer is: one person on two accounts of ours becomes one contact.

The question is asked after the message was handled, outside any transaction; what is learnt joins
in a second one (`conversations.joining`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import structlog
from sqlalchemy import orm

from bot import loops
from channels import contract, messages
from conversations import correspondents, joining
from crm_core import audit, jobs

log = structlog.get_logger("identifying")

BATCH = 20
PATIENCE = timedelta(minutes=1)
Find = Callable[[str, str], contract.Channel]


class Identifying:
    """Asks about newcomers until the desk closes."""

    def __init__(self, desk: loops.Desk, find: Find) -> None:
        self.desk, self.find = desk, find

    async def run(self) -> None:
        """The loop."""
        await self.desk.poll([joining.IDENTIFY], self.step)

    async def step(self) -> bool:
        """Ask about some newcomers; whether there were any."""
        claimed = await self.desk.claim([joining.IDENTIFY], BATCH)
        async with self.desk.holding(claimed):
            for job in claimed:
                with loops.reporting_faults("identify"):
                    await self._ask(job)
        return bool(claimed)

    async def _ask(self, job: jobs.Claimed) -> None:
        address = messages.Address(**job.payload["address"])
        try:
            keys = await self._keys(address, job.payload["channel"])
        except (contract.Refused, LookupError) as error:
            log.info("sender not identified", action="identify_refused", why=str(error)[:200])
            keys = ()
        except contract.DeliveryError as error:
            await self.desk.store.run(self._later, job, str(error))
            return
        await self.desk.again_on_conflict(self._join, job, address, keys)

    async def _keys(self, address: messages.Address, kind: str) -> Sequence[messages.Address]:
        channel = self.find(kind, address.account)
        if isinstance(channel, contract.Identifying):
            return await channel.also_known_as(address)
        return ()

    def _join(
        self,
        session: orm.Session,
        job: jobs.Claimed,
        address: messages.Address,
        keys: Sequence[messages.Address],
    ) -> None:
        jobs.finish(session, job)
        now, channel = self.desk.now(), job.payload["channel"]
        who = correspondents.find(session, address)
        if not keys or who is None:
            return
        told = messages.InboundOther(
            sender=address, at=now, what="identity", also_known_as=tuple(keys)
        )
        with audit.changing(
            session,
            actor="provider",
            cause=f"identity:{who.address.id}",
            now=now,
            source=f"event:{channel}",
        ):
            joining.joined(session, who, told, now)

    def _later(self, session: orm.Session, job: jobs.Claimed, reason: str) -> None:
        if job.attempts >= jobs.TRIES:
            # Nothing is lost: names and numbers still tell who is who.
            jobs.finish(session, job)
            return
        run_at = self.desk.now() + max(PATIENCE, jobs.backoff(job.attempts))
        jobs.postpone(session, job, run_at=run_at, error=reason)
