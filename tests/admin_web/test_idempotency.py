"""An Idempotency-Key: one effect for any number of the same requests, for ever."""

from __future__ import annotations

import sqlalchemy as sa

from conversations import log
from crm_core import deals
from tests.admin_web import company


def keyed(key="k-1"):
    return {"headers": {"Idempotency-Key": key}}


async def messages_of(crm):
    count = sa.select(sa.func.count(log.Message.id)).where(log.Message.direction == "out")
    return await crm.run(lambda session: session.scalar(count))


async def talking(crm):
    number = await crm.conversation(await crm.customer("云南茶厂", "王丽"), "在吗？", left=5)
    return f"/conversations/{number}/messages"


async def test_a_repeat_gets_the_same_answer_and_does_nothing(crm):
    path = await talking(crm)
    first = await crm.asks("王丽", "POST", path, json={"text": "好"}, **keyed())
    crm.clock.goes_on(days=400)
    again = await crm.response("王丽", "POST", path, json={"text": "好"}, **keyed())
    assert (again.status, await again.json()) == first
    assert again.headers["Idempotency-Replayed"] == "true"
    assert await messages_of(crm) == 1


async def test_the_same_body_spelt_otherwise_is_the_same_request(crm):
    number = await crm.customer("云南茶厂", "王丽")
    bodies = [
        f'{{"customer_id":{number},"title":"茶"}}',
        f'{{ "title": "\\u8336", "customer_id": {number} }}',
    ]
    answers = []
    for body in bodies:
        headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
        answers.append(await crm.asks("王丽", "POST", "/deals", data=body, headers=headers))
    assert answers[0] == answers[1]
    assert answers[0][0] == 201


async def test_a_key_stands_for_one_request_of_one_rep(crm):
    path = await talking(crm)
    await crm.asks("王丽", "POST", path, json={"text": "好"}, **keyed())
    status, body = await crm.asks("王丽", "POST", path, json={"text": "坏"}, **keyed())
    assert (status, body["error"]["code"]) == (422, "idempotency.reused")
    other = await crm.conversation(await crm.customer("广西茶厂", "王丽"), value="o-2")
    elsewhere = f"/conversations/{other}/messages"
    assert (await crm.asks("王丽", "POST", elsewhere, json={"text": "好"}, **keyed()))[0] == 422
    assert (await crm.asks("老板", "POST", path, json={"text": "好"}, **keyed()))[0] == 201
    assert await messages_of(crm) == 2


async def test_of_many_at_the_same_moment_one_has_an_effect_and_all_get_its_answer(crm):
    path = await talking(crm)
    answers = await company.at_once(
        *(crm.asks("王丽", "POST", path, json={"text": "好"}, **keyed()) for _ in range(10))
    )
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0] == 201
    assert await messages_of(crm) == 1


async def test_what_had_no_effect_may_be_tried_again_with_the_same_key(crm):
    path = await talking(crm)
    crm.clock.goes_on(days=3)
    refused = await crm.asks("王丽", "POST", path, json={"text": "好"}, **keyed())
    assert refused[0] == 409
    crm.clock.goes_on(days=-3)
    assert (await crm.asks("王丽", "POST", path, json={"text": "好"}, **keyed()))[0] == 201


async def test_changes_take_keys_too(crm):
    number = await crm.customer("云南茶厂", "王丽")
    body = {"customer_id": number, "title": "茶"}
    _, deal = await crm.asks("王丽", "POST", "/deals", json=body)
    path = f"/deals/{deal['id']}"
    first = await crm.asks("王丽", "PATCH", path, json={"amount": "1"}, **keyed())
    await crm.asks("王丽", "PATCH", path, json={"amount": "2"})
    assert await crm.asks("王丽", "PATCH", path, json={"amount": "1"}, **keyed()) == first
    count = sa.select(deals.Deal.amount)
    assert str(await crm.run(lambda session: session.scalar(count))) == "2.00"


async def test_a_key_is_visible_ascii_of_at_most_255_characters(crm):
    path = await talking(crm)
    for key in ("a b", "钥", "k" * 256, ""):
        status, _ = await crm.asks("王丽", "POST", path, json={"text": "好"}, **keyed(key))
        assert status == 400
    assert await messages_of(crm) == 0
