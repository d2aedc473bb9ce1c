"""Whose a new lead becomes, and that no race gives it to two."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from channels import messages
from conversations import assignment, correspondents
from crm_core import audit, clock, customers, database, errors, handover, people, presence
from tests import statements

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Ten in the morning in Shanghai."""
SHANGHAI = clock.zone("Asia/Shanghai")


def staff(session):
    names = (("王丽", "东区"), ("李强", "东区"), ("孙悟", "西区"))
    made = {
        name: people.add(session, name, people.Role.REP, team=team, now=MONDAY)
        for name, team in names
    }
    made["赵敏"] = people.add(session, "赵敏", people.Role.MANAGER, team="东区", now=MONDAY)
    return made


def decided(session, now=MONDAY, **lead):
    owner_id = assignment.decide(session, assignment.Lead(channel="wechat", **lead), now).owner_id
    return session.get_one(people.Rep, owner_id).name if owner_id else None


def rule(session, target, *, now=MONDAY, **when):
    given = {name: when.pop(name) for name in ("rep", "team", "place") if name in when}
    return assignment.add(session, assignment.Conditions(**when), target, now, **given)


async def test_without_rules_a_lead_is_nobodys(db):
    def work(session):
        staff(session)
        return decided(session)

    assert await db.run(work) is None


async def test_the_first_rule_that_fits_decides(db):
    def work(session):
        who = staff(session)
        Target = assignment.Target  # noqa: N806 - a class
        rule(session, Target.POOL, keyword="招聘|job")
        rule(session, Target.REP, account="vip", rep=who["孙悟"])
        rule(session, Target.REP, channel="email", rep=who["李强"])
        rule(
            session, Target.REP, keyword="报价|Price", hours="mon-fri 09:00-18:00", rep=who["王丽"]
        )
        rule(session, Target.REP, hours="not mon-fri 09:00-18:00", rep=who["李强"])
        evening = MONDAY + timedelta(hours=10)
        return [
            decided(session, text="还招聘吗, 报价"),
            decided(session, account="vip"),
            decided(session, text="给个报价"),
            decided(session, text="best price?"),
            decided(session, text="在吗"),
            decided(session, text="在吗", now=evening),
        ]

    assert await db.run(work) == [None, "孙悟", "王丽", "王丽", None, "李强"]


@pytest.mark.parametrize(
    ("hours", "day", "time", "inside"),
    [
        ("", 23, "03:00", True),
        ("mon-fri", 23, "03:00", True),
        ("sat,sun", 23, "03:00", False),
        ("fri-mon", 23, "03:00", True),
        ("09:00-18:00", 23, "09:00", True),
        ("09:00-18:00", 23, "18:00", False),
        ("sun 22:00-06:00", 23, "05:59", True),
        ("mon 22:00-06:00", 23, "05:59", False),
        ("mon 22:00-06:00", 23, "22:30", True),
        ("not mon 09:00-18:00", 23, "12:00", False),
        ("not mon 09:00-18:00", 24, "12:00", True),
    ],
)
def test_hours_are_told_by_day_and_clock(hours, day, time, inside):
    hour, minute = map(int, time.split(":"))
    local = datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)
    assert assignment.within(hours, local) is inside


@pytest.mark.parametrize("hours", ["whenever", "mon-xyz", "09:00", "25:99-30:00", "9-18"])
async def test_hours_that_are_none_are_refused(db, hours):
    with pytest.raises(errors.Refusal, match=r"rule\.hours-invalid"):
        await db.run(rule, assignment.Target.POOL, hours=hours)


async def test_whoever_brought_a_lead_gets_it_and_after_leaving_the_heir_or_the_manager(db):
    def work(session):
        who = staff(session)
        rule(session, assignment.Target.POOL)
        number = who["王丽"].id
        seen = [decided(session, introduced_by=number)]
        people.disable(session, who["王丽"], MONDAY)
        seen.append(decided(session, introduced_by=number))
        handover.begin(session, who["王丽"], handover.Heir.REP, who["李强"], None, MONDAY)
        seen.append(decided(session, introduced_by=number))
        return seen

    assert await db.run(work) == ["王丽", "赵敏", "李强"]


async def test_turns_are_taken_only_when_switched_on_and_by_those_there_with_room(db):
    def work(session):
        who = staff(session)
        before = decided(session)
        assignment.switch(session, True)
        in_turn = [decided(session) for _ in range(4)]
        presence.take_leave(who["李强"], MONDAY + timedelta(days=3), None, MONDAY)
        who["孙悟"].capacity = 1
        customers.create(session, "一家", now=MONDAY, owner_id=who["孙悟"].id)
        session.flush()
        rest = [decided(session) for _ in range(2)]
        presence.keep_quiet(who["王丽"], "9-18")
        return before, in_turn, rest, decided(session)

    before, in_turn, rest, nobody = await db.run(work)
    assert before is None
    assert in_turn == ["王丽", "李强", "孙悟", "王丽"]
    assert rest == ["王丽", "王丽"]
    assert nobody is None


