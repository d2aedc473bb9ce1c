"""The chain of seals over the audit: who alters, removes or slips in a change set breaks it.

Sealing is no part of the transaction that makes a change set: a loop seals what is new every few
seconds, in short transactions of its own. A seal stands at a position and holds a keyed hash over
the seal before it, the change set's facts and a digest of its contents. The digest is salted, so
that of an erased person nothing can be guessed from it; erasing throws the salt away, and the
chain still holds (RELIABILITY §4).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import audit, database, vault

BATCH = 200
WINDOW = 5000
"""How far before the newest sealed one others are looked for, unless all are asked for.

Numbers are given before the commit: a slow transaction's turns up behind those of quicker ones.
"""
SALT = 16
LOCK = 4823914
ERASED = "*erased"
FIRST = bytes(32)
GUARDS = 6
"""Triggers at least that keep the three tables of the audit as they are (revision 0003)."""
PAGE = 1000


class Seal(database.Base):
    """One link: `id` is its position from 1; `salt` is None once the contents were erased."""

    __tablename__ = "audit_seals"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    change_set_id: orm.Mapped[int] = orm.mapped_column(unique=True)
    salt: orm.Mapped[bytes | None]
    content: orm.Mapped[bytes]
    hash: orm.Mapped[bytes]


@dataclass(frozen=True, kw_only=True)
class Report:
    """What verifying found. `broken` says where the chain breaks, empty when it is whole."""

    sealed: int
    unsealed: int
    erased: int
    broken: str
    guarded: bool
    head: str
    oldest_unsealed: datetime | None

    @property
    def whole(self) -> bool:
        """Whether nothing was tampered with, as far as the seals reach."""
        return self.guarded and not self.broken


def seal(session: orm.Session, *, limit: int = BATCH, everything: bool = False) -> int:
    """Seal up to `limit` change sets that are not yet, oldest first; how many it were.

    0 also when another process is sealing. `everything` looks for stragglers of any age.
    """
    if not _ours(session):
        return 0
    last = session.scalar(sa.select(Seal).order_by(Seal.id.desc()).limit(1))
    position, previous = (last.id, last.hash) if last else (0, FIRST)
    waiting = _waiting(everything=everything).options(orm.selectinload(audit.ChangeSet.changes))
    rows = []
    for change_set in session.scalars(waiting.order_by(audit.ChangeSet.id).limit(limit)):
        position += 1
        salt = secrets.token_bytes(SALT)
        content = _digest(change_set, salt)
        previous = _link(previous, position, change_set, content)
        made = {"id": position, "change_set_id": change_set.id, "salt": salt}
        rows.append({**made, "content": content, "hash": previous})
    if rows:
        session.execute(sa.insert(Seal), rows)
    return len(rows)


def pending(session: orm.Session, *, everything: bool = False) -> bool:
    """Whether there is anything to seal; needs no transaction that writes."""
    return session.scalar(_waiting(everything=everything).limit(1)) is not None


def _ours(session: orm.Session) -> bool:
    # On SQLite whoever writes is alone; on PostgreSQL one seals and the others do not wait.
    if session.get_bind().dialect.name == "sqlite":
        return True
    return bool(session.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(LOCK))))


def _waiting(*, everything: bool) -> sa.Select[audit.ChangeSet]:
    sealed = sa.exists().where(Seal.change_set_id == audit.ChangeSet.id)
    query = sa.select(audit.ChangeSet).where(~sealed)
    if everything:
        return query
    newest = sa.select(sa.func.coalesce(sa.func.max(Seal.change_set_id), 0)).scalar_subquery()
    return query.where(audit.ChangeSet.id > newest - WINDOW)


def _digest(change_set: audit.ChangeSet, salt: bytes) -> bytes:
    """Of what a change set says: its summary and every field before and after."""
    said = [
        change_set.summary,
        *(
            [change.id, change.record, change.record_id, change.field, change.old, change.new]
            for change in sorted(change_set.changes, key=lambda change: change.id)
        ),
    ]
    return hmac.digest(salt, _canonical(said), hashlib.sha256)


def _link(previous: bytes, position: int, change_set: audit.ChangeSet, content: bytes) -> bytes:
    """Of the seal before, the place, who did it when and why, and the contents' digest."""
    facts = [
        previous.hex(),
        position,
        change_set.id,
        change_set.rep_id,
        change_set.actor,
        change_set.cause,
        change_set.command,
        change_set.kind,
        change_set.source,
        change_set.customer_id,
        change_set.undoes_id,
        change_set.at.astimezone(UTC).isoformat(),
        content.hex(),
    ]
    return vault.fingerprint("audit", _canonical(facts).decode())


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def verify(session: orm.Session) -> Report:
    """Follow the whole chain; reads every change set there is, a thousand at a time."""
    previous, expected, erased, broken = FIRST, 1, 0, ""
    for link, change_set in _chain(session):
        broken = _fault(link, change_set, expected, previous)
        if broken:
            break
        erased += link.salt is None
        previous, expected = link.hash, expected + 1
    sealed = session.scalar(sa.select(sa.func.count()).select_from(Seal)) or 0
    open_ones = _waiting(everything=True).subquery()
    unsealed, oldest = session.execute(
        sa.select(sa.func.count(), sa.func.min(open_ones.c.at)).select_from(open_ones)
    ).one()
    return Report(
        sealed=sealed,
        unsealed=unsealed,
        erased=erased,
        broken=broken,
        guarded=_guards(session) >= GUARDS,
        head=previous.hex()[:12] if sealed else "",
        oldest_unsealed=oldest,
    )


