"""Tasks, activities, events and reps over the API."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from channels import messages
from conversations import inbox
from crm_core import activities, customers, jobs, people, tasks


async def test_tasks_are_ones_own_soonest_first_and_an_admin_sees_all(crm):
    def plan(session):
        for who, hours in (("王丽", 3), ("王丽", 1), ("李强", 2)):
            due = crm.clock() + timedelta(hours=hours)
            tasks.create(session, f"{who}{hours}", due, now=crm.clock(), owner_id=crm.reps[who])

    await crm.run(plan)

    async def listed(who, **query):
        return [item["text"] for item in (await crm.reads(who, "/tasks", **query))["items"]]

    assert await listed("王丽") == ["王丽1", "王丽3"]
    assert await listed("老板") == ["王丽1", "李强2", "王丽3"]
    assert await listed("老板", owner_id=crm.reps["李强"]) == ["李强2"]
    assert await listed("王丽", status="done") == []
    page = await crm.reads("老板", "/tasks", limit=2)
    assert await listed("老板", cursor=page["next"]) == ["王丽3"]
    assert page["items"][0] == {
        "id": 2,
        "customer_id": None,
        "owner_id": crm.reps["王丽"],
        "text": "王丽1",
        "due_at": "2026-11-23T03:00:00Z",
        "deadline": False,
        "repeat": "",
        "status": "open",
    }


async def test_activities_are_those_on_customers_one_may_see(crm):
    mine, theirs = await crm.customer("甲", "王丽"), await crm.customer("乙", "李强")

    def log(session):
        for number in (mine, theirs):
            customer = session.get_one(customers.Customer, number)
            activities.log(session, customer, f"见了{customer.name}", now=crm.clock(), kind="visit")

    await crm.run(log)
    assert (await crm.reads("王丽", "/activities"))["items"] == [
        {
            "id": 1,
            "customer_id": mine,
            "kind": "visit",
            "text": "见了甲",
            "at": "2026-11-23T02:00:00Z",
            "rep_id": None,
        }
    ]
    assert len((await crm.reads("老板", "/activities"))["items"]) == 2
    assert (await crm.reads("王丽", "/activities", customer_id=theirs))["items"] == []
    assert (await crm.reads("老板", "/activities", kind="call"))["items"] == []


@pytest.fixture
async def events(crm):
    """Three events: new, done, dead."""

    def arrive(session):
        arrivals = [
            messages.RawEvent(
                channel="wechat",
                account="main",
                dedup_key=f"k{n}",
                sender=messages.Address(kind="wechat", account="main", value=f"o{n}"),
                raw=b"<xml/>",
            )
            for n in range(3)
        ]
        new, done, dead = inbox.record(session, arrivals, crm.clock())
        inbox.mark_done(session, [done.event_id], crm.clock())
        inbox.mark_failed(session, dead.event_id, 5, "KeyError: 'x'", dead=True)
        session.execute(sa.delete(jobs.Job))
        return new.event_id, done.event_id, dead.event_id

    return await crm.run(arrive)


async def test_events_are_for_admins_only(crm, events):
    for who in ("王丽", "张经理"):
        for method, path in (("GET", "/events"), ("POST", f"/events/{events[2]}/retry")):
            status, body = await crm.asks(who, method, path)
            assert (status, body["error"]["code"]) == (403, "admin.only")


async def test_events_are_listed_by_state(crm, events):
    listed = await crm.reads("老板", "/events", state="dead")
    assert listed["items"] == [
        {
            "id": events[2],
            "channel": "wechat",
            "account": "main",
            "state": "dead",
            "attempts": 5,
            "error": "KeyError: 'x'",
            "received_at": "2026-11-23T02:00:00Z",
        }
    ]
    assert len((await crm.reads("老板", "/events"))["items"]) == 3
    assert (await crm.asks("老板", "GET", "/events", params={"state": "lost"}))[0] == 422


async def test_a_dead_event_gets_another_try_and_only_a_dead_one(crm, events):
    status, event = await crm.asks("老板", "POST", f"/events/{events[2]}/retry")
    assert (status, event["state"], event["attempts"]) == (201, "new", 0)
    count = sa.select(sa.func.count(jobs.Job.id)).where(jobs.Job.kind == inbox.HANDLE)
    assert await crm.run(lambda session: session.scalar(count)) == 1
    for number, expected in ((events[2], 409), (events[1], 409), (99999, 404)):
        assert (await crm.asks("老板", "POST", f"/events/{number}/retry"))[0] == expected


async def test_reps_are_everybody_with_who_works_here_no_more(crm):
    def leave(session):
        people.disable(session, people.named(session, "李强"), crm.clock())

    await crm.run(leave)
    listed = (await crm.reads("王丽", "/reps"))["items"]
    assert [item["name"] for item in listed] == ["王丽", "李强", "老板", "张经理"]
    assert listed[1] == {
        "id": crm.reps["李强"],
        "name": "李强",
        "role": "rep",
        "team": "华东",
        "active": False,
    }
    assert len((await crm.reads("王丽", "/reps", status="active"))["items"]) == 3
