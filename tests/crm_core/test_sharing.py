"""Whose a customer is, asking for it, and working on it together."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from crm_core import activities, addresses, audit, customers, denials, errors, people, sharing

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
WHERE = denials.Where(now=NOW, verb="check", cause="message:1", source="chat:wechat")


def company(session):
    """王丽 owns 华美电子; 李强 is of another team; 赵敏 manages 王丽, 孙 manages 李强."""
    made = {
        name: people.add(session, name, people.Role(role), team=team, now=NOW)
        for name, role, team in (
            ("王丽", "rep", "东区"),
            ("李强", "rep", "西区"),
            ("赵敏", "manager", "东区"),
            ("孙经理", "manager", "西区"),
            ("老板", "admin", ""),
        )
    }
    customer = customers.create(session, "上海华美电子有限公司", now=NOW, owner_id=made["王丽"].id)
    person = customers.add_contact(session, customer, "张伟", now=NOW)
    addresses.add(session, "phone", "13812345678", contact_id=person.id, now=NOW)
    return made, customer


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("上海华美电子有限公司", True),
        ("华美电子", True),
        ("華美電子", True),
        ("138 1234 5678", True),
        ("+8613812345678", True),
        ("华", False),
        ("花美电子", False),
        ("张伟", False),
        ("5678", False),
        ("13812345679", False),
    ],
)
async def test_a_look_up_finds_by_the_whole_name_or_number_only(db, asked, found):
    def work(session):
        made, customer = company(session)
        known = sharing.check(session, made["李强"], asked, WHERE)
        return [each.customer.id for each in known] == [customer.id]

    assert await db.run(work) is found


async def test_since_when_is_when_the_owner_got_it(db):
    later = NOW + timedelta(days=3)

    def work(session):
        made, customer = company(session)
        assert sharing.held(session, customer).since == NOW
        with audit.changing(session, actor="x", cause="y", now=later):
            customer.owner_id = made["李强"].id
        activities.log(session, customer, "聊过", now=later)
        held = sharing.held(session, customer)
        assert (held.owner, held.since, held.worked_at) == (made["李强"], later, later)

    await db.run(work)


async def test_a_shared_customer_is_seen_until_it_is_shared_no_more(db):
    def work(session):
        made, customer = company(session)
        li = made["李强"]
        assert sharing.share(session, customer, li.id, None, NOW)
        assert not sharing.share(session, customer, li.id, None, NOW)
        assert customers.get(session, li, customer.id) == customer
        assert list(sharing.collaborators(session, customer.id)) == [li]
        assert sharing.unshare(session, customer, li.id)
        assert not sharing.unshare(session, customer, li.id)
        with pytest.raises(errors.NotFound):
            customers.get(session, li, customer.id)

    await db.run(work)


async def test_the_owners_managers_decide_and_nobody_else(db):
    def work(session):
        made, customer = company(session)
        asked = sharing.request(session, made["李强"], customer, NOW)
        assert sharing.deciders(session, customer) == [made["赵敏"]]
        for name in ("王丽", "李强", "孙经理"):
            with pytest.raises(errors.NotFound):
                sharing.decide(session, made[name], asked.id, sharing.Verdict.GIVE, "", NOW)
        sharing.decide(session, made["老板"], asked.id, sharing.Verdict.GIVE, "", NOW)
        assert (asked.state, customer.owner_id) == ("given", made["李强"].id)
        with pytest.raises(errors.Refusal, match="decided"):
            sharing.decide(session, made["老板"], asked.id, sharing.Verdict.REFUSE, "", NOW)

    await db.run(work)


async def test_without_a_manager_the_admin_is_asked(db):
    def work(session):
        made, customer = company(session)
        made["赵敏"].active = False
        session.flush()
        assert sharing.deciders(session, customer) == [made["老板"]]

    await db.run(work)


async def test_a_request_is_made_once_and_not_for_what_one_may_take(db):
    def work(session):
        made, customer = company(session)
        sharing.request(session, made["李强"], customer, NOW)
        with pytest.raises(errors.Refusal, match=r"request\.open"):
            sharing.request(session, made["李强"], customer, NOW)
        with pytest.raises(errors.Refusal, match=r"request\.yours"):
            sharing.request(session, made["王丽"], customer, NOW)
        pool = customers.create(session, "东方印务", now=NOW)
        with pytest.raises(errors.Refusal, match=r"request\.pool"):
            sharing.request(session, made["李强"], pool, NOW)

    await db.run(work)


async def test_of_two_managers_who_decide_at_one_moment_one_does(db):
    def prepare(session):
        made, customer = company(session)
        made["孙经理"].role = people.Role.ADMIN
        asked = sharing.request(session, made["李强"], customer, NOW)
        return asked.id, [made[name].id for name in ("赵敏", "孙经理", "老板")]

    number, managers = await db.run(prepare)

    def work(session, manager_id, verdict):
        manager = session.get_one(people.Rep, manager_id)
        try:
            return sharing.decide(session, manager, number, verdict, "", NOW).state
        except errors.Refusal as refusal:
            return refusal.key

    ends = await asyncio.gather(
        *(
            db.run(work, manager, verdict)
            for manager, verdict in zip(managers, sharing.Verdict, strict=True)
        )
    )
    assert ends.count("request.decided") == len(ends) - 1
