"""A customer's timeline: every sort of entry, flat, in one order, in pages."""

from __future__ import annotations

from datetime import timedelta

from conversations import threads
from crm_core import activities, audit, customers, deals, tasks
from tests.admin_web import company


async def lived(crm, rounds=1):
    """A customer with one entry of each sort a round, a minute apart."""
    number = await crm.customer("云南茶厂", "王丽")
    conversation = await crm.conversation(number)

    def live(session):
        thread = session.get_one(threads.Conversation, conversation)
        customer = session.get_one(customers.Customer, number)
        rep, at = crm.reps["王丽"], crm.clock()
        for n in range(rounds):
            at += timedelta(minutes=5)
            company.said(session, thread, f"在吗{n}", at)
            at += timedelta(minutes=1)
            activities.log(session, customer, "拜访", now=at, rep_id=rep, kind="visit")
            at += timedelta(minutes=1)
            deal = deals.create(session, customer, "春茶", now=at, owner_id=rep)
            at += timedelta(minutes=1)
            tasks.create(session, "报价", at, now=at, owner_id=rep, customer_id=number)
            at += timedelta(minutes=1)
            with audit.changing(session, actor="rep:1", cause="message:1", now=at, rep_id=rep):
                deals.move(session, deal, "proposal", at)

    await crm.run(live)
    return number


async def test_every_sort_of_entry_is_there_newest_first_with_its_own_keys(crm):
    number = await lived(crm)
    items = (await crm.reads("王丽", f"/customers/{number}/timeline"))["items"]
    assert [item["type"] for item in items] == ["change", "task", "deal", "activity", "message"]
    change, task, deal, activity, message = items
    assert {field["name"]: (field["old"], field["new"]) for field in change["fields"]}["stage"] == (
        "contacted",
        "proposal",
    )
    assert (change["actor"], change["cause"], change["undone"]) == ("rep:1", "message:1", False)
    assert (task["text"], task["status"]) == ("报价", "open")
    assert deal["stage"] == {"key": "proposal", "name": "报价"}
    assert (activity["kind"], activity["text"]) == ("visit", "拜访")
    assert (message["text"], message["direction"]) == ("在吗0", "in")


async def test_pages_give_every_entry_once_in_the_order_of_one_long_page(crm):
    number = await lived(crm, rounds=4)
    path = f"/customers/{number}/timeline"
    whole = (await crm.reads("王丽", path, limit=200))["items"]
    assert len(whole) == 20
    assert await crm.all_pages("王丽", path, limit=3) == whole


async def test_entries_of_the_same_moment_page_without_gaps(crm):
    number = await crm.customer("云南茶厂", "王丽")

    def live(session):
        customer = session.get_one(customers.Customer, number)
        for n in range(5):
            activities.log(session, customer, f"记{n}", now=crm.clock())
            deals.create(session, customer, f"单{n}", now=crm.clock())

    await crm.run(live)
    entries = await crm.all_pages("王丽", f"/customers/{number}/timeline", limit=3)
    seen = [(item["type"], item["id"]) for item in entries]
    assert len(seen) == len(set(seen)) == 10


async def test_a_timeline_takes_the_same_number_of_statements_however_long(crm, statements):
    counts = []
    for number in (await lived(crm), await lived_longer(crm)):
        with statements() as seen:
            await crm.reads("王丽", f"/customers/{number}/timeline", limit=200)
        counts.append(len(seen))
    # Who asks, whether the rep may see the customer, the page, and the fields of its changes.
    assert counts == [4, 4]


async def lived_longer(crm):
    number = await crm.customer("广西茶厂", "王丽")

    def live(session):
        customer = session.get_one(customers.Customer, number)
        rep = crm.reps["王丽"]
        for _ in range(6):
            activities.log(session, customer, "拜访", now=crm.clock(), rep_id=rep)
            tasks.create(
                session, "报价", crm.clock(), now=crm.clock(), owner_id=rep, customer_id=number
            )
            with audit.changing(session, actor="rep:1", cause="cli", now=crm.clock()):
                deals.create(session, customer, "春茶", now=crm.clock(), owner_id=rep)

    await crm.run(live)
    thread = await crm.conversation(number, "在吗", value="o-2")
    assert thread
    return number


async def test_a_timeline_is_as_private_as_its_customer(crm):
    number = await lived(crm)
    assert (await crm.asks("李强", "GET", f"/customers/{number}/timeline"))[0] == 404
    for above in ("张经理", "老板"):
        items = (await crm.reads(above, f"/customers/{number}/timeline"))["items"]
        assert len(items) == 5


async def test_in_the_pool_a_task_shows_to_those_whose_it_is_or_whose_team_it_is(crm):
    number = await lived(crm)

    def released(session):
        session.get_one(customers.Customer, number).owner_id = None

    await crm.run(released)
    kinds = {
        who: {item["type"] for item in await crm.all_pages(who, f"/customers/{number}/timeline")}
        for who in ("李强", "王丽", "张经理")
    }
    assert "message" in kinds["李强"]
    assert [who for who, seen in kinds.items() if "task" in seen] == ["王丽", "张经理"]
