"""Looking names up: by any part of them, in few statements, however many names there are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast

import sqlalchemy as sa
from alembic import command

from crm_core import customers, database, migrating, name_keys, names, people
from tests import statements

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
MANY = customers.HITS + 100
CUSTOMER_OF_0006 = (
    "INSERT INTO customers (id, name, kind, status, level, source, industry, currency, tags, "
    "created_at, updated_at, version) VALUES "
    "(7, '杭州云帆科技有限公司', 'company', 'lead', '', '', '', 'CNY', '[]', :now, :now, 1)"
)
CONTACT_OF_0006 = (
    "INSERT INTO contacts (id, customer_id, name, title, source, created_at) "
    "VALUES (9, 7, '王小明', '', '', :now)"
)


def staff(session):
    add = people.add
    return add(session, "王丽", people.Role.REP, now=NOW), add(
        session, "孙悟", people.Role.REP, now=NOW
    )


def in_bulk(session, owner, many, name="深圳{n}电子有限公司"):
    """Customers by the thousand, with the keys of their names, each touched a minute before."""
    made = [
        {"name": name.format(n=n), "owner_id": owner.id, "tags": [], "version": 1}
        | {"created_at": NOW, "updated_at": NOW - timedelta(minutes=n)}
        for n in range(1, many + 1)
    ]
    ids = session.scalars(sa.insert(customers.Customer).returning(customers.Customer.id), made)
    keys = [
        {"customer_id": number, "kind": key.kind, "value": key.value}
        for number, row in zip(ids.all(), made, strict=True)
        for key in names.stored(row["name"])
    ]
    session.connection().execute(sa.insert(cast(sa.Table, name_keys.NameKey.__table__)), keys)


def found(session, rep, written, limit=8):
    return [customer.name for customer, _ in customers.by_name(session, rep, written, limit)]


async def test_a_name_is_found_by_whatever_it_holds(db):
    def work(session):
        rep, _ = staff(session)
        customers.create(session, "佛山富创博精密股份有限公司", now=NOW)
        customers.create(session, "Golden Gate Trading Co., Ltd.", now=NOW, owner_id=rep.id)
        words = ("富创博精密股份", "创博", "精密股份有限公司", "博精密", "gate trading", "Gate")
        return [len(found(session, rep, word)) for word in words]

    assert await db.run(work) == [1, 1, 1, 1, 1, 1]


async def test_a_word_that_fits_very_many_finds_the_own_ones_touched_last(db):
    def work(session):
        rep, other = staff(session)
        in_bulk(session, other, MANY)
        in_bulk(session, rep, 20, "深圳{n}五金有限公司")
        return (
            found(session, rep, "深圳", 3),
            found(session, rep, "szdz"),
            found(session, rep, "圳"),
        )

    own, sound, _ = await db.run(work)
    assert own == [f"深圳{n}五金有限公司" for n in (1, 2, 3)]
    assert sound == []


async def test_names_cost_few_statements_and_never_a_scan(db):
    def work(session):
        rep, other = staff(session)
        in_bulk(session, other, MANY)
        in_bulk(session, rep, 20, "深圳{n}五金有限公司")
        session.execute(sa.text("ANALYZE"))
        cost, plans = {}, []
        for word in ("深圳7五金", "深圳7五金有限公司", "没有这家", "五金", "深圳"):
            with statements.counted(session) as made:
                found(session, rep, word)
            cost[word] = len(made)
            with statements.explained(session) as plan:
                found(session, rep, word)
            plans += plan
        return cost, "\n".join(plans)

    cost, plan = await db.run(work)
    assert cost == {"深圳7五金": 2, "深圳7五金有限公司": 2, "没有这家": 3, "五金": 4, "深圳": 3}
    assert "SCAN name_keys" not in plan
    assert "Seq Scan on name_keys" not in plan


async def test_a_surname_of_very_many_finds_the_own_ones(db):
    def work(session):
        rep, other = staff(session)
        for owner, many in ((other, 600), (rep, 2)):
            for n in range(many):
                each = customers.create(session, f"公司{n}", now=NOW, owner_id=owner.id)
                customers.add_contact(session, each, f"张{n}", now=NOW)
        return {
            customer.owner_id == rep.id for customer, _ in customers.by_surname(session, rep, "张")
        }

    assert await db.run(work) == {True}


async def test_what_is_written_in_full_is_meant_and_not_what_shares_its_core(db):
    def work(session):
        rep, _ = staff(session)
        for name in ("上海康腾电子有限公司", "康腾服饰有限公司"):
            customers.create(session, name, now=NOW, owner_id=rep.id)
        words = ("康腾电子", "上海康腾电子有限公司", "康腾服饰有限公司", "康腾", "康腾软件")
        return [len(found(session, rep, word)) for word in words]

    assert await db.run(work) == [1, 1, 1, 2, 2]


async def test_names_from_before_are_found_by_their_middle_too(empty_database_url):
    def older(connection):
        settings = migrating.config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0006")
        _like_before(connection)
        command.upgrade(settings, "head")

    store = database.open_database(empty_database_url)
    try:
        await store.run(lambda session: older(session.connection()))
        await store.run(_is_found_by_its_middle)
    finally:
        await store.close()


def _like_before(connection):
    """A customer with a contact, as revision 0006 had them."""
    now = sa.bindparam("now", NOW, type_=database.UtcDateTime())
    for statement in (CUSTOMER_OF_0006, CONTACT_OF_0006):
        connection.execute(sa.text(statement).bindparams(now))


def _is_found_by_its_middle(session):
    rep, _ = staff(session)
    assert [found(session, rep, word) for word in ("帆科技", "小明")] == [
        ["杭州云帆科技有限公司"]
    ] * 2
