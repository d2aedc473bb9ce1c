"""Deals over the API."""

from __future__ import annotations

import sqlalchemy as sa

from crm_core import audit, customers, deals
from tests.admin_web import company


async def made(crm, who="王丽", **more):
    customer = await crm.customer("云南茶厂", "王丽")
    body = {"customer_id": customer, "title": "春茶订单", **more}
    status, deal = await crm.asks(who, "POST", "/deals", json=body)
    assert status == 201, deal
    return deal


async def test_a_deal_has_exactly_the_fields_of_the_contract(crm):
    deal = await made(
        crm, stage="proposal", amount="120000.5", currency="USD", close_date="2026-12-31"
    )
    assert deal == {
        "id": deal["id"],
        "customer_id": deal["customer_id"],
        "title": "春茶订单",
        "pipeline": "default",
        "stage": {"key": "proposal", "name": "报价"},
        "status": "open",
        "amount": "120000.50",
        "currency": "USD",
        "close_date": "2026-12-31",
        "probability": 50,
        "owner_id": crm.reps["王丽"],
        "lost_reason": "",
    }
    assert await crm.reads("王丽", f"/deals/{deal['id']}") == deal
    assert await crm.reads("王丽", "/deals") == {"items": [deal], "next": None}


async def test_a_deal_is_changed_field_by_field_and_the_change_is_on_record(crm):
    deal = await made(crm)
    status, changed = await crm.asks(
        "王丽", "PATCH", f"/deals/{deal['id']}", json={"amount": "99.90", "stage": "won"}
    )
    assert status == 200
    assert (changed["amount"], changed["status"], changed["title"]) == ("99.90", "won", "春茶订单")

    def last(session):
        return session.scalars(
            sa.select(audit.ChangeSet)
            .options(sa.orm.selectinload(audit.ChangeSet.changes))
            .order_by(audit.ChangeSet.id.desc())
        ).first()

    noted = await crm.run(last)
    assert noted.actor == f"rep:{crm.reps['王丽']}"
    assert noted.cause.startswith("request:")
    assert {"amount", "stage", "status"} <= {change.field for change in noted.changes}
    customer = await crm.reads("王丽", f"/customers/{deal['customer_id']}")
    assert customer["status"] == customers.Status.WON


async def test_asking_for_the_present_stage_again_changes_nothing(crm):
    deal = await made(crm, stage="won")
    status, same = await crm.asks("王丽", "PATCH", f"/deals/{deal['id']}", json={"stage": "won"})
    assert (status, same) == (200, deal)


async def test_a_lost_deal_keeps_its_reason_and_can_be_opened_again(crm):
    deal = await made(crm)
    path = f"/deals/{deal['id']}"
    status, body = await crm.asks("王丽", "PATCH", path, json={"lost_reason": "价格"})
    assert (status, body["error"]["code"]) == (422, "deal.not-lost")
    lost = {"stage": "lost", "lost_reason": "价格"}
    _, deal = await crm.asks("王丽", "PATCH", path, json=lost)
    assert (deal["status"], deal["lost_reason"]) == ("lost", "价格")
    _, deal = await crm.asks("王丽", "PATCH", path, json={"stage": "negotiation"})
    assert (deal["status"], deal["probability"]) == ("open", 75)


async def test_fields_can_be_emptied(crm):
    deal = await made(crm, amount="5", close_date="2026-12-31")
    empty = {"amount": None, "close_date": None}
    _, deal = await crm.asks("王丽", "PATCH", f"/deals/{deal['id']}", json=empty)
    assert (deal["amount"], deal["close_date"]) == (None, None)


WRONG = [
    {"stage": "nirvana"},
    {"amount": "-1"},
    {"amount": "0.001"},
    {"amount": "1e3000"},
    {"amount": "NaN"},
    {"amount": "1,000"},
    {"amount": True},
    {"amount": [1]},
    {"amount": "90000000000001"},
    {"currency": "rmb"},
    {"close_date": "31.12.2026"},
    {"close_date": "2026-02-30"},
    {"close_date": 20261231},
    {"title": ""},
    {"title": "  "},
    {"title": None},
    {"title": "长" * 201},
    {"title": "a\x00b"},
    {"owner_id": 2**63},
    {"owner_id": 99999},
    {"owner_id": "1"},
    {"owner_id": True},
    {"owner_id": 1.5},
    {"probability": 101},
    {"customer": 1},
]


