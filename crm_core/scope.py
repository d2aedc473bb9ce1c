"""Who may see what: the conditions that every look at customers and all that hangs on them takes.

Chat, pages, API, search and export look through these and nothing else; a test finds who does not.
A person sees the customers whose owner is within the own scope (`people.Scope`), the pool, and what
is shared with that person. Whatever hangs on a customer (contacts, deals, conversations, …) is seen
by whoever sees the customer. Each noun's `visible(rep)` says so for its own table.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import audit, database, errors, people

# By their names, since these conditions stand below the modules that keep the tables.
_SEEN = sa.table(
    "customers", sa.column("id", database.BigInt), sa.column("owner_id", database.BigInt)
).alias("seen")
_CONTACT = sa.table(
    "contacts", sa.column("id", database.BigInt), sa.column("customer_id", database.BigInt)
).alias("reached")
_COLLABORATORS = sa.table(
    "customer_collaborators",
    sa.column("customer_id", database.BigInt),
    sa.column("rep_id", database.BigInt),
)
Number = sa.ColumnElement[int] | sa.ColumnElement[int | None] | orm.InstrumentedAttribute[Any]


def owned(rep: people.Rep, owner: Number) -> sa.ColumnElement[bool]:
    """Holds where `owner` (a column with a rep's id) is one whose records this person sees.

    Never holds for records without an owner. Every form finds its rows by the index on the owner.
    """
    if rep.sees is people.Scope.ALL:
        return owner.is_not(None)
    if rep.sees is people.Scope.OWN:
        return owner == rep.id
    return owner.in_(sa.select(within(rep)))


def within(rep: people.Rep) -> Any:
    """The ids of the people whose records this person sees, as a column to select."""
    person = people.Rep
    if rep.sees is people.Scope.ALL:
        return sa.select(person.id).subquery().c.id
    if rep.sees is people.Scope.SUBORDINATES:
        return _subordinates(rep).c.id
    if rep.sees is people.Scope.OWN:
        return sa.select(person.id).where(person.id == rep.id).subquery().c.id
    team = person.team == rep.team
    if rep.sees is people.Scope.BELOW:
        team = sa.or_(team, person.team.in_(sa.select(_below(rep).c.name)))
    return sa.select(person.id).where(sa.or_(team, person.id == rep.id)).subquery().c.id


def _subordinates(rep: people.Rep) -> sa.CTE:
    """The person, those the person leads, those they lead, and so on."""
    reached = sa.select(people.Rep.id).where(people.Rep.id == rep.id).cte(recursive=True)
    led = sa.select(people.Rep.id).join(reached, people.Rep.manager_id == reached.c.id)
    # UNION, not UNION ALL: a circle of managers ends.
    return reached.union(led)


def _below(rep: people.Rep) -> sa.CTE:
    """The teams under the person's own, however deep."""
    team = people.Team
    reached = sa.select(team.id, team.name).where(team.name == rep.team).cte(recursive=True)
    under = sa.select(team.id, team.name).join(reached, team.parent_id == reached.c.id)
    return reached.union(under)


def customer(rep: people.Rep, number: Number, owner: Number) -> sa.ColumnElement[bool]:
    """The condition for a customer that this person may see: `number` its id, `owner` its owner's.

    In the own scope, in the pool, or shared with this person.
    """
    if rep.oversees_all:
        return sa.true()
    return sa.or_(owned(rep, owner), owner.is_(None), shared(rep, number))


def shared(rep: people.Rep, number: Number) -> sa.ColumnElement[bool]:
    """Holds for customers in which this person is a collaborator."""
    table = _COLLABORATORS
    return number.in_(sa.select(table.c.customer_id).where(table.c.rep_id == rep.id))


def of_customer(rep: people.Rep, number: Number) -> sa.ColumnElement[bool]:
    """The condition for a record of the customer `number` (a column with a customer's id).

    Looked up for each record: SQLite would otherwise gather all visible customers first.
    """
    if rep.oversees_all:
        return sa.true()
    seen = sa.exists().where(_SEEN.c.id == number, customer(rep, _SEEN.c.id, _SEEN.c.owner_id))
    return seen.correlate_except(_SEEN)


def of_contact(rep: people.Rep, number: Number) -> sa.ColumnElement[bool]:
    """Likewise for a record of the contact `number`; visitors are only seen by who sees all."""
    if rep.oversees_all:
        return number.is_not(None)
    seen = sa.exists().where(_CONTACT.c.id == number, of_customer(rep, _CONTACT.c.customer_id))
    return seen.correlate_except(_CONTACT)


def change_sets(rep: people.Rep) -> sa.ColumnElement[bool]:
    """The condition on `audit.ChangeSet`: own changes, and those of customers this person sees."""
    made = audit.ChangeSet
    return sa.or_(made.rep_id == rep.id, of_customer(rep, made.customer_id))


def sifting(session: orm.Session, condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """The condition for what is read in the order of an index until a page is full.

    SQLite would otherwise gather all that may be seen and sort it; PostgreSQL weighs that itself.
    """
    if session.get_bind().dialect.name != "sqlite":
        return condition
    return sa.case((condition, 1), else_=0) == 1


def covers(session: orm.Session, rep: people.Rep, other_id: int | None) -> bool:
    """Whether this person sees the records of that rep: the own ones always."""
    if other_id is None:
        return False
    if rep.oversees_all or other_id == rep.id:
        return True
    if rep.sees is people.Scope.OWN:
        return False
    known = sa.select(people.Rep.id).where(people.Rep.id == other_id, owned(rep, people.Rep.id))
    return session.scalar(known) is not None


def unknown(session: orm.Session, key: str, name: str, model: Any, number: int) -> errors.NotFound:
    """Why a record was not found, for the caller to raise: it is said in the same words whether it
    does not exist or may not be seen, but only the latter is a denial for the audit."""
    if session.scalar(sa.select(model.id).where(model.id == number)) is not None:
        return errors.OutOfScope(key, name=name, record=model.__tablename__, record_id=number)
    return errors.NotFound(key, name=name)
