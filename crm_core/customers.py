"""Customers and their contacts: whom we sell to, whose they are, and which names find them."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import audit, database, errors, names, people

NAME_LIMIT = 200
HITS = 20_000
MATCHES = 1000
"""So many hits of a word are looked at when the best ones are picked."""


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
    created_at: orm.Mapped[datetime]
    updated_at: orm.Mapped[datetime]
    version: orm.Mapped[int] = orm.mapped_column()

    contacts: orm.Mapped[list[Contact]] = orm.relationship(order_by="Contact.id", viewonly=True)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy as is
    __table_args__ = (
        sa.Index("ix_customers_owner_id_updated_at", "owner_id", "updated_at"),
        sa.Index("ix_customers_created_at", "created_at"),
    )

    def customer_of(self) -> int | None:
        """Itself."""
        return self.id

    def put_back(self, session: orm.Session, fields: frozenset[str], now: datetime) -> None:
        """Make it findable under its former name again."""
        if fields & {"name", audit.DELETED}:
            _reindex(session, self.id, None, self.name)


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
    created_at: orm.Mapped[datetime]

    def put_back(self, session: orm.Session, fields: frozenset[str], now: datetime) -> None:
        """Make its customer findable under this person's former name again."""
        if self.customer_id is not None and fields & {"name", audit.DELETED}:
            _reindex(session, self.customer_id, self.id, self.name)


class NameKey(audit.Tracked, database.Base):
    """One key under which a customer is found: see `names.keys` for the kinds."""

    __tablename__ = "name_keys"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    customer_id: orm.Mapped[int] = orm.mapped_column(
        sa.ForeignKey("customers.id", ondelete="CASCADE"), index=True
    )
    contact_id: orm.Mapped[int | None] = orm.mapped_column(
        sa.ForeignKey("contacts.id", ondelete="CASCADE")
    )
    kind: orm.Mapped[str] = orm.mapped_column(database.Text(16))
    value: orm.Mapped[str] = orm.mapped_column(database.Text(NAME_LIMIT, ordered=True))

    __table_args__ = (sa.Index("ix_name_keys_value_kind", "value", "kind"),)


def visible(rep: people.Rep) -> sa.ColumnElement[bool]:
    """The condition on `Customer` that holds for every customer this person may see.

    A rep: own ones and the pool. A manager: those of the own team and the pool. An admin: all.
    """
    if rep.oversees_all:
        return sa.true()
    mine = Customer.owner_id == rep.id
    if rep.role == people.Role.MANAGER:
        team = sa.select(people.Rep.id).where(people.Rep.team == rep.team)
        mine = Customer.owner_id.in_(team)
    return sa.or_(mine, Customer.owner_id.is_(None))


def get(session: orm.Session, rep: people.Rep, customer_id: int) -> Customer:
    """The customer of that number, if the rep may see it; otherwise NotFound customer.unknown."""
    found = session.scalar(sa.select(Customer).where(Customer.id == customer_id, visible(rep)))
    if found is None:
        raise errors.NotFound("customer.unknown", name=f"#{customer_id}")
    return found


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
    _index(session, customer.id, None, customer.name)
    return customer


def add_contact(
    session: orm.Session, customer: Customer, name: str, *, now: datetime, title: str = ""
) -> Contact:
    """A new person at this customer, findable under the own name too."""
    contact = Contact(customer_id=customer.id, name=_checked(name), title=title, created_at=now)
    session.add(contact)
    session.flush()
    _index(session, customer.id, contact.id, contact.name)
    session.expire(customer, ["contacts"])
    return contact


def rename(session: orm.Session, customer: Customer, name: str, now: datetime) -> None:
    """Give a customer another name; the old one no longer finds it."""
    customer.name, customer.updated_at = _checked(name), now
    _reindex(session, customer.id, None, customer.name)


def _reindex(session: orm.Session, customer_id: int, contact_id: int | None, name: str) -> None:
    session.execute(
        sa.delete(NameKey).where(
            NameKey.customer_id == customer_id,
            NameKey.contact_id == contact_id if contact_id else NameKey.contact_id.is_(None),
            NameKey.kind != "alias",
        )
    )
    _index(session, customer_id, contact_id, name)


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


def _index(session: orm.Session, customer_id: int, contact_id: int | None, name: str) -> None:
    rows = [
        {
            "customer_id": customer_id,
            "contact_id": contact_id,
            "kind": key.kind,
            "value": key.value[:NAME_LIMIT],
        }
        for key in names.keys(name)
        if key.value
    ]
    if rows:
        session.execute(sa.insert(NameKey), rows)


def claim(session: orm.Session, rep: people.Rep, customer: Customer, now: datetime) -> None:
    """Take an ownerless customer; of any number of claimants at the same moment one gets it.

    Raises Refusal customer.already-owned with `name`, `owner` (the owner's name) and `owner_id`.
    """
    session.flush()
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


