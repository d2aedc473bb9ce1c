"""Customers and their contacts: whom we sell to, whose they are, and which names find them."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import audit, database, errors, name_keys, names, people, scope

NAME_LIMIT = 200
CLAIM_NEWS = timedelta(days=1)
HITS, RECENT = 2000, 500
"""So many names that a common word fits, and so many own customers, are looked at to pick a few."""


class Status(enum.StrEnum):
    """Where a customer stands: lead → active → won, lost or dormant."""

    LEAD = "lead"
    ACTIVE = "active"
    WON = "won"
    LOST = "lost"
    DORMANT = "dormant"


class Customer(audit.Tracked, database.Base):
    """A company or a person we sell to; has one owner or lies in the pool."""

    __tablename__ = "customers"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str] = orm.mapped_column(database.Text(NAME_LIMIT))
    kind: orm.Mapped[str] = orm.mapped_column(database.Text(16), default="company")
    status: orm.Mapped[str] = orm.mapped_column(database.Text(16), default=Status.LEAD)
    owner_id: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("reps.id"))
    level: orm.Mapped[str] = orm.mapped_column(database.Text(16), default="")
    source: orm.Mapped[str] = orm.mapped_column(database.Text(80), default="")
    industry: orm.Mapped[str] = orm.mapped_column(database.Text(80), default="")
    currency: orm.Mapped[str] = orm.mapped_column(database.Text(3), default="CNY")
    tags: orm.Mapped[list[str]] = orm.mapped_column(default=list)
    merged_into_id: orm.Mapped[int | None] = orm.mapped_column(
        sa.ForeignKey("customers.id"), index=True
    )
    """The customer that lives on for this one (see `crm_core.merging`); None for a living one."""
    created_at: orm.Mapped[datetime]
    updated_at: orm.Mapped[datetime]
    version: orm.Mapped[int] = orm.mapped_column()

    contacts: orm.Mapped[list[Contact]] = orm.relationship(
        primaryjoin="and_(Customer.id == Contact.customer_id, Contact.merged_into_id.is_(None))",
        order_by="Contact.id",
        viewonly=True,
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy as is
    __table_args__ = (
        sa.Index("ix_customers_owner_id_updated_at", "owner_id", "updated_at"),
        sa.Index("ix_customers_updated_at", "updated_at", "id"),
        sa.Index("ix_customers_created_at", "created_at"),
    )

    def customer_of(self) -> int | None:
        """Itself."""
        return self.id

    def put_back(self, session: orm.Session, fields: frozenset[str], now: datetime) -> None:
        """Make it findable under its former name again."""
        if fields & {"name", audit.DELETED}:
            name_keys.reindex(session, self.id, None, self.name)


class Contact(audit.Tracked, database.Base):
    """A person at a customer."""

    __tablename__ = "contacts"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    customer_id: orm.Mapped[int | None] = orm.mapped_column(
        sa.ForeignKey("customers.id"), index=True
    )
    name: orm.Mapped[str] = orm.mapped_column(database.Text(NAME_LIMIT))
    title: orm.Mapped[str] = orm.mapped_column(database.Text(80), default="")
    source: orm.Mapped[str] = orm.mapped_column(database.Text(80), default="")
    introduced_by: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("reps.id"))
    merged_into_id: orm.Mapped[int | None] = orm.mapped_column(
        sa.ForeignKey("contacts.id"), index=True
    )
    created_at: orm.Mapped[datetime]

    def put_back(self, session: orm.Session, fields: frozenset[str], now: datetime) -> None:
        """Make its customer findable under this person's former name again."""
        if self.customer_id is not None and fields & {"name", audit.DELETED}:
            name_keys.reindex(session, self.customer_id, self.id, self.name)


NameKey = name_keys.NameKey


def visible(rep: people.Rep) -> sa.ColumnElement[bool]:
    """The condition on `Customer` that holds for every living customer this person may see."""
    alive = Customer.merged_into_id.is_(None)
    return sa.and_(alive, scope.customer(rep, Customer.id, Customer.owner_id))


def contacts_visible(rep: people.Rep) -> sa.ColumnElement[bool]:
    """The condition on `Contact`; visitors, who belong to no customer yet, are the admins'."""
    return scope.of_customer(rep, Contact.customer_id)


def get(session: orm.Session, rep: people.Rep, customer_id: int) -> Customer:
    """The customer of that number, if the rep may see it; otherwise NotFound customer.unknown.

    The number of a merged one gives the customer that lives on for it.
    """
    found = session.scalar(sa.select(Customer).where(Customer.id == customer_id, visible(rep)))
    if found is None:
        into = living(session, Customer, customer_id)
        if into != customer_id:
            return get(session, rep, into)
        raise scope.unknown(session, "customer.unknown", f"#{customer_id}", Customer, customer_id)
    return found


