"""Somebody leaves: nothing is lost, everything goes to the heir, and all of it can come back."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from conversations import assignment, threads
from crm_core import (
    addresses,
    audit,
    customers,
    database,
    deals,
    errors,
    handover,
    jobs,
    people,
    pipelines,
    tasks,
)

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
Heir = handover.Heir


def company(session, count=3):
    """王丽 with customers, each with a won and an open deal and a task; 李强; the manager 赵敏."""
    pipelines.ensure_default(session)
    wang = people.add(session, "王丽", people.Role.REP, team="东区", now=NOW)
    people.add(session, "李强", people.Role.REP, team="东区", now=NOW)
    people.add(session, "赵敏", people.Role.MANAGER, team="东区", now=NOW)
    for n in range(count):
        customer = customers.create(session, f"客户{n}", now=NOW, owner_id=wang.id)
        contact = customers.add_contact(session, customer, f"联系人{n}", now=NOW)
        address = addresses.add(
            session, "wechat", f"o-{n}", account="main", contact_id=contact.id, now=NOW
        )
        talk = threads.at(session, address, "wechat", "main", NOW)
        talk.assignee_id = wang.id
        deals.create(session, customer, "开着的", now=NOW, owner_id=wang.id)
        won = deals.create(session, customer, "赢了的", now=NOW, owner_id=wang.id)
        won.status = "won"
        tasks.create(
            session,
            f"回访{n}",
            NOW + timedelta(days=1),
            now=NOW,
            owner_id=wang.id,
            customer_id=customer.id,
            repeat="weekly:0T09:00",
        )
    tasks.create(session, "交周报", NOW + timedelta(days=1), now=NOW, owner_id=wang.id)
    session.flush()


def begin(session, heir, to=None, command="handover"):
    leaver = people.named(session, "王丽")
    person = people.named(session, to) if to else None
    boss = people.named(session, "赵敏")
    with audit.changing(
        session, actor="rep:3", cause="message:1", now=NOW, rep_id=boss.id, command=command
    ):
        return handover.begin(session, leaver, heir, person, boss.id, NOW).id


async def finish(db, number):
    steps = 0
    while await db.run(lambda s: handover.step(s, number, NOW) is not None):
        steps += 1
    return steps


def owners(session):
    names = {each.id: each.name for each in people.everyone(session)} | {None: None}
    found = {}
    for model in (customers.Customer, deals.Deal, tasks.Task):
        rows = session.execute(sa.select(model.id, model.owner_id)).all()
        found[model.__tablename__] = [names[owner] for _, owner in sorted(rows)]
    rows = session.execute(sa.select(threads.Conversation.id, threads.Conversation.assignee_id))
    found["conversations"] = [names[owner] for _, owner in sorted(rows.all())]
    return found


async def test_everything_goes_to_a_person_but_what_is_won_stays_to_the_credit(db):
    await db.run(company)
    assert await db.run(lambda s: handover.held(s, 1)) == {
        "customers": 3,
        "deals": 3,
        "tasks": 4,
        "conversations": 3,
    }
    await finish(db, await db.run(begin, Heir.REP, "李强"))
    assert await db.run(owners) == {
        "customers": ["李强"] * 3,
        "deals": ["李强", "王丽"] * 3,
        "tasks": ["李强"] * 4,
        "conversations": ["李强"] * 3,
    }
    assert await db.run(lambda s: handover.held(s, 1)) == {}


async def test_the_pool_takes_customers_and_the_manager_what_is_to_be_done(db):
    await db.run(company)
    await finish(db, await db.run(begin, Heir.POOL))
    found = await db.run(owners)
    assert found["customers"] == [None] * 3
    assert found["deals"] == ["赵敏", "王丽"] * 3
    assert found["tasks"] == ["赵敏"] * 4
    assert found["conversations"] == [None] * 3


async def test_rules_share_customers_out_and_what_is_open_goes_along(db):
    await db.run(company, 4)

    def more(session):
        people.add(session, "孙悟", people.Role.REP, team="西区", now=NOW)
        assignment.add(
            session,
            assignment.Conditions(channel="wechat"),
            assignment.Target.TEAM,
            NOW,
            team="西区",
        )
        people.disable(session, people.named(session, "王丽"), NOW)

    await db.run(more)
    await finish(db, await db.run(begin, Heir.RULE))
    found = await db.run(owners)
    assert found["customers"] == ["孙悟"] * 4
    assert found["deals"] == ["孙悟", "王丽"] * 4
    assert found["tasks"] == ["孙悟"] * 4 + ["赵敏"]


async def test_a_big_one_is_cut_into_steps_each_written_down_and_all_taken_back(db):
    await db.run(company, 60)
    before = await db.run(owners)
    number = await db.run(begin, Heir.REP, "李强")
    assert await finish(db, number) >= 240 // handover.STEP
    sizes = await db.run(
        lambda s: [
            len(each.changes)
            for each in s.scalars(
                sa.select(audit.ChangeSet).where(audit.ChangeSet.cause == f"handover:{number}")
            )
        ]
    )
    assert max(sizes) <= handover.STEP
    assert sum(sizes) == 60 + 60 + 61

    def undo(session):
        session.get_one(customers.Customer, 7).owner_id = 3
        session.flush()
        boss = people.named(session, "赵敏")
        latest = audit.latest_undoable(session, boss.id, NOW)
        assert latest is not None
        audit.undo(session, latest, rep_id=boss.id, actor="rep:3", cause="message:2", now=NOW)

    await db.run(undo)
    await finish(db, number)
    after = await db.run(owners)
    before["customers"][6] = "赵敏"
    for part in ("customers", "deals", "tasks"):
        assert after[part] == before[part]
    assert await db.run(lambda s: s.get_one(handover.Handover, number).state) == "undone"


async def test_a_step_that_is_done_twice_moves_nothing_twice(db):
    await db.run(company)
    number = await db.run(begin, Heir.REP, "李强")
    await finish(db, number)
    assert await db.run(lambda s: handover.step(s, number, NOW)) is None
    kinds = await db.run(lambda s: s.scalars(sa.select(jobs.Job.kind)).all())
    assert kinds.count(handover.JOB) == 1


async def test_an_heir_who_leaves_in_between_is_followed_by_whoever_leads(db):
    await db.run(company, 60)
    number = await db.run(begin, Heir.REP, "李强")
    await db.run(handover.step, number, NOW)
    await db.run(lambda s: people.disable(s, people.named(s, "李强"), NOW))
    await finish(db, number)
    found = (await db.run(owners))["customers"]
    assert {*found[: handover.STEP]} == {"李强"}
    assert {*found[handover.STEP :]} == {"赵敏"}


async def test_nobody_hands_over_to_oneself_to_a_leaver_or_twice_at_once(db):
    await db.run(company)
    with pytest.raises(errors.Refusal, match=r"handover\.to-self"):
        await db.run(begin, Heir.REP, "王丽")
    await db.run(begin, Heir.REP, "李强")
    with pytest.raises(errors.Refusal, match=r"handover\.running"):
        await db.run(begin, Heir.POOL)
    await db.run(lambda s: people.disable(s, people.named(s, "赵敏"), NOW))
    with pytest.raises(errors.Refusal, match=r"rep\.disabled"):
        await db.run(begin, Heir.REP, "赵敏")


async def test_who_stands_in_is_the_leader_else_the_teams_managers_else_the_admins(db):
    await db.run(company)

    def work(session):
        wang = people.named(session, "王丽")
        people.add(session, "老板", people.Role.ADMIN, now=NOW)
        found = [[each.name for each in handover.stand_ins(session, wang.id)]]
        people.set_manager(session, wang, people.named(session, "李强"))
        found.append([each.name for each in handover.stand_ins(session, wang.id)])
        people.set_manager(session, wang, None)
        people.disable(session, people.named(session, "赵敏"), NOW)
        found.append([each.name for each in handover.stand_ins(session, wang.id)])
        return found

    assert await db.run(work) == [["赵敏"], ["李强"], ["老板"]]


async def test_somebody_disabled_while_claiming_leaves_nothing_behind(db, database_url):
    await db.run(company, 0)
    numbers = await db.run(
        lambda s: [customers.create(s, f"公海{n}", now=NOW).id for n in range(20)]
    )
    other = database.open_database(database_url)

    def claim(session, number):
        rep = people.named(session, "王丽")
        customers.claim(session, rep, session.get_one(customers.Customer, number), NOW)

    def leave(session):
        people.disable(session, people.named(session, "王丽"), NOW)
        session.flush()
        return begin(session, Heir.REP, "李强")

    async def left():
        number = await other.run(leave)
        while await other.run(lambda s: handover.step(s, number, NOW) is not None):
            pass

    claims = [db.run(claim, number) for number in numbers]
    results = await asyncio.gather(*claims[:10], left(), *claims[10:], return_exceptions=True)
    await other.close()
    refused = [each for each in results if isinstance(each, errors.Refusal)]
    assert all(each.key == "rep.disabled" for each in refused)
    assert [each for each in results if each is not None and each not in refused] == []
    found = await db.run(owners)
    assert set(found["customers"]) <= {None, "李强"}
