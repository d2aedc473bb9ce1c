"""What people were refused, and what was shown to them on record: entries of the audit.

They stand in the same chain as the changes (`audit.ChangeSet`), with a `kind` of their own: one row
whose `record` and `record_id` name the target and whose field is *denied or *revealed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import audit, errors, people

DENIED, REVEALED = "denied", "revealed"
AGAIN = timedelta(hours=1)
"""The same denial of the same person is written down once in this time."""
MOST = 200
"""So many denials of one person are written down in that time, whatever their targets."""
COMMANDS = "commands"
"""The target of a denial that is about no record."""


@dataclass(frozen=True, kw_only=True)
class Where:
    """When, by what, and from where something was asked for; see `audit.ChangeSet`."""

    now: datetime
    verb: str
    cause: str
    source: str


Target = tuple[str, int]
"""(table, id); the id is 0 where there is no record."""


def note(
    session: orm.Session, rep: people.Rep, refusal: errors.Refusal, where: Where
) -> audit.ChangeSet | None:
    """Write a denial down, if the refusal is one; not again when it was written down lately.

    Call it outside the savepoint or transaction that the refusal rolls back.
    """
    if isinstance(refusal, errors.OutOfScope):
        target = (refusal.record, refusal.record_id)
    elif isinstance(refusal, errors.Denied):
        target = (COMMANDS, 0)
    else:
        return None
    return deny(session, rep, target, where, reason=refusal.key)


def deny(
    session: orm.Session, rep: people.Rep, target: Target, where: Where, *, reason: str
) -> audit.ChangeSet | None:
    """Write down that this person did not get at `target`, for `reason`."""
    row, change = audit.ChangeSet, audit.Change
    recent = _recent(rep.id, DENIED, where.now - AGAIN)
    same = (
        sa.select(row.id)
        .join(change, change.change_set_id == row.id)
        .where(recent, row.command == where.verb)
        .where(change.record == target[0], change.record_id == target[1])
    )
    if session.scalar(same.limit(1)) is not None:
        return None
    count = sa.select(sa.func.count()).select_from(row).where(recent)
    if (session.scalar(count) or 0) >= MOST:
        return None
    return put_on_record(session, rep, DENIED, target, where, reason=reason)


def put_on_record(
    session: orm.Session,
    rep: people.Rep,
    kind: str,
    target: Target,
    where: Where,
    *,
    reason: str = "",
) -> audit.ChangeSet:
    """Add an entry of that kind about `target`."""
    record, record_id = target
    entry = audit.ChangeSet(
        rep_id=rep.id,
        actor=f"rep:{rep.id}",
        cause=where.cause,
        command=where.verb,
        source=where.source,
        kind=kind,
        summary=reason,
        at=where.now,
        changes=[audit.Change(record=record, record_id=record_id, field=f"*{kind}")],
    )
    session.add(entry)
    session.flush()
    return entry


def lately(session: orm.Session, rep_id: int, kind: str, since: datetime) -> frozenset[int]:
    """The ids of the records that entries of this kind are about, of this person, since then."""
    row, change = audit.ChangeSet, audit.Change
    found = session.scalars(
        sa.select(change.record_id)
        .join(row, row.id == change.change_set_id)
        .where(_recent(rep_id, kind, since))
    )
    return frozenset(found)


def _recent(rep_id: int, kind: str, since: datetime) -> sa.ColumnElement[bool]:
    row = audit.ChangeSet
    # Spelled out, since SQLite takes a partial index only for the very words of its condition.
    no_change = row.kind != sa.literal_column("'change'")
    return sa.and_(row.rep_id == rep_id, row.at > since, no_change, row.kind == kind)
