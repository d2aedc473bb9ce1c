"""Hand-overs: what a person looked after goes to an heir, in small steps and undoable.

An heir is a person, the assignment rules, or the pool. While nobody is named, whoever leads the
person stands in (`stand_ins`): nothing goes to a chat that nobody reads. Whatever else a person can
hold (open conversations, mailboxes, …) has a `Part` in `PARTS`, put there by the module it is of.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import audit, customers, database, deals, errors, jobs, people, scope, tasks

JOB = "handover"
STEP = 50
"""So many records move in one transaction: it holds the writer for some milliseconds."""
CHAIN = 5


class Heir(enum.StrEnum):
    """To whom: a person, whoever the assignment rules name, or nobody (the pool)."""

    REP = "rep"
    RULE = "rule"
    POOL = "pool"


class Handover(audit.Tracked, database.Base):
    """One hand-over of everything `rep_id` holds. `state` is running, done, undoing or undone.

    `moved` counts what went over, by part, and under "sets" lists the change sets that did it.
    """

    __tablename__ = "handovers"
    untracked = audit.Tracked.untracked | {"state", "moved", "finished_at"}

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    rep_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("reps.id"), index=True)
    heir: orm.Mapped[str] = orm.mapped_column(database.Text(8))
    heir_id: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("reps.id"))
    by_id: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("reps.id"))
    state: orm.Mapped[str] = orm.mapped_column(database.Text(8))
    moved: orm.Mapped[dict[str, Any]] = orm.mapped_column(default=dict)
    created_at: orm.Mapped[datetime]
    finished_at: orm.Mapped[datetime | None]


@dataclass(frozen=True, kw_only=True)
class Part:
    """One kind of thing that people hold.

    `count(session, rep_id)` says how many one holds; `move(session, handover, limit)` gives at most
    so many of them to the heir and says how many it gave. What was given is held no longer.
    """

    count: Callable[[orm.Session, int], int]
    move: Callable[[orm.Session, Handover, int], int]


Choose = Callable[[orm.Session, customers.Customer, datetime], int | None]
choosers: dict[str, Choose] = {}
"""How Heir.RULE finds a customer's owner: "rule" is put here by `conversations.assignment`."""


def held(session: orm.Session, rep_id: int) -> dict[str, int]:
    """How many of each part this person holds; only what there is."""
    counts = {name: part.count(session, rep_id) for name, part in PARTS.items()}
    return {name: count for name, count in counts.items() if count}


def begin(  # noqa: PLR0917 - the facts of one hand-over
    session: orm.Session,
    leaver: people.Rep,
    heir: Heir,
    to: people.Rep | None,
    by_id: int | None,
    now: datetime,
) -> Handover:
    """Hand over everything of `leaver`, beginning soon, step by step (`step`).

    Raises Refusal handover.to-self, handover.running, rep.disabled for a person who left.
    """
    if to is not None and to.id == leaver.id:
        raise errors.Refusal("handover.to-self", name=leaver.name)
    if to is not None:
        people.must_be_active(session, to)
    session.scalar(sa.select(people.Rep.id).where(people.Rep.id == leaver.id).with_for_update())
    row = Handover
    going_on = sa.select(row.id).where(
        row.rep_id == leaver.id, row.state.in_(["running", "undoing"])
    )
    if session.scalar(going_on.limit(1)) is not None:
        raise errors.Refusal("handover.running", name=leaver.name)
    made = Handover(
        rep_id=leaver.id,
        heir=heir,
        heir_id=to.id if to else None,
        by_id=by_id,
        state="running",
        moved={},
        created_at=now,
    )
    session.add(made)
    session.flush()
    _go_on(session, made.id, now)
    return made


def _go_on(session: orm.Session, handover_id: int, now: datetime) -> None:
    key = f"handover:{handover_id}"
    jobs.enqueue(session, JOB, {"handover_id": handover_id}, now=now, key=key, dedup_key=key)


def step(session: orm.Session, handover_id: int, now: datetime) -> Handover | None:
    """Move some records (or, for one that is undone, move some back); None when nothing is left.

    Whoever runs the job has finished it before: what remains to be done is queued here.
    """
    row = session.get(Handover, handover_id, with_for_update=True, populate_existing=True)
    if row is None or row.state not in ("running", "undoing"):
        return None
    with _written_down(session, row, now) as changes:
        went_on = _move(session, row) if row.state == "running" else _move_back(session, row)
        session.flush()
    if row.state == "running" and changes.changes:
        row.moved = {**row.moved, "sets": [*row.moved.get("sets", []), changes.id]}
    if went_on:
        _go_on(session, row.id, now)
        return row
    row.state = "done" if row.state == "running" else "undone"
    row.finished_at = now
    session.flush()
    return None


def _written_down(
    session: orm.Session, row: Handover, now: datetime
) -> AbstractContextManager[audit.ChangeSet]:
    # Of no person: an undo takes all of it back by the set that began it, and not one step.
    return audit.changing(
        session,
        actor=f"rep:{row.by_id}" if row.by_id else "crm",
        cause=f"handover:{row.id}",
        now=now,
        command="handover",
        source="handover",
    )


