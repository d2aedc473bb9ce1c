"""The two doors of the database, and the types that keep moments and money exact."""

from __future__ import annotations

import asyncio
import shutil
import threading
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import orm
from sqlalchemy.dialects import sqlite

from crm_core import customers, database, deals, people, pipelines, schema
from tests import servers

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


def count(session, model=people.Rep):
    return session.scalar(sa.select(sa.func.count()).select_from(model))


def add_rep(session, name="王丽"):
    return people.add(session, name, people.Role.REP, now=NOW)


async def test_run_commits_and_gives_the_result(db):
    rep = await db.run(add_rep)
    assert rep.name == "王丽"
    assert await db.read(count) == 1


async def test_whatever_the_work_raises_rolls_everything_back(db):
    def failing(session):
        add_rep(session)
        session.flush()
        raise KeyError("on purpose")

    with pytest.raises(KeyError):
        await db.run(failing)
    assert await db.read(count) == 0
    await db.run(add_rep)
    assert await db.read(count) == 1


async def test_listeners_hear_topics_only_after_the_commit(db):
    heard: list[frozenset[str]] = []
    seen_by_others = []

    def listener(topics):
        heard.append(topics)

    db.listeners.append(listener)

    def work(session):
        add_rep(session)
        database.wake(session, "b")
        database.wake(session, "a")
        database.wake(session, "a")
        seen_by_others.append(list(heard))

    await db.run(work)
    assert seen_by_others == [[]]
    assert heard == [frozenset({"a", "b"})]


async def test_a_rolled_back_transaction_wakes_nobody(db):
    heard: list[frozenset[str]] = []
    db.listeners.append(heard.append)

    def failing(session):
        database.wake(session, "a")
        raise KeyError

    with pytest.raises(KeyError):
        await db.run(failing)
    assert heard == []


async def test_work_without_topics_wakes_nobody(db):
    heard: list[frozenset[str]] = []
    db.listeners.append(heard.append)
    await db.run(add_rep)
    assert heard == []


async def test_reads_cannot_write(db):
    with pytest.raises(sa.exc.DBAPIError):
        await db.read(add_rep)
    assert await db.read(count) == 0


async def test_a_read_on_sqlite_sees_one_moment_even_while_others_write(migrated_sqlite, tmp_path):
    shutil.copy(migrated_sqlite, tmp_path / "x.db")
    db = database.open_database(f"sqlite:///{tmp_path / 'x.db'}")
    reading, written = threading.Event(), threading.Event()

    def look(session):
        before = count(session)
        reading.set()
        assert written.wait(20)
        return before, count(session)

    async with asyncio.TaskGroup() as group:
        looking = group.create_task(db.read(look))
        await asyncio.to_thread(reading.wait, 20)
        await db.run(add_rep)
        written.set()
    assert looking.result() == (0, 0)
    await db.close()


async def test_sqlite_writes_durably_in_one_thread(tmp_path):
    db = database.open_database(f"sqlite:///{tmp_path / 'x.db'}")

    def facts(session):
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "query_only")
        return [session.scalar(sa.text(f"PRAGMA {name}")) for name in pragmas]

    def thread(session):
        return threading.current_thread().name

    assert await db.run(facts) == ["wal", 2, 1, 30000, 0]
    assert await db.read(facts) == ["wal", 2, 1, 30000, 1]
    names = await asyncio.gather(*(db.run(thread) for _ in range(20)))
    assert len(set(names)) == 1
    await db.close()


async def test_postgres_commits_durably_and_speaks_utc(postgres_url):
    db = database.open_database(postgres_url)

    def shown(session, name):
        return session.scalar(sa.text(f"SHOW {name}"))

    assert await db.run(shown, "synchronous_commit") == "on"
    assert await db.run(shown, "timezone") == "UTC"
    assert await db.read(shown, "transaction_read_only") == "on"
    assert await db.run(shown, "transaction_read_only") == "off"
    assert await db.run(shown, "transaction_isolation") == "read committed"
    assert await db.read(shown, "transaction_isolation") == "repeatable read"
    await db.close()


