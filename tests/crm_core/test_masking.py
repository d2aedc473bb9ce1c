"""Numbers of customers one does not look after, and what is put on record."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from crm_core import addresses, audit, customers, denials, errors, masking, people

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
WHERE = denials.Where(now=NOW, verb="reveal", cause="message:1", source="chat:wechat")
HOUR = timedelta(hours=1)


def company(session, count=1):
    """王丽 has a customer of the same name; `count` others lie in the pool, each with a number."""
    for name, role in (("王丽", "rep"), ("李强", "rep"), ("赵敏", "manager"), ("老板", "admin")):
        people.add(session, name, people.Role(role), now=NOW)
    owner_id = people.named(session, "王丽").id
    for number in range(count + 1):
        customer = customers.create(
            session, f"客户{number}", now=NOW, owner_id=None if number else owner_id
        )
        contact = customers.add_contact(session, customer, "张伟", now=NOW)
        phone = f"1380000{number:04}"
        addresses.add(session, "phone", phone, contact_id=contact.id, now=NOW)
        mail = f"m{number}@example.com"
        addresses.add(session, "email", mail, contact_id=contact.id, now=NOW)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+8613812345678", "138****5678"),
        ("+14155550123", "+14****0123"),
        ("+862166668888", "+86****8888"),
        ("+862166668888;ext=12", "+86****8888"),
        ("95588", "****88"),
        ("", "****"),
    ],
)
def test_the_middle_of_a_number_is_hidden(number, shown):
    assert masking.phone(number) == shown


def test_a_change_of_an_address_tells_no_number():
    made = {"kind": "phone", "value": "+8613812345678", "state": "ok"}
    assert masking.change(made) == {**made, "value": "138****5678"}
    assert masking.change("+8613812345678") == "138****5678"
    mail = {"kind": "email", "value": "a@example.com"}
    for same in (mail, "a@example.com", "ok", None, 3):
        assert masking.change(same) == same


async def test_only_reps_see_stars_and_never_on_their_own(db):
    await db.run(company)

    def hidden(session, name):
        everybody = session.scalars(sa.select(customers.Customer)).all()
        return set(masking.hides(session, people.named(session, name), everybody))

    assert await db.read(hidden, "王丽") == {2}
    assert await db.read(hidden, "李强") == {1, 2}
    assert await db.read(hidden, "赵敏") == await db.read(hidden, "老板") == set()


def shown(session, name, number, where=WHERE):
    rep, customer = people.named(session, name), session.get_one(customers.Customer, number)
    return [each.value for each in masking.reveal(session, rep, customer, where)]


def record(session):
    rows = session.execute(
        sa.select(audit.ChangeSet, audit.Change).join(audit.Change).order_by(audit.ChangeSet.id)
    )
    return [
        (made.kind, made.rep_id, made.command, made.cause, made.source, change.record_id)
        for made, change in rows
    ]


async def test_whoever_is_shown_a_masked_number_is_on_record_once_an_hour(db):
    await db.run(company)
    for _ in range(2):
        assert await db.run(shown, "王丽", 2) == ["+8613800000001"]
    assert await db.run(record) == [("revealed", 1, "reveal", "message:1", "chat:wechat", 2)]
    await db.run(shown, "王丽", 2, replace(WHERE, now=NOW + HOUR))
    assert len(await db.run(record)) == 2


async def test_own_numbers_and_those_a_manager_sees_are_on_no_record(db):
    await db.run(company)
    for name, number in (("王丽", 1), ("赵敏", 2), ("老板", 1)):
        assert len(await db.run(shown, name, number)) == 1
    assert await db.run(record) == []


async def test_after_so_many_numbers_within_an_hour_there_are_no_more(db):
    await db.run(company, masking.REVEALS + 1)
    for number in range(masking.REVEALS):
        await db.run(shown, "李强", number + 2)
    with pytest.raises(errors.Denied, match=r"phone\.reveal-limit"):
        await db.run(shown, "李强", masking.REVEALS + 2)
    assert await db.run(shown, "李强", 2), "one that was shown already may be looked at again"
    assert await db.run(shown, "王丽", masking.REVEALS + 2), "everybody has an own hour"
    later = replace(WHERE, now=NOW + HOUR)
    assert await db.run(shown, "李强", masking.REVEALS + 2, later)


def denied(session, number=7, where=WHERE):
    refusal = errors.OutOfScope("deal.unknown", name="D7", record="deals", record_id=number)
    return denials.note(session, people.named(session, "王丽"), refusal, where)


async def test_a_denial_is_written_down_once_an_hour_for_each_verb_and_target(db):
    await db.run(company)

    def ask(session):
        assert denied(session) is not None
        assert denied(session) is None
        assert denied(session, number=8) is not None
        assert denied(session, where=replace(WHERE, verb="stage")) is not None
        assert denied(session, where=replace(WHERE, now=NOW + HOUR)) is not None

    await db.run(ask)
    assert [entry[0] for entry in await db.run(record)] == ["denied"] * 4


async def test_who_tries_everything_fills_no_disk(db):
    await db.run(company)

    def try_everything(session):
        for number in range(denials.MOST + 20):
            denied(session, number)

    await db.run(try_everything)
    assert len(await db.run(record)) == denials.MOST


async def test_only_denials_are_denials(db):
    await db.run(company)

    def note(session, refusal):
        return denials.note(session, people.named(session, "王丽"), refusal, WHERE)

    for refusal in (errors.Refusal("task.empty"), errors.NotFound("deal.unknown", name="D1")):
        assert await db.run(note, refusal) is None
    assert (await db.run(note, errors.Denied("admin.only"))).summary == "admin.only"


async def test_what_was_denied_or_shown_can_not_be_undone_and_hinders_no_undo(db):
    await db.run(company)

    def work(session):
        rep = people.named(session, "王丽")
        with audit.changing(session, actor="rep:1", cause="x", now=NOW, rep_id=rep.id) as made:
            customer = customers.create(session, "新客", now=NOW, owner_id=rep.id)
        refusal = errors.OutOfScope("x", record="customers", record_id=customer.id)
        denials.note(session, people.named(session, "李强"), refusal, WHERE)
        denied(session)
        assert audit.latest_undoable(session, rep.id, NOW) is made
        audit.undo(session, made, rep_id=rep.id, actor="rep:1", cause="y", now=NOW)
        assert audit.latest_undoable(session, rep.id, NOW) is None

    await db.run(work)