async def test_a_team_takes_turns_of_its_own(db):
    def work(session):
        staff(session)
        rule(session, assignment.Target.TEAM, team="东区")
        return [decided(session) for _ in range(3)]

    assert await db.run(work) == ["王丽", "李强", "王丽"]


async def test_a_rule_for_somebody_on_leave_gives_to_the_deputy_or_the_next_rule(db):
    def work(session):
        who = staff(session)
        rule(session, assignment.Target.REP, rep=who["王丽"])
        rule(session, assignment.Target.REP, rep=who["孙悟"])
        until = MONDAY + timedelta(days=3)
        presence.take_leave(who["王丽"], until, None, MONDAY)
        without = decided(session)
        presence.take_leave(who["王丽"], until, who["李强"], MONDAY)
        return without, decided(session)

    assert await db.run(work) == ("孙悟", "李强")


def newcomer(session, number):
    sender = messages.Address(kind="wechat", account="main", value=f"o-{number}")
    who = correspondents.visitor(session, sender, f"客户{number}", MONDAY)
    lead = assignment.Lead(channel="wechat", account="main", text="在吗")
    customer = correspondents.as_customer(session, who, "wechat", MONDAY, lead=lead).customer
    assert customer is not None
    return customer.owner_id


async def again(program, work, *args):
    """As the loops do: whoever met another transaction runs again."""
    for _ in range(20):
        try:
            return await program.run(work, *args)
        except sa.exc.DBAPIError as error:
            if not database.is_conflict(error):
                raise
    raise AssertionError("met others twenty times")


async def test_leads_that_come_at_once_are_shared_out_evenly(db, database_url):
    def work(session):
        staff(session)
        assignment.switch(session, True)

    await db.run(work)
    other = database.open_database(database_url)
    programs = (db, other)
    owners = await asyncio.gather(*(again(programs[n % 2], newcomer, n) for n in range(30)))
    await other.close()
    assert sorted(Counter(owners).values()) == [10, 10, 10]


async def test_why_a_lead_is_whose_stands_in_the_audit(db):
    def work(session):
        who = staff(session)
        rule(session, assignment.Target.REP, rep=who["李强"])
        with audit.changing(session, actor="sender", cause="event:1", now=MONDAY) as made:
            newcomer(session, 1)
        return made.summary

    assert await db.run(work) == "rule:1"


async def test_who_is_a_customer_already_costs_no_look_at_the_rules(db):
    def work(session):
        staff(session)
        newcomer(session, 1)
        known = messages.Address(kind="wechat", account="main", value="o-1")
        with statements.counted(session) as made:
            who = correspondents.find(session, known)
            assert who is not None
            correspondents.as_customer(session, who, "wechat", MONDAY)
        return made

    assert len(await db.run(work)) == 1


async def test_of_a_hundred_who_claim_one_lead_one_gets_it_and_the_others_hear_who(
    db, database_url
):
    def work(session):
        for n in range(100):
            people.add(session, f"销售{n}", people.Role.REP, now=MONDAY)
        return customers.create(session, "抢手客户", now=MONDAY).id

    number = await db.run(work)

    def claim(session, n):
        rep = people.named(session, f"销售{n}")
        with audit.changing(session, actor=f"rep:{rep.id}", cause="test", now=MONDAY):
            found = customers.get(session, rep, number)
            customers.claim(session, rep, found, MONDAY)
        return rep.name

    async def try_to(program, n):
        try:
            return await again(program, claim, n)
        except errors.Refusal as refusal:
            return refusal

    other = database.open_database(database_url)
    programs = (db, other)
    results = await asyncio.gather(*(try_to(programs[n % 2], n) for n in range(100)))
    await other.close()
    won = [each for each in results if isinstance(each, str)]
    lost = [each for each in results if isinstance(each, errors.Refusal)]
    assert len(won) == 1
    told = {each.details["owner"] for each in lost if each.key == "customer.already-owned"}
    assert told <= {won[0]}
    assert {each.key for each in lost} <= {"customer.already-owned", "customer.unknown"}
    owner = await db.run(lambda s: s.get_one(customers.Customer, number).owner_id)
    assert await db.run(lambda s: s.get_one(people.Rep, owner).name) == won[0]
