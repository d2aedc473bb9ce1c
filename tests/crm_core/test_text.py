"""Whatever people write comes back to the letter, from both databases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from crm_core import activities, audit, customers, database, errors, people, tasks
from tests import nasty

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


async def test_notes_come_back_to_the_letter(db):
    def write(session):
        customer = customers.create(session, "云南茶厂", now=NOW)
        for text in nasty.STORABLE:
            if text.strip():
                activities.log(session, customer, text, now=NOW)

    await db.run(write)
    query = sa.select(activities.Activity.text).order_by(activities.Activity.id)
    found = await db.read(lambda s: s.scalars(query).all())
    assert found == [text for text in nasty.STORABLE if text.strip()]


async def test_what_no_database_can_keep_is_mended_in_one_place(db):
    def write(session):
        customer = customers.create(session, "云南茶厂", now=NOW)
        for text in nasty.CHANGED:
            activities.log(session, customer, f"x{text}", now=NOW)

    await db.run(write)
    query = sa.select(activities.Activity.text).order_by(activities.Activity.id)
    found = await db.read(lambda s: s.scalars(query).all())
    assert found == [f"x{kept}" for kept in nasty.CHANGED.values()]


async def test_a_note_or_task_of_nothing_storable_is_empty(db):
    def write(session):
        customer = customers.create(session, "云南茶厂", now=NOW)
        with pytest.raises(errors.Refusal, match=r"note\.empty"):
            activities.log(session, customer, "\x00 \x00", now=NOW)
        with pytest.raises(errors.Refusal, match=r"task\.empty"):
            tasks.create(session, "\x00", NOW, now=NOW, owner_id=1)

    await db.run(write)


async def test_customers_of_any_name_are_found_by_it(db):
    def work(session):
        rep = people.add(session, "王丽", people.Role.REP, now=NOW)
        lost = []
        for text in [*nasty.STORABLE, *nasty.CHANGED]:
            try:
                customer = customers.create(session, text, now=NOW, owner_id=rep.id)
            except errors.Refusal as refusal:
                if refusal.key not in ("customer.name-empty", "customer.name-long"):
                    raise
                continue
            found = [each.id for each, _ in customers.by_name(session, rep, text, 200)]
            if customer.id not in found:
                lost.append((text, found))
        return lost

    assert await db.run(work) == []


async def test_changes_of_any_text_are_written_down_and_undone(db):
    def work(session):
        rep = people.add(session, "王丽", people.Role.REP, now=NOW)
        customer = customers.create(session, "云南茶厂", now=NOW)
        for text in [*nasty.STORABLE, *nasty.CHANGED]:
            short = text[:70]
            with audit.changing(
                session, actor=text[:100], cause="x", now=NOW, rep_id=rep.id
            ) as change_set:
                change_set.summary = text
                customer.industry = short
                customer.tags = [text]
            session.refresh(customer)
            assert customer.industry == database.storable(short)
            if change_set.changes:
                audit.undo(session, change_set, rep_id=rep.id, actor="x", cause="y", now=NOW)
            assert (customer.industry, customer.tags) == ("", [])

    await db.run(work)


def test_storable_text_is_left_as_it_is():
    for text in nasty.STORABLE:
        assert database.storable(text) is text or database.storable(text) == text
    for text, kept in nasty.CHANGED.items():
        assert database.storable(text) == kept
