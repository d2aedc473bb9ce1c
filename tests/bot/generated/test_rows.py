"""The generated company as rows: the same each time, exact in number, consistent, believable."""

from __future__ import annotations

import collections
from datetime import UTC, datetime, timedelta

import hypothesis
import pytest
from hypothesis import strategies as st

from bot.generated import chats, company, drawing, identifiers, names, sizes, staff, talk
from crm_core import addresses, search

NOW = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
SIZE = sizes.Size(customers=400, messages=1_900, deals=110, reps_per_team=3)


def tables(seed=7, size=SIZE, now=NOW):
    made: dict = collections.defaultdict(list)
    for table, rows in company.Company(size=size, seed=seed, now=now, account="demo").rows():
        made[table] += rows
    return dict(made)


@pytest.fixture(scope="module")
def made():
    return tables()


def test_the_same_seed_makes_the_same_company_and_another_one_another(made):
    assert tables() == made
    other = tables(seed=8)
    assert other["customers"] != made["customers"]
    assert [row["text"] for row in other["messages"]] != [row["text"] for row in made["messages"]]


def test_customers_messages_and_deals_are_exactly_as_many_as_asked_for(made):
    assert len(made["customers"]) == SIZE.customers
    assert len(made["messages"]) == SIZE.messages
    assert len(made["deals"]) == SIZE.deals
    assert set(made) == set(company.TABLES)


def test_numbers_and_addresses_are_there_once(made):
    for table, rows in made.items():
        ids = [row["id"] for row in rows if "id" in row]
        assert len(ids) == len(set(ids)), table
    known = [(row["kind"], row["account"], row["value"]) for row in made["addresses"]]
    assert len(known) == len(set(known))
    assert len({row["name"] for row in made["reps"]}) == len(made["reps"]) == 1 + 2 * (1 + 3)


def test_everything_refers_to_something_that_was_made_before_it():
    holders = {
        "customer_id": "customers",
        "contact_id": "contacts",
        "address_id": "addresses",
        "conversation_id": "conversations",
        "message_id": "messages",
        "owner_id": "reps",
        "rep_id": "reps",
        "change_set_id": "change_sets",
    }
    known: dict = collections.defaultdict(set)
    for table, rows in company.Company(size=SIZE, seed=7, now=NOW, account="demo").rows():
        for row in rows:
            for name, holder in holders.items():
                if row.get(name) is not None and table != "search_entries":
                    assert row[name] in known[holder], (table, name)
        known[table] |= {row["id"] for row in rows if "id" in row}


def test_what_belongs_to_a_customer_stays_with_it(made):
    contacts = {row["id"]: row["customer_id"] for row in made["contacts"]}
    held = {row["id"]: row["contact_id"] for row in made["addresses"]}
    threads = {row["id"]: row for row in made["conversations"]}
    for thread in threads.values():
        assert contacts[thread["contact_id"]] == thread["customer_id"]
        assert held[thread["address_id"]] == thread["contact_id"]
    for message in made["messages"]:
        assert message["customer_id"] == threads[message["conversation_id"]]["customer_id"]


def test_numbers_of_messages_grow_with_time_and_every_message_is_the_last_of_none_or_one(made):
    moments = [row["at"] for row in made["messages"]]
    assert moments == sorted(moments)
    latest = {row["conversation_id"]: row for row in made["messages"]}
    for thread in made["conversations"]:
        last = latest[thread["id"]]
        assert thread["noticed_message_id"] == last["id"]
        assert thread["last_message_at"] == last["at"]
        if thread["waiting_since"] is not None:
            assert last["direction"] == "in"
            assert NOW - last["at"] < chats.WAITING


def test_all_happens_within_two_years_after_the_customer_came(made):
    came = {row["id"]: row["created_at"] for row in made["customers"]}
    assert list(came.values()) == sorted(came.values())
    assert NOW - timedelta(days=731) < min(came.values()) < NOW - timedelta(days=700)
    for table, at in (("messages", "at"), ("activities", "at"), ("deals", "created_at")):
        for row in made[table]:
            # Moments of talk are whole seconds.
            assert came[row["customer_id"]] - timedelta(seconds=1) <= row[at] <= NOW
    for row in made["customers"]:
        assert row["created_at"] <= row["updated_at"] <= NOW


def test_customers_stand_where_their_deals_are(made):
    customers = {row["id"]: row for row in made["customers"]}
    won = {row["customer_id"] for row in made["deals"] if row["status"] == "won"}
    assert won
    for number in won:
        assert customers[number]["status"] == "won"
    for deal in made["deals"]:
        assert deal["owner_id"] == customers[deal["customer_id"]]["owner_id"]
        assert (deal["status"] == "open") == (deal["closed_at"] is None)
        assert deal["amount"] > 0


def test_customers_lie_with_reps_of_two_teams_and_in_the_pool(made):
    teams = {row["id"]: (row["role"], row["team"]) for row in made["reps"]}
    owners = collections.Counter(teams.get(row["owner_id"]) for row in made["customers"])
    assert set(owners) == {("rep", "华东"), ("rep", "华南"), None}
    assert SIZE.customers * 0.15 < owners[None] < SIZE.customers * 0.4
    assert [role for role, _ in teams.values()].count("manager") == len(staff.TEAMS)


def test_what_is_found_stands_in_the_order_of_the_index(made):
    talk_of = [row["id"] for row in made["search_entries"] if row["kind"] != search.CUSTOMER]
    assert talk_of == sorted(talk_of)
    assert {row["kind"] for row in made["search_entries"]} == {search.CUSTOMER, *search.TALK}


def test_phones_and_mail_addresses_are_as_the_crm_would_write_them(made):
    for row in made["addresses"][:300]:
        if row["kind"] in ("phone", "email"):
            assert addresses.normalise(row["kind"], row["value"]) == row["value"]


def test_names_are_as_common_and_as_rare_as_in_life():
    lot = drawing.lot(1, "names")
    people = collections.Counter(names.person(lot) for _ in range(50_000))
    assert 30 < people["王芳"] < 200
    assert sum(1 for count in people.values() if count == 1) > 10_000
    firms = [names.company(lot).name for _ in range(5_000)]
    assert len(set(firms)) > 4_900


def test_some_phrases_are_said_all_the_time_and_some_words_hardly_ever():
    lot = drawing.lot(1, "talk")
    known = {"person": "王芳", "company": "华星", "rep": "王丽"}
    said = [talk.CUSTOMERS.say(lot, known, chinese=True) for _ in range(20_000)]
    assert 1_000 < said.count("好的") < 5_000
    assert 0 < sum("钛合金" in words for words in said) < 150
    assert any("王芳" in words for words in said)
    assert all(
        not talk.CUSTOMERS.say(lot, known, chinese=False).startswith("好") for _ in said[:50]
    )
    assert not any("{" in words for words in said)


@hypothesis.given(
    total=st.integers(min_value=0, max_value=10_000),
    weights=st.lists(st.floats(min_value=0, max_value=1e6), min_size=1).filter(any),
)
def test_shares_make_exactly_the_total(total, weights):
    shares = sizes.shared_out(total, weights)
    assert sum(shares) == total
    assert len(shares) == len(weights)
    assert min(shares) >= 0


def test_phone_numbers_never_meet():
    some = {identifiers.phone(3, number) for number in range(20_000)}
    some |= {identifiers.phone(3, identifiers.PHONES - number) for number in range(1, 1_000)}
    assert len(some) == 20_999