def living(session: orm.Session, model: type[Customer | Contact], number: int) -> int:
    """The number of the record that lives on for this one; the same for one that lives."""
    into = session.scalar(sa.select(model.merged_into_id).where(model.id == number))
    return number if into is None else living(session, model, into)


def create(
    session: orm.Session,
    name: str,
    *,
    now: datetime,
    owner_id: int | None = None,
    kind: str = "company",
    status: Status = Status.LEAD,
    source: str = "",
) -> Customer:
    """A new customer, findable under its name. Raises Refusal customer.name-empty or name-long."""
    customer = Customer(
        name=_checked(name),
        kind=kind,
        status=status,
        owner_id=owner_id,
        source=source,
        level="",
        industry="",
        currency="CNY",
        tags=[],
        created_at=now,
        updated_at=now,
    )
    session.add(customer)
    session.flush()
    name_keys.index(session, customer.id, None, customer.name)
    return customer


def add_contact(
    session: orm.Session, customer: Customer, name: str, *, now: datetime, title: str = ""
) -> Contact:
    """A new person at this customer, findable under the own name too."""
    contact = Contact(customer_id=customer.id, name=_checked(name), title=title, created_at=now)
    session.add(contact)
    session.flush()
    name_keys.index(session, customer.id, contact.id, contact.name)
    session.expire(customer, ["contacts"])
    return contact


def rename(session: orm.Session, customer: Customer, name: str, now: datetime) -> None:
    """Give a customer another name; the old one no longer finds it."""
    customer.name, customer.updated_at = _checked(name), now
    name_keys.reindex(session, customer.id, None, customer.name)


def shown(name: str) -> str:
    """A name as it is kept: one line, single spaces; empty when nothing of it can be seen."""
    name = " ".join(database.storable(name).split())
    return name if any(letter.isprintable() and letter != " " for letter in name) else ""


def _checked(name: str) -> str:
    name = shown(name)
    if not name:
        raise errors.Refusal("customer.name-empty")
    if len(name) > NAME_LIMIT:
        raise errors.Refusal("customer.name-long", limit=NAME_LIMIT)
    return name


def claim(session: orm.Session, rep: people.Rep, customer: Customer, now: datetime) -> None:
    """Take an ownerless customer; of any number of claimants at the same moment one gets it.

    Raises Refusal customer.already-owned with `name`, `owner` (the owner's name) and `owner_id`,
    rep.disabled for somebody whose access ends at this moment.
    """
    session.flush()
    people.must_be_active(session, rep)
    won = session.execute(
        sa.update(Customer)
        .where(Customer.id == customer.id, Customer.owner_id.is_(None))
        .values(owner_id=rep.id, updated_at=now, version=Customer.version + 1)
        .returning(Customer.id)
        .execution_options(synchronize_session=False)
    ).scalar()
    session.refresh(customer)
    if won is None:
        owner = session.get(people.Rep, customer.owner_id)
        raise errors.Refusal(
            "customer.already-owned",
            name=customer.name,
            owner=owner.name if owner else "",
            owner_id=customer.owner_id,
        )
    audit.note(session, customer, "owner_id", None, rep.id)


def lately_in_pool(session: orm.Session, customer_id: int, now: datetime) -> Customer | None:
    """The customer of that number, if it was claimed out of the pool within the last day.

    Everybody could see it there, so everybody may know who has it now.
    """
    made, change = audit.ChangeSet, audit.Change
    claimed = (
        sa.exists()
        .where(change.change_set_id == made.id, made.at > now - CLAIM_NEWS)
        .where(change.record == Customer.__tablename__, change.record_id == Customer.id)
        .where(change.field == "owner_id", change.old.is_(None))
        .correlate(Customer)
    )
    if customer_id >= 2**63:
        return None
    alive = Customer.merged_into_id.is_(None)
    return session.scalar(sa.select(Customer).where(Customer.id == customer_id, alive, claimed))


def add_alias(session: orm.Session, customer: Customer, alias: str) -> None:
    """Let a customer be found under another name too. Raises Refusal customer.alias-known."""
    value = names.normalise_name(_checked(alias))
    if name_keys.is_alias(session, customer.id, value):
        raise errors.Refusal("customer.alias-known", name=customer.name, alias=alias)
    session.add(NameKey(customer_id=customer.id, kind=name_keys.ALIAS, value=value))
    session.flush()


