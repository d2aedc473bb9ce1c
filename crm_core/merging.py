"""Merging two customers, or two contacts of one customer, so that it can be taken apart again.

The loser is retired: its row stays, is in no list, and its number leads to the survivor. The
survivor keeps what it has and takes what it lacks. A merge is written down twice: as changes and
moved rows in the change set, so that an undo takes it back, and as a standing `Merge`, so that it
can be taken apart whenever, also after more was written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import audit, clock, customers, database, errors, homes, jobs, moving, owning, people

Kind = homes.Kind
Record = customers.Customer | customers.Contact
RECORD, ATTACHED, DETACHED = "merges", "attached", "detached"
SETTLE = "settle_merge"
FIELDS = {
    Kind.CUSTOMER: ("owner_id", "level", "source", "industry", "status", "tags", "updated_at"),
    Kind.CONTACT: ("title", "source", "introduced_by"),
}
FURTHER = {
    customers.Status.LEAD: (customers.Status.ACTIVE, customers.Status.WON),
    customers.Status.DORMANT: (customers.Status.ACTIVE, customers.Status.WON),
}
"""A lead that turns out to be a customer we work with already is one."""


class Merge(database.Base):
    """One merge; it stands until `undone_at`. `taken` is {field: [old, new]} of the survivor."""

    __tablename__ = "merges"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    kind: orm.Mapped[str] = orm.mapped_column(database.Text(8))
    loser_id: orm.Mapped[int]
    survivor_id: orm.Mapped[int]
    taken: orm.Mapped[dict[str, Any]] = orm.mapped_column(default=dict)
    rep_id: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("reps.id"))
    at: orm.Mapped[datetime]
    undone_at: orm.Mapped[datetime | None]

    __table_args__ = (
        sa.Index(
            "uq_merges_standing",
            "kind",
            "loser_id",
            unique=True,
            sqlite_where=sa.text("undone_at IS NULL"),
            postgresql_where=sa.text("undone_at IS NULL"),
        ),
        sa.Index("ix_merges_kind_survivor_id", "kind", "survivor_id"),
    )


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A field that the survivor took with the merge and that somebody has changed since."""

    field: str
    taken: Any
    now: Any


@dataclass(frozen=True, kw_only=True)
class Apart:
    """Two records after their merge was taken apart; `differences` stay with the survivor."""

    loser: Any
    survivor: Any
    differences: tuple[Difference, ...]


def merge_customers(
    session: orm.Session, rep: people.Rep | None, loser_id: int, survivor_id: int, now: datetime
) -> Merge:
    """Let one customer go into another one; `rep` is None when the program does it.

    The numbers may be those of merged ones: the living are meant. Raises NotFound customer.unknown
    for one the rep may not see, Refusal merge.same, merge.not-yours (a colleague's customer that
    is only shared), merge.meanwhile when somebody else merged one of them at this moment.
    """
    if rep is not None:
        loser_id = customers.get(session, rep, loser_id).id
        survivor_id = customers.get(session, rep, survivor_id).id
    loser, survivor = _locked(session, Kind.CUSTOMER, loser_id, survivor_id)
    if rep is not None:
        for each in (loser, survivor):
            _must_be_theirs(session, rep, each)
    merge = _merge(session, Kind.CUSTOMER, loser, survivor, rep.id if rep else None, now)
    session.expire(survivor, ["contacts"])
    session.expire(loser, ["contacts"])
    _merge_lone_persons(session, loser, survivor, merge.rep_id, now)
    return merge


def _must_be_theirs(session: orm.Session, rep: people.Rep, customer: customers.Customer) -> None:
    if customer.owner_id is not None and not owning.may_give(session, rep, customer):
        raise errors.Refusal("merge.not-yours", name=customer.name)


def _merge_lone_persons(
    session: orm.Session,
    loser: customers.Customer,
    survivor: customers.Customer,
    rep_id: int | None,
    now: datetime,
) -> None:
    """Two customers that are persons are one person: so are the contacts that stand for them."""
    if loser.kind != "person" or survivor.kind != "person":
        return
    here = [each for each in survivor.contacts if _home(session, each) == survivor.id]
    there = [each for each in survivor.contacts if _home(session, each) == loser.id]
    if len(here) == 1 and len(there) == 1:
        ours, theirs = _locked(session, Kind.CONTACT, here[0].id, there[0].id)
        _merge(session, Kind.CONTACT, theirs, ours, rep_id, now)
        session.expire(survivor, ["contacts"])


def _home(session: orm.Session, contact: customers.Contact) -> int | None:
    row = homes.Home
    moved = sa.select(row.home_id).where(
        row.kind == Kind.CUSTOMER, row.record == "contacts", row.record_id == contact.id
    )
    return session.scalar(moved) or contact.customer_id


