"""A company of look-alikes to merge, and everything in it as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from conversations import log, threads
from crm_core import (
    activities,
    addresses,
    audit,
    customers,
    database,
    deals,
    errors,
    homes,
    merging,
    people,
    pipelines,
    search,
    searchable,
    sharing,
    tasks,
)

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)
JOURNAL = frozenset({"change_sets", "changes", "audit_seals", "merges", "jobs"})
NAMES = ("华美", "华美电子有限公司", "花美", "華美", "云帆贸易", "Acme Ltd")


@dataclass
class Company:
    """Its people and, in the order they were made, the numbers of its customers."""

    session: orm.Session
    boss: people.Rep
    reps: list[people.Rep]
    ids: list[int] = field(default_factory=list)

    def customer(self, place: int) -> customers.Customer:
        return self.session.get_one(customers.Customer, self.ids[place])

    def changing(self, **more: Any) -> Any:
        return audit.changing(
            self.session, actor="test", cause="test", now=NOW, rep_id=self.boss.id, **more
        )


def found(session: orm.Session, count: int = 4) -> Company:
    """A boss, two reps and so many customers, each with a bit of everything."""
    pipelines.ensure_default(session)
    boss = people.add(session, "赵敏", people.Role.ADMIN, now=NOW)
    reps = [people.add(session, name, people.Role.REP, now=NOW) for name in ("王丽", "李强")]
    company = Company(session, boss, reps)
    for place in range(count):
        company.ids.append(_customer(company, place).id)
    return company


def _customer(company: Company, place: int) -> customers.Customer:
    session, name = company.session, NAMES[place % len(NAMES)]
    customer = customers.create(
        session,
        name,
        now=NOW + timedelta(hours=place * 7 % 5),
        owner_id=company.reps[place % 2].id if place % 3 else None,
        kind="person" if place % 4 < 2 else "company",
        status=customers.Status.ACTIVE if place % 2 else customers.Status.LEAD,
        source="展会" if place % 2 else "",
    )
    customer.level, customer.tags = ("", "A", "B")[place % 3], ["老", f"t{place % 2}"][: place % 3]
    person = customers.add_contact(session, customer, f"张{place}", now=NOW)
    addresses.add(session, "phone", f"1380000000{place}", contact_id=person.id, now=NOW)
    customers.add_alias(session, customer, f"老马{place}")
    deals.create(session, customer, f"单{place}", now=NOW, amount=Decimal(place))
    activities.log(session, customer, f"note {place}", now=NOW, contact_id=person.id)
    tasks.create(session, f"task {place}", NOW, now=NOW, owner_id=1, customer_id=customer.id)
    for rep in company.reps[: place % 3]:
        session.add(sharing.Collaborator(customer_id=customer.id, rep_id=rep.id, created_at=NOW))
    writes(session, person, "在吗")
    return customer


def writes(session: orm.Session, person: customers.Contact, text: str) -> log.Message:
    """A contact writes on an account of its own, and can be found by it."""
    value = f"openid-{person.id}"
    address = addresses.find(session, "wechat", "main", value) or addresses.add(
        session, "wechat", value, account="main", contact_id=person.id, now=NOW
    )
    conversation = threads.at(session, address, "wechat", "main", NOW)
    entry = log.Message(
        direction="in",
        author_kind="contact",
        author_id=person.id,
        author_name=person.name,
        text=text,
        at=NOW,
        created_at=NOW,
    )
    log.append(session, conversation, entry)
    return entry


def dump(session: orm.Session) -> dict[str, list[str]]:
    """Every row of every table but the journal's, without the counters of changes."""
    searchable.settle(session)
    tables = database.Base.metadata.tables
    shown = {}
    for name in sorted(set(tables) - JOURNAL):
        kept = [column for column in tables[name].c if column.name != "version"]
        kept = [column for column in kept if not isinstance(column.type, search.TokenList)]
        rows = session.execute(sa.select(*kept).order_by(*kept[:1])).all()
        shown[name] = [str(row._asdict()) for row in rows]
    return shown


def merge(company, loser, survivor, rep=None):
    with company.changing(command="merge") as change_set:
        merging.merge_customers(
            company.session, rep or company.boss, company.ids[loser], company.ids[survivor], NOW
        )
    return change_set


def unmerge(company, loser):
    standing = merging.standing(company.session, homes.Kind.CUSTOMER, company.ids[loser])
    if standing is None:
        raise errors.Refusal("merge.not-merged")
    with company.changing(command="unmerge") as change_set:
        apart = merging.unmerge(company.session, standing, LATER)
    return apart, change_set


def undo(company, change_set):
    return audit.undo(
        company.session, change_set, rep_id=company.boss.id, actor="x", cause="y", now=NOW
    )
