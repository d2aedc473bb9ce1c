"""A few people and customers who say things, to be searched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from conversations import log, searching, threads
from crm_core import addresses, customers, looking, people, pipelines, search, searchable, tokens

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
Role = people.Role


class Company:
    """A few people, and customers who say things."""

    def __init__(self, session):
        self.session, self.said = session, 0
        pipelines.ensure_default(session)
        staff = (("王丽", Role.REP, "华东"), ("李强", Role.REP, "华东"), ("孙悟", Role.REP, "华南"))
        chiefs = (("赵敏", Role.MANAGER, "华东"), ("老板", Role.ADMIN, ""))
        self.reps = {
            name: people.add(session, name, role, team=team, now=NOW)
            for name, role, team in (*staff, *chiefs)
        }

    def customer(self, name, owner=None, contact="陈总", **reached):
        owner_id = self.reps[owner].id if owner else None
        made = customers.create(self.session, name, now=NOW, owner_id=owner_id)
        person = customers.add_contact(self.session, made, contact, now=NOW)
        reached.setdefault("wechat", f"o-{made.id}")
        for kind, value in reached.items():
            addresses.add(self.session, kind, value, contact_id=person.id, now=NOW)
        return made

    def says(self, customer, text, at=None):
        contact = self.session.scalars(
            sa.select(customers.Contact).where(customers.Contact.customer_id == customer.id)
        ).first()
        address = addresses.of_contacts(self.session, [contact.id])[0]
        talk = threads.at(self.session, address, "wechat", "main", NOW)
        self.said += 1
        at = at or NOW + timedelta(seconds=self.said)
        entry = log.Message(
            direction="in", author_kind="contact", author_id=contact.id, author_name=contact.name,
            text=text, at=at, created_at=at,
        )  # fmt: skip
        return log.append(self.session, talk, entry)

    def found(self, asked, who="老板", **more):
        return looking.find(self.session, self.reps[who], asked, **more)

    def texts(self, asked, who="老板", **more):
        found = self.found(asked, who, **more)
        known = searching.records(self.session, found.hits)
        records = [known[hit.kind, hit.record_id] for hit in found.hits]
        return [getattr(each, "title", None) or each.text for each in records]

    def named(self, asked, who="老板"):
        searchable.settle(self.session)
        found = looking.find_customers(self.session, self.reps[who], asked)
        return [self.session.get(customers.Customer, hit.customer_id).name for hit in found.hits]


def row(number, customer_id, at, text):
    """A message's row without the message."""
    return search.Row(
        kind="message",
        record_id=number,
        customer_id=customer_id,
        at=at,
        tokens=tokens.of_text(text),
    )
