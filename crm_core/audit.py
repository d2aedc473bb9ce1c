"""Change sets: every field change of one command or form, who did it, what caused it, and its undo.

Between `begin` and the next one, every insert, update and delete of a `Tracked` record that the
session flushes is written down. No verb needs to report its changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy import event, orm

from crm_core import database, errors, records

CREATED, DELETED = "*created", "*deleted"
CHANGE = "change"
NOT_CHANGED = ("*denied", "*revealed", "*checked")
"""Fields of entries that tell what was asked for, not what was changed."""
UNDO_LIFE = timedelta(hours=24)
UNDO_DEPTH = 10


class ChangeSet(database.Base):
    """One command's or form's changes. `cause` is like message:812, request:ab12 or cli.

    `source` is from where: chat:wechat, api:7 (the token's number), cli, event:wechat. `kind` is
    change; denied and revealed ones (see `crm_core.denials`) change nothing and can not be undone.
    Rows are only ever added; the guards are in the database (revision 0003).
    """

    __tablename__ = "change_sets"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    rep_id: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("reps.id"))
    actor: orm.Mapped[str] = orm.mapped_column(database.Text(120))
    cause: orm.Mapped[str] = orm.mapped_column(database.Text(120))
    command: orm.Mapped[str] = orm.mapped_column(database.Text(40), default="")
    kind: orm.Mapped[str] = orm.mapped_column(database.Text(16), default=CHANGE)
    source: orm.Mapped[str] = orm.mapped_column(database.Text(80), default="")
    summary: orm.Mapped[str] = orm.mapped_column(database.Text(), default="")
    customer_id: orm.Mapped[int | None]
    at: orm.Mapped[datetime]
    undone_at: orm.Mapped[datetime | None]
    undoes_id: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("change_sets.id"))
    changes: orm.Mapped[list[Change]] = orm.relationship(order_by="Change.id")

    __table_args__ = (
        sa.Index("ix_change_sets_rep_id_id", "rep_id", "id"),
        sa.Index("ix_change_sets_customer_id_at", "customer_id", "at", "id"),
        sa.Index(
            "ix_change_sets_not_changes",
            "rep_id",
            "at",
            sqlite_where=sa.text("kind <> 'change'"),
            postgresql_where=sa.text("kind <> 'change'"),
        ),
    )


class Change(database.Base):
    """One field of one record before and after; `field` is *created or *deleted for all of it."""

    __tablename__ = "changes"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    change_set_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("change_sets.id"), index=True)
    record: orm.Mapped[str] = orm.mapped_column(database.Text(40))
    record_id: orm.Mapped[int]
    field: orm.Mapped[str] = orm.mapped_column(database.Text(40))
    old: orm.Mapped[Any] = orm.mapped_column(database.Json, nullable=True)
    new: orm.Mapped[Any] = orm.mapped_column(database.Json, nullable=True)

    __table_args__ = (sa.Index("ix_changes_record_record_id", "record", "record_id"),)


class Tracked:
    """Mixin for records whose changes are written down. `untracked` names bookkeeping columns."""

    untracked: ClassVar[frozenset[str]] = frozenset({"id", "version", "updated_at"})
    registry_of_tracked: ClassVar[dict[str, type[Any]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__tablename__" in cls.__dict__:
            Tracked.registry_of_tracked[cls.__dict__["__tablename__"]] = cls

    def customer_of(self) -> int | None:
        """The customer whose timeline shows a change of this record."""
        return getattr(self, "customer_id", None)

    def put_back(self, session: orm.Session, fields: frozenset[str], now: datetime) -> None:
        """Bring what hangs on this record in step after an undo has changed these fields."""


@event.listens_for(orm.Mapper, "mapper_configured")
def _remember_old_values(mapper: orm.Mapper[Any], model: type[Any]) -> None:
    # Else a field that is set while it is not loaded (after a savepoint) has no old value to note.
    if issubclass(model, Tracked):
        for column in mapper.column_attrs:
            getattr(model, column.key).impl.active_history = True


@contextmanager
def changing(
    session: orm.Session,
    *,
    actor: str,
    cause: str,
    now: datetime,
    rep_id: int | None = None,
    command: str = "",
    source: str = "",
) -> Iterator[ChangeSet]:
    """Write down everything changed inside the block as one change set.

    `actor`, `cause` and `source` say who, because of which message or request, and from where. The
    set is stored only if something did change; its `summary` may be filled in by the caller.
    """
    change_set = ChangeSet(
        rep_id=rep_id,
        actor=actor,
        cause=cause,
        command=command,
        source=source,
        kind=CHANGE,
        at=now,
        changes=[],
    )
    session.flush()
    outer = session.info.get("change_set")
    session.info["change_set"] = change_set
    try:
        yield change_set
        session.flush()
        if change_set.changes:
            session.info["change_set"] = None
            _store(session, change_set)
    finally:
        session.info["change_set"] = outer


def _store(session: orm.Session, change_set: ChangeSet) -> None:
    changes = list(change_set.changes)
    # Apart from its changes, which the unit of work would otherwise insert along with it.
    del change_set.changes
    records.insert(session, change_set)
    for change in changes:
        change.change_set_id = change_set.id
    records.insert_all(session, changes)
    orm.attributes.set_committed_value(change_set, "changes", changes)


def note(session: orm.Session, record: Tracked, field: str, old: Any, new: Any) -> None:
    """Write down a change that a statement made behind the session's back."""
    change_set = session.info.get("change_set")
    if change_set is not None and old != new:
        _note(change_set, record, field, _json(old), _json(new))


def explain(session: orm.Session, why: str) -> None:
    """Say in the open change set, if there is one, why it is made."""
    change_set = session.info.get("change_set")
    if change_set is not None and why:
        change_set.summary = why


@event.listens_for(orm.Session, "before_flush")
def _note_updates(session: orm.Session, _context: Any, _instances: Any) -> None:
    change_set = session.info.get("change_set")
    if change_set is None:
        return
    for record in session.dirty:
        if isinstance(record, Tracked) and session.is_modified(record):
            _note_fields(change_set, record)
    for record in session.deleted:
        if isinstance(record, Tracked):
            _note(change_set, record, DELETED, _snapshot(record), None)


@event.listens_for(orm.Session, "after_flush")
def _note_inserts(session: orm.Session, _context: Any) -> None:
    change_set = session.info.get("change_set")
    if change_set is None:
        return
    for record in session.new:
        if isinstance(record, Tracked):
            _note(change_set, record, CREATED, None, _snapshot(record))


def _note_fields(change_set: ChangeSet, record: Any) -> None:
    state = sa.inspect(record)
    for column in state.mapper.column_attrs:
        history = state.attrs[column.key].history
        if column.key in record.untracked or not history.has_changes():
            continue
        # Without an old value the field has been empty since this session made the record.
        old = history.deleted[0] if history.deleted else None
        new = history.added[0] if history.added else None
        if old != new:
            _note(change_set, record, column.key, _json(old), _json(new))


def _note(change_set: ChangeSet, record: Any, field: str, old: Any, new: Any) -> None:
    change_set.customer_id = change_set.customer_id or record.customer_of()
    change_set.changes.append(
        Change(record=record.__tablename__, record_id=record.id, field=field, old=old, new=new)
    )


def _snapshot(record: Any) -> dict[str, Any]:
    mapper = sa.inspect(record).mapper
    return {column.key: _json(getattr(record, column.key)) for column in mapper.column_attrs}


def _json(value: Any) -> Any:
    # As the database gives it back, in UTC and to the cent: an undo compares the two.
    if isinstance(value, datetime):
        value = value.astimezone(UTC)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value.quantize(Decimal("0.01")))
    if isinstance(value, bytes):
        # Secrets, sealed or hashed: that they changed is told, what they are is not.
        return f"sha256:{hashlib.sha256(value).hexdigest()}"
    if isinstance(value, str):
        return str(database.storable(value))
    return value