async def test_writers_of_one_database_take_turns(db):
    await db.run(add_rep)

    def add_letter(session):
        rep = session.scalars(sa.select(people.Rep).with_for_update()).one()
        rep.team = rep.team + "x"

    await asyncio.gather(*(db.run(add_letter) for _ in range(25)))
    assert await db.read(orm.Session.scalar, sa.select(people.Rep.team)) == "x" * 25


async def test_two_programs_on_one_database_lose_no_update(database_url, db):
    other = database.open_database(database_url)
    await db.run(add_rep)

    def add_letter(session):
        rep = session.scalars(sa.select(people.Rep).with_for_update()).one()
        rep.team = rep.team + "x"

    await asyncio.gather(*((db, other)[n % 2].run(add_letter) for n in range(24)))
    assert await db.read(orm.Session.scalar, sa.select(people.Rep.team)) == "x" * 24
    await other.close()


async def test_a_moment_without_zone_is_refused(db):
    with pytest.raises(sa.exc.StatementError, match="without a time zone"):
        await db.run(people.add, "a", people.Role.REP, now=datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize("hours", [-11, 0, 8, 14])
async def test_moments_come_back_in_utc_to_the_microsecond(db, hours):
    moment = datetime(2026, 2, 28, 23, 59, 59, 999_999, tzinfo=timezone(timedelta(hours=hours)))
    await db.run(people.add, "a", people.Role.REP, now=moment)
    (found,) = await db.read(
        lambda session: session.execute(sa.select(people.Rep.created_at)).one()
    )
    assert found == moment
    assert found.tzinfo is UTC


async def test_moments_of_several_zones_are_ordered_as_moments(db):
    east, west = timezone(timedelta(hours=8)), timezone(timedelta(hours=-8))
    await db.run(people.add, "later", people.Role.REP, now=datetime(2026, 1, 1, 1, tzinfo=west))
    await db.run(people.add, "sooner", people.Role.REP, now=datetime(2026, 1, 1, 9, tzinfo=east))
    names = await db.read(
        lambda session: session.scalars(
            sa.select(people.Rep.name).order_by(people.Rep.created_at)
        ).all()
    )
    assert names == ["sooner", "later"]


def make_deals(session, amounts):
    pipelines.ensure_default(session)
    customer = customers.create(session, "云南茶厂", now=NOW)
    for amount in amounts:
        deals.create(session, customer, "茶", now=NOW, amount=amount)


async def test_sums_and_comparisons_of_money_are_exact(db):
    amounts = [Decimal("0.10"), Decimal("0.20"), Decimal("90000000000000.00"), Decimal("0.03")]
    await db.run(make_deals, [*amounts, None])

    def look(session):
        total = session.scalar(sa.select(sa.func.sum(deals.Deal.amount)))
        small = session.scalars(
            sa.select(deals.Deal.amount)
            .where(deals.Deal.amount > Decimal("0.1"))
            .order_by(deals.Deal.amount)
        ).all()
        equal = session.scalar(
            sa.select(sa.func.count()).where(deals.Deal.amount == Decimal("0.2"))
        )
        top = session.scalar(sa.select(sa.func.max(deals.Deal.amount)))
        return total, small, equal, top

    total, small, equal, top = await db.read(look)
    assert (total, type(total)) == (Decimal("90000000000000.33"), Decimal)
    assert small == [Decimal("0.20"), Decimal("90000000000000.00")]
    assert (equal, top) == (1, Decimal("90000000000000.00"))


@settings(deadline=None)
@given(st.decimals("-90000000000000", "90000000000000", places=2))
def test_money_survives_being_stored(amount):
    money = database.Money()
    stored = money.process_bind_param(amount, sqlite.dialect())
    assert isinstance(stored, int)
    assert money.process_result_value(stored, sqlite.dialect()) == amount


async def test_an_amount_finer_than_hundredths_is_rounded_like_the_banks_do(db):
    await db.run(make_deals, [Decimal("1.005"), Decimal("1.015")])
    found = await db.read(lambda session: session.scalars(sa.select(deals.Deal.amount)).all())
    assert sorted(found) == [Decimal("1.00"), Decimal("1.02")]


async def test_ids_of_deleted_records_never_come_back(db):
    first = await db.run(add_rep, "a")
    await db.run(lambda session: session.delete(session.get(people.Rep, first.id)))
    second = await db.run(add_rep, "b")
    assert second.id > first.id


async def test_foreign_keys_are_enforced(db):
    def orphan(session):
        session.add(customers.Contact(customer_id=4711, name="x", source="", created_at=NOW))

    with pytest.raises(sa.exc.IntegrityError):
        await db.run(orphan)


@pytest.mark.parametrize("host", ["127.0.0.1:1/none", "/none?host=/nowhere/at/all"])
async def test_a_server_that_is_not_there_is_away_and_no_defect(host):
    db = database.open_database(f"postgresql://nobody@{host}")
    with pytest.raises(ConnectionError) as caught:
        await db.read(count)
    assert database.is_away(caught.value)
    await db.close()


async def test_a_cut_connection_is_away_and_the_next_work_goes_through(
    postgres_url, migrated_postgres
):
    url = servers.create_database(postgres_url, "cut", migrated_postgres)
    db, other = database.open_database(url), database.open_database(url)

    def cut(session):
        session.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )

    await db.run(add_rep, "before")
    await other.run(cut)
    errors = []
    for n in range(database.POOL + 1):
        try:
            await db.run(add_rep, f"after {n}")
        except Exception as error:  # noqa: BLE001 - what kind it is, is the question
            errors.append(error)
    assert all(database.is_away(error) for error in errors), errors
    assert await db.read(count) >= 2
    await db.close()
    await other.close()
    servers.drop_database(postgres_url, "cut")