def merge_contacts(
    session: orm.Session, rep: people.Rep | None, loser_id: int, survivor_id: int, now: datetime
) -> Merge:
    """Let one contact go into another one of the same customer.

    Raises Refusal merge.same, merge.other-customer, merge.meanwhile, NotFound contact.unknown.
    """
    loser_id = customers.living(session, customers.Contact, loser_id)
    survivor_id = customers.living(session, customers.Contact, survivor_id)
    loser, survivor = _locked(session, Kind.CONTACT, loser_id, survivor_id)
    if loser.customer_id != survivor.customer_id:
        raise errors.Refusal("merge.other-customer", name=loser.name)
    if rep is not None and survivor.customer_id is not None:
        _must_be_theirs(session, rep, customers.get(session, rep, survivor.customer_id))
    return _merge(session, Kind.CONTACT, loser, survivor, rep.id if rep else None, now)


def _locked(session: orm.Session, kind: Kind, loser_id: int, survivor_id: int) -> tuple[Any, Any]:
    """Both records as they are now, held in the order of their numbers until the end."""
    if loser_id == survivor_id:
        raise errors.Refusal("merge.same", number=survivor_id)
    model = moving.MODELS[kind]
    session.flush()
    found = session.scalars(
        sa.select(model)
        .where(model.id.in_((loser_id, survivor_id)))
        .order_by(model.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    both = {each.id: each for each in found}
    if len(both) != 2:  # noqa: PLR2004 - both of them
        raise errors.NotFound(f"{kind}.unknown", name=f"#{loser_id}")
    if any(each.merged_into_id is not None for each in both.values()):
        raise errors.Refusal("merge.meanwhile")
    return both[loser_id], both[survivor_id]


def _merge(  # noqa: PLR0917 - the facts of one merge
    session: orm.Session,
    kind: Kind,
    loser: Record,
    survivor: Record,
    rep_id: int | None,
    now: datetime,
) -> Merge:
    _tell_of(session, kind, survivor.id)
    merge = Merge(
        kind=kind,
        loser_id=loser.id,
        survivor_id=survivor.id,
        taken=_take(kind, survivor, loser),
        rep_id=rep_id,
        at=now,
    )
    session.add(merge)
    loser.merged_into_id = survivor.id
    session.flush()
    moved = moving.attach(session, kind, loser.id, survivor.id)
    _journal(session, merge, ATTACHED, moved)
    # Whoever was writing at this moment may still hang something on the loser.
    later = now + jobs.LEASE
    jobs.enqueue(session, SETTLE, {"merge_id": merge.id}, now=now, run_at=later)
    return merge


def _tell_of(session: orm.Session, kind: Kind, survivor_id: int) -> None:
    """The change set stands in the timeline of the one that lives on."""
    change_set: audit.ChangeSet | None = session.info.get("change_set")
    if change_set is not None and kind is Kind.CUSTOMER:
        change_set.customer_id = change_set.customer_id or survivor_id


def settle(session: orm.Session, merge_id: int) -> None:
    """Let what was written on the loser while it was being merged follow it."""
    merge = session.get(Merge, merge_id)
    if merge is None or merge.undone_at is not None:
        return
    kind = Kind(merge.kind)
    root_id = customers.living(session, moving.MODELS[kind], merge.loser_id)
    moving.attach(session, kind, merge.loser_id, root_id)


def _take(kind: Kind, survivor: Any, loser: Any) -> dict[str, Any]:
    """Give the survivor what it lacks; what was and what became of it, by field, as JSON."""
    taken: dict[str, Any] = {}
    for field in FIELDS[kind]:
        old, new = getattr(survivor, field), _better(field, survivor, loser)
        if new != old:
            setattr(survivor, field, new)
            taken[field] = [_plain(old), _plain(new)]
    return taken


def _better(field: str, survivor: Any, loser: Any) -> Any:
    ours, theirs = getattr(survivor, field), getattr(loser, field)
    if field == "tags":
        return [*ours, *(tag for tag in theirs if tag not in ours)]
    if field == "updated_at":
        return max(ours, theirs)
    if field == "status":
        return theirs if theirs in FURTHER.get(ours, ()) else ours
    return theirs if ours in (None, "") else ours


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def standing(session: orm.Session, kind: Kind, loser_id: int) -> Merge | None:
    """The merge that retired this record, or None for a living one."""
    row = Merge
    return session.scalar(
        sa.select(row).where(row.kind == kind, row.loser_id == loser_id, row.undone_at.is_(None))
    )


def into(session: orm.Session, kind: Kind, survivor_id: int) -> list[Merge]:
    """The standing merges that went straight into this record, the newest first."""
    row = Merge
    found = sa.select(row).where(
        row.kind == kind, row.survivor_id == survivor_id, row.undone_at.is_(None)
    )
    return list(session.scalars(found.order_by(row.id.desc())))


def unmerge(session: orm.Session, merge: Merge, now: datetime) -> Apart:
    """Take a merge apart: what came from the loser goes back, what was written since stays.

    A taken field that was changed since keeps its value and is told as a difference. Raises Refusal
    merge.not-merged when somebody took it apart already.
    """
    kind = Kind(merge.kind)
    loser, survivor = _hold(session, merge)
    if merge.undone_at is not None or loser.merged_into_id is None:
        raise errors.Refusal("merge.not-merged", number=loser.id)
    _tell_of(session, kind, survivor.id)
    differences = _give_back(session, merge, survivor)
    _detach(session, merge, now)
    loser.merged_into_id = None
    session.flush()
    if kind is Kind.CUSTOMER:
        session.expire(survivor, ["contacts"])
        session.expire(loser, ["contacts"])
    return Apart(loser=loser, survivor=survivor, differences=tuple(differences))


def _hold(session: orm.Session, merge: Merge) -> tuple[Any, Any]:
    """The two records of a merge and the merge itself, as they are now and until the end."""
    session.flush()
    model = moving.MODELS[Kind(merge.kind)]
    numbers = sorted((merge.loser_id, merge.survivor_id))
    held = {
        number: session.get_one(model, number, with_for_update=True, populate_existing=True)
        for number in numbers
    }
    session.refresh(merge, with_for_update=True)
    return held[merge.loser_id], held[merge.survivor_id]


def _give_back(session: orm.Session, merge: Merge, survivor: Any) -> list[Difference]:
    differences = []
    for field, (old, new) in merge.taken.items():
        now = getattr(survivor, field)
        if field == "tags":
            setattr(survivor, field, [tag for tag in now if tag in old or tag not in new])
        elif _plain(now) == new:
            setattr(survivor, field, clock.moment(old) if field == "updated_at" else old)
        elif not _hand_on(session, merge, field) and field != "updated_at":
            differences.append(Difference(field=field, taken=new, now=now))
    return differences


def _hand_on(session: orm.Session, merge: Merge, field: str) -> bool:
    """Whether a later merge took over from what this one had brought; it now gives back to that."""
    old, new = merge.taken[field]
    for later in into(session, Kind(merge.kind), merge.survivor_id):
        if later.id != merge.id and later.taken.get(field, [None])[0] == new:
            later.taken = {**later.taken, field: [old, later.taken[field][1]]}
            return True
    return False


def _detach(session: orm.Session, merge: Merge, now: datetime) -> None:
    kind = Kind(merge.kind)
    if kind is Kind.CUSTOMER:
        for crossing in _crossing(session, merge):
            unmerge(session, crossing, now)
    merge.undone_at = now
    root_id = moving.above(session, kind, merge.loser_id)[-1]
    moved = moving.detach(session, kind, merge.loser_id)
    _journal(session, merge, DETACHED, moved)
    # What stayed behind because the one that leaves had the same may now take its place.
    branch = moving.family(session, kind, merge.loser_id)
    for other in moving.family(session, kind, root_id):
        if other != root_id and other not in branch:
            moving.attach(session, kind, other, root_id)


def _crossing(session: orm.Session, merge: Merge) -> list[Merge]:
    """Merges of a contact that goes back with one that stays: they can not be one person."""
    row, table = Merge, customers.Contact.__table__
    branch = moving.family(session, Kind.CUSTOMER, merge.loser_id)
    path = moving.above(session, Kind.CUSTOMER, merge.loser_id)
    (holder,) = (each for each in moving.holders(Kind.CUSTOMER) if each.table is table)
    leaving = frozenset(moving.returning(session, Kind.CUSTOMER, holder, branch, path))
    found = session.scalars(
        sa.select(row)
        .where(row.kind == Kind.CONTACT, row.undone_at.is_(None))
        .where(sa.or_(row.loser_id.in_(leaving), row.survivor_id.in_(leaving)))
        .order_by(row.id.desc())
    )
    return [each for each in found if (each.loser_id in leaving) != (each.survivor_id in leaving)]


def _journal(session: orm.Session, merge: Merge, what: str, moved: moving.Moved) -> None:
    change_set: audit.ChangeSet | None = session.info.get("change_set")
    if change_set is None:
        return
    between = {"kind": merge.kind, "loser": merge.loser_id, "survivor": merge.survivor_id}
    rows = {table: ranges(ids) for table, ids in moved.items()}
    change_set.changes.append(
        audit.Change(record=RECORD, record_id=merge.id, field=what, old=between, new=rows)
    )


def ranges(numbers: Iterable[int]) -> str:
    """Rising numbers in short: 1-3,7."""
    said = []
    for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        first, *rest = [number for _, number in run]
        said.append(f"{first}-{rest[-1]}" if rest else str(first))
    return ",".join(said)


def _reverse(session: orm.Session, change: audit.Change, now: datetime) -> None:
    """Undo: the fields are put back by the audit, here everything else."""
    merge = session.get_one(Merge, change.record_id)
    loser, survivor = _hold(session, merge)
    if (merge.undone_at is None) != (change.field == ATTACHED):
        raise errors.Refusal("merge.meanwhile")
    if change.field == ATTACHED:
        old, new = merge.taken.get("updated_at", (None, None))
        if old and _plain(survivor.updated_at) == new:
            survivor.updated_at = clock.moment(old)
        _detach(session, merge, now)
        return
    merge.undone_at = None
    loser.merged_into_id = loser.merged_into_id or survivor.id
    session.flush()
    root_id = customers.living(session, moving.MODELS[Kind(merge.kind)], survivor.id)
    moved = moving.attach(session, Kind(merge.kind), loser.id, root_id)
    _journal(session, merge, ATTACHED, moved)


audit.reversals[RECORD] = _reverse