def _from_json(record: Any, field: str, value: Any) -> Any:
    if value is None:
        return None
    python_type = sa.inspect(type(record)).columns[field].type.python_type
    if python_type in (datetime, date):
        return python_type.fromisoformat(value)
    return Decimal(value) if python_type is Decimal else value


def latest_undoable(session: orm.Session, rep_id: int, now: datetime) -> ChangeSet | None:
    """The rep's newest change set that can be undone: not older than a day, one of the last ten."""
    latest = session.scalars(
        sa.select(ChangeSet)
        .where(
            ChangeSet.rep_id == rep_id,
            ChangeSet.undoes_id.is_(None),
            ChangeSet.kind == CHANGE,
            ChangeSet.at > now - UNDO_LIFE,
        )
        .order_by(ChangeSet.id.desc())
        .limit(UNDO_DEPTH)
    )
    return next((change_set for change_set in latest if change_set.undone_at is None), None)


def undo(
    session: orm.Session,
    change_set: ChangeSet,
    *,
    rep_id: int,
    actor: str,
    cause: str,
    now: datetime,
    source: str = "",
) -> ChangeSet:
    """Put every record of the set back as it was, as a change set of its own.

    Raises Refusal undo.changed-since with record, field, expected and found when somebody changed
    one of the fields since, undo.in-use when a created record is needed by others, or undo.nothing
    when somebody undid the set already; then nothing is changed.
    """
    session.refresh(change_set, ["undone_at"], with_for_update=True)
    if change_set.undone_at is not None:
        raise errors.Refusal("undo.nothing")
    try:
        with (
            session.begin_nested(),
            changing(
                session,
                actor=actor,
                cause=cause,
                now=now,
                rep_id=rep_id,
                command="undo",
                source=source,
            ) as undoing,
        ):
            undoing.undoes_id = change_set.id
            undoing.customer_id = change_set.customer_id
            _reverse_all(session, change_set, now)
            change_set.undone_at = now
    except sa.exc.IntegrityError:
        raise errors.Refusal("undo.in-use") from None
    return undoing