def listed(
    session: orm.Session,
    rep: people.Rep,
    *conditions: sa.ColumnElement[bool],
    limit: int = 20,
    offset: int = 0,
) -> Sequence[Customer]:
    """Customers the rep may see that meet all conditions, the one touched last first."""
    seen = scope.sifting(session, visible(rep))
    query = (
        sa.select(Customer)
        .where(seen, *conditions)
        .order_by(Customer.updated_at.desc(), Customer.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return session.scalars(query).all()


def touch(customer: Customer, now: datetime) -> None:
    """Note that something happened with this customer, for "recently used first"."""
    customer.updated_at = now


def heard(session: orm.Session, customer_ids: Iterable[int], now: datetime) -> None:
    """These customers wrote; as `touch`, but it never gets in the way of somebody's change."""
    session.execute(_HEARD, {"customers": sorted(set(customer_ids)), "now": now})


_TABLE = cast(sa.Table, Customer.__table__)
_HEARD = (
    sa.update(_TABLE)
    .where(_TABLE.c.id.in_(sa.bindparam("customers", expanding=True)))
    .values(updated_at=sa.bindparam("now"))
)


def activate(customer: Customer) -> None:
    """A lead that somebody works on is a lead no longer."""
    if customer.status == Status.LEAD:
        customer.status = Status.ACTIVE


def by_name(
    session: orm.Session, rep: people.Rep, written: str, limit: int = 8
) -> Sequence[tuple[Customer, bool]]:
    """Customers the rep may mean by `written`, best first, each with "is it exact?".

    Exact: the normalised name, alias or contact name is the very word or begins with it. Otherwise
    pinyin, initials and soft pinyin, then one that holds it. Each step is tried only when those
    before found nothing; own customers come before others, the one touched last first. Of a word
    that fits very many names only the own customers touched last and some others are looked at.
    """
    for hits in name_keys.steps(session, database.storable(written)):
        found = _matching(session, rep, hits, limit)
        if found:
            return [(customer, hits.exact) for customer in found]
    return []


def by_surname(
    session: orm.Session, rep: people.Rep, surname: str, limit: int = 8
) -> Sequence[tuple[Customer, bool]]:
    """Customers with a contact of that surname (张 for 张总), best first, none of them certain."""
    hits = name_keys.surnamed(session, surname)
    return [(customer, False) for customer in _matching(session, rep, hits, limit)]


def _matching(
    session: orm.Session, rep: people.Rep, hits: name_keys.Hits, limit: int
) -> Sequence[Customer]:
    if not hits.common:
        return _known(session, rep, hits.customer_ids, limit)
    own: Sequence[Customer] = []
    if name_keys.exceeds(session, hits.range, HITS):
        fits = name_keys.fits(hits.range, Customer.id)
        own = listed(session, rep, _touched_recently(rep), fits, limit=limit)
    if len(own) == limit:
        return own
    # Limited, so that SQLite too looks the names up first.
    some = name_keys.among(hits.range, HITS)
    ids = sa.select(Customer.id).join(some, some.c.customer_id == Customer.id)
    others = _mine_first(session, rep, Customer.id.in_(ids.where(visible(rep))), limit)
    return [*own, *(each for each in others if each not in own)][:limit]


def _known(
    session: orm.Session, rep: people.Rep, ids: frozenset[int], limit: int
) -> Sequence[Customer]:
    if len(ids) > 1:
        return _mine_first(session, rep, Customer.id.in_(ids), limit)
    alone = [Customer.id == number for number in ids]
    return session.scalars(sa.select(Customer).where(*alone, visible(rep))).all() if ids else []


def _mine_first(
    session: orm.Session, rep: people.Rep, known: sa.ColumnElement[bool], limit: int
) -> Sequence[Customer]:
    mine_first = sa.case((Customer.owner_id == rep.id, 0), else_=1)
    query = (
        sa.select(Customer)
        .where(known, visible(rep))
        .order_by(mine_first, Customer.updated_at.desc(), Customer.id.desc())
        .limit(limit)
    )
    return session.scalars(query).all()


def _touched_recently(rep: people.Rep) -> sa.ColumnElement[bool]:
    """Holds for as many own customers as are looked through one by one."""
    nth = (
        sa.select(Customer.updated_at)
        .where(Customer.owner_id == rep.id)
        .order_by(Customer.updated_at.desc())
        .limit(1)
        .offset(RECENT)
    )
    since = sa.func.coalesce(nth.scalar_subquery(), datetime(1900, 1, 1, tzinfo=UTC))
    return sa.and_(Customer.owner_id == rep.id, Customer.updated_at >= since)