async def test_mistakes_of_ours_are_not_taken_for_an_absent_database(db):
    for mistake in ("SELECT no_such_column FROM reps", "not even SQL"):
        with pytest.raises(sa.exc.DBAPIError) as caught:
            await db.read(orm.Session.execute, sa.text(mistake))
        assert not database.is_away(caught.value)
    assert not database.is_away(KeyError("x"))
    assert not database.is_away(FileNotFoundError("a handler's own file"))


async def test_an_unbearable_value_is_not_taken_for_an_absent_database(db):
    with pytest.raises(Exception) as caught:  # noqa: PT011 - each driver has its own class
        await db.read(orm.Session.get, people.Rep, 2**70)
    assert not database.is_away(caught.value)


async def test_a_database_that_does_not_exist_is_away(postgres_url):
    db = database.open_database(servers.database_on(postgres_url, "no_such_database"))
    with pytest.raises(sa.exc.DBAPIError) as caught:
        await db.read(count)
    assert database.is_away(caught.value)
    await db.close()


async def test_a_full_disk_is_away_and_passes(tmp_path):
    url = f"sqlite:///{tmp_path / 'x.db'}"
    await asyncio.to_thread(schema.upgrade, url)
    db = database.open_database(url)
    await db.run(orm.Session.execute, sa.text("PRAGMA max_page_count = 1"))

    def fill(session):
        for n in range(3000):
            add_rep(session, f"{n}" * 20)

    with pytest.raises(sa.exc.DBAPIError) as caught:
        await db.run(fill)
    assert database.is_away(caught.value)
    await db.run(orm.Session.execute, sa.text("PRAGMA max_page_count = 100000"))
    await db.run(add_rep)
    assert await db.read(count) == 1
    await db.close()


def test_other_kinds_of_database_are_refused():
    with pytest.raises(ValueError, match="unknown kind"):
        database.open_database("mysql://localhost/x")
    with pytest.raises(ValueError, match="needs a file"):
        database.open_database("sqlite://")


async def test_work_runs_in_the_callers_context(db):
    import contextvars

    name = contextvars.ContextVar("name", default="nobody")
    name.set("caller")
    assert await db.run(lambda session: name.get()) == "caller"
