"""Tasks: something due, with a reminder that fires once, at its time, despite any restarts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import audit, database, errors, jobs, people, scope

REMIND = "remind"


class Task(audit.Tracked, database.Base):
    """One task. `repeat` is empty or a rule like weekly:0T09:00; `reminded_at` is bookkeeping."""

    __tablename__ = "tasks"
    untracked = audit.Tracked.untracked | {"reminded_at"}

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    customer_id: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("customers.id"))
    contact_id: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("contacts.id"))
    owner_id: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("reps.id"))
    created_by: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("reps.id"))
    text: orm.Mapped[str] = orm.mapped_column(database.Text())
    due_at: orm.Mapped[datetime]
    deadline: orm.Mapped[bool] = orm.mapped_column(default=False)
    repeat: orm.Mapped[str] = orm.mapped_column(database.Text(40), default="")
    status: orm.Mapped[str] = orm.mapped_column(database.Text(16), default="open")
    reminded_at: orm.Mapped[datetime | None]
    done_at: orm.Mapped[datetime | None]
    created_at: orm.Mapped[datetime]

    __table_args__ = (
        sa.Index("ix_tasks_owner_id_status_due_at", "owner_id", "status", "due_at"),
        sa.Index("ix_tasks_customer_id_created_at", "customer_id", "created_at", "id"),
    )

    def put_back(self, session: orm.Session, fields: frozenset[str], now: datetime) -> None:
        """Remind of it after all, if its time is still to come."""
        if self.status == "open" and self.due_at > now:
            schedule(session, self, now)


def create(  # noqa: PLR0913 - the facts of one task
    session: orm.Session,
    text: str,
    due_at: datetime,
    *,
    now: datetime,
    owner_id: int | None,
    created_by: int | None = None,
    customer_id: int | None = None,
    contact_id: int | None = None,
    deadline: bool = False,
    repeat: str = "",
) -> Task:
    """A new open task, its reminder queued in the same transaction. Raises Refusal task.empty."""
    text = database.storable(text).strip()
    if not text:
        raise errors.Refusal("task.empty")
    task = Task(
        text=text,
        due_at=due_at,
        owner_id=owner_id,
        created_by=created_by or owner_id,
        customer_id=customer_id,
        contact_id=contact_id,
        deadline=deadline,
        repeat=repeat,
        status="open",
        created_at=now,
    )
    session.add(task)
    session.flush()
    schedule(session, task, now)
    return task


def schedule(session: orm.Session, task: Task, now: datetime) -> None:
    """Queue the reminder for the task's present due time. Reminders for other times fall silent."""
    jobs.enqueue(
        session,
        REMIND,
        {"task_id": task.id, "due_at": task.due_at.isoformat()},
        now=now,
        run_at=max(task.due_at, now),
        key=f"task:{task.id}",
    )


def to_remind(session: orm.Session, task_id: int, due_at: datetime) -> Task | None:
    """The task, if it is still open, still due at that moment and nobody was reminded of it yet."""
    task = session.get(Task, task_id, with_for_update=True)
    if task is None or task.status != "open" or task.due_at != due_at:
        return None
    already = task.reminded_at is not None and task.reminded_at >= task.due_at
    return None if already else task


def open_for(
    session: orm.Session, owner_id: int, until: datetime | None = None, limit: int = 50
) -> Sequence[Task]:
    """A rep's open tasks, soonest first; `until` is exclusive."""
    query = sa.select(Task).where(Task.owner_id == owner_id, Task.status == "open")
    if until is not None:
        query = query.where(Task.due_at < until)
    return session.scalars(query.order_by(Task.due_at, Task.id).limit(limit)).all()


# Built once: for every command, building a statement would cost more than running it.
_NEXT = (
    sa.select(Task)
    .where(
        Task.customer_id == sa.bindparam("customer"),
        Task.owner_id == sa.bindparam("owner"),
        Task.status == "open",
    )
    .order_by(Task.due_at, Task.id)
    .limit(1)
)


def next_of(session: orm.Session, owner_id: int, customer_id: int) -> Task | None:
    """The rep's open task with this customer that is due first."""
    return session.scalar(_NEXT, {"customer": customer_id, "owner": owner_id})


def visible(rep: people.Rep) -> sa.ColumnElement[bool]:
    """The condition on `Task` for own tasks, those given to others, and those within the scope.

    A task without an owner is seen by whoever sees its customer.
    """
    if rep.oversees_all:
        return sa.true()
    nobodys = sa.and_(Task.owner_id.is_(None), scope.of_customer(rep, Task.customer_id))
    return sa.or_(scope.owned(rep, Task.owner_id), Task.created_by == rep.id, nobodys)


def get(session: orm.Session, rep: people.Rep, task_id: int) -> Task:
    """The task of that number, if the rep may see it; otherwise NotFound task.unknown."""
    task = session.scalar(sa.select(Task).where(Task.id == task_id, visible(rep)))
    if task is None:
        raise scope.unknown(session, "task.unknown", f"T{task_id}", Task, task_id)
    return task


def finish(session: orm.Session, task: Task, now: datetime) -> None:
    """Mark a task done. Raises Refusal task.not-open."""
    _must_be_open(session, task)
    task.status, task.done_at = "done", now


def cancel(session: orm.Session, task: Task, now: datetime) -> None:
    """Call a task off. Raises Refusal task.not-open."""
    _must_be_open(session, task)
    task.status, task.done_at = "cancelled", now


def snooze(session: orm.Session, task: Task, due_at: datetime, now: datetime) -> None:
    """Move a task and its reminder to another time. Raises Refusal task.not-open."""
    _must_be_open(session, task)
    task.due_at, task.reminded_at = due_at, None
    session.flush()
    schedule(session, task, now)


def _must_be_open(session: orm.Session, task: Task) -> None:
    # Looked at again under a lock: two people may tick the same task off at the same moment.
    session.flush()
    session.refresh(task, ["status", "due_at"], with_for_update=True)
    if task.status != "open":
        raise errors.Refusal("task.not-open", text=task.text, status=task.status)