def _move(session: orm.Session, row: Handover) -> bool:
    if row.heir_id is not None and not session.get_one(people.Rep, row.heir_id).active:
        _pass_on(session, row)
    left = STEP
    for name, part in PARTS.items():
        went = part.move(session, row, left)
        if went:
            row.moved = {**row.moved, name: row.moved.get(name, 0) + went}
        left -= went
        if left <= 0:
            return True
    return False


def _pass_on(session: orm.Session, row: Handover) -> None:
    """The heir has left meanwhile: the rest goes to the heir's heir or whoever leads the leaver."""
    last = session.get_one(people.Rep, row.heir_id)
    after = successor(session, last) or next(iter(stand_ins(session, row.rep_id)), None)
    row.heir_id = after.id if after and after.id != row.rep_id else None
    row.heir = Heir.REP if row.heir_id else Heir.POOL


def undo(session: orm.Session, change: audit.Change, now: datetime) -> None:
    """Begin to take a hand-over back; what somebody changed since stays as it is."""
    row = session.get_one(Handover, change.record_id, with_for_update=True)
    if row.state not in ("running", "done"):
        raise errors.Refusal("undo.nothing")
    row.state = "undoing"
    _go_on(session, row.id, now)


audit.reversals[Handover.__tablename__] = undo


def _move_back(session: orm.Session, row: Handover) -> bool:
    sets = list(row.moved.get("sets", []))
    if not sets:
        return False
    change_set = session.get_one(audit.ChangeSet, sets.pop())
    for change in audit.changes_of(session, change_set):
        record = session.get(audit.Tracked.registry_of_tracked[change.record], change.record_id)
        if record is not None and getattr(record, change.field) == change.new:
            setattr(record, change.field, change.old)
    row.moved = {**row.moved, "sets": sets}
    return True


def successor(session: orm.Session, rep: people.Rep | None) -> people.Rep | None:
    """Who has taken over from somebody whose access has ended, through heirs of heirs."""
    seen: set[int] = set()
    while rep is not None and not rep.active and rep.id not in seen and len(seen) < CHAIN:
        seen.add(rep.id)
        latest = (
            sa.select(Handover.heir_id)
            .where(Handover.rep_id == rep.id, Handover.state.in_(["running", "done"]))
            .order_by(Handover.id.desc())
            .limit(1)
        )
        heir_id = session.scalar(latest)
        rep = session.get(people.Rep, heir_id) if heir_id else None
    return rep if rep is not None and rep.active else None


def stand_ins(session: orm.Session, rep_id: int) -> Sequence[people.Rep]:
    """Who answers for this person while nobody else does: the own leader, else the managers over
    the person's team, else the admins."""
    person = session.get_one(people.Rep, rep_id)
    leader = session.get(people.Rep, person.manager_id) if person.manager_id else None
    if leader is not None and leader.active:
        return [leader]
    active = [each for each in people.everyone(session) if each.active and each.id != rep_id]
    managers = [
        each
        for each in active
        if each.role == people.Role.MANAGER and scope.covers(session, each, rep_id)
    ]
    return managers or [each for each in active if each.role == people.Role.ADMIN]


def heir_of(session: orm.Session, row: Handover, customer_id: int | None) -> int | None:
    """Whose something becomes that must have a person: what is to be done goes with the customer,
    and to whoever leads the leaver where there is none."""
    if row.heir_id is not None:
        return row.heir_id
    customer = session.get(customers.Customer, customer_id or 0)
    if customer is not None and customer.owner_id not in (None, row.rep_id):
        return customer.owner_id
    return next((each.id for each in stand_ins(session, row.rep_id)), None)


def _count(model: Any, *conditions: Any) -> Callable[[orm.Session, int], int]:
    def count(session: orm.Session, rep_id: int) -> int:
        query = sa.select(sa.func.count()).select_from(model)
        return session.scalar(query.where(model.owner_id == rep_id, *conditions)) or 0

    return count


def _some(session: orm.Session, model: Any, row: Handover, limit: int, *conditions: Any) -> Any:
    query = sa.select(model).where(model.owner_id == row.rep_id, *conditions)
    return session.scalars(query.order_by(model.id).limit(limit).with_for_update()).all()


_ALIVE = customers.Customer.merged_into_id.is_(None)


def _customers(session: orm.Session, row: Handover, limit: int) -> int:
    found = _some(session, customers.Customer, row, limit, _ALIVE)
    for customer in found:
        owner_id = row.heir_id
        if row.heir == Heir.RULE:
            owner_id = choosers[Heir.RULE](session, customer, row.created_at)
        customer.owner_id = owner_id if owner_id != row.rep_id else None
    session.flush()
    return len(found)


def _move_each(model: Any, status: Any) -> Callable[[orm.Session, Handover, int], int]:
    def move(session: orm.Session, row: Handover, limit: int) -> int:
        found = _some(session, model, row, limit, status == "open")
        for each in found:
            each.owner_id = heir_of(session, row, each.customer_id)
        session.flush()
        return len(found)

    return move


PARTS: dict[str, Part] = {
    "customers": Part(count=_count(customers.Customer, _ALIVE), move=_customers),
    "deals": Part(
        count=_count(deals.Deal, deals.Deal.status == "open"),
        move=_move_each(deals.Deal, deals.Deal.status),
    ),
    "tasks": Part(
        count=_count(tasks.Task, tasks.Task.status == "open"),
        move=_move_each(tasks.Task, tasks.Task.status),
    ),
}
"""What is handed over, in this order."""
