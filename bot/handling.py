"""The handling loop: recorded events become log entries and effects, in order for each sender."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy import orm

from bot import intake, loops, recorder, world
from channels import messages
from conversations import inbox
from crm_core import database, errors, failpoints, jobs

log = structlog.get_logger("handling")

BATCH = 50
FOLLOWERS = 50
AT_ONCE = 8
CONFLICTS = 4
"""Runs that may meet another sender's on the same record before that counts as a failure."""
FIRST_BACKOFF = timedelta(seconds=1)
Parse = Callable[[str, str, bytes], Sequence[messages.Inbound]]
"""(channel kind, account name, raw) → what it says; raises LookupError for an account we lack."""


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """One claimed job and what its event holds."""

    job: jobs.Claimed
    channel: str
    account: str
    raw: bytes


class Handling:
    """Handles events until the desk closes."""

    def __init__(self, desk: loops.Desk, setting: world.World, parse: Parse) -> None:
        self.desk, self.setting, self.parse = desk, setting, parse
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> None:
        """The loop."""
        await self.desk.poll([inbox.HANDLE], self._step)

    async def _step(self) -> bool:
        groups = await self.desk.store.run(_claim, self.desk)
        if groups:
            failpoints.reach("handling.after-claim")
        async with asyncio.TaskGroup() as tasks:
            for group in groups:
                tasks.create_task(self._handle_group(group))
        return bool(groups)

    async def _handle_group(self, group: Sequence[_Piece]) -> None:
        """One sender's events in order; after a failure the rest waits behind the failed one."""
        waiting = [piece.job for piece in group]
        async with self.desk.holding(waiting), self._slots:
            for piece in group:
                if self.desk.stopping.is_set() or not await self._handle(piece):
                    break
                waiting.pop(0)
            else:
                return
            # The failed head was settled by `_handle`; only untouched jobs are given back.
            await self.desk.release(waiting if self.desk.stopping.is_set() else waiting[1:])

    async def _handle(self, piece: _Piece) -> bool:
        job, started = piece.job, self.desk.now()
        try:
            if job.attempts > jobs.TRIES:
                raise RuntimeError("the process died each time it handled this")
            inbounds = self.parse(piece.channel, piece.account, piece.raw)
            await self._run(job, inbounds)
            failpoints.reach("handling.after-commit")
        except errors.LeaseLost:
            log.warning("lease lost", action="lease_lost", event_id=job.payload["event_id"])
            return False
        except Exception as error:  # noqa: BLE001 - whatever it is, it counts as an attempt
            if database.is_away(error):
                log.warning("database is away", action="database_away", why=str(error)[:200])
                self.desk.owe(job)
                return False
            await self._failed(job, error)
            return False
        self.desk.figures.handled(piece.channel, self.desk.now() - started)
        return True

    async def _run(self, job: jobs.Claimed, inbounds: Sequence[messages.Inbound]) -> None:
        for _ in range(CONFLICTS):
            try:
                await self.desk.store.run(self._effect, job, inbounds)
            except (orm.exc.StaleDataError, sa.exc.DBAPIError) as error:
                if not database.is_conflict(error):
                    raise
            else:
                return
        await self.desk.store.run(self._effect, job, inbounds)

    def _effect(
        self, session: orm.Session, job: jobs.Claimed, inbounds: Sequence[messages.Inbound]
    ) -> None:
        intake.handle(session, job, inbounds, self.setting, self.desk.now())
        failpoints.reach("handling.before-commit")

    async def _failed(self, job: jobs.Claimed, error: Exception) -> None:
        reference = secrets.token_hex(4)
        log.error(
            "could not handle",
            action="handle_failed",
            event_id=job.payload["event_id"],
            attempt=job.attempts,
            reference=reference,
            exc_info=error,
        )
        reason = f"{type(error).__name__}: {error} (ref {reference})"
        await self.desk.store.run(_note_failure, self.desk, job, reason)


def _claim(session: orm.Session, desk: loops.Desk) -> list[list[_Piece]]:
    now = desk.now()
    heads = jobs.claim(session, [inbox.HANDLE], now=now, limit=BATCH, holder=desk.holder)
    groups = [[head] for head in heads]
    if len(heads) < BATCH // 2:
        # Few senders are waiting: take more of each, so that one who floods us is soon done with.
        for group in groups:
            followers = jobs.claim_followers(
                session, group[0], now=now, limit=FOLLOWERS, holder=desk.holder
            )
            group.extend(followers)
    found = inbox.loaded(session, [job.payload["event_id"] for group in groups for job in group])
    return [[_piece(job, found[job.payload["event_id"]]) for job in group] for group in groups]


def _piece(job: jobs.Claimed, event: inbox.Event) -> _Piece:
    return _Piece(job=job, channel=event.channel, account=event.account, raw=event.raw)


def _note_failure(session: orm.Session, desk: loops.Desk, job: jobs.Claimed, reason: str) -> None:
    event_id, now = job.payload["event_id"], desk.now()
    dead = job.attempts >= jobs.TRIES
    inbox.mark_failed(session, event_id, job.attempts, reason, dead=dead)
    if dead:
        # The event is what remains, visible and to be retried; its sender's next ones go on.
        jobs.finish(session, job)
        database.wake(session, recorder.handled_topic(event_id))
        return
    wait = jobs.backoff(job.attempts, first=FIRST_BACKOFF)
    jobs.postpone(session, job, run_at=now + wait, error=reason)
