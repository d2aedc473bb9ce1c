"""What is written down of every change, and undoing exactly that."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import orm

from crm_core import (
    activities,
    addresses,
    audit,
    customers,
    database,
    deals,
    errors,
    people,
    pipelines,
    schema,
    tasks,
)

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


def company(session):
    pipelines.ensure_default(session)
    rep = people.add(session, "王丽", people.Role.REP, now=NOW)
    return rep, customers.create(session, "云南茶厂", now=NOW, owner_id=rep.id)


def changing(session, rep_id=1, now=NOW, **more):
    return audit.changing(session, actor="王丽", cause="message:7", now=now, rep_id=rep_id, **more)


def undo(session, change_set, now=NOW):
    return audit.undo(session, change_set, rep_id=1, actor="王丽", cause="message:8", now=now)


def fields(session, change_set):
    return [
        (change.record, change.field, change.old, change.new)
        for change in audit.changes_of(session, change_set)
    ]


async def test_every_changed_field_is_written_down_with_its_cause(db):
    def work(session):
        rep, customer = company(session)
        deal = deals.create(session, customer, "茶", now=NOW, amount=Decimal("10.5"))
        with changing(session, rep.id, command="won") as change_set:
            deals.win(session, deal, NOW, Decimal(12))
        assert (change_set.actor, change_set.cause, change_set.command) == (
            "王丽",
            "message:7",
            "won",
        )
        assert change_set.customer_id == customer.id
        return fields(session, change_set)

    assert set(map(str, await db.run(work))) == {
        str(("deals", "stage", "contacted", "won")),
        str(("deals", "status", "open", "won")),
        str(("deals", "amount", "10.50", "12.00")),
        str(("deals", "probability", 10, 100)),
        str(("deals", "closed_at", None, NOW.isoformat())),
        str(("customers", "status", "active", "won")),
    }


async def test_what_was_made_and_what_was_deleted_is_kept_whole(db):
    def work(session):
        _rep, customer = company(session)
        with changing(session) as made:
            note = activities.log(session, customer, "去了工厂", now=NOW)
        with changing(session) as gone:
            session.delete(note)
        return fields(session, made), fields(session, gone)

    ((_, field, old, new),), ((_, gone_field, gone_old, gone_new),) = await db.run(work)
    assert (field, old, gone_field, gone_new) == ("*created", None, "*deleted", None)
    assert new["text"] == gone_old["text"] == "去了工厂"


async def test_nothing_is_stored_when_nothing_changed(db):
    def work(session):
        _rep, customer = company(session)
        with changing(session):
            customer.name = "云南茶厂"
            customers.touch(customer, NOW + timedelta(hours=1))
        return session.scalar(sa.select(sa.func.count()).select_from(audit.ChangeSet))

    assert await db.run(work) == 0


async def test_a_change_after_a_savepoint_was_rolled_back_is_still_noticed(db):
    def work(session):
        _rep, customer = company(session)
        savepoint = session.begin_nested()
        customer.level = "A"
        session.flush()
        savepoint.rollback()
        with changing(session) as change_set:
            customer.level = "B"
        return fields(session, change_set)

    assert await db.run(work) == [("customers", "level", "", "B")]


async def test_undo_puts_every_field_back_and_is_a_change_of_its_own(db):
    def work(session):
        rep, customer = company(session)
        deal = deals.create(session, customer, "茶", now=NOW, close_date=date(2026, 6, 1))
        with changing(session) as change_set:
            deals.move(session, deal, "proposal", NOW)
            deals.set_amount(deal, Decimal("9.99"), NOW, "USD")
            deals.set_close_date(deal, date(2026, 7, 1), NOW)
            session.flush()
            deals.move(session, deal, "negotiation", NOW)
        undone = undo(session, change_set)
        session.expire_all()
        assert (deal.stage, deal.amount, deal.currency) == ("contacted", None, "CNY")
        assert deal.close_date == date(2026, 6, 1)
        assert change_set.undone_at == NOW
        assert undone.undoes_id == change_set.id
        assert audit.latest_undoable(session, rep.id, NOW) is None

    await db.run(work)


async def test_undo_refuses_when_a_field_was_changed_since_and_says_which(db):
    def work(session):
        _rep, customer = company(session)
        with changing(session) as change_set:
            customer.level = "A"
            customer.industry = "茶"
        customer.level = "C"
        session.flush()
        with pytest.raises(errors.Refusal) as caught:
            undo(session, change_set)
        session.expire_all()
        assert (customer.level, customer.industry) == ("C", "茶")
        return caught.value

    refusal = await db.run(work)
    assert refusal.key == "undo.changed-since"
    assert refusal.details == {
        "record": "customers",
        "field": "level",
        "expected": "A",
        "found": "C",
    }


async def test_undo_of_a_creation_takes_it_away_with_its_names(db):
    def work(session):
        rep, _customer = company(session)
        with changing(session) as change_set:
            customer = customers.create(session, "华星科技", now=NOW, owner_id=rep.id)
            contact = customers.add_contact(session, customer, "张伟", now=NOW)
            addresses.add(session, "phone", "13800138000", now=NOW, contact_id=contact.id)
            deals.create(session, customer, "芯片", now=NOW)
            tasks.create(session, "打电话", NOW, now=NOW, owner_id=rep.id, customer_id=customer.id)
        undo(session, change_set)
        left = [
            session.scalar(sa.select(sa.func.count()).select_from(model))
            for model in (customers.Customer, customers.Contact, deals.Deal, tasks.Task)
        ]
        return left, customers.by_name(session, rep, "华星科技")

    assert await db.run(work) == ([1, 0, 0, 0], [])


async def test_undo_of_a_creation_is_refused_once_others_build_on_it(db):
    def work(session):
        rep, _customer = company(session)
        with changing(session) as change_set:
            customer = customers.create(session, "华星科技", now=NOW, owner_id=rep.id)
        with changing(session):
            activities.log(session, customer, "去了工厂", now=NOW)
        with pytest.raises(errors.Refusal) as caught:
            undo(session, change_set)
        assert session.get(customers.Customer, customer.id) is customer
        assert change_set.undone_at is None
        return caught.value.key

    assert await db.run(work) == "undo.in-use"


async def test_undo_of_a_deletion_brings_the_same_number_back(db):
    def work(session):
        _rep, customer = company(session)
        note = activities.log(session, customer, "去了工厂", now=NOW)
        number = note.id
        with changing(session) as change_set:
            session.delete(note)
        session.expunge_all()
        undo(session, session.get(audit.ChangeSet, change_set.id))
        back = session.get(activities.Activity, number)
        return back.text, back.at

    assert await db.run(work) == ("去了工厂", NOW)


async def test_after_undoing_a_rename_the_former_name_finds_the_customer_again(db):
    def work(session):
        rep, customer = company(session)
        with changing(session) as change_set:
            customers.rename(session, customer, "贵州酒厂", NOW)
        undo(session, change_set)
        return [
            [found.name for found, _ in customers.by_name(session, rep, name)]
            for name in ("云南茶厂", "贵州酒厂")
        ]

    assert await db.run(work) == [["云南茶厂"], []]


async def test_a_change_set_is_undone_once(db):
    def work(session):
        _rep, customer = company(session)
        with changing(session) as change_set:
            customer.level = "A"
        undo(session, change_set)
        with pytest.raises(errors.Refusal, match=r"undo\.nothing"):
            undo(session, change_set)

    await db.run(work)


async def test_only_the_latest_ten_of_one_day_can_be_undone(db):
    def work(session):
        rep, customer = company(session)
        with changing(session, now=NOW - timedelta(hours=25)):
            customer.level = "A"
        assert audit.latest_undoable(session, rep.id, NOW) is None
        sets = []
        for n in range(12):
            with changing(session) as change_set:
                customer.level = str(n)
            sets.append(change_set)
        for change_set in reversed(sets[2:]):
            assert audit.latest_undoable(session, rep.id, NOW) is change_set
            undo(session, change_set)
        assert audit.latest_undoable(session, rep.id, NOW) is None
        return customer.level

    assert await db.run(work) == "1"


COMMANDS = {
    "rename": lambda s, c, d, n: customers.rename(s, c, f"客户{n}", NOW),
    "level": lambda s, c, d, n: setattr(c, "level", f"L{n % 3}"),
    "tags": lambda s, c, d, n: setattr(c, "tags", [f"t{n % 3}", "表情😀"]),
    "owner": lambda s, c, d, n: setattr(c, "owner_id", None if n % 2 else 1),
    "note": lambda s, c, d, n: activities.log(s, c, f"note {n}", now=NOW),
    "contact": lambda s, c, d, n: customers.add_contact(s, c, f"张{n}", now=NOW),
    "deal": lambda s, c, d, n: deals.create(s, c, f"deal {n}", now=NOW, amount=Decimal(n) / 7),
    "amount": lambda s, c, d, n: deals.set_amount(d, Decimal(n) / 3, NOW),
    "stage": lambda s, c, d, n: deals.move(
        s, d, ("qualified", "proposal", "won", "lost")[n % 4], NOW
    ),
    "close": lambda s, c, d, n: deals.set_close_date(d, date(2026, 1, 1 + n % 28), NOW),
    "task": lambda s, c, d, n: tasks.create(s, f"t{n}", NOW, now=NOW, owner_id=1),
}


def state_of(session):
    """Every tracked row, as the database has it, without the bookkeeping columns."""
    session.flush()
    found = {}
    for name, model in audit.Tracked.registry_of_tracked.items():
        if model is customers.NameKey:
            continue
        kept = [c for c in model.__table__.c if c.name not in model.untracked or c.name == "id"]
        rows = session.execute(sa.select(*kept).order_by(model.__table__.c.id)).all()
        found[name] = [tuple(map(str, row)) for row in rows]
    keys = sa.select(customers.NameKey.customer_id, customers.NameKey.kind, customers.NameKey.value)
    found["keys"] = sorted(tuple(row) for row in session.execute(keys))
    return found


@pytest.fixture(scope="module")
def one_sqlite(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('audit') / 'x.db'}"
    schema.upgrade(url)
    engine = database.sqlite_engine(url)
    yield engine
    engine.dispose()


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from(sorted(COMMANDS)), st.integers(0, 99)), min_size=1),
        min_size=1,
        max_size=6,
    )
)
def test_undoing_any_commands_one_by_one_restores_every_row(one_sqlite, batches):
    with orm.Session(one_sqlite) as session:
        rep, customer = company(session)
        deal = deals.create(session, customer, "茶", now=NOW)
        history = []
        for batch in batches:
            before = state_of(session)
            with changing(session, rep.id) as change_set:
                for command, n in batch:
                    try:
                        with session.begin_nested():
                            COMMANDS[command](session, customer, deal, n)
                    except errors.Refusal:
                        continue
            if change_set.changes:
                history.append((before, change_set))
        for before, change_set in reversed(history):
            audit.undo(session, change_set, rep_id=rep.id, actor="x", cause="y", now=NOW)
            assert state_of(session) == before
        session.rollback()
