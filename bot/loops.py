"""The loops: what happens by itself (handling, delivering, reminding) until we are told to stop.

Each loop claims jobs in a short transaction, works, and marks the result in the transaction of the
job's own effect. A wake-up shortens the wait between two looks; looking is the truth.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy import orm

from admin_web import metrics
from bot import holders
from conversations import live
from crm_core import claims, database, errors, jobs

log = structlog.get_logger("loops")

LONGEST_NAP = 1.0
"""Seconds between two looks at the queue when nothing wakes us (DESIGN §3)."""
HEARTBEAT = 5.0
GRACE = 15.0
"""Seconds that work in hand gets after we are told to stop; with the webhooks' 8 s, 25 at most."""
AWAY_NAP = 2.0
CONFLICTS = 4
"""Runs that may meet another transaction before that counts as a failure."""
P = ParamSpec("P")
T = TypeVar("T")


class Desk:
    """What the loops of one process share: the database, the wake-ups, the jobs in hand."""

    def __init__(
        self,
        store: database.Database,
        wakeups: live.Wakeups,
        now: Callable[[], datetime],
        figures: metrics.Metrics,
    ) -> None:
        self.store, self.wakeups, self.now, self.figures = store, wakeups, now, figures
        self.holder = holders.mine()
        self.stopping = asyncio.Event()
        self._in_hand: dict[int, jobs.Claimed] = {}
        self._owed: list[jobs.Claimed] = []

    async def claim(self, kinds: Sequence[str], limit: int) -> list[jobs.Claimed]:
        """Up to `limit` ready jobs of these kinds, ours until given back."""
        return await self.store.run(
            claims.claim, kinds, now=self.now(), limit=limit, holder=self.holder
        )

    @contextlib.asynccontextmanager
    async def holding(self, claimed: Sequence[jobs.Claimed]) -> AsyncIterator[None]:
        """Keep the leases of these jobs alive while the block lasts."""
        for job in claimed:
            self._in_hand[job.id] = job
        try:
            yield
        finally:
            for job in claimed:
                self._in_hand.pop(job.id, None)

    def owe(self, job: jobs.Claimed) -> None:
        """Give a job back as soon as the database is there again."""
        self._owed.append(job)

    async def release(self, claimed: Sequence[jobs.Claimed]) -> None:
        """Give jobs back untouched, now or as soon as the database is there again."""
        for job in claimed:
            self.owe(job)
        with reporting_faults("release"):
            await self._pay()

    async def _pay(self) -> None:
        while self._owed:
            job = self._owed[0]
            with contextlib.suppress(errors.LeaseLost):
                await self.store.run(jobs.postpone, job, run_at=self.now(), uncount=True)
            self._owed.remove(job)

    async def again_on_conflict(
        self, work: Callable[Concatenate[orm.Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """`store.run`, once more at once when it met another transaction on the same records."""
        for _ in range(CONFLICTS):
            try:
                return await self.store.run(work, *args, **kwargs)
            except (orm.exc.StaleDataError, sa.exc.DBAPIError) as error:
                if not database.is_conflict(error):
                    raise
        return await self.store.run(work, *args, **kwargs)

    async def heartbeat(self) -> None:
        """Renew the leases in hand, and free those of processes that died, until cancelled."""
        while True:
            with reporting_faults("heartbeat"):
                await self._pay()
                await self.store.run(jobs.release_abandoned, holders.alive)
                if self._in_hand:
                    await self.store.run(jobs.extend, list(self._in_hand.values()), self.now())
            await asyncio.sleep(HEARTBEAT)

    async def poll(self, kinds: Sequence[str], step: Callable[[], Awaitable[bool]]) -> None:
        """Call `step` until we stop: at once while it finds work, else after a wake-up or a nap."""
        with self.wakeups.listening(*map(jobs.topic, kinds)) as wake:
            while not self.stopping.is_set():
                wake.clear()
                busy, fault = False, True
                with reporting_faults(kinds[0]):
                    busy, fault = await step(), False
                if fault:
                    await self.nap(AWAY_NAP)
                elif not busy:
                    await self._wait(wake, kinds)

    async def _wait(self, wake: asyncio.Event, kinds: Sequence[str]) -> None:
        nap = LONGEST_NAP
        with reporting_faults(kinds[0]):
            due = await self.store.read(jobs.next_run, kinds)
            if due is not None:
                nap = min(nap, max((due - self.now()).total_seconds(), 0.02))
        await _first_of(wake, self.stopping, nap)

    async def nap(self, seconds: float) -> None:
        """Wait, but not longer than until we are told to stop."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stopping.wait(), seconds)


async def _first_of(wake: asyncio.Event, stop: asyncio.Event, seconds: float) -> None:
    waits = [asyncio.create_task(event.wait()) for event in (wake, stop)]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


@contextlib.contextmanager
def reporting_faults(where: str) -> Iterator[None]:
    """Log what goes wrong inside the block and carry on after it.

    A database that is away is expected and one line; anything else is a defect of ours.
    """
    try:
        yield
    except errors.LeaseLost as error:
        log.warning("lease lost", action="lease_lost", where=where, job=str(error))
    except Exception as error:
        if database.is_away(error):
            away = str(error)[:200]
            log.warning("database is away", action="database_away", where=where, error=away)
        else:
            log.exception("loop failed", action="loop_failed", where=where)


Work = Callable[[], Coroutine[Any, Any, None]]


@contextlib.asynccontextmanager
async def beside(works: Sequence[Work]) -> AsyncIterator[None]:
    """Run these beside the block and cancel them when it ends."""
    tasks = [asyncio.create_task(work()) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def working(desk: Desk, loops: Sequence[Work]) -> AsyncIterator[None]:
    """Run the loops beside the block; when it ends, each may finish what it has in hand.

    Loops return by themselves soon after `desk.stopping`; after the grace they are cancelled, and
    what they held is free again when its lease runs out.
    """
    tasks = [asyncio.create_task(loop()) for loop in loops]
    async with beside([desk.heartbeat]):
        try:
            yield
        finally:
            desk.stopping.set()
            if tasks:
                await asyncio.wait(tasks, timeout=GRACE)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
