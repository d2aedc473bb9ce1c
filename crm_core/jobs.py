"""The durable queue: one table for handling, delivery, reminders and timers.

A job is enqueued in the transaction of the business change that wants it. `claim` leases ready
jobs, at most the head of each key (jobs of one key run one after the other, in the order they
were enqueued); whoever finishes a job does so in the transaction of the job's own effect and must
still hold the lease, so an effect happens once. What fails is tried again later with full jitter
or ends as `dead`, with its reason; a dead head releases its key.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import database, errors

LEASE = timedelta(seconds=30)
FIRST_BACKOFF = timedelta(seconds=2)
LONGEST_BACKOFF = timedelta(hours=1)
TRIES = 5
# Literals and not parameters: only so do the databases see that the partial indexes fit.
READY = sa.literal_column("'ready'", sa.String(8))
RUNNING = sa.literal_column("'running'", sa.String(8))
DEAD = sa.literal_column("'dead'", sa.String(8))


class Job(database.Base):
    """One piece of work. `state` is ready, running or dead; finished jobs are deleted."""

    __tablename__ = "jobs"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    kind: orm.Mapped[str] = orm.mapped_column(database.Text(40))
    key: orm.Mapped[str | None] = orm.mapped_column(database.Text(480))
    dedup_key: orm.Mapped[str | None] = orm.mapped_column(database.Text(200), unique=True)
    payload: orm.Mapped[dict[str, Any]]
    state: orm.Mapped[str] = orm.mapped_column(database.Text(8))
    run_at: orm.Mapped[datetime]
    attempts: orm.Mapped[int]
    lease_until: orm.Mapped[datetime | None]
    token: orm.Mapped[str | None] = orm.mapped_column(database.Text(32))
    holder: orm.Mapped[str | None] = orm.mapped_column(database.Text(120))
    last_error: orm.Mapped[str] = orm.mapped_column(database.Text(), default="")
    created_at: orm.Mapped[datetime]

    __table_args__ = (
        sa.Index(
            "ix_jobs_ready",
            "kind",
            "run_at",
            "id",
            sqlite_where=sa.text("state = 'ready'"),
            postgresql_where=sa.text("state = 'ready'"),
        ),
        sa.Index(
            "ix_jobs_running",
            "key",
            "lease_until",
            sqlite_where=sa.text("state = 'running'"),
            postgresql_where=sa.text("state = 'running'"),
        ),
        sa.Index(
            "ix_jobs_unfinished",
            "key",
            "id",
            sqlite_where=sa.text("state <> 'dead'"),
            postgresql_where=sa.text("state <> 'dead'"),
        ),
    )


# On the table and built once: every message adds, claims and finishes jobs, and the model's unit
# of work costs more than the statements.
_JOBS = cast(sa.Table, Job.__table__)
_INSERT = sa.insert(_JOBS)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A job to be added; without `run_at` it may run at once."""

    kind: str
    payload: dict[str, Any]
    key: str | None = None
    run_at: datetime | None = None
    dedup_key: str | None = None


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A job in somebody's hands, until the lease runs out. `attempts` counts this one."""

    id: int
    kind: str
    key: str | None
    payload: dict[str, Any]
    attempts: int
    token: str


def topic(kind: str) -> str:
    """What `database.wake` announces when a job of this kind may be ready."""
    return f"jobs:{kind}"


def enqueue(
    session: orm.Session,
    kind: str,
    payload: dict[str, Any],
    *,
    now: datetime,
    run_at: datetime | None = None,
    key: str | None = None,
    dedup_key: str | None = None,
) -> int | None:
    """Add a job; returns its id, or None when an unfinished job has the same `dedup_key`."""
    row = _row(kind, payload, now, run_at=run_at, key=key, dedup_key=dedup_key)
    statement = _INSERT if dedup_key is None else _insert_if_absent(session)
    job_id: int | None = session.execute(statement.returning(_JOBS.c.id), row).scalar()
    if job_id is not None:
        database.wake(session, topic(kind))
    return job_id


def enqueue_many(
    session: orm.Session, kind: str, jobs: Iterable[tuple[str, dict[str, Any]]], *, now: datetime
) -> None:
    """Add many jobs of a kind, each with its (key, payload), to run at once."""
    enqueue_all(session, [Wanted(kind=kind, key=k, payload=load) for k, load in jobs], now=now)


def enqueue_all(session: orm.Session, wanted: Iterable[Wanted], *, now: datetime) -> None:
    """Add many jobs in one statement. Their dedup keys must be new: a known one is an error."""
    rows = []
    for each in wanted:
        run_at, key, dedup_key = each.run_at, each.key, each.dedup_key
        rows.append(_row(each.kind, each.payload, now, run_at=run_at, key=key, dedup_key=dedup_key))
        database.wake(session, topic(each.kind))
    if rows:
        session.execute(_INSERT, rows)


