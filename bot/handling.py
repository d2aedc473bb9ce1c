"""The handling loop: recorded events become log entries and effects, in order for each sender."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, islice, takewhile

import structlog
from sqlalchemy import orm

from bot import intake, loops, recorder, world
from channels import messages
from conversations import inbox
from crm_core import claims, database, errors, failpoints, jobs

log = structlog.get_logger("handling")

BATCH = 64
FOLLOWERS = 48
TOGETHER = 8
"""Events nobody waits for that may share a transaction: few, since what waits for the writer (a
webhook's commit) waits for all of them."""
AT_ONCE = 8
FIRST_BACKOFF = timedelta(seconds=1)
Parse = Callable[[str, str, bytes], Sequence[messages.Inbound]]
"""(channel kind, account name, raw) → what it says; raises LookupError for an account we lack."""


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """One claimed job and its event."""

    job: jobs.Claimed
    event: inbox.Event


_Lane = list[deque[_Piece]]
"""The events of some senders, each sender's in order; worked off one after the other."""


class Handling:
    """Handles events until the desk closes."""

    def __init__(self, desk: loops.Desk, setting: world.World, parse: Parse) -> None:
        self.desk, self.setting, self.parse = desk, setting, parse
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> None:
        """The loop."""
        await self.desk.poll([inbox.HANDLE], self._step)

    async def _step(self) -> bool:
        lanes = await self.desk.store.run(_claim, self.desk)
        if lanes:
            failpoints.reach("handling.after-claim")
        async with asyncio.TaskGroup() as tasks:
            for lane in lanes:
                tasks.create_task(self._work_off(lane))
        return bool(lanes)

    async def _work_off(self, lane: _Lane) -> None:
        """Handle a lane to its end; behind an event that failed the rest of its sender's waits."""
        async with self.desk.holding(_jobs(lane)), self._slots:
            while lane and not self.desk.stopping.is_set():
                batch = _next(lane)
                if len(batch) > 1 and await self._handle_together(batch):
                    _strike(lane, len(batch))
                elif await self._handle(batch[0]):
                    _strike(lane, 1)
                else:
                    # The failed one was settled by `_handle`; only untouched jobs are given back.
                    behind = lane.pop(0)
                    behind.popleft()
                    await self.desk.release([piece.job for piece in behind])
            await self.desk.release(_jobs(lane))

    async def _handle_together(self, batch: Sequence[_Piece]) -> bool:
        """Several events in one transaction; False, and nothing done, when any of them fails."""
        started = self.desk.now()
        try:
            happenings = [self._read(piece) for piece in batch]
            await self.desk.store.run(self._effect, happenings)
        except Exception as error:  # noqa: BLE001 - each is tried by itself and says what it is
            why = type(error).__name__
            log.debug("handling one by one", action="handle_singly", events=len(batch), why=why)
            return False
        failpoints.reach("handling.after-commit")
        for piece in batch:
            self.desk.figures.handled(piece.event.channel, self.desk.now() - started)
        return True

    async def _handle(self, piece: _Piece) -> bool:
        job, started = piece.job, self.desk.now()
        try:
            if job.attempts > jobs.TRIES:
                raise RuntimeError("the process died each time it handled this")
            await self.desk.again_on_conflict(self._effect, [self._read(piece)])
            failpoints.reach("handling.after-commit")
        except errors.LeaseLost:
            log.warning("lease lost", action="lease_lost", event_id=piece.event.id)
            return False
        except Exception as error:  # noqa: BLE001 - whatever it is, it counts as an attempt
            if database.is_away(error):
                log.warning("database is away", action="database_away", why=str(error)[:200])
                self.desk.owe(job)
                return False
            await self._failed(job, error)
            return False
        self.desk.figures.handled(piece.event.channel, self.desk.now() - started)
        return True

    def _read(self, piece: _Piece) -> intake.Happening:
        event = piece.event
        inbounds = self.parse(event.channel, event.account, event.raw)
        return intake.Happening(job=piece.job, event=event, inbounds=inbounds)

    def _effect(self, session: orm.Session, happenings: Sequence[intake.Happening]) -> None:
        intake.handle(session, happenings, self.setting, self.desk.now())
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


def _jobs(lane: _Lane) -> list[jobs.Claimed]:
    return [piece.job for group in lane for piece in group]


def _next(lane: _Lane) -> Sequence[_Piece]:
    """What comes next: events nobody waits for together, a rep's words by themselves.

    What has failed before is suspicious and stands alone too.
    """
    pieces = list(islice(chain.from_iterable(lane), TOGETHER))
    return list(takewhile(_may_share, pieces)) or pieces[:1]


def _may_share(piece: _Piece) -> bool:
    return not piece.event.awaits_reply and piece.job.attempts <= 1


def _strike(lane: _Lane, number: int) -> None:
    for _ in range(number):
        lane[0].popleft()
        if not lane[0]:
            lane.pop(0)


def _claim(session: orm.Session, desk: loops.Desk) -> list[_Lane]:
    now = desk.now()
    heads = claims.claim(session, [inbox.HANDLE], now=now, limit=BATCH, holder=desk.holder)
    groups = [[head] for head in heads]
    if len(heads) < BATCH // 2:
        # Few senders are waiting: take more of each, so that one who floods us is soon done with.
        for group in groups:
            followers = claims.claim_followers(
                session, group[0], now=now, limit=FOLLOWERS, holder=desk.holder
            )
            group.extend(followers)
    found = inbox.loaded(session, [job.payload["event_id"] for group in groups for job in group])
    return _lanes(
        deque(_Piece(job=job, event=found[job.payload["event_id"]]) for job in group)
        for group in groups
    )


def _lanes(groups: Iterable[deque[_Piece]]) -> list[_Lane]:
    """Share the senders out over lanes; one whom somebody waits for has a lane to himself."""
    lanes: list[_Lane] = []
    shared: _Lane = []
    for group in groups:
        if not all(_may_share(piece) for piece in group):
            lanes.append([group])
            continue
        if not shared or len(_jobs(shared)) >= TOGETHER:
            shared = []
            lanes.append(shared)
        shared.append(group)
    return lanes


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