def _chain(session: orm.Session) -> Iterator[tuple[Seal, audit.ChangeSet | None]]:
    after = 0
    while True:
        page = session.execute(
            sa.select(Seal, audit.ChangeSet)
            .outerjoin(audit.ChangeSet, audit.ChangeSet.id == Seal.change_set_id)
            .options(orm.selectinload(audit.ChangeSet.changes))
            .where(Seal.id > after)
            .order_by(Seal.id)
            .limit(PAGE)
        ).all()
        yield from ((link, change_set) for link, change_set in page)
        if len(page) < PAGE:
            return
        after = page[-1][0].id
        session.expunge_all()


def _fault(link: Seal, change_set: audit.ChangeSet | None, expected: int, previous: bytes) -> str:
    """What is wrong with one link, in English for `crm doctor`; empty when nothing is."""
    where = f"at seal {link.id}, change set {link.change_set_id}"
    if link.id != expected:
        return f"seal {expected} is missing"
    if change_set is None:
        return f"{where}: the change set is gone"
    if not hmac.compare_digest(_link(previous, link.id, change_set, link.content), link.hash):
        key = " (or CRM_SECRET_KEY is another one than when it was sealed)" if expected == 1 else ""
        return f"{where}: who, when or why was altered, or a seal was{key}"
    return "" if _holds(link, change_set) else f"{where}: what was changed was altered"


def _holds(link: Seal, change_set: audit.ChangeSet) -> bool:
    if link.salt is None:
        return _is_erased(change_set)
    return hmac.compare_digest(_digest(change_set, link.salt), link.content)


def _is_erased(change_set: audit.ChangeSet) -> bool:
    values = [value for change in change_set.changes for value in (change.old, change.new)]
    return not change_set.summary and all(value in (None, ERASED) for value in values)


def _guards(session: orm.Session) -> int:
    if session.get_bind().dialect.name == "sqlite":
        query = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_keep_%'"
    else:
        query = "SELECT count(*) FROM pg_trigger WHERE tgenabled <> 'D' AND tgname LIKE '%_keep_%'"
    return session.scalar(sa.text(query)) or 0


def erase(session: orm.Session, change_set_ids: Sequence[int]) -> None:
    """Take what these change sets say out of the audit for good; that they were is kept.

    For erasing a person: summaries and every value become "*erased", and the salts are destroyed.
    Whoever erases also writes a change set that says so.
    """
    chosen = list(change_set_ids)
    while not_sealed(session, chosen) and seal(session, everything=True):
        pass
    # In one statement: the guards let a value become "*erased" and nothing else.
    gone = sa.literal(ERASED, database.Json)
    sides = (audit.Change.old, audit.Change.new)
    erased = {side: sa.case((side.is_(None), sa.null()), else_=gone) for side in sides}
    quiet = {"synchronize_session": False}
    session.execute(
        sa.update(audit.Change).where(audit.Change.change_set_id.in_(chosen)).values(erased),
        execution_options=quiet,
    )
    session.execute(
        sa.update(audit.ChangeSet).where(audit.ChangeSet.id.in_(chosen)).values(summary=""),
        execution_options=quiet,
    )
    session.execute(
        sa.update(Seal).where(Seal.change_set_id.in_(chosen)).values(salt=None),
        execution_options=quiet,
    )
    session.expire_all()


def not_sealed(session: orm.Session, change_set_ids: Sequence[int]) -> bool:
    """Whether any of these change sets has no seal yet."""
    sealed = sa.exists().where(Seal.change_set_id == audit.ChangeSet.id)
    query = sa.select(audit.ChangeSet.id).where(audit.ChangeSet.id.in_(change_set_ids), ~sealed)
    return session.scalar(query.limit(1)) is not None
