"""Claiming jobs: who may do which piece of work now, and until when.

A claim takes at most the head of each key. Most claims look at a few rows of an index; one key
that floods us must cost the others nothing but a passing look.
"""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import jobs

LOOK = 4
"""How many due jobs are looked at, for each that is wanted, before the keys seen are passed by."""
ROUNDS = 4


def claim(
    session: orm.Session,
    kinds: Sequence[str],
    *,
    now: datetime,
    limit: int,
    holder: str,
    lease: timedelta = jobs.LEASE,
) -> list[jobs.Claimed]:
    """Lease up to `limit` ready jobs of these kinds, oldest due first, the head of each key only.

    The attempt is counted before the work begins, so a job that kills its process is found out:
    callers bury what comes back with `attempts` above their limit.
    """
    _take_turns(session, kinds)
    _release_expired(session, kinds, now)
    ids = _heads(session, kinds, now, limit)
    return _lease(session, ids, now, holder, lease)


def _heads(session: orm.Session, kinds: Sequence[str], now: datetime, limit: int) -> Sequence[int]:
    """The due jobs that stand first in their key, oldest due first."""
    found: list[int] = []
    passed: set[str] = set()
    for _ in range(ROUNDS):
        asked = {"kinds": kinds, "now": now, "passed": sorted(passed), "look": LOOK * limit}
        due = session.execute(_due(some_passed=bool(passed)), asked).all()
        heads = sorted({head for _, head in due}.difference(found))
        if heads:
            wanted = {"jobs": heads, "now": now, "limit": limit - len(found)}
            found += session.scalars(_FREE_AMONG, wanted)
        if len(due) < LOOK * limit or len(found) >= limit:
            return found
        passed.update(key for key, _ in due if key is not None)
    # Very many keys whose heads are busy or backing off: let the database find what is behind.
    asked = {"kinds": kinds, "now": now, "limit": limit - len(found)}
    return list(dict.fromkeys([*found, *session.scalars(_FREE, asked)]))


@cache
def _due(*, some_passed: bool) -> Any:
    other = orm.aliased(jobs.Job)
    # A job may be due before the one that stands first in its key: then that one is the head.
    head = (
        sa.select(sa.func.min(other.id))
        .where(other.key == jobs.Job.key, other.state != jobs.DEAD)
        .correlate(jobs.Job)
        .scalar_subquery()
    )
    query = (
        sa.select(jobs.Job.key, sa.func.coalesce(head, jobs.Job.id))
        .where(
            jobs.Job.state == jobs.READY,
            jobs.Job.kind.in_(sa.bindparam("kinds", expanding=True)),
            jobs.Job.run_at <= sa.bindparam("now"),
        )
        .order_by(jobs.Job.run_at, jobs.Job.id)
        .limit(sa.bindparam("look"))
    )
    if not some_passed:
        return query
    over: Any = sa.bindparam("passed", expanding=True)
    return query.where(sa.or_(jobs.Job.key.is_(None), jobs.Job.key.not_in(over)))


def _free() -> Any:
    """Ready jobs that nothing of their key stands before, oldest due first."""
    other, held = orm.aliased(jobs.Job), orm.aliased(jobs.Job)
    earlier = sa.exists().where(
        other.key == jobs.Job.key, other.id < jobs.Job.id, other.state != jobs.DEAD
    )
    # A later one may be running when its transaction was committed before that of an earlier one.
    busy = sa.exists().where(held.key == jobs.Job.key, held.state == jobs.RUNNING)
    return (
        sa.select(jobs.Job.id)
        .where(
            jobs.Job.state == jobs.READY,
            jobs.Job.run_at <= sa.bindparam("now"),
            sa.or_(jobs.Job.key.is_(None), sa.and_(~earlier, ~busy)),
        )
        .order_by(jobs.Job.run_at, jobs.Job.id)
        .limit(sa.bindparam("limit"))
        .with_for_update(skip_locked=True)
    )


# Built once: every message is claimed.
_FREE_AMONG = _free().where(jobs.Job.id.in_(sa.bindparam("jobs", expanding=True)))
_FREE = _free().where(jobs.Job.kind.in_(sa.bindparam("kinds", expanding=True)))


def _take_turns(session: orm.Session, kinds: Sequence[str]) -> None:
    # Two claims at once would each see what the other is about to take as still ready.
    if session.get_bind().dialect.name == "postgresql":
        which = zlib.crc32("|".join(sorted(kinds)).encode())
        session.execute(_TURN, {"which": which})


_TURN = sa.select(sa.func.pg_advisory_xact_lock(sa.bindparam("which", type_=sa.BigInteger)))


def claim_followers(
    session: orm.Session, head: jobs.Claimed, *, now: datetime, limit: int, holder: str
) -> list[jobs.Claimed]:
    """Lease the due jobs right behind a head one holds, so that a flood on one key goes quickly.

    They must be run in order after the head. In the table their attempt is counted only when it
    fails, since a death of the process is the head's doing.
    """
    if head.key is None:
        return []
    rows = session.execute(
        sa.select(jobs.Job.id, jobs.Job.state, jobs.Job.run_at)
        .where(jobs.Job.key == head.key, jobs.Job.id > head.id, jobs.Job.state != jobs.DEAD)
        .order_by(jobs.Job.id)
        .limit(limit)
        .with_for_update()
    ).all()
    ids = []
    for job_id, state, run_at in rows:
        if state != "ready" or run_at > now:
            break
        ids.append(job_id)
    return _lease(session, ids, now, holder, jobs.LEASE, counted=False)


def _lease(
    session: orm.Session,
    ids: Sequence[int],
    now: datetime,
    holder: str,
    lease: timedelta,
    *,
    counted: bool = True,
) -> list[jobs.Claimed]:
    if not ids:
        return []
    token = secrets.token_hex(8)
    rows = session.execute(
        sa.update(jobs.Job)
        # Worded so that no planner is tempted to read all ready jobs for a few known ids.
        .where(jobs.Job.id.in_(ids), jobs.Job.state.not_in(("running", "dead")))
        .values(
            state="running",
            token=token,
            holder=holder,
            lease_until=now + lease,
            attempts=jobs.Job.attempts + (1 if counted else 0),
        )
        .returning(jobs.Job.id, jobs.Job.kind, jobs.Job.key, jobs.Job.payload, jobs.Job.attempts)
        .execution_options(synchronize_session=False)
    )
    claimed = [
        jobs.Claimed(
            id=i,
            kind=kind,
            key=key,
            payload=payload,
            token=token,
            attempts=attempts if counted else attempts + 1,
        )
        for i, kind, key, payload, attempts in rows
    ]
    return sorted(claimed, key=lambda job: job.id)


def _release_expired(session: orm.Session, kinds: Sequence[str], now: datetime) -> None:
    expired = (
        sa.select(jobs.Job.id)
        .where(jobs.Job.state == jobs.RUNNING, jobs.Job.lease_until < now, jobs.Job.kind.in_(kinds))
        .with_for_update(skip_locked=True)
    )
    session.execute(
        sa.update(jobs.Job)
        .where(jobs.Job.id.in_(expired.scalar_subquery()))
        .values(state="ready", token=None, holder=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )


def claim_one(
    session: orm.Session, dedup_key: str, *, now: datetime, holder: str
) -> jobs.Claimed | None:
    """Lease the job of that dedup key if it is ready, even before its time; None when it is not."""
    job_id = session.scalar(sa.select(jobs.Job.id).where(jobs.Job.dedup_key == dedup_key))
    claimed = _lease(session, [] if job_id is None else [job_id], now, holder, jobs.LEASE)
    return claimed[0] if claimed else None
