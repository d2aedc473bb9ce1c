"""Customers over the API, on SQLite and PostgreSQL."""

from __future__ import annotations

from crm_core import addresses, customers


async def test_a_customer_has_exactly_the_fields_of_the_contract(crm):
    number = await crm.customer("云南茶厂", "王丽")
    await crm.conversation(number)
    found = await crm.reads("王丽", f"/customers/{number}")
    contact = found["contacts"][0]["id"]
    assert found == {
        "id": number,
        "name": "云南茶厂",
        "kind": "company",
        "status": "lead",
        "owner_id": crm.reps["王丽"],
        "level": "",
        "source": "",
        "tags": [],
        "contacts": [{"id": contact, "name": "陈总", "title": "采购"}],
        "addresses": [
            {
                "kind": "wechat",
                "account": "main",
                "value": "o-1",
                "state": "ok",
                "contact_id": contact,
            }
        ],
        "created_at": "2026-11-23T02:00:00Z",
    }
