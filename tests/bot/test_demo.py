"""The demo company is believable: whole, consistent, ready to be talked to, and sown only once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy import orm

from bot import demo, tables  # noqa: F401 - every table must be known
from conversations import log, threads, windows
from crm_core import addresses, audit, claims, customers, database, deals, people, tasks

NOW = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[database.Database]:
    opened = database.open_database(database_url)
    yield opened
    await opened.close()


def sow(session: orm.Session, now: datetime = NOW) -> demo.DemoPeople:
    return demo.seed(session, now=now, timezone="Asia/Shanghai", account="demo")


def count(session: orm.Session, *where: sa.ColumnElement[bool] | type) -> int:
    table, *conditions = where
    return session.scalar(sa.select(sa.func.count()).select_from(table).where(*conditions)) or 0


async def test_the_company_has_two_reps_a_manager_and_twenty_customers(db):
    everybody = await db.run(sow)

    assert [(rep.name, rep.role) for rep in everybody.reps] == [
        ("王丽", "rep"),
        ("李强", "rep"),
        ("陈静", "manager"),
    ]
    assert await db.read(count, customers.Customer) == 20
    assert ("张伟", "华星科技") in [(c.name, c.company) for c in everybody.customers]
    assert len(everybody.customers) >= 8


async def test_huaxing_has_an_open_deal_at_quotation_and_waits_for_an_answer(db):
    await db.run(sow)

    def look(session: orm.Session) -> tuple[str, str, Decimal | None, int]:
        rep = people.named(session, "王丽")
        (found, exact), *others = customers.by_name(session, rep, "华星科技")
        assert exact
        assert not others
        (deal,) = deals.open_of(session, found.id)
        waiting = [thread.customer_id for thread in threads.waiting_for(session, rep)]
        return found.status, deal.stage, deal.amount, waiting.count(found.id)

    assert await db.read(look) == ("active", "proposal", Decimal("86000.00"), 1)


async def test_sowing_again_changes_nothing_and_names_the_same_people(db):
    first = await db.run(sow)

    def rows(session: orm.Session) -> dict[str, int]:
        return {
            name: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for name, table in database.Base.metadata.tables.items()
        }

    before = await db.read(rows)
    assert await db.run(sow) == first
    assert await db.read(rows) == before


async def test_a_database_with_people_of_its_own_is_left_alone(db):
    await db.run(lambda session: people.add(session, "Ann", people.Role.REP, now=NOW))
    assert await db.run(sow) == demo.DemoPeople(reps=(), customers=())
    assert await db.read(count, customers.Customer) == 0


async def test_whoever_wrote_lately_can_be_answered_and_so_can_every_rep(db):
    everybody = await db.run(sow)

    def open_windows(session: orm.Session) -> set[str]:
        return {
            address.value
            for address in session.scalars(
                sa.select(addresses.Address).where(addresses.Address.account == "demo")
            )
            if (state := windows.state(session, address.id, "demo", NOW)) and state.open
        }

    reachable = await db.read(open_windows)
    assert {"oDemo-zhangwei", "oDemo-zhenglei"} <= reachable
    assert {rep.openid for rep in everybody.reps} <= reachable
    assert {c.openid for c in everybody.customers if c.wrote} < {
        c.openid for c in everybody.customers
    }
    assert {c.openid for c in everybody.customers if c.wrote} <= reachable


async def test_nothing_is_in_the_future_but_tasks_and_closing_dates(db):
    await db.run(sow)

    def latest(session: orm.Session) -> list[datetime | None]:
        return [
            session.scalar(sa.select(sa.func.max(column)))
            for column in (log.Message.at, customers.Customer.updated_at, deals.Deal.updated_at)
        ]

    assert all(moment is not None and moment <= NOW for moment in await db.read(latest))


async def test_no_old_reminder_fires_when_the_demo_starts(db):
    await db.run(sow)

    def firing(session: orm.Session) -> list[str]:
        due = claims.claim(session, [tasks.REMIND], now=NOW, holder="test", limit=50)
        found = [
            tasks.to_remind(
                session,
                job.payload["task_id"],
                datetime.fromisoformat(job.payload["due_at"]),
            )
            for job in due
        ]
        return [task.text for task in found if task]

    assert await db.run(firing) == []
    assert await db.read(count, tasks.Task, tasks.Task.status == "open") >= 6


async def test_no_rep_can_undo_what_the_demo_began_with(db):
    await db.run(sow)

    def undoable(session: orm.Session) -> list[object]:
        return [audit.latest_undoable(session, rep.id, NOW) for rep in people.everyone(session)]

    assert await db.read(undoable) == [None, None, None]


@pytest.mark.parametrize("hour", [0, 8, 16, 23])
def test_conversations_are_in_order_at_any_time_of_day(hour, migrated_sqlite, tmp_path):
    now = datetime(2026, 11, 22, hour, 5, tzinfo=UTC)
    path = tmp_path / "crm.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    engine = database.sqlite_engine(f"sqlite:///{path}")
    with orm.Session(engine) as session, session.begin():
        sow(session, now)
        for thread in session.scalars(sa.select(threads.Conversation)):
            moments = [
                message.at
                for message in session.scalars(
                    sa.select(log.Message)
                    .where(log.Message.conversation_id == thread.id)
                    .order_by(log.Message.id)
                )
            ]
            assert moments == sorted(moments)
            assert moments[-1] <= now
    engine.dispose()
