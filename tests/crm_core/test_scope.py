"""Who sees whose customers, and that what hangs on them is seen by the same people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from crm_core import (
    activities,
    addresses,
    audit,
    customers,
    deals,
    denials,
    errors,
    masking,
    people,
    pipelines,
    scope,
    sharing,
    tasks,
)

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
TEAMS = {"东区": "", "东区一组": "东区", "东区一组甲": "东区一组", "西区": ""}
REPS = {
    "总监": ("manager", "东区", ""),
    "组长": ("manager", "东区一组", "总监"),
    "王丽": ("rep", "东区一组", "组长"),
    "小甲": ("rep", "东区一组甲", "王丽"),
    "李强": ("rep", "东区", "总监"),
    "西经理": ("manager", "西区", ""),
    "西销售": ("rep", "西区", "西经理"),
    "老板": ("admin", "", ""),
}
WHERE = denials.Where(now=NOW, verb="query", cause="message:1", source="chat:wechat")


def company(session):
    """Each rep owns one customer of the same name with everything on it; one lies in the pool."""
    pipelines.ensure_default(session)
    made = {}
    for name, (role, team, leader) in REPS.items():
        made[name] = people.add(session, name, people.Role(role), now=NOW, team=team)
        people.set_manager(session, made[name], made.get(leader))
    for team, upper in TEAMS.items():
        people.put_under(session, team, upper)
    for number, name in enumerate([*REPS, "公海"]):
        owner_id = made[name].id if name in made else None
        customer = customers.create(session, name, now=NOW, owner_id=owner_id)
        contact = customers.add_contact(session, customer, f"{name}的人", now=NOW)
        phone = f"1380000{number:04}"
        addresses.add(session, "phone", phone, contact_id=contact.id, now=NOW)
        deals.create(session, customer, name, now=NOW, owner_id=owner_id)
        activities.log(session, customer, name, now=NOW)
        tasks.create(session, name, NOW, now=NOW, owner_id=owner_id, customer_id=customer.id)
    with audit.changing(session, actor="rep:1", cause="cli", now=NOW):
        session.get_one(customers.Customer, 1).level = "A"


def seen(session, name, scope_=None):
    rep = people.named(session, name)
    if scope_ is not None:
        people.set_scope(rep, people.Scope(scope_))
    query = sa.select(customers.Customer.name).where(customers.visible(rep))
    return set(session.scalars(query))


LED_BY_DIRECTOR = {"总监", "组长", "李强", "王丽", "小甲"}


@pytest.mark.parametrize(
    ("name", "scope_", "expected"),
    [
        ("王丽", None, {"王丽"}),
        ("王丽", "own", {"王丽"}),
        ("王丽", "subordinates", {"王丽", "小甲"}),
        ("王丽", "team", {"王丽", "组长"}),
        ("王丽", "below", {"王丽", "组长", "小甲"}),
        ("王丽", "all", set(REPS)),
        ("小甲", "subordinates", {"小甲"}),
        ("组长", None, {"王丽", "组长", "小甲"}),
        ("组长", "own", {"组长"}),
        ("组长", "team", {"王丽", "组长"}),
        ("总监", None, LED_BY_DIRECTOR),
        ("总监", "subordinates", LED_BY_DIRECTOR),
        ("总监", "team", {"总监", "李强"}),
        ("西经理", None, {"西经理", "西销售"}),
        ("老板", None, set(REPS)),
        ("老板", "own", {"老板"}),
    ],
)
async def test_each_scope_is_exactly_whose_customers_one_sees(db, name, scope_, expected):
    await db.run(company)
    assert await db.run(seen, name, scope_) == expected | {"公海"}


async def test_what_hangs_on_a_customer_is_seen_by_whoever_sees_the_customer(db):
    await db.run(company)

    def hanging(session, name):
        rep = people.named(session, name)
        owner, contact = customers.Customer, customers.Contact
        on_customer: dict[Any, Any] = {
            deals.Deal: deals.visible(rep),
            activities.Activity: activities.visible(rep),
            contact: customers.contacts_visible(rep),
        }
        found = {}
        for model, condition in on_customer.items():
            query = sa.select(owner.name).join(model, model.customer_id == owner.id)
            found[model.__tablename__] = set(session.scalars(query.where(condition)))
        query = (
            sa.select(owner.name)
            .join(contact, contact.customer_id == owner.id)
            .join(addresses.Address, addresses.Address.contact_id == contact.id)
        )
        found["addresses"] = set(session.scalars(query.where(addresses.visible(rep))))
        own_tasks = sa.select(tasks.Task.text).where(tasks.visible(rep))
        found["tasks"] = set(session.scalars(own_tasks)) | {"公海"}
        return found, seen(session, name)

    for name in REPS:
        found, customers_seen = await db.run(hanging, name)
        assert found == dict.fromkeys(found, customers_seen), name


async def test_changes_are_seen_with_their_customer_and_by_who_made_them(db):
    await db.run(company)

    def changes(session, name):
        rep = people.named(session, name)
        return len(session.scalars(sa.select(audit.ChangeSet).where(scope.change_sets(rep))).all())

    # 总监's own customer was changed.
    assert [await db.run(changes, name) for name in ("老板", "总监", "王丽")] == [1, 1, 0]


async def test_a_shared_customer_is_seen_with_its_number(db):
    await db.run(company)

    def share(session):
        west, east = people.named(session, "西销售"), people.named(session, "王丽")
        customer = session.scalar(sa.select(customers.Customer).filter_by(owner_id=east.id))
        assert masking.hides(session, west, [customer]) == {customer.id}
        session.add(sharing.Collaborator(customer_id=customer.id, rep_id=west.id, created_at=NOW))
        session.flush()
        assert customers.get(session, west, customer.id) is customer
        assert masking.hides(session, west, [customer]) == frozenset()
        return seen(session, "西销售")

    assert await db.run(share) == {"西销售", "王丽", "公海"}


async def test_a_circle_of_leaders_or_teams_is_refused_and_would_end(db):
    await db.run(company)

    def lead(session):
        people.set_manager(session, people.named(session, "总监"), people.named(session, "小甲"))

    with pytest.raises(errors.Refusal, match=r"rep\.circle"):
        await db.run(lead)
    with pytest.raises(errors.Refusal, match=r"team\.circle"):
        await db.run(people.put_under, "东区", "东区一组甲")

    def tie(session):
        people.named(session, "总监").manager_id = people.named(session, "小甲").id
        session.flush()
        return seen(session, "总监", "subordinates")

    assert await db.run(tie) == LED_BY_DIRECTOR | {"公海"}


async def test_what_is_out_of_scope_is_unknown_in_the_same_words(db):
    await db.run(company)

    def ask(session, verb, name, number):
        with pytest.raises(errors.NotFound) as caught:
            verb(session, people.named(session, name), number)
        return caught.value

    for verb in (customers.get, deals.get, tasks.get):
        foreign = await db.run(ask, verb, "西销售", 3)
        missing = await db.run(ask, verb, "西销售", 4711)
        assert isinstance(foreign, errors.OutOfScope)
        assert not isinstance(missing, errors.OutOfScope)
        assert foreign.key == missing.key
        assert str(foreign) == str(missing).replace("4711", "3")


async def test_a_person_covers_the_own_scope_and_nobody_else(db):
    await db.run(company)

    def covered(session, name):
        rep = people.named(session, name)
        everyone = people.everyone(session)
        return {each.name for each in everyone if scope.covers(session, rep, each.id)}

    assert await db.run(covered, "王丽") == {"王丽"}
    assert await db.run(covered, "组长") == {"王丽", "组长", "小甲"}
    assert await db.run(covered, "老板") == set(REPS)
    assert await db.run(lambda s: scope.covers(s, people.named(s, "老板"), None)) is False


async def test_own_customers_are_found_by_the_index_on_the_owner(db):
    await db.run(company)

    def plan(session, scope_):
        rep = people.named(session, "王丽")
        people.set_scope(rep, people.Scope(scope_))
        row = customers.Customer
        query = sa.select(row.id).where(scope.owned(rep, row.owner_id))
        text = str(query.compile(session.get_bind(), compile_kwargs={"literal_binds": True}))
        lite = session.get_bind().dialect.name == "sqlite"
        if not lite:
            session.execute(sa.text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN " if lite else "EXPLAIN "
        return str(session.execute(sa.text(explain + text)).all())

    for each in ("own", "subordinates", "team", "below"):
        assert "ix_customers_owner_id_updated_at" in await db.run(plan, each), each


@pytest.mark.parametrize("name", ["王丽", "总监", "老板"])
async def test_the_latest_of_a_whole_scope_are_read_in_the_order_of_an_index(db, name):
    await db.run(company)

    def plans(session):
        rep = people.named(session, name)
        lite = session.get_bind().dialect.name == "sqlite"
        if not lite:
            session.execute(sa.text("SET LOCAL enable_seqscan = off"))
            session.execute(sa.text("SET LOCAL enable_sort = off"))
        told = []

        def explained(_connection, _cursor, statement, parameters, *_rest):
            told.append((statement, parameters))

        engine = session.get_bind()
        sa.event.listen(engine, "before_cursor_execute", explained)
        customers.listed(session, rep)
        deals.listed(session, rep)
        sa.event.remove(engine, "before_cursor_execute", explained)
        explain = "EXPLAIN QUERY PLAN " if lite else "EXPLAIN "
        rows = []
        for statement, parameters in told:
            rows += session.connection().exec_driver_sql(explain + statement, parameters).all()
        return str(rows)

    plan = await db.run(plans)
    assert "ix_customers_updated_at" in plan
    assert "ix_deals_status_close_date" in plan
