"""Deals, tasks and activities: the verbs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from crm_core import activities, customers, deals, errors, jobs, people, pipelines, tasks

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def company(session):
    pipelines.ensure_default(session)
    pipelines.ensure_default(session)
    rep = people.add(session, "王丽", people.Role.REP, now=NOW)
    return rep, customers.create(session, "云南茶厂", now=NOW, owner_id=rep.id)


async def test_a_fresh_company_has_the_default_pipeline_once(db):
    def work(session):
        company(session)
        return [stage.key for stage in pipelines.stages(session)]

    assert await db.run(work) == "contacted qualified proposal negotiation won lost".split()


async def test_an_unknown_stage_is_refused_with_the_known_ones(db):
    def work(session):
        company(session)
        pipelines.stage(session, "signed")

    with pytest.raises(errors.NotFound) as caught:
        await db.run(work)
    assert caught.value.key == "stage.unknown"
    assert caught.value.details["known"][0] == "contacted"


async def test_a_deal_makes_its_lead_active_and_takes_its_currency_and_name(db):
    def work(session):
        _rep, customer = company(session)
        customer.currency = "USD"
        deal = deals.create(session, customer, "  ", now=NOW + HOUR, amount=Decimal("8.5"))
        assert (customer.status, customer.updated_at) == ("active", NOW + HOUR)
        return deal.title, deal.currency, deal.stage, deal.probability, deal.status

    assert await db.run(work) == ("云南茶厂", "USD", "contacted", 10, "open")


async def test_winning_and_losing_close_a_deal_and_moving_opens_it_again(db):
    def work(session):
        _rep, customer = company(session)
        deal = deals.create(session, customer, "茶", now=NOW)
        deals.win(session, deal, NOW, Decimal(12))
        assert (deal.status, deal.stage, deal.amount, deal.closed_at) == (
            "won",
            "won",
            Decimal(12),
            NOW,
        )
        assert customer.status == "won"
        with pytest.raises(errors.Refusal, match="already-won"):
            deals.win(session, deal, NOW)
        deals.move(session, deal, "negotiation", NOW)
        assert (deal.status, deal.probability, deal.closed_at) == ("open", 75, None)
        deals.lose(session, deal, "太贵", NOW)
        assert (deal.status, deal.probability, deal.lost_reason) == ("lost", 0, "太贵")
        with pytest.raises(errors.Refusal, match="already-lost"):
            deals.move(session, deal, "lost", NOW)
        assert deals.open_of(session, customer.id) == []
        assert deals.of(session, customer.id) == [deal]

    await db.run(work)


@pytest.mark.parametrize("amount", ["-0.01", "90000000000000.01", "NaN", "Infinity", "1e30"])
async def test_amounts_that_cannot_be_kept_are_refused(db, amount):
    def work(session):
        _rep, customer = company(session)
        deals.create(session, customer, "茶", now=NOW, amount=Decimal(amount))

    with pytest.raises(errors.Refusal, match="amount-invalid"):
        await db.run(work)


async def test_deals_are_seen_with_their_customer(db):
    def work(session):
        rep, customer = company(session)
        other = people.add(session, "李强", people.Role.REP, now=NOW)
        deal = deals.create(session, customer, "茶", now=NOW, owner_id=other.id)
        assert deals.get(session, rep, deal.id) is deal
        with pytest.raises(errors.NotFound):
            deals.get(session, other, deal.id)
        customer.owner_id = None
        session.flush()
        assert deals.get(session, other, deal.id) is deal

    await db.run(work)


async def test_open_deals_come_the_one_touched_last_first(db):
    def work(session):
        _rep, customer = company(session)
        first = deals.create(session, customer, "a", now=NOW)
        second = deals.create(session, customer, "b", now=NOW + HOUR)
        deals.set_close_date(first, date(2026, 6, 1), NOW + 2 * HOUR)
        return deals.open_of(session, customer.id) == [first, second]

    assert await db.run(work)


async def test_a_task_queues_its_reminder_and_reminds_once(db):
    def work(session):
        rep, _customer = company(session)
        task = tasks.create(session, " 打电话 ", NOW + HOUR, now=NOW, owner_id=rep.id)
        session.flush()
        assert task.text == "打电话"
        assert jobs.next_run(session, [tasks.REMIND]) == NOW + HOUR
        assert tasks.to_remind(session, task.id, NOW + HOUR) is task
        task.reminded_at = NOW + HOUR
        assert tasks.to_remind(session, task.id, NOW + HOUR) is None

    await db.run(work)


async def test_a_task_in_the_past_reminds_at_once(db):
    def work(session):
        rep, _customer = company(session)
        tasks.create(session, "打电话", NOW - HOUR, now=NOW, owner_id=rep.id)
        return jobs.next_run(session, [tasks.REMIND])

    assert await db.run(work) == NOW


async def test_a_snoozed_done_or_cancelled_task_does_not_remind_at_its_old_time(db):
    def work(session):
        rep, _customer = company(session)
        one, two, three = (
            tasks.create(session, text, NOW + HOUR, now=NOW, owner_id=rep.id) for text in "abc"
        )
        tasks.snooze(session, one, NOW + 2 * HOUR, NOW)
        tasks.finish(session, two, NOW)
        tasks.cancel(session, three, NOW)
        assert tasks.to_remind(session, one.id, NOW + 2 * HOUR) is one
        for task in (one, two, three):
            assert tasks.to_remind(session, task.id, NOW + HOUR) is None
        for verb in (tasks.finish, tasks.cancel):
            with pytest.raises(errors.Refusal, match="not-open"):
                verb(session, two, NOW)
        assert tasks.open_for(session, rep.id) == [one]
        assert tasks.open_for(session, rep.id, NOW + 2 * HOUR) == []

    await db.run(work)


async def test_tasks_are_their_owners_their_authors_and_the_admins(db):
    def work(session):
        rep, _customer = company(session)
        boss = people.add(session, "老板", people.Role.ADMIN, now=NOW)
        author = people.add(session, "赵敏", people.Role.MANAGER, now=NOW)
        other = people.add(session, "李强", people.Role.REP, now=NOW)
        task = tasks.create(session, "a", NOW, now=NOW, owner_id=rep.id, created_by=author.id)
        for person in (rep, boss, author):
            assert tasks.get(session, person, task.id) is task
        with pytest.raises(errors.NotFound):
            tasks.get(session, other, task.id)

    await db.run(work)


async def test_activities_are_kept_exactly_and_listed_newest_first(db):
    def work(session):
        _rep, customer = company(session)
        activities.log(session, customer, " 去了工厂\n", now=NOW + HOUR, kind="visit", at=NOW)
        activities.log(session, customer, "电话", now=NOW, at=NOW + HOUR)
        assert customer.updated_at == NOW
        return [(entry.text, entry.kind, entry.at) for entry in activities.of(session, 1)]

    assert await db.run(work) == [("电话", "note", NOW + HOUR), (" 去了工厂\n", "visit", NOW)]


async def test_sums_of_deals_by_currency_are_exact(db):
    def work(session):
        _rep, customer = company(session)
        for amount, currency in (("0.1", "CNY"), ("0.2", "CNY"), ("5", "USD")):
            deals.create(session, customer, "x", now=NOW, amount=Decimal(amount), currency=currency)
        total = sa.func.sum(deals.Deal.amount)
        query = sa.select(deals.Deal.currency, total).group_by(deals.Deal.currency)
        return {tuple(row) for row in session.execute(query)}

    assert await db.run(work) == {("CNY", Decimal("0.30")), ("USD", Decimal("5.00"))}