def _reverse_all(session: orm.Session, change_set: ChangeSet, now: datetime) -> None:
    touched: dict[Tracked, set[str]] = {}
    for change in reversed(change_set.changes):
        record = _reverse(session, change, now)
        if record is not None:
            touched.setdefault(record, set()).add(change.field)
    session.flush()
    for record, fields in touched.items():
        if record in session:
            record.put_back(session, frozenset(fields), now)


Reversal = Callable[[orm.Session, "Change", datetime], None]
reversals: dict[str, Reversal] = {}
"""How to undo an entry that is about more than fields, by `Change.record`; may raise a Refusal."""


def _reverse(session: orm.Session, change: Change, now: datetime) -> Any:
    if change.record in reversals:
        reversals[change.record](session, change, now)
        return None
    model = Tracked.registry_of_tracked[change.record]
    record = session.get(model, change.record_id)
    if change.field == DELETED:
        restored = model()
        for field, value in change.old.items():
            setattr(restored, field, _from_json(restored, field, value))
        session.add(restored)
        session.flush()
        return restored
    if record is None:
        raise errors.Refusal(
            "undo.changed-since", record=change.record, field="", expected="", found=""
        )
    if change.field == CREATED:
        _delete(session, record, change)
        return None
    found = _json(getattr(record, change.field))
    if found != change.new:
        raise errors.Refusal(
            "undo.changed-since",
            record=change.record,
            field=change.field,
            expected=change.new,
            found=found,
        )
    setattr(record, change.field, _from_json(record, change.field, change.old))
    return record


def _delete(session: orm.Session, record: Any, change: Change) -> None:
    later = sa.select(Change.id).where(
        Change.record == change.record,
        Change.record_id == change.record_id,
        Change.field.not_in(NOT_CHANGED),
        Change.change_set_id != change.change_set_id,
        Change.change_set_id.not_in(
            sa.select(ChangeSet.id).where(
                sa.or_(ChangeSet.undone_at.is_not(None), ChangeSet.undoes_id.is_not(None))
            )
        ),
    )
    if session.scalar(later.limit(1)) is not None:
        raise errors.Refusal("undo.in-use")
    session.delete(record)
    session.flush()


def changes_of(session: orm.Session, change_set: ChangeSet) -> Sequence[Change]:
    """The single changes of a set, in the order they were made."""
    query = sa.select(Change).where(Change.change_set_id == change_set.id).order_by(Change.id)
    return session.scalars(query).all()