def add_alias(session: orm.Session, customer: Customer, alias: str) -> None:
    """Let a customer be found under another name too. Raises Refusal customer.alias-known."""
    value = names.normalise_name(_checked(alias))
    known = sa.select(NameKey.id).where(
        NameKey.customer_id == customer.id, NameKey.kind == "alias", NameKey.value == value
    )
    if session.scalar(known.limit(1)) is not None:
        raise errors.Refusal("customer.alias-known", name=customer.name, alias=alias)
    session.add(NameKey(customer_id=customer.id, contact_id=None, kind="alias", value=value))
    session.flush()


def listed(
    session: orm.Session,
    rep: people.Rep,
    *conditions: sa.ColumnElement[bool],
    limit: int = 20,
    offset: int = 0,
) -> Sequence[Customer]:
    """Customers the rep may see that meet all conditions, the one touched last first."""
    query = (
        sa.select(Customer)
        .where(visible(rep), *conditions)
        .order_by(Customer.updated_at.desc(), Customer.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return session.scalars(query).all()


def touch(customer: Customer, now: datetime) -> None:
    """Note that something happened with this customer, for "recently used first"."""
    customer.updated_at = now


def activate(customer: Customer) -> None:
    """A lead that somebody works on is a lead no longer."""
    if customer.status == Status.LEAD:
        customer.status = Status.ACTIVE


def by_name(
    session: orm.Session, rep: people.Rep, written: str, limit: int = 8
) -> Sequence[tuple[Customer, bool]]:
    """Customers the rep may mean by `written`, best first, each with "is it exact?".

    Exact: the normalised name, alias or contact name is the very word or begins with it. Otherwise
    pinyin, initials and soft pinyin, then an own one that contains it. Each step is tried only when
    those before found nothing; own customers come before others, the one touched last first.
    """
    written = database.storable(written)
    wanted = names.normalise_name(written)
    if not wanted:
        return []
    for condition, exact in _steps(rep, wanted, written):
        found = _matching(session, rep, condition, limit)
        if found:
            return [(customer, exact) for customer in found]
    return []


def by_surname(
    session: orm.Session, rep: people.Rep, surname: str, limit: int = 8
) -> Sequence[tuple[Customer, bool]]:
    """Customers with a contact of that surname (张 for 张总), best first, none of them certain."""
    condition = sa.and_(
        NameKey.contact_id.is_not(None),
        NameKey.kind == "norm",
        _begins(surname),
    )
    return [(customer, False) for customer in _matching(session, rep, condition, limit)]


def _steps(
    rep: people.Rep, wanted: str, written: str
) -> Iterable[tuple[sa.ColumnElement[bool], bool]]:
    literal = NameKey.kind.in_(("norm", "alias"))
    yield sa.and_(NameKey.value == wanted, literal), True
    yield sa.and_(_begins(wanted), literal), True
    for key in names.keys(written):
        if key.kind in ("pinyin", "initials", "soft"):
            yield sa.and_(NameKey.value == key.value, NameKey.kind == key.kind), False
    if len(wanted) > 1:
        # No index helps here, so only names of customers that somebody looks after are read.
        own = sa.select(Customer.id).where(_looked_after(rep))
        inside = NameKey.value.contains(wanted, autoescape=True)
        yield sa.and_(NameKey.customer_id.in_(own), literal, inside), False


def _looked_after(rep: people.Rep) -> sa.ColumnElement[bool]:
    if rep.role == people.Role.REP:
        return Customer.owner_id == rep.id
    return sa.and_(Customer.owner_id.is_not(None), visible(rep))


def _begins(start: str) -> sa.ColumnElement[bool]:
    # A range, since LIKE on SQLite folds case and so leaves the index aside.
    return sa.and_(NameKey.value >= start, NameKey.value < start + "\U0010ffff")


def _matching(
    session: orm.Session, rep: people.Rep, condition: sa.ColumnElement[bool], limit: int
) -> Sequence[Customer]:
    mine_first = sa.case((Customer.owner_id == rep.id, 0), else_=1)
    # Limited, so that SQLite too looks the names up first; and widely, since a short word may fit
    # very many names, and what the rep may not see must not use up the limit below.
    hits = sa.select(NameKey.customer_id).where(condition).limit(HITS).subquery()
    ids = (
        sa.select(Customer.id)
        .join(hits, hits.c.customer_id == Customer.id)
        .where(visible(rep))
        .order_by(mine_first)
        .limit(MATCHES)
    )
    query = (
        sa.select(Customer)
        .where(Customer.id.in_(ids))
        .order_by(mine_first, Customer.updated_at.desc(), Customer.id.desc())
        .limit(limit)
    )
    return session.scalars(query).all()