def _row(
    kind: str,
    payload: dict[str, Any],
    now: datetime,
    *,
    run_at: datetime | None = None,
    key: str | None = None,
    dedup_key: str | None = None,
) -> dict[str, Any]:
    return {
        "kind": kind,
        "payload": payload,
        "key": None if key is None else f"{kind}|{key}",
        "dedup_key": dedup_key,
        "state": "ready",
        "run_at": run_at or now,
        "attempts": 0,
        "created_at": now,
        "last_error": "",
    }


def _insert_if_absent(session: orm.Session) -> Any:
    return database.insert(session, _JOBS).on_conflict_do_nothing(index_elements=["dedup_key"])


_FINISH = (
    sa.delete(_JOBS)
    .where(
        _JOBS.c.id.in_(sa.bindparam("jobs", expanding=True)), _JOBS.c.token == sa.bindparam("held")
    )
    .returning(_JOBS.c.id)
)


def finish(session: orm.Session, *jobs: Claimed) -> None:
    """The jobs' effects are part of this transaction; raises LeaseLost if one is not ours."""
    for token in dict.fromkeys(job.token for job in jobs):
        held = [job.id for job in jobs if job.token == token]
        ours = session.execute(_FINISH, {"jobs": held, "held": token}).all()
        if len(ours) < len(held):
            raise errors.LeaseLost(f"{jobs[0].kind} jobs {held}")


def postpone(
    session: orm.Session, job: Claimed, *, run_at: datetime, error: str = "", uncount: bool = False
) -> None:
    """Give the job back, to run at `run_at`; `uncount` when the attempt was no fault of the job."""
    values: dict[str, Any] = {
        "state": "ready",
        "token": None,
        "holder": None,
        "lease_until": None,
        "run_at": run_at,
        "attempts": job.attempts - 1 if uncount else job.attempts,
    }
    if error:
        values["last_error"] = error[:2000]
    _own(
        session, sa.update(Job).where(Job.id == job.id, Job.token == job.token).values(values), job
    )
    database.wake(session, topic(job.kind))


def bury(session: orm.Session, job: Claimed, error: str) -> None:
    """The job is dead, for `error`; its key goes on without it."""
    values = {
        "state": "dead",
        "token": None,
        "holder": None,
        "lease_until": None,
        "last_error": error[:2000],
    }
    _own(
        session, sa.update(Job).where(Job.id == job.id, Job.token == job.token).values(values), job
    )
    database.wake(session, topic(job.kind))


def _own(session: orm.Session, statement: Any, job: Claimed) -> None:
    ours = statement.returning(Job.id).execution_options(synchronize_session=False)
    if session.execute(ours).first() is None:
        raise errors.LeaseLost(f"{job.kind} job {job.id}")


def extend(session: orm.Session, jobs: Sequence[Claimed], now: datetime) -> None:
    """Renew the leases of jobs still in hand."""
    for token in {job.token for job in jobs}:
        ids = [job.id for job in jobs if job.token == token]
        session.execute(
            sa.update(Job)
            .where(Job.id.in_(ids), Job.token == token)
            .values(lease_until=now + LEASE)
            .execution_options(synchronize_session=False)
        )


def release_abandoned(session: orm.Session, alive: Callable[[str], bool]) -> int:
    """Free the jobs of holders known to be gone, without waiting for their leases to run out."""
    holders = session.scalars(sa.select(Job.holder).where(Job.state == RUNNING).distinct()).all()
    gone = [holder for holder in holders if holder is not None and not alive(holder)]
    if not gone:
        return 0
    freed = session.scalars(
        sa.update(Job)
        .where(Job.state == RUNNING, Job.holder.in_(gone))
        .values(state="ready", token=None, holder=None, lease_until=None)
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    )
    return len(freed.all())


def revive(session: orm.Session, job_id: int, now: datetime) -> bool:
    """Give a dead job a fresh start; False when there is no such dead job."""
    revived = session.execute(
        sa.update(Job)
        .where(Job.id == job_id, Job.state == "dead")
        .values(state="ready", attempts=0, run_at=now, last_error="")
        .returning(Job.kind)
        .execution_options(synchronize_session=False)
    ).scalar()
    if revived is not None:
        database.wake(session, topic(revived))
    return revived is not None


def next_run(session: orm.Session, kinds: Sequence[str]) -> datetime | None:
    """When the earliest ready job of these kinds is due, or None."""
    return session.scalar(
        sa.select(sa.func.min(Job.run_at)).where(Job.state == READY, Job.kind.in_(kinds))
    )


def backoff(
    attempts: int, *, first: timedelta = FIRST_BACKOFF, longest: timedelta = LONGEST_BACKOFF
) -> timedelta:
    """How long to wait after that many attempts: exponential, with full jitter above a tenth."""
    ceiling: timedelta = min(first * 2 ** min(attempts - 1, 30), longest)
    return ceiling * (0.1 + 0.9 * random.random())  # noqa: S311 - spreading load, not a secret
