"""Conversations over the API: reading them, and writing in them."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from conversations import outbox, threads
from crm_core import addresses, jobs
from tests.admin_web import company


async def test_a_conversation_and_its_messages_have_exactly_the_fields_of_the_contract(crm):
    customer = await crm.customer("云南茶厂", "王丽")
    number = await crm.conversation(customer, "在吗？", left=5)
    listed = await crm.reads("王丽", "/conversations", customer_id=customer)
    contact = listed["items"][0]["contact_id"]
    assert listed == {
        "items": [
            {
                "id": number,
                "customer_id": customer,
                "contact_id": contact,
                "channel": "wechat",
                "account": "main",
                "subject": "",
                "status": "open",
                "assignee_id": None,
                "window": {"open": True, "expires_at": "2026-11-25T02:00:00Z", "remaining": 5},
                "last_message_at": "2026-11-23T02:00:00Z",
            }
        ],
        "next": None,
    }
    said = await crm.reads("王丽", f"/conversations/{number}/messages")
    assert said["items"] == [
        {
            "id": said["items"][0]["id"],
            "conversation_id": number,
            "customer_id": customer,
            "direction": "in",
            "author": {"kind": "contact", "id": contact, "name": "陈总"},
            "subject": "",
            "text": "在吗？",
            "attachments": [],
            "full_text": "",
            "delivery": None,
            "maybe_duplicate": False,
            "error": None,
            "provider_id": None,
            "at": "2026-11-23T02:00:00Z",
        }
    ]


async def test_messages_come_newest_first_by_the_providers_time_and_page_without_gaps(crm):
    number = await crm.conversation(await crm.customer("云南茶厂", "王丽"))

    def talk(session):
        thread = session.get_one(threads.Conversation, number)
        for n in (3, 1, 2, 2, 0):  # they arrived in another order than they were said
            company.said(session, thread, f"第{n}分钟", crm.clock() + timedelta(minutes=n))

    await crm.run(talk)
    entries = await crm.all_pages("王丽", f"/conversations/{number}/messages", limit=2)
    texts = [entry["text"] for entry in entries]
    assert texts == ["第3分钟", "第2分钟", "第2分钟", "第1分钟", "第0分钟"]


async def test_writing_logs_the_words_as_the_reps_and_queues_them_at_once(crm):
    number = await crm.conversation(await crm.customer("云南茶厂", "王丽"), "在吗？", left=5)
    status, message = await crm.asks(
        "王丽", "POST", f"/conversations/{number}/messages", json={"text": " 您好，在的。 "}
    )
    assert status == 201
    assert message["text"] == " 您好，在的。 "
    assert message["author"] == {"kind": "rep", "id": crm.reps["王丽"], "name": "王丽"}
    assert (message["direction"], message["delivery"], message["warning"]) == (
        "out",
        "queued",
        None,
    )

    def queued(session):
        return session.scalars(sa.select(jobs.Job).where(jobs.Job.kind == "deliver.wechat")).all()

    (job,) = await crm.run(queued)
    assert job.run_at == crm.clock()
    listed = await crm.reads("王丽", f"/conversations/{number}/messages")
    assert listed["items"][0]["id"] == message["id"]


async def test_a_window_closes_after_as_many_messages_as_it_allows(crm):
    number = await crm.conversation(await crm.customer("云南茶厂", "王丽"), "在吗？", left=2)
    answers = [
        (await crm.asks("王丽", "POST", f"/conversations/{number}/messages", json={"text": "好"}))
        for _ in range(3)
    ]
    assert [status for status, _ in answers] == [201, 201, 409]
    error = answers[-1][1]["error"]
    assert error["code"] == "window.closed"
    assert error["next"] == {"kind": "wait", "value": ""}


async def test_of_many_who_write_at_once_only_as_many_pass_as_the_window_allows(crm):
    number = await crm.conversation(await crm.customer("云南茶厂", "王丽"), "在吗？", left=3)
    path = f"/conversations/{number}/messages"
    answers = await company.at_once(
        *(crm.asks("王丽", "POST", path, json={"text": f"{n}"}) for n in range(8))
    )
    assert sorted(status for status, _ in answers) == [201] * 3 + [409] * 5


async def test_a_window_closes_with_time_and_the_next_route_is_named(crm):
    number = await crm.conversation(await crm.customer("云南茶厂", "王丽"), "在吗？", left=5)

    def mail(session):
        contact = session.get_one(threads.Conversation, number).contact_id
        addresses.add(session, "email", "chen@tea.cn", now=crm.clock(), contact_id=contact)

    await crm.run(mail)
    crm.clock.goes_on(hours=48)
    status, body = await crm.asks(
        "王丽", "POST", f"/conversations/{number}/messages", json={"text": "好"}
    )
    assert status == 409
    assert body["error"]["next"] == {"kind": "email", "value": "chen@tea.cn"}
    assert "chen@tea.cn" in body["error"]["message"]
    assert (
        await crm.run(lambda session: session.scalar(sa.select(sa.func.count(outbox.Delivery.id))))
        == 0
    )


async def test_somebody_who_opted_out_is_not_written_to_and_an_unreachable_one_is_tried(crm):
    number = await crm.conversation(await crm.customer("云南茶厂", "王丽"), "在吗？")

    def mark(session, state):
        thread = session.get_one(threads.Conversation, number)
        session.get_one(addresses.Address, thread.address_id).state = state

    path = f"/conversations/{number}/messages"
    await crm.run(mark, "opted_out")
    status, body = await crm.asks("王丽", "POST", path, json={"text": "好"})
    assert (status, body["error"]["code"]) == (409, "address.opted-out")
    await crm.run(mark, "unreachable")
    status, body = await crm.asks("王丽", "POST", path, json={"text": "好"})
    assert status == 201
    assert body["warning"]


async def test_nobody_reads_or_writes_in_conversations_of_anothers_customer(crm):
    number = await crm.conversation(await crm.customer("云南茶厂", "王丽"), "在吗？", left=5)
    path = f"/conversations/{number}/messages"
    assert (await crm.reads("李强", "/conversations"))["items"] == []
    assert (await crm.asks("李强", "GET", path))[0] == 404
    assert (await crm.asks("李强", "POST", path, json={"text": "好"}))[0] == 404
    assert (await crm.asks("老板", "GET", path))[0] == 200


async def test_what_reps_tell_the_bot_is_in_no_list(crm):
    def bound(session):
        address = addresses.add(
            session, "wechat", "o-rep", account="main", rep_id=crm.reps["王丽"], now=crm.clock()
        )
        return threads.at(session, address, "wechat", "main", crm.clock()).id

    number = await crm.run(bound)
    for who in ("王丽", "老板"):
        assert (await crm.reads(who, "/conversations"))["items"] == []
        assert (await crm.asks(who, "GET", f"/conversations/{number}/messages"))[0] == 404


async def test_lists_take_the_same_number_of_statements_however_long(crm, statements):
    number = await crm.conversation(await crm.customer("云南茶厂", "王丽"), left=50, value="o-0")
    counts = []
    for size in (1, 9):
        for n in range(size):
            customer = await crm.customer("云南茶厂", "王丽")
            await crm.conversation(customer, left=5, value=f"o-{size}-{n}")
            path = f"/conversations/{number}/messages"
            assert (await crm.asks("王丽", "POST", path, json={"text": "好"}))[0] == 201
        with statements() as seen:
            await crm.reads("王丽", "/conversations")
            await crm.reads("王丽", f"/conversations/{number}/messages")
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 8


async def test_a_message_shows_how_its_delivery_fared(crm):
    number = await crm.conversation(await crm.customer("云南茶厂", "王丽"), left=5)
    path = f"/conversations/{number}/messages"
    _, message = await crm.asks("王丽", "POST", path, json={"text": "好"})

    def failed(session):
        delivery = outbox.of_messages(session, [message["id"]])[message["id"]]
        delivery.state, delivery.error = "unknown", "interrupted while sending"
        delivery.provider_id, delivery.maybe_duplicate = "p-1", True

    await crm.run(failed)
    shown = (await crm.reads("王丽", path))["items"][0]
    assert (shown["delivery"], shown["error"]) == ("unknown", "interrupted while sending")
    assert (shown["provider_id"], shown["maybe_duplicate"]) == ("p-1", True)
