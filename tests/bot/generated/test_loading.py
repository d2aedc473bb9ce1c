"""Putting a generated company into a database: whole, usable at once, or not at all."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.util import await_only

from bot.generated import loading, sizes, staff
from conversations import log, timeline
from crm_core import customers, database, errors, jobs, looking, people, sealing, tasks, vault

NOW = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
SIZE = sizes.Size(customers=300, messages=1_500, deals=80, reps_per_team=2)


@pytest.fixture(autouse=True)
def _unlocked():
    vault.unlock("a secret of these tests, long enough")


@pytest.fixture
async def loaded(database_url):
    before = await look(database_url, made_of)
    await loading.load(database_url, SIZE, seed=7, now=NOW)
    store = database.open_database(database_url)
    yield store, before
    await store.close()


async def look(url, work):
    store = database.open_database(url)
    try:
        return await store.read(work)
    finally:
        await store.close()


def made_of(session):
    """The names of all indexes and references of the database."""
    found = sa.inspect(session.connection())
    return {
        (table, what, str(entry["name"]), tuple(entry.get("column_names", ())))
        for table in found.get_table_names()
        for what, entries in (
            ("index", found.get_indexes(table)),
            ("reference", found.get_foreign_keys(table)),
        )
        for entry in entries
    }


def count(session, model):
    return session.scalar(sa.select(sa.func.count()).select_from(model))


async def test_everything_is_there_and_the_schema_is_as_it_was(loaded):
    store, before = loaded

    def seen(session):
        assert made_of(session) == before
        assert count(session, customers.Customer) == SIZE.customers
        assert count(session, log.Message) == SIZE.messages
        if session.get_bind().dialect.name == "sqlite":
            assert session.execute(sa.text("PRAGMA foreign_key_check")).all() == []
            assert session.scalar(sa.text("PRAGMA journal_mode")) == "wal"
            assert session.scalar(sa.text("PRAGMA quick_check")) == "ok"

    await store.read(seen)


async def test_its_customers_are_found_by_name_and_by_what_they_said_and_have_a_timeline(loaded):
    store, _ = loaded

    def seen(session):
        admin = people.named(session, staff.ADMIN)
        said = session.scalars(sa.select(log.Message).order_by(log.Message.id.desc())).first()
        about = session.get_one(customers.Customer, said.customer_id)
        assert about.id in [each.id for each, _ in customers.by_name(session, admin, about.name)]
        assert looking.find_customers(session, admin, about.name[:6]).count > 0
        assert looking.find(session, admin, "报价").count > 0
        moments = [entry.at for entry in timeline.page(session, admin, about.id, limit=200)]
        assert moments
        assert moments == sorted(moments, reverse=True)

    await store.read(seen)


async def test_a_rep_works_in_it_as_in_any_other(loaded):
    store, _ = loaded

    def work(session):
        rep = people.named(session, staff.KNOWN_REPS[0])
        own = session.scalars(
            sa.select(customers.Customer).where(customers.Customer.owner_id == rep.id)
        ).first()
        made = customers.create(session, "新来的客户", now=NOW, owner_id=rep.id)
        task = tasks.create(session, "报价", NOW, now=NOW, owner_id=rep.id, customer_id=own.id)
        return made.id, task.id

    number, task = await store.run(work)
    assert number == SIZE.customers + 1
    assert task > 0


async def test_what_is_still_due_will_be_reminded_of_and_the_audit_is_sealed(loaded):
    store, _ = loaded

    def seen(session):
        due = sa.select(tasks.Task.id).where(tasks.Task.status == "open", tasks.Task.due_at > NOW)
        waiting = session.scalars(sa.select(jobs.Job).where(jobs.Job.kind == tasks.REMIND))
        assert set(session.scalars(due)) == {job.payload["task_id"] for job in waiting}
        report = sealing.verify(session)
        assert report.whole
        assert report.unsealed == 0
        assert report.sealed > 0

    await store.read(seen)


async def test_a_database_with_somebody_in_it_is_left_alone(database_url):
    store = database.open_database(database_url)
    try:
        await store.run(lambda session: people.add(session, "王芳", people.Role.ADMIN, now=NOW))
    finally:
        await store.close()
    with pytest.raises(errors.Unfit, match="in use"):
        await loading.load(database_url, SIZE, seed=7, now=NOW)
    assert await look(database_url, lambda session: count(session, customers.Customer)) == 0


async def test_a_load_that_breaks_off_leaves_the_database_empty_and_whole(database_url):
    before = await look(database_url, made_of)
    calls: list = []

    def power_cut(steps):
        calls.append(steps)
        if len(calls) > 1:
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        await loading.load(database_url, SIZE, seed=7, now=NOW, done=power_cut)
    assert await look(database_url, made_of) == before
    assert await look(database_url, lambda session: count(session, customers.Customer)) == 0
    await loading.load(database_url, SIZE, seed=7, now=NOW)
    assert await look(database_url, lambda session: count(session, log.Message)) == SIZE.messages


async def test_the_steps_told_are_those_announced(database_url):
    told: list = []
    await loading.load(database_url, SIZE, seed=7, now=NOW, done=told.append)
    assert sum(told) == loading.steps(SIZE)


async def test_a_database_that_another_process_works_on_is_not_touched(database_url):
    store = database.open_database(database_url)
    table = database.Base.metadata.tables["customers"]
    query = sa.select(sa.func.count()).select_from(table)
    started, over = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def busy(session):
        session.execute(query)
        if store.dialect == "sqlite":
            loop.call_soon_threadsafe(started.set)
            asyncio.run_coroutine_threadsafe(over.wait(), loop).result()
        else:
            started.set()
            await_only(over.wait())

    async with asyncio.TaskGroup() as group:
        group.create_task(store.read(busy))
        await started.wait()
        with pytest.raises(errors.Unfit, match="another process"):
            await loading.load(database_url, SIZE, seed=7, now=NOW)
        over.set()
    await store.close()


def test_the_command_fills_an_empty_database_once_and_says_so(tmp_path):
    def crm(*words):
        command = [sys.executable, "-m", "bot", "demo-data", *words]
        environment = {**os.environ, "CRM_DATA_DIR": str(tmp_path / "data"), "LC_ALL": "C.UTF-8"}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    first, second = crm("--size", "medium"), crm("--size", "medium")
    assert first.returncode == 0, first.stderr
    assert first.stdout == ""
    assert "2,000 customers, 10,000 messages and 500 deals" in first.stderr
    assert second.returncode == 1
    assert "made-up data goes into an empty one" in second.stderr
    assert "Traceback" not in second.stderr
