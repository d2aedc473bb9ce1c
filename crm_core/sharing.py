"""Who else works with a customer, and asking for one: look-ups, requests, collaborators.

A rep who may not see a customer learns from `check` only whose it is and since when; a request
puts the choice to the owner's manager: give it, share it, or refuse.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import (
    activities,
    addresses,
    audit,
    customers,
    database,
    denials,
    errors,
    name_keys,
    names,
    owning,
    people,
    scope,
)

CHECKED = "checked"
CHECKS, HOUR = 20, timedelta(hours=1)
"""So many look-ups of one person within an hour: enough for work, too few for a list."""
ASKED = 100
SHOWN = 3


class Verdict(enum.StrEnum):
    """What a manager may answer to a request."""

    GIVE = "give"
    SHARE = "share"
    REFUSE = "refuse"


STATES = {Verdict.GIVE: "given", Verdict.SHARE: "shared", Verdict.REFUSE: "refused"}


class Collaborator(audit.Tracked, database.Base):
    """A rep who sees and works with a customer that another one owns."""

    __tablename__ = "customer_collaborators"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    customer_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("customers.id"), index=True)
    rep_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("reps.id"))
    added_by: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("reps.id"))
    created_at: orm.Mapped[datetime]

    __table_args__ = (sa.UniqueConstraint("rep_id", "customer_id"),)


class Request(audit.Tracked, database.Base):
    """A rep asks for a customer. `state` is open, given, shared, refused or void."""

    __tablename__ = "access_requests"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    customer_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("customers.id"), index=True)
    rep_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("reps.id"))
    state: orm.Mapped[str] = orm.mapped_column(database.Text(12), default="open")
    reason: orm.Mapped[str] = orm.mapped_column(database.Text(), default="")
    decided_by: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("reps.id"))
    created_at: orm.Mapped[datetime]
    decided_at: orm.Mapped[datetime | None]

    __table_args__ = (
        sa.Index(
            "uq_access_requests_open",
            "rep_id",
            "customer_id",
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        ),
    )


@dataclass(frozen=True, kw_only=True)
class Held:
    """What anybody of ours may know of a customer: that it is held, by whom, and since when.

    `worked_at` is when somebody last wrote something down; `owner` is None for one in the pool.
    """

    customer: customers.Customer
    owner: people.Rep | None
    since: datetime
    worked_at: datetime | None


def check(session: orm.Session, rep: people.Rep, asked: str, where: denials.Where) -> list[Held]:
    """Whose the customers of exactly this name, number or e-mail are; written down and limited.

    Raises Refusal check.too-often with `limit` after so many look-ups within an hour.
    """
    allow(session, rep, where.now)
    found = [held(session, each) for each in matching(session, asked)]
    for number in [each.customer.id for each in found] or [0]:
        checked(session, rep, asked, number, where)
    return found


def checked(
    session: orm.Session, rep: people.Rep, asked: str, customer_id: int, where: denials.Where
) -> None:
    """Write a look-up down; the number is 0 when it found nobody."""
    target = ("customers", customer_id)
    denials.put_on_record(session, rep, CHECKED, target, where, reason=asked[:ASKED])


def allow(session: orm.Session, rep: people.Rep, now: datetime) -> None:
    """Raises Refusal check.too-often when this person has looked up enough for an hour."""
    row = audit.ChangeSet
    # Spelled out, since SQLite takes a partial index only for the very words of its condition.
    no_change = row.kind != sa.literal_column("'change'")
    recent = sa.and_(row.rep_id == rep.id, row.at > now - HOUR, no_change, row.kind == CHECKED)
    count = session.scalar(sa.select(sa.func.count()).select_from(row).where(recent))
    if (count or 0) >= CHECKS:
        raise errors.Refusal("check.too-often", limit=CHECKS)


def matching(session: orm.Session, asked: str) -> list[customers.Customer]:
    """Living customers of exactly this name (without legal form and place), number or e-mail."""
    for kind in ("phone", "email"):
        try:
            value = addresses.normalise(kind, asked)
        except errors.Refusal:
            continue
        known = addresses.find(session, kind, "", value)
        contact = session.get(customers.Contact, (known and known.contact_id) or 0)
        holder = session.get(customers.Customer, (contact and contact.customer_id) or 0)
        return [holder] if holder is not None else []
    key, customer = name_keys.NameKey, customers.Customer
    wanted = [each.value for each in names.keys(asked) if each.kind == names.NORM]
    ids = sa.select(key.customer_id).where(
        key.kind.in_(name_keys.SPELLED), key.value.in_(wanted), key.contact_id.is_(None)
    )
    query = sa.select(customer).where(customer.id.in_(ids), customer.merged_into_id.is_(None))
    return list(session.scalars(query.order_by(customer.id).limit(SHOWN)))


def held(session: orm.Session, customer: customers.Customer) -> Held:
    """Whose a customer is and since when."""
    since = session.scalar(
        sa.select(audit.ChangeSet.at)
        .join(audit.Change, audit.Change.change_set_id == audit.ChangeSet.id)
        .where(
            audit.Change.record == "customers",
            audit.Change.record_id == customer.id,
            audit.Change.field == "owner_id",
        )
        .order_by(audit.ChangeSet.id.desc())
        .limit(1)
    )
    worked = activities.Activity
    return Held(
        customer=customer,
        owner=session.get(people.Rep, customer.owner_id) if customer.owner_id else None,
        since=since or customer.created_at,
        worked_at=session.scalar(
            sa.select(sa.func.max(worked.at)).where(worked.customer_id == customer.id)
        ),
    )


def request(
    session: orm.Session, rep: people.Rep, customer: customers.Customer, now: datetime
) -> Request:
    """Ask the owner's manager for a customer.

    Raises Refusal request.yours, request.pool (it may simply be claimed), request.open.
    """
    if customer.owner_id == rep.id:
        raise errors.Refusal("request.yours", name=customer.name)
    if customer.owner_id is None:
        raise errors.Refusal("request.pool", name=customer.name, number=customer.id)
    asked = Request(customer_id=customer.id, rep_id=rep.id, created_at=now)
    try:
        # Of two at the same moment the database keeps one.
        with session.begin_nested():
            session.add(asked)
            session.flush()
    except sa.exc.IntegrityError:
        raise errors.Refusal("request.open", number=customer.id) from None
    return asked


def deciders(session: orm.Session, customer: customers.Customer) -> list[people.Rep]:
    """Who may decide about a customer: the managers of its owner, without any the admins."""
    active = [each for each in people.everyone(session) if each.active]
    managers = [
        each
        for each in active
        if each.role == people.Role.MANAGER
        and each.id != customer.owner_id
        and scope.covers(session, each, customer.owner_id)
    ]
    return managers or [each for each in active if each.role == people.Role.ADMIN]


def open_requests(session: orm.Session, rep: people.Rep, limit: int = 20) -> list[Request]:
    """Requests that this person may decide about, the oldest first."""
    customer = customers.Customer
    query = (
        sa.select(Request)
        .join(customer, customer.id == Request.customer_id)
        .where(Request.state == sa.literal_column("'open'"), scope.owned(rep, customer.owner_id))
    )
    return list(session.scalars(query.order_by(Request.id).limit(limit)))


def get(session: orm.Session, rep: people.Rep, number: int) -> Request:
    """The request of that number, for whoever may decide about it; else NotFound request.unknown.

    A request is about the customer that lives on, if its own was merged.
    """
    asked = session.get(Request, number, with_for_update=True, populate_existing=True)
    customer = session.get(customers.Customer, asked.customer_id) if asked else None
    if asked is None or customer is None or not _may_decide(session, rep, customer):
        raise errors.NotFound("request.unknown", number=number)
    return asked


def decide(  # noqa: PLR0917 - the facts of one decision
    session: orm.Session,
    by: people.Rep,
    number: int,
    verdict: Verdict,
    reason: str,
    now: datetime,
) -> Request:
    """Give the customer to whoever asked (with what is open on it), share it, or refuse.

    Raises NotFound request.unknown, also for a request about somebody else's people; Refusal
    request.decided with `state` when it has been decided already.
    """
    asked = get(session, by, number)
    customer = session.get_one(customers.Customer, asked.customer_id)
    if asked.state != "open":
        raise errors.Refusal("request.decided", number=number, state=asked.state)
    if verdict is Verdict.GIVE:
        owning.give(session, customer, session.get_one(people.Rep, asked.rep_id), now)
    elif verdict is Verdict.SHARE:
        share(session, customer, asked.rep_id, by.id, now)
    asked.state, asked.reason = STATES[verdict], reason
    asked.decided_by, asked.decided_at = by.id, now
    session.flush()
    return asked


def _may_decide(session: orm.Session, by: people.Rep, customer: customers.Customer) -> bool:
    if by.role == people.Role.REP:
        return False
    return customer.owner_id is None or scope.covers(session, by, customer.owner_id)


def share(
    session: orm.Session,
    customer: customers.Customer,
    rep_id: int,
    by_id: int | None,
    now: datetime,
) -> bool:
    """Let a colleague see and work with a customer; False when it is shared already."""
    if collaborates(session, customer.id, rep_id) is not None:
        return False
    row = Collaborator(customer_id=customer.id, rep_id=rep_id, added_by=by_id, created_at=now)
    session.add(row)
    session.flush()
    return True


def unshare(session: orm.Session, customer: customers.Customer, rep_id: int) -> bool:
    """End that; False when it was not shared."""
    row = collaborates(session, customer.id, rep_id)
    if row is None:
        return False
    session.delete(row)
    session.flush()
    return True


def collaborates(session: orm.Session, customer_id: int, rep_id: int) -> Collaborator | None:
    """The row that makes this person a collaborator, if there is one."""
    row = Collaborator
    return session.scalar(
        sa.select(row).where(row.customer_id == customer_id, row.rep_id == rep_id)
    )


def collaborators(session: orm.Session, customer_id: int) -> Sequence[people.Rep]:
    """Who works with a customer besides its owner."""
    row = Collaborator
    query = sa.select(people.Rep).join(row, row.rep_id == people.Rep.id)
    return session.scalars(query.where(row.customer_id == customer_id).order_by(row.id)).all()


def let_stand_in(
    session: orm.Session, customer: customers.Customer, rep: people.Rep, now: datetime
) -> None:
    """Let whoever hears a customer in its owner's stead work with it, until the owner is back.

    Whoever sees the customer anyway needs nothing; otherwise the row says that nobody shared it
    (`added_by` is the person's own number).
    """
    row = customers.Customer
    seen = sa.select(row.id).where(row.id == customer.id, customers.visible(rep))
    if session.scalar(seen) is None:
        with audit.changing(
            session, actor="crm", cause=f"stand-in:{customer.owner_id}", now=now, source="presence"
        ):
            share(session, customer, rep.id, rep.id, now)


def end_standing_in(session: orm.Session, owner: people.Rep) -> None:
    """The owner is back: others see those customers no longer unless they were shared."""
    row, customer = Collaborator, customers.Customer
    query = sa.select(row).join(customer, customer.id == row.customer_id)
    for each in session.scalars(
        query.where(row.added_by == row.rep_id, customer.owner_id == owner.id)
    ):
        session.delete(each)
    session.flush()
