"""The timer loop: reminders, notices, and the batches of hand-overs and of a rebuilt search index.

Each is fired once, in one transaction.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy import orm

from bot import departures, digests, lookalikes, loops, notices, world
from crm_core import (
    database,
    errors,
    failpoints,
    handover,
    identity,
    jobs,
    merging,
    searchable,
    tasks,
)

log = structlog.get_logger("timers")

KINDS = (
    tasks.REMIND,
    notices.NOTICE,
    notices.HELD,
    searchable.REBUILD,
    identity.LOOK,
    merging.SETTLE,
    handover.JOB,
)
BATCH = 20


class Timers:
    """Fires what is due until the desk closes."""

    def __init__(self, desk: loops.Desk, setting: world.World) -> None:
        self.desk, self.setting = desk, setting

    async def run(self) -> None:
        """The loop."""
        await self.desk.poll(KINDS, self._step)

    async def _step(self) -> bool:
        claimed = await self.desk.claim(KINDS, BATCH)
        if claimed:
            failpoints.reach("timers.after-claim")
        async with self.desk.holding(claimed):
            for job in claimed:
                await self._fire(job)
        return bool(claimed)

    async def _fire(self, job: jobs.Claimed) -> None:
        try:
            await self.desk.again_on_conflict(self._effect, job)
            failpoints.reach("timers.after-commit")
        except errors.LeaseLost:
            log.warning("lease lost", action="lease_lost", job=job.id)
        except Exception as error:
            if database.is_away(error):
                raise
            log.exception("timer failed", action="timer_failed", job=job.id, attempt=job.attempts)
            await self.desk.store.run(self._retry, job, str(error))

    def _effect(self, session: orm.Session, job: jobs.Claimed) -> None:
        # First, so that the effect may queue the same again for later.
        jobs.finish(session, job)
        _fire(session, job, self.setting, self.desk.now())
        failpoints.reach("timers.before-commit")

    def _retry(self, session: orm.Session, job: jobs.Claimed, reason: str) -> None:
        if job.attempts >= jobs.TRIES:
            jobs.bury(session, job, reason)
        else:
            run_at = self.desk.now() + jobs.backoff(job.attempts)
            jobs.postpone(session, job, run_at=run_at, error=reason)


def _fire(session: orm.Session, job: jobs.Claimed, setting: world.World, now: datetime) -> None:
    payload = job.payload
    if job.kind == tasks.REMIND:
        due_at = datetime.fromisoformat(payload["due_at"])
        notices.remind(session, payload["task_id"], due_at, setting, now)
    elif job.kind == searchable.REBUILD:
        searchable.carry_on(session, payload, now)
    elif job.kind == identity.LOOK:
        lookalikes.look(session, payload, setting, now)
    elif job.kind == merging.SETTLE:
        merging.settle(session, payload["merge_id"])
    elif job.kind == notices.HELD:
        digests.say_held(session, payload, setting, now)
    elif job.kind == handover.JOB:
        departures.go_on(session, payload["handover_id"], setting, now)
    elif payload.get("rep_id"):
        digests.welcome_back(session, payload["rep_id"], setting, now)
    else:
        notices.gathered(session, payload["conversation_id"], setting, now)
