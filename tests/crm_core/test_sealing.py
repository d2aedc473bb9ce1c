"""The audit only grows, and a chain of seals tells where somebody got at it all the same."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from crm_core import audit, customers, database, people, sealing, vault

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
COUNT = 5


def worked(session, count=COUNT):
    rep = people.add(session, "王丽", people.Role.REP, now=NOW)
    customer = customers.create(session, "云南茶厂", now=NOW, owner_id=rep.id)
    for n in range(count):
        changed(session, customer, f"L{n}")


def changed(session, customer, level):
    with audit.changing(
        session, actor="rep:1", cause="message:7", now=NOW, rep_id=1, source="chat:wechat"
    ) as made:
        customer.level = level
        made.summary = f"level {level}"


def again(session, level):
    changed(session, session.get_one(customers.Customer, 1), level)


async def sealed(db, count=COUNT):
    await db.run(worked, count)
    return await db.run(sealing.seal)


async def tampered(db, *statements):
    """Do what the guards forbid, as somebody can who owns the database."""

    def work(session):
        lite = session.get_bind().dialect.name == "sqlite"
        for table in ("changes", "change_sets", "audit_seals"):
            for kind in ("update", "delete"):
                where = "" if lite else f" ON {table}"
                session.execute(sa.text(f"DROP TRIGGER {table}_keep_{kind}{where}"))
        for statement in statements:
            session.execute(sa.text(statement))

    await db.run(work)
    return await db.read(sealing.verify)


async def test_every_change_set_is_sealed_once_and_the_chain_holds(db):
    assert await sealed(db) == COUNT
    assert await db.run(sealing.seal) == 0
    report = await db.read(sealing.verify)
    assert (report.sealed, report.unsealed, report.broken) == (COUNT, 0, "")
    assert report.whole
    await db.run(again, "Z")
    report = await db.read(sealing.verify)
    assert (report.sealed, report.unsealed) == (COUNT, 1)
    assert report.oldest_unsealed == NOW
    assert report.whole


async def test_sealing_goes_on_in_batches_where_it_stopped(db):
    await db.run(worked)
    assert [await db.run(sealing.seal, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert (await db.read(sealing.verify)).whole


async def test_one_that_turns_up_late_is_sealed_behind_the_others(db):
    await db.run(worked)

    def taken_back(session, number):
        # As if its transaction had begun before the others and ended after them.
        made = session.get_one(audit.ChangeSet, number)
        late = {key: getattr(made, key) for key in ("rep_id", "actor", "cause", "source", "at")}
        session.execute(sa.delete(audit.Change).where(audit.Change.change_set_id == number))
        session.execute(sa.delete(audit.ChangeSet).where(audit.ChangeSet.id == number))
        return late

    def turned_up(session, number, late):
        session.add(audit.ChangeSet(id=number, changes=[], **late))

    await tampered(db)
    late = await db.run(taken_back, 2)
    assert await db.run(sealing.seal) == COUNT - 1
    await db.run(turned_up, 2, late)
    assert await db.read(sealing.pending)
    assert await db.run(sealing.seal) == 1
    report = await db.read(sealing.verify)
    assert (report.sealed, report.unsealed, report.broken) == (COUNT, 0, "")


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE changes SET new = '\"L9\"' WHERE change_set_id = 3", "seal 3.*was changed was"),
        ("UPDATE change_sets SET summary = 'nothing' WHERE id = 2", "seal 2.*was changed was"),
        ("UPDATE change_sets SET actor = 'rep:2' WHERE id = 4", "seal 4.*who, when or why"),
        ("UPDATE change_sets SET source = 'cli' WHERE id = 4", "seal 4.*who, when or why"),
        ("UPDATE change_sets SET undoes_id = 1 WHERE id = 2", "seal 2.*who, when or why"),
        ("DELETE FROM changes WHERE change_set_id = 5", "seal 5.*was changed was"),
        ("DELETE FROM audit_seals WHERE id = 2", "seal 2 is missing"),
        ("UPDATE audit_seals SET salt = NULL WHERE id = 3", "seal 3.*was changed was"),
        ("UPDATE audit_seals SET change_set_id = 99 WHERE id = 3", "seal 3.*is gone"),
    ],
)
async def test_the_chain_breaks_where_somebody_got_at_it(db, statement, told):
    await sealed(db)
    report = await tampered(db, statement)
    assert not report.whole
    assert re.search(told, report.broken), report.broken


async def test_a_removed_change_set_is_missed(db):
    await sealed(db)
    report = await tampered(
        db, "DELETE FROM changes WHERE change_set_id = 3", "DELETE FROM change_sets WHERE id = 3"
    )
    assert report.broken == "at seal 3, change set 3: the change set is gone"


async def test_a_chain_can_not_be_made_anew_without_the_secret_key(db):
    await sealed(db)
    try:
        vault.unlock("another secret, long enough for the vault to take")
        report = await db.read(sealing.verify)
    finally:
        vault.unlock("a secret of these tests, long enough")
    assert "CRM_SECRET_KEY" in report.broken


async def test_the_database_refuses_to_change_or_remove_what_was_written_down(db):
    await sealed(db)
    for statement in (
        "UPDATE changes SET new = '\"L9\"'",
        "UPDATE changes SET field = 'name'",
        "DELETE FROM changes",
        "UPDATE change_sets SET actor = 'x'",
        "UPDATE change_sets SET summary = 'x'",
        "UPDATE change_sets SET rep_id = NULL",
        "DELETE FROM change_sets",
        "UPDATE audit_seals SET hash = content",
        "DELETE FROM audit_seals",
    ):
        with pytest.raises(sa.exc.DBAPIError, match="can only be added to"):
            await db.run(lambda session, text=statement: session.execute(sa.text(text)))
    report = await db.read(sealing.verify)
    assert report.whole
    assert report.guarded


async def test_lost_guards_are_told(db):
    await sealed(db)
    report = await tampered(db)
    assert (report.broken, report.guarded, report.whole) == ("", False, False)


async def test_undoing_marks_a_sealed_change_set_and_the_chain_holds(db):
    await sealed(db)

    def undone(session):
        last = audit.latest_undoable(session, 1, NOW)
        assert last is not None
        audit.undo(session, last, rep_id=1, actor="rep:1", cause="message:8", now=NOW)

    await db.run(undone)
    await db.run(sealing.seal)
    report = await db.read(sealing.verify)
    assert (report.sealed, report.broken) == (COUNT + 1, "")


async def test_erased_contents_leave_nothing_and_the_chain_holds(db):
    await sealed(db)
    await db.run(again, "secret")
    await db.run(sealing.erase, [2, 3, COUNT + 1])
    report = await db.read(sealing.verify)
    assert (report.sealed, report.erased, report.broken) == (COUNT + 1, 3, "")

    def left(session):
        sets = session.execute(sa.select(audit.ChangeSet.__table__)).all()
        return str(sets) + str(session.execute(sa.select(audit.Change.__table__)).all())

    text = await db.read(left)
    assert "secret" not in text
    assert "L1" not in text
    assert "L3" in text


async def test_two_that_seal_at_once_make_one_chain(db, database_url):
    other = database.open_database(database_url)
    await db.run(worked, 40)
    done = await asyncio.gather(
        *(each.run(sealing.seal, limit=10) for each in (db, other, db, other, db, other))
    )
    while count := await other.run(sealing.seal):
        done.append(count)
    assert sum(done) == 40
    assert (await db.read(sealing.verify)).whole
    await other.close()
