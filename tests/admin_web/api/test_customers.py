"""Customers over the API, on SQLite and PostgreSQL."""

from __future__ import annotations

import pytest

from crm_core import addresses, customers


async def found(crm, who="老板", **query):
    return [item["name"] for item in (await crm.reads(who, "/customers", **query))["items"]]


async def test_a_customer_has_exactly_the_fields_of_the_contract(crm):
    number = await crm.customer("云南茶厂", "王丽")
    await crm.conversation(number)
    customer = await crm.reads("王丽", f"/customers/{number}")
    contact = customer["contacts"][0]["id"]
    assert customer == {
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


@pytest.fixture
async def book(crm):
    """Four customers, one with a phone, an e-mail and an alias."""
    for name in ("云南茶厂", "云南茶叶进出口", "Blue Ocean Trading Ltd", "100%_纯棉"):
        await crm.customer(name)

    def more(session):
        customer = session.get_one(customers.Customer, 1)
        contact = customers.add_contact(session, customer, "陈晓明", now=crm.clock())
        customers.add_alias(session, customer, "老茶厂")
        for kind, value in (("phone", "13800138000"), ("email", "Chen@Tea.example.com")):
            addresses.add(session, kind, value, now=crm.clock(), contact_id=contact.id)

    await crm.run(more)
    return crm


SEARCHES = [
    ("云南", ["云南茶叶进出口", "云南茶厂"]),
    ("云", ["云南茶叶进出口", "云南茶厂"]),
    ("叶", ["云南茶叶进出口"]),
    ("厂", ["云南茶厂"]),
    ("b", ["Blue Ocean Trading Ltd"]),
    ("oc", ["Blue Ocean Trading Ltd"]),
    ("云厂", []),
    ("雲南", ["云南茶叶进出口", "云南茶厂"]),
    ("云南茶厂", ["云南茶厂"]),
    ("茶厂", ["云南茶厂"]),
    ("yunnan", ["云南茶叶进出口", "云南茶厂"]),
    ("yncc", []),
    ("ync", ["云南茶叶进出口", "云南茶厂"]),
    ("陈晓明", ["云南茶厂"]),
    ("老茶", ["云南茶厂"]),
    ("blue OCEAN", ["Blue Ocean Trading Ltd"]),
    ("%", ["100%_纯棉"]),
    ("_", ["100%_纯棉"]),
    ("138 0013 8000", ["云南茶厂"]),
    ("+8613800138000", ["云南茶厂"]),
    ("1380013800", []),
    ("80013", ["云南茶厂"]),
    ("CHEN@tea.example.com", ["云南茶厂"]),
    ("hen@tea.example.com", []),
    ("tea.example", ["云南茶厂"]),
    ("云难茶厂", []),
    ("", ["100%_纯棉", "Blue Ocean Trading Ltd", "云南茶叶进出口", "云南茶厂"]),
]


async def test_search_finds_parts_of_names_and_whole_numbers_but_never_guesses(book):
    for wanted, names in SEARCHES:
        assert await found(book, q=wanted) == names, wanted


async def test_the_very_name_comes_before_longer_ones(crm):
    for name in ("华美", "华美电子", "新华美"):
        await crm.customer(name)
    assert await found(crm, q="华美") == ["华美", "华美电子", "新华美"]


async def test_a_masked_number_is_found_whole_or_by_the_four_digits_that_show(crm):
    for name, owner, number in (("360科技", "王丽", "13812348899"), ("茶厂", None, "13912348800")):
        customer_id = await crm.customer(name, owner)

        def reachable(session, customer_id=customer_id, number=number):
            customer = session.get_one(customers.Customer, customer_id)
            contact = customers.add_contact(session, customer, "陈晓明", now=crm.clock())
            addresses.add(session, "phone", number, now=crm.clock(), contact_id=contact.id)

        await crm.run(reachable)
    asked = ("1234", "13912348800", "8800", "391", "12348", "12348800", "0139", "360", "60")
    assert {q: await found(crm, "王丽", q=q) for q in asked} == {
        "1234": ["茶厂", "360科技"],
        "13912348800": ["茶厂"],
        "8800": ["茶厂"],
        "391": [],
        "12348": ["360科技"],
        "12348800": [],
        "0139": [],
        "360": ["360科技"],
        "60": [],
    }
    assert await found(crm, "老板", q="12348") == ["茶厂", "360科技"]


async def test_a_search_takes_at_most_seven_statements_and_its_pages_one_order(crm, statements):
    numbers = [await crm.customer(f"{'新' * (n % 2)}华美{n}") for n in range(9)]
    with statements() as seen:
        await crm.reads("老板", "/customers", q="华美", limit=3)
    assert len(seen) <= 7
    items = await crm.all_pages("老板", "/customers", limit=2, q="华美")
    begun = [number for n, number in enumerate(numbers) if not n % 2]
    others = [number for n, number in enumerate(numbers) if n % 2]
    assert [item["id"] for item in items] == [*reversed(begun), *reversed(others)]


async def test_a_rep_sees_own_customers_and_the_pool_a_manager_the_team_an_admin_all(crm):
    mine, theirs = await crm.customer("甲", "王丽"), await crm.customer("乙", "李强")
    pool, boss = await crm.customer("丙"), await crm.customer("丁", "老板")
    seen = {
        "王丽": {mine, pool},
        "李强": {theirs, pool},
        "张经理": {mine, theirs, pool},
        "老板": {mine, theirs, pool, boss},
    }
    for who, numbers in seen.items():
        listed = await crm.reads(who, "/customers")
        assert {item["id"] for item in listed["items"]} == numbers
        for number in (mine, theirs, pool, boss):
            status, body = await crm.asks(who, "GET", f"/customers/{number}")
            assert status == (200 if number in numbers else 404)
            if status == 404:
                assert body["error"]["code"] == "customer.unknown"


async def test_pages_give_every_customer_once(crm):
    for n in range(7):
        await crm.customer(f"客户{n}")
    for query in ({}, {"q": "客户"}):
        items = await crm.all_pages("老板", "/customers", limit=3, **query)
        assert [item["id"] for item in items] == [7, 6, 5, 4, 3, 2, 1]


async def test_the_list_takes_filters(crm):
    await crm.customer("甲", "王丽")
    await crm.customer("乙", "李强", status=customers.Status.ACTIVE)
    assert await found(crm, status="active") == ["乙"]
    assert await found(crm, owner_id=crm.reps["王丽"]) == ["甲"]


async def test_a_long_list_takes_no_more_statements_than_a_short_one(crm, statements):
    numbers = []
    for size in (2, 12):
        while len(await found(crm, limit=200)) < size:
            customer = await crm.customer("云南茶厂", "王丽")
            await crm.conversation(customer, value=f"o-{customer}")
        with statements() as seen:
            assert len(await found(crm)) == size
        numbers.append(len(seen))
    assert numbers[0] == numbers[1] <= 5