async def test_what_is_not_valid_is_refused_and_nothing_changes(crm):
    deal = await made(crm)
    for wrong in WRONG:
        status, body = await crm.asks("王丽", "PATCH", f"/deals/{deal['id']}", json=wrong)
        assert status == 422, wrong
        assert set(body["error"]) == {"code", "message"}
    assert await crm.reads("王丽", f"/deals/{deal['id']}") == deal


async def test_money_may_be_written_as_a_number_too(crm):
    assert (await made(crm, amount=0.1))["amount"] == "0.10"
    assert (await made(crm, amount=90000000000000))["amount"] == "90000000000000.00"


async def test_a_deal_belongs_to_the_customers_owner_unless_another_is_named(crm):
    assert (await made(crm, "老板"))["owner_id"] == crm.reps["王丽"]
    assert (await made(crm, "老板", owner_id=crm.reps["李强"]))["owner_id"] == crm.reps["李强"]
    assert (await made(crm, "张经理", owner_id=crm.reps["李强"]))["owner_id"] == crm.reps["李强"]
    number = await crm.customer("公海客户")
    body = {"customer_id": number, "title": "试单"}
    assert (await crm.asks("李强", "POST", "/deals", json=body))[1]["owner_id"] == crm.reps["李强"]
    body["owner_id"] = crm.reps["王丽"]
    status, refused = await crm.asks("李强", "POST", "/deals", json=body)
    assert (status, refused["error"]["code"]) == (422, "owner.unknown")


async def test_nobody_sees_changes_or_opens_deals_of_anothers_customer(crm):
    deal = await made(crm)
    path = f"/deals/{deal['id']}"
    assert (await crm.asks("李强", "GET", path))[0] == 404
    assert (await crm.asks("李强", "PATCH", path, json={"title": "我的"}))[0] == 404
    body = {"customer_id": deal["customer_id"], "title": "我的"}
    assert (await crm.asks("李强", "POST", "/deals", json=body))[0] == 404
    assert (await crm.reads("李强", "/deals"))["items"] == []
    assert await crm.reads("老板", path) == deal


async def test_the_list_takes_filters_and_pages(crm):
    won = await made(crm, stage="won")
    first, second = await made(crm), await made(crm)

    async def listed(**query):
        return [item["id"] for item in (await crm.reads("王丽", "/deals", **query))["items"]]

    assert await listed(status="won") == [won["id"]]
    assert await listed(stage="contacted") == [second["id"], first["id"]]
    assert await listed(customer_id=first["customer_id"]) == [first["id"]]
    assert await listed(owner_id=crm.reps["李强"]) == []
    page = await crm.reads("王丽", "/deals", limit=2)
    assert await listed(cursor=page["next"]) == [won["id"]]


async def test_two_who_change_a_deal_at_once_both_succeed_one_after_the_other(crm):
    deal = await made(crm)
    path = f"/deals/{deal['id']}"
    wishes = [{"amount": "7"}, {"title": "新名"}, {"probability": 33}, {"stage": "qualified"}]
    answers = await company.at_once(*(crm.asks("王丽", "PATCH", path, json=w) for w in wishes))
    assert [status for status, _ in answers] == [200] * 4
    deal = await crm.reads("王丽", path)
    assert (deal["amount"], deal["title"], deal["stage"]["key"]) == ("7.00", "新名", "qualified")


async def test_the_list_takes_the_same_number_of_statements_however_long(crm, statements):
    counts = []
    for _ in range(2):
        await made(crm)
        await made(crm, stage="won")
        with statements() as seen:
            await crm.reads("王丽", "/deals")
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 3
    assert deals.LARGEST == 90_000_000_000_000
