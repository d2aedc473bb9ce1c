"""Every public verb of the core that acts for a person of ours, run as every role on one customer.

A new one needs a row: what each role finds with it, or why its scope is not its own business.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

import conversations
import crm_core
from bot import tables
from conversations import log, threads, timeline
from crm_core import (
    activities,
    addresses,
    audit,
    customers,
    database,
    deals,
    errors,
    identity,
    looking,
    masking,
    owning,
    people,
    scope,
    searchable,
    sharing,
    tasks,
)
from tests import matrix

assert tables.__all__
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
HANDED = "gets a record that was looked up within the scope"
OWN = "is about the person's own self or own entries"
ADMIN = "is the command line's and the managers', who were permitted by role"
TELLS = "is what may be told of somebody else's customer (查重), counted and written down"

Verb = Callable[[Any, people.Rep, matrix.Company], Any]
# s finds what the row asks for, h finds nothing of it; - NotFound.
# Columns: rep (own), rep (other team), manager (own team), manager (other team), admin.
SEEN, GOT, MINE, DECIDED = "shshs", matrix.SCOPED, "shhhh", "--+-+"


def there(model: Any, condition: Callable[[people.Rep], Any], kind: str) -> Verb:
    """A verb that looks whether the record of the company is among those of a condition."""

    def look(session: Any, rep: people.Rep, made: matrix.Company) -> Any:
        number = getattr(made, kind)
        column = (
            model.id if kind != "customer" or model is customers.Customer else model.customer_id
        )
        query = sa.select(model.id).where(column == number, condition(rep))
        return session.scalars(query).all()

    return look


def of_contact(session: Any, rep: people.Rep, made: matrix.Company) -> Any:
    known = addresses.find(session, "phone", "", "+8613812345678")
    assert known is not None
    return session.scalars(
        sa.select(addresses.Address.id).where(
            sa.and_(addresses.Address.id == known.id, addresses.visible(rep))
        )
    ).all()


def listed_deals(session: Any, rep: people.Rep, made: matrix.Company) -> Any:
    return [each for each in deals.listed(session, rep) if each.id == made.deal]


def paired(session: Any, rep: people.Rep, made: matrix.Company) -> Any:
    admin = people.named(session, matrix.ADMIN)
    pair = identity.settle(session, admin, (made.spare, made.customer), "open", NOW)
    return [each for each in identity.open_pairs(session, rep) if each.id == pair.id]


def reached(session: Any, rep: people.Rep, made: matrix.Company) -> Any:
    searchable.settle(session)
    found = [looking.find(session, rep, words).hits for words in ("机密报价", "秘密消息")]
    return [hit for hits in found for hit in hits]


def reached_customers(session: Any, rep: people.Rep, made: matrix.Company) -> Any:
    searchable.settle(session)
    asked = (matrix.NAME, "钱多多", "13812345678", "5678")
    found = [looking.find_customers(session, rep, words).hits for words in asked]
    return [hit for hits in found for hit in hits if hit.customer_id == made.customer]


MATRIX: dict[str, tuple[str, Verb] | str] = {
    "crm_core.activities.visible": (
        SEEN,
        there(activities.Activity, activities.visible, "activity"),
    ),
    "crm_core.addresses.visible": (SEEN, of_contact),
    "crm_core.customers.visible": (
        SEEN,
        there(customers.Customer, customers.visible, "customer"),
    ),
    "crm_core.customers.contacts_visible": (
        SEEN,
        there(customers.Contact, customers.contacts_visible, "customer"),
    ),
    "crm_core.customers.get": (GOT, lambda s, r, c: customers.get(s, r, c.customer)),
    "crm_core.customers.by_name": (SEEN, lambda s, r, c: customers.by_name(s, r, matrix.NAME)),
    "crm_core.customers.by_surname": (SEEN, lambda s, r, c: customers.by_surname(s, r, "钱")),
    "crm_core.customers.listed": (
        SEEN,
        lambda s, r, c: customers.listed(s, r, customers.Customer.id == c.customer),
    ),
    "crm_core.deals.visible": (SEEN, there(deals.Deal, deals.visible, "deal")),
    "crm_core.deals.get": (GOT, lambda s, r, c: deals.get(s, r, c.deal)),
    "crm_core.deals.listed": (SEEN, listed_deals),
    "crm_core.tasks.visible": (SEEN, there(tasks.Task, tasks.visible, "task")),
    "crm_core.tasks.get": (GOT, lambda s, r, c: tasks.get(s, r, c.task)),
    "crm_core.looking.find": (SEEN, reached),
    "crm_core.looking.find_customers": (SEEN, reached_customers),
    "crm_core.masking.open_to": (
        "shsss",
        there(customers.Customer, masking.open_to, "customer"),
    ),
    "crm_core.masking.hides": (
        "hshhh",
        lambda s, r, c: masking.hides(s, r, [s.get_one(customers.Customer, c.customer)]),
    ),
    "crm_core.scope.change_sets": (
        SEEN,
        lambda s, r, c: s.scalars(
            sa.select(audit.ChangeSet).where(
                audit.ChangeSet.customer_id == c.customer, scope.change_sets(r)
            )
        ).all(),
    ),
    "crm_core.scope.covers": (SEEN, lambda s, r, c: scope.covers(s, r, c.reps[matrix.OWNER])),
    "crm_core.scope.customer": (
        SEEN,
        there(
            customers.Customer,
            lambda r: scope.customer(r, customers.Customer.id, customers.Customer.owner_id),
            "customer",
        ),
    ),
    "crm_core.scope.owned": (
        SEEN,
        there(
            customers.Customer, lambda r: scope.owned(r, customers.Customer.owner_id), "customer"
        ),
    ),
    "crm_core.scope.of_customer": (
        SEEN,
        there(deals.Deal, lambda r: scope.of_customer(r, deals.Deal.customer_id), "deal"),
    ),
    "crm_core.scope.of_contact": (
        SEEN,
        there(customers.Contact, lambda r: scope.of_contact(r, customers.Contact.id), "customer"),
    ),
    "crm_core.scope.shared": (
        "hhhhh",
        there(customers.Customer, lambda r: scope.shared(r, customers.Customer.id), "customer"),
    ),
    "crm_core.identity.open_pairs": (SEEN, paired),
    "crm_core.identity.accept": (
        GOT,
        lambda s, r, c: identity.accept(s, r, c.spare, c.customer, NOW),
    ),
    "crm_core.identity.settle": (
        GOT,
        lambda s, r, c: identity.settle(s, r, (c.spare, c.customer), "refused", NOW),
    ),
    "crm_core.owning.may_give": (
        SEEN,
        lambda s, r, c: owning.may_give(s, r, s.get_one(customers.Customer, c.customer)),
    ),
    "crm_core.sharing.open_requests": (SEEN, lambda s, r, c: sharing.open_requests(s, r)),
    "crm_core.sharing.get": (DECIDED, lambda s, r, c: sharing.get(s, r, c.request)),
    "crm_core.sharing.decide": (
        DECIDED,
        lambda s, r, c: sharing.decide(s, r, c.request, sharing.Verdict.SHARE, "", NOW),
    ),
    "conversations.threads.visible": (
        SEEN,
        there(threads.Conversation, threads.visible, "conversation"),
    ),
    "conversations.threads.get": (GOT, lambda s, r, c: threads.get(s, r, c.conversation)),
    "conversations.threads.waiting_for": (MINE, lambda s, r, c: threads.waiting_for(s, r)),
    "conversations.log.visible": (
        SEEN,
        lambda s, r, c: s.scalars(
            sa.select(log.Message.id).where(
                log.Message.conversation_id == c.conversation, log.visible(r)
            )
        ).all(),
    ),
    "conversations.timeline.page": HANDED,
    "crm_core.customers.claim": HANDED,
    "crm_core.masking.reveal": HANDED,
    "crm_core.sharing.request": TELLS,
    "crm_core.sharing.check": TELLS,
    "crm_core.sharing.checked": TELLS,
    "conversations.answers.send": HANDED,
    "conversations.correspondents.bind": OWN,
    "crm_core.denials.deny": OWN,
    "crm_core.denials.note": OWN,
    "crm_core.denials.put_on_record": OWN,
    "crm_core.people.holding": OWN,
    "crm_core.sharing.allow": OWN,
    "conversations.notes.add": HANDED,
    "conversations.notes.mentioned": OWN,
    "conversations.watching.watched": OWN,
    "crm_core.handover.begin": ADMIN,
    "crm_core.presence.deputy": OWN,
    "crm_core.sharing.let_stand_in": "is the program's own, for a stand-in it tells",
    "crm_core.sharing.end_standing_in": OWN,
    "crm_core.people.must_be_active": ADMIN,
    "crm_core.people.disable": ADMIN,
    "crm_core.people.issue_code": ADMIN,
    "crm_core.people.issue_token": ADMIN,
    "crm_core.people.set_manager": ADMIN,
}


def verbs() -> set[str]:
    """The public functions of the core that take a person of ours, by their full names."""
    found = set()
    for package in (crm_core, conversations):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            if not module.ispkg:
                found |= _verbs(importlib.import_module(module.name))
    return found


def _verbs(module: Any) -> set[str]:
    return {
        f"{module.__name__}.{name}"
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and not name.startswith("_")
        and _looks(inspect.signature(function))
    }


def _looks(signature: inspect.Signature) -> bool:
    """Whether it can look into the database for somebody, or gives the condition to look by."""
    kinds = {str(parameter.annotation) for parameter in signature.parameters.values()}
    reaches = "orm.Session" in kinds or "ColumnElement" in str(signature.return_annotation)
    return bool(kinds & {"people.Rep", "Rep"}) and reaches


def test_every_verb_has_a_row():
    assert verbs() - set(MATRIX) == set(), "who finds what with it? Say so in MATRIX"
    assert set(MATRIX) - verbs() == set(), "is no more"


async def test_every_role_finds_with_every_verb_what_the_row_says(database_url):
    store = database.open_database(database_url)
    made = await store.run(matrix.founded, NOW)
    wrong = []

    def run(session, verb, name):
        rep = people.named(session, name)
        trial = session.begin_nested()
        try:
            found = verb(session, rep, made)
        except errors.NotFound:
            return "-"
        finally:
            trial.rollback()
        return "s+" if found else "h"

    for name, row in MATRIX.items():
        if isinstance(row, str):
            continue
        for role, expected in zip(matrix.ROLES, row[0], strict=True):
            found = await store.run(run, row[1], role)
            if expected not in found:
                wrong.append(f"{name} by {role}: {found} instead of {expected}")
    await store.close()
    if wrong:
        pytest.fail("\n".join(["", *wrong]), pytrace=False)


async def test_the_timeline_of_a_customer_shows_its_tasks_to_whoever_sees_it(database_url):
    store = database.open_database(database_url)
    made = await store.run(matrix.founded, NOW)

    def page(session, name):
        rep = people.named(session, name)
        customers.get(session, rep, made.customer)
        return {entry.sort for entry in timeline.page(session, rep, made.customer)}

    for role in (matrix.OWNER, matrix.MANAGER, matrix.ADMIN):
        assert await store.run(page, role) == set(timeline.Sort), role
    await store.close()
