"""What is found follows the records: renaming, undo, merges, rollbacks, old databases."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy import orm

from crm_core import (
    activities,
    addresses,
    audit,
    claims,
    customers,
    database,
    jobs,
    looking,
    migrating,
    people,
    schema,
    search,
    searchable,
)
from tests.conversations import searched

NOW = searched.NOW


@pytest.fixture
def at_work(db):
    """Runs `work(company)` in one transaction."""

    async def run(work):
        return await db.run(lambda session: work(searched.Company(session)))

    return run


async def test_names_follow_renaming_new_contacts_aliases_and_undo(db):
    def act(session, work):
        with audit.changing(session, actor="test", cause="test", now=NOW, rep_id=1) as changes:
            work(session)
        return changes.id

    def known(session, asked):
        boss = people.named(session, "老板")
        return looking.find_customers(session, boss, asked).count

    await db.run(
        lambda session: searched.Company(session).customer("华星科技", phone="13812348899")
    )
    rename = lambda s: customers.rename(s, s.get_one(customers.Customer, 1), "金恒贸易", NOW)  # noqa: E731
    change = await db.run(act, rename)
    assert await db.read(known, "华星") == 0
    assert await db.read(known, "金恒") == await db.read(known, "jinheng") == 1
    await db.run(lambda s: customers.add_alias(s, s.get_one(customers.Customer, 1), "老马"))
    assert await db.read(known, "老马") == 1

    def undo(session):
        change_set = session.get_one(audit.ChangeSet, change)
        audit.undo(session, change_set, rep_id=1, actor="test", cause="test", now=NOW)

    await db.run(undo)
    assert (await db.read(known, "华星"), await db.read(known, "金恒")) == (1, 0)

    def lose(session):
        address = session.scalars(
            sa.select(addresses.Address).where(addresses.Address.kind == "phone")
        ).one()
        address.contact_id = None

    assert await db.read(known, "8899") == 1
    await db.run(lose)
    assert await db.read(known, "8899") == 0


async def test_of_two_who_add_people_to_one_customer_at_once_both_are_found(db):
    await db.run(lambda session: searched.Company(session).customer("华星"))

    def add(session, name):
        customers.add_contact(session, session.get_one(customers.Customer, 1), name, now=NOW)

    names = [f"王{chr(0x4E00 + n)}" for n in range(12)]
    await asyncio.gather(*(db.run(add, name) for name in names))
    boss = await db.read(people.named, "老板")
    for name in names:
        assert (await db.read(looking.find_customers, boss, name)).count == 1


async def test_a_rolled_back_savepoint_leaves_nothing_to_find(db):
    def work(session):
        company = searched.Company(session)
        savepoint = session.begin_nested()
        company.says(company.customer("华星"), "王芳")
        savepoint.rollback()
        company.customer("金恒")

    await db.run(work)
    boss = await db.read(people.named, "老板")
    assert (await db.read(looking.find_customers, boss, "华星")).count == 0
    assert (await db.read(looking.find, boss, "王芳")).count == 0
    assert (await db.read(looking.find_customers, boss, "金恒")).count == 1


async def test_a_merged_customer_is_found_as_the_one_that_lives_on(at_work):
    def work(company):
        old, new = company.customer("华星科技", "王丽", "王芳"), company.customer("金恒", "王丽")
        old.merged_into_id = new.id
        assert company.named("华星") == ["金恒"]
        old.merged_into_id = None
        assert company.named("华星") == ["华星科技"]

    await at_work(work)


async def test_an_old_database_becomes_searchable_batch_by_batch(db):
    def fill(session):
        company = searched.Company(session)
        for n in range(searchable.BATCH // 40):
            customer = company.customer(f"客户{n}", "王丽", "王芳")
            for m in range(90):
                company.says(customer, f"第{m}句，说报价")
            activities.log(session, customer, "报价的事", now=NOW)

    await db.run(fill)
    await db.run(orm.Session.execute, sa.delete(search.Entry))
    await db.run(lambda session: jobs.enqueue(session, searchable.REBUILD, {}, now=NOW))
    steps = 0
    while await db.run(_step):
        steps += 1
    assert steps > len(searchable.sources)
    boss = await db.read(people.named, "老板")
    assert (await db.read(looking.find, boss, "报价")).count == 455
    assert (await db.read(looking.find_customers, boss, "王芳")).count == 5


CUSTOMER_OF_0004 = (
    "INSERT INTO customers (name, kind, status, level, source, industry, currency, tags, "
    "created_at, updated_at, version) "
    "VALUES ('华星科技', 'company', 'lead', '', '', '', 'CNY', '[]', :at, :at, 1)"
)


async def test_an_upgrade_makes_what_is_there_already_searchable(empty_database_url):
    def of_before(session):
        settings = migrating.config()
        settings.attributes["connection"] = session.connection()
        command.upgrade(settings, "0004")
        made = {"at": NOW if session.bind.dialect.name != "sqlite" else NOW.isoformat(" ")[:19]}
        session.execute(sa.text(CUSTOMER_OF_0004), made)

    store = database.open_database(empty_database_url)
    await store.run(of_before)
    await asyncio.to_thread(schema.upgrade, empty_database_url)
    while await store.run(_step, datetime(2100, 1, 1, tzinfo=UTC)):
        pass
    boss = await store.run(lambda session: searched.Company(session).reps["老板"])
    assert (await store.read(looking.find_customers, boss, "华星")).count == 1
    await store.close()


def _step(session, now=NOW):
    claimed = claims.claim(session, [searchable.REBUILD], now=now, limit=1, holder="test")
    for job in claimed:
        searchable.carry_on(session, job.payload, now)
        jobs.finish(session, job)
    return bool(claimed)


async def test_what_is_forgotten_is_found_no_more_and_can_come_back(at_work):
    def work(company):
        entry = company.says(company.customer("华星", "王丽"), "王芳")
        search.forget(company.session, "message", [entry.id])
        assert company.texts("王芳") == []
        searchable.refresh(company.session, "message", [entry.id])
        searchable.refresh(company.session, "message", [entry.id])
        assert company.texts("王芳") == ["王芳"]
        search.move(company.session, "message", [entry.id], None)
        assert company.texts("王芳") == []

    await at_work(work)
