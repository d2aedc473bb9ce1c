"""Bringing a database to today's schema, and refusing to start on any other."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlalchemy import event, orm

from crm_core import database, migrating, schema

UPGRADE = (
    "import sys; from bot import tables; from crm_core import schema; schema.upgrade(sys.argv[1])"
)


async def upgrade(url):
    await asyncio.to_thread(schema.upgrade, url)


async def check(url):
    await asyncio.to_thread(schema.check, url)


async def run(url, work, *args):
    db = database.open_database(url)
    try:
        return await db.run(work, *args)
    finally:
        await db.close()


async def execute(url, *statements):
    for statement in statements:
        await run(url, orm.Session.execute, sa.text(statement))


def table_names(session):
    return set(sa.inspect(session.connection()).get_table_names())


async def refused(url):
    with pytest.raises(schema.SchemaMismatch) as caught:
        await check(url)
    return caught.value


async def test_an_upgrade_from_nothing_gives_exactly_the_models(empty_database_url):
    await upgrade(empty_database_url)
    await check(empty_database_url)
    found = await run(
        empty_database_url, lambda session: migrating.differences(session.connection())
    )
    assert found == []
    names = {
        name for name in await run(empty_database_url, table_names) if not migrating.is_shadow(name)
    }
    assert names - {"sqlite_sequence", "alembic_version"} == set(database.Base.metadata.tables)


async def test_a_difference_from_the_models_would_be_noticed(database_url):
    await execute(
        database_url,
        "DROP INDEX ix_customers_created_at",
        "ALTER TABLE deals ADD COLUMN surplus INTEGER",
    )
    found = await run(database_url, lambda session: migrating.differences(session.connection()))
    assert {entry[0] for entry in found} == {"add_index", "remove_column"}


async def test_partial_indexes_of_the_upgrade_are_those_of_the_models(empty_database_url):
    await upgrade(empty_database_url)

    def predicates(session):
        if session.get_bind().dialect.name == "sqlite":
            query = "SELECT name, sql FROM sqlite_master WHERE sql LIKE '%INDEX%WHERE%'"
        else:
            query = "SELECT indexname, indexdef FROM pg_indexes WHERE indexdef LIKE '%WHERE%'"
        plain = {}
        for name, sql in session.execute(sa.text(query)):
            condition = sql.partition("WHERE")[2]
            plain[name] = re.sub(r"::[a-z ]+|[()\s]", "", condition)
        return plain

    found = await run(empty_database_url, predicates)
    wanted = {
        index.name: re.sub(r"\s", "", str(index.dialect_options["sqlite"]["where"]))
        for table in database.Base.metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["sqlite"]["where"] is not None
    }
    assert found == wanted
    assert wanted


async def test_an_upgrade_may_be_repeated(database_url):
    await upgrade(database_url)
    await check(database_url)


async def test_an_empty_database_is_refused_in_words(empty_database_url):
    mismatch = await refused(empty_database_url)
    assert mismatch.state == "empty"
    assert "crm db upgrade" in str(mismatch)


async def test_a_newer_schema_is_refused_in_words_and_left_alone(database_url):
    await execute(database_url, "UPDATE alembic_version SET version_num = '9999'")
    mismatch = await refused(database_url)
    assert mismatch.state == "newer"
    assert "newer version" in str(mismatch)
    with pytest.raises(schema.SchemaMismatch):
        await upgrade(database_url)
    assert await version(database_url) == ["9999"]


async def version(url):
    query = sa.text("SELECT version_num FROM alembic_version")
    return await run(url, lambda session: list(session.scalars(query)))


async def test_tables_without_a_version_are_damage(database_url):
    await execute(database_url, "DROP TABLE alembic_version")
    mismatch = await refused(database_url)
    assert mismatch.state == "damaged"
    assert "backup" in str(mismatch)
    with pytest.raises(schema.SchemaMismatch):
        await upgrade(database_url)


async def test_a_missing_table_is_damage_and_is_named(database_url):
    await execute(database_url, "DROP TABLE idempotency_keys")
    mismatch = await refused(database_url)
    assert mismatch.state == "damaged"
    assert "idempotency_keys" in str(mismatch)


async def test_an_interrupted_upgrade_leaves_the_old_schema(empty_database_url):
    with stopping_at_the_last_table(), pytest.raises(RuntimeError, match="power cut"):
        await upgrade(empty_database_url)
    assert await run(empty_database_url, table_names) - {"sqlite_sequence"} == set()
    await upgrade(empty_database_url)
    await check(empty_database_url)


@contextmanager
def stopping_at_the_last_table():
    made = []

    def stop(_connection, _cursor, statement, *_rest):
        if "CREATE TABLE" in statement:
            made.append(statement)
            if len(made) == len(database.Base.metadata.tables):
                raise RuntimeError("power cut")

    event.listen(sa.Engine, "before_cursor_execute", stop)
    try:
        yield
    finally:
        event.remove(sa.Engine, "before_cursor_execute", stop)


async def test_processes_that_start_together_upgrade_once(empty_database_url):
    def program():
        command = [sys.executable, "-c", UPGRADE, empty_database_url]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    ends = await asyncio.gather(*(asyncio.to_thread(program) for _ in range(3)))
    assert [end.returncode for end in ends] == [0, 0, 0], ends
    await check(empty_database_url)
    assert await version(empty_database_url) == [schema.head()]


def test_the_history_is_one_line():
    revisions = list(ScriptDirectory.from_config(migrating.config()).walk_revisions())
    assert len([revision for revision in revisions if revision.is_base]) == 1
    assert len([revision for revision in revisions if revision.is_head]) == 1
    assert not [revision for revision in revisions if revision.is_branch_point]
    assert tuple(sorted(revision.revision for revision in revisions)) == schema.revisions()


async def test_every_table_on_sqlite_never_reuses_its_numbers(migrated_sqlite):
    sql = "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND sql LIKE '%id INTEGER%'"
    rows = await run(
        f"sqlite:///{migrated_sqlite}", lambda session: session.execute(sa.text(sql)).all()
    )
    rows = [(name, text) for name, text in rows if not migrating.is_shadow(name)]
    assert len(rows) == len(database.Base.metadata.tables)
    assert [name for name, text in rows if "AUTOINCREMENT" not in text] == []
