"""Customers: names, owners and who may see whom."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from crm_core import audit, customers, database, errors, people
from tests import statements

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


def staff(session):
    """王丽 and 李强 of team 华东 with manager 赵敏, 孙悟 of team 华南, and the admin."""
    Role = people.Role  # noqa: N806 - a class
    rows = (
        ("王丽", Role.REP, "华东"),
        ("李强", Role.REP, "华东"),
        ("赵敏", Role.MANAGER, "华东"),
        ("孙悟", Role.REP, "华南"),
        ("老板", Role.ADMIN, ""),
    )
    return {name: people.add(session, name, role, team=team, now=NOW) for name, role, team in rows}


def make(session, name, owner=None, minutes=0):
    at = NOW + timedelta(minutes=minutes)
    return customers.create(session, name, now=at, owner_id=owner.id if owner else None)


def names(session, rep, written):
    return [customer.name for customer, _ in customers.by_name(session, rep, written)]


async def test_a_rep_sees_own_customers_and_the_pool_a_manager_the_team_an_admin_all(db):
    def work(session):
        who = staff(session)
        for name in ("王丽", "李强", "孙悟"):
            make(session, f"龙井{name}", who[name])
        make(session, "龙井公海")
        seen = {}
        for name, rep in who.items():
            by_name = set(names(session, rep, "龙井"))
            listed = {customer.name for customer in customers.listed(session, rep)}
            by_number = set()
            for number in session.scalars(sa.select(customers.Customer.id)):
                try:
                    by_number.add(customers.get(session, rep, number).name)
                except errors.NotFound as refusal:
                    assert refusal.key == "customer.unknown"  # noqa: PT017 - most are found
            assert by_name == listed == by_number
            seen[name] = {each.removeprefix("龙井") for each in by_name}
        return seen

    assert await db.run(work) == {
        "王丽": {"王丽", "公海"},
        "李强": {"李强", "公海"},
        "赵敏": {"王丽", "李强", "公海"},
        "孙悟": {"孙悟", "公海"},
        "老板": {"王丽", "李强", "孙悟", "公海"},
    }


async def test_own_customers_come_first_then_the_one_touched_last(db):
    def work(session):
        who = staff(session)
        make(session, "龙井甲", None, minutes=9)
        make(session, "龙井乙", who["王丽"], minutes=1)
        make(session, "龙井丙", who["王丽"], minutes=5)
        return names(session, who["王丽"], "龙井")

    assert await db.run(work) == ["龙井丙", "龙井乙", "龙井甲"]


async def test_a_name_is_found_by_the_word_then_its_beginning_its_sound_and_its_middle(db):
    def work(session):
        rep = staff(session)["王丽"]
        make(session, "云南茶厂", rep)
        contact_of = make(session, "华星科技", rep)
        customers.add_contact(session, contact_of, "张伟", now=NOW)
        found = {}
        for written in ("云南茶厂", "云南", "yunnanchachang", "南茶", "张伟", "zhangwei", "没有"):
            hits = customers.by_name(session, rep, written)
            found[written] = [(customer.name, exact) for customer, exact in hits]
        return found

    found = await db.run(work)
    assert found["云南茶厂"] == [("云南茶厂", True)]
    assert [name for name, _ in found["云南"]] == ["云南茶厂"]
    assert [name for name, _ in found["南茶"]] == ["云南茶厂"]
    assert found["张伟"] == [("华星科技", True)]
    assert found["zhangwei"] == [("华星科技", False)]
    assert found["没有"] == []


async def test_what_is_written_is_never_a_pattern(db):
    def work(session):
        rep = staff(session)["王丽"]
        make(session, "云南茶厂", rep)
        make(session, "100%纯棉", rep)
        return [names(session, rep, written) for written in ("%", "_", "云_茶", "0%纯", "\\", "'")]

    found = await db.run(work)
    assert found[0] == found[1] == found[2] == found[4] == found[5] == []
    assert found[3] == ["100%纯棉"]


async def test_many_names_of_others_do_not_hide_the_one_that_is_seen(db):
    def work(session):
        who = staff(session)
        for n in range(1200):
            make(session, f"龙{n}", who["孙悟"])
        make(session, "龙门", who["王丽"])
        return names(session, who["王丽"], "龙")

    assert await db.run(work) == ["龙门"]


async def test_looking_up_a_name_reads_the_index(db):
    def work(session):
        rep = staff(session)["王丽"]
        customer = make(session, "云南茶厂", rep)
        rows = [
            {"customer_id": customer.id, "kind": "norm", "value": f"客户{n}"} for n in range(20_000)
        ]
        session.execute(sa.insert(customers.NameKey), rows)
        if session.get_bind().dialect.name == "postgresql":
            session.execute(sa.text("ANALYZE name_keys"))
        with statements.explained(session) as plan:
            customers.by_name(session, rep, "客户7")
        return "\n".join(plan)

    assert "ix_name_keys_kind_value_customer_id" in await db.run(work)


async def test_a_customer_is_found_by_its_new_name_and_its_aliases_only(db):
    def work(session):
        rep = staff(session)["王丽"]
        customer = make(session, "云南茶厂", rep)
        customers.add_alias(session, customer, "老茶厂")
        customers.rename(session, customer, "贵州酒厂", NOW)
        with pytest.raises(errors.Refusal, match="alias-known"):
            customers.add_alias(session, customer, "老茶厂")
        return [names(session, rep, name) for name in ("云南茶厂", "贵州酒厂", "老茶厂")]

    assert await db.run(work) == [[], ["贵州酒厂"], ["贵州酒厂"]]


@pytest.mark.parametrize("name", ["", " ", "\n\t", "\x00", "\u200b", "   "])
async def test_a_name_that_nobody_can_see_is_refused(db, name):
    with pytest.raises(errors.Refusal, match="name-empty"):
        await db.run(make, name)


async def test_names_are_kept_on_one_line_and_not_too_long(db):
    assert (await db.run(make, "  云南\n 茶厂 ")).name == "云南 茶厂"
    await db.run(make, "龙" * customers.NAME_LIMIT)
    with pytest.raises(errors.Refusal, match="name-long") as caught:
        await db.run(make, "龙" * (customers.NAME_LIMIT + 1))
    assert caught.value.details == {"limit": customers.NAME_LIMIT}


async def test_of_fifty_who_claim_one_customer_at_once_one_gets_it(db, database_url):
    def prepare(session):
        for n in range(50):
            people.add(session, f"rep {n}", people.Role.REP, now=NOW)
        return make(session, "云南茶厂").id

    number = await db.run(prepare)
    programs = [db, database.open_database(database_url)]

    def claim(session, n):
        rep = people.named(session, f"rep {n}")
        customer = session.get(customers.Customer, number)
        with audit.changing(session, actor=rep.name, cause="x", now=NOW, rep_id=rep.id):
            customers.claim(session, rep, customer, NOW)
        return rep.name

    claims = (programs[n % 2].run(claim, n) for n in range(50))
    results = await asyncio.gather(*claims, return_exceptions=True)
    winners = [result for result in results if isinstance(result, str)]
    losers = [result for result in results if isinstance(result, errors.Refusal)]
    assert (len(winners), len(losers)) == (1, 49)
    assert {(loser.key, loser.details["owner"]) for loser in losers} == {
        ("customer.already-owned", winners[0])
    }

    def look(session):
        customer = session.get(customers.Customer, number)
        owner = session.get(people.Rep, customer.owner_id)
        return owner.name, session.scalar(sa.select(sa.func.count()).select_from(audit.ChangeSet))

    assert await db.read(look) == (winners[0], 1)
    await programs[1].close()


async def test_a_claim_can_be_undone_and_keeps_later_changes_of_the_row_consistent(db):
    def work(session):
        rep = staff(session)["王丽"]
        customer = make(session, "云南茶厂")
        customer.level = "A"
        with audit.changing(session, actor="x", cause="y", now=NOW, rep_id=rep.id) as change_set:
            customers.claim(session, rep, customer, NOW)
            customer.industry = "茶"
        assert customer.owner_id == rep.id
        audit.undo(session, change_set, rep_id=rep.id, actor="x", cause="z", now=NOW)
        session.expire_all()
        return customer.owner_id, customer.level, customer.industry

    assert await db.run(work) == (None, "A", "")


async def test_two_who_change_one_customer_at_once_do_not_overwrite_each_other(db, database_url):
    if db.dialect == "sqlite":
        return  # its writers take turns from the first statement on
    other = database.open_database(database_url)
    number = (await db.run(make, "云南茶厂")).id
    read = asyncio.Event()

    async with asyncio.TaskGroup() as group:
        loop = asyncio.get_running_loop()

        def slow(session):
            customer = session.get(customers.Customer, number)
            loop.call_soon(read.set)
            session.execute(sa.text("SELECT pg_sleep(0.3)"))
            customer.level = "A"

        async def run_slow():
            with pytest.raises(sa.orm.exc.StaleDataError):
                await db.run(slow)

        group.create_task(run_slow())
        await read.wait()
        await other.run(lambda s: setattr(s.get(customers.Customer, number), "level", "B"))
    level = sa.select(customers.Customer.level)
    assert await db.read(lambda s: s.scalar(level)) == "B"
    await other.close()
