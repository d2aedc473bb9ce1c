"""Every operation of the API, asked for by every role about one rep's customer.

A new operation needs a row here: what does each role get?
"""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from admin_web.api import catalogue
from channels import messages
from conversations import inbox
from crm_core import addresses, audit, customers, people
from tests import matrix

# The columns: rep (own), rep (other team), manager (own team), manager (other team), admin.
# + answered, - 404 as if it did not exist, x 403; a list is answered for everybody, and what it
# holds is asked about: s it shows the customer's, h it hides it.
MATRIX: dict[str, tuple[str, object]] = {
    "GET /customers": ("shshs", None),
    "GET /customers/{id}": (matrix.SCOPED, "customer"),
    "POST /customers/{id}/phones": (matrix.SCOPED, "customer"),
    "GET /customers/{id}/timeline": (matrix.SCOPED, "customer"),
    "GET /conversations": ("shshs", None),
    "GET /conversations/{id}/messages": (matrix.SCOPED, "conversation"),
    "POST /conversations/{id}/messages": (matrix.SCOPED, "conversation"),
    "GET /deals": ("shshs", None),
    "POST /deals": (matrix.SCOPED, None),
    "GET /deals/{id}": (matrix.SCOPED, "deal"),
    "PATCH /deals/{id}": (matrix.SCOPED, "deal"),
    "GET /tasks": ("shshs", None),
    "GET /activities": ("shshs", None),
    "GET /events": (matrix.ADMINS, None),
    "POST /events/{id}/retry": (matrix.ADMINS, "event"),
    "GET /reps": (matrix.EVERYBODY, None),
}
STATUS = {"+": (200, 201), "s": (200,), "h": (200,), "-": (404,), "x": (403,)}
SHOWS = {"/customers": matrix.NAME, "/deals": matrix.NAME, "/tasks": "机密", "/activities": "机密"}
FILTERS: tuple[dict[str, str], ...] = (
    {},
    {"q": "金盾"},
    {"q": "13812345678"},
    {"q": "5678"},
    {"q": "138123"},
)


@pytest.fixture
async def there(crm):
    """The company of the matrix, its people with tokens, and an event that could not be handled."""

    def found(session):
        made = matrix.founded(session, crm.clock())
        for name in (*matrix.ROLES, matrix.LEAVER):
            rep = people.named(session, name)
            # Whoever has left had a token, too.
            rep.active = True
            crm.tokens[name] = people.issue_token(session, rep, crm.clock())
        people.disable(session, people.named(session, matrix.LEAVER), crm.clock())
        arrival = messages.RawEvent(
            channel="wechat",
            account="main",
            dedup_key="k",
            sender=messages.Address(kind="wechat", account="main", value="o-x"),
            raw=b"<xml/>",
        )
        (event,) = inbox.record(session, [arrival], crm.clock())
        inbox.mark_failed(session, event.event_id, 5, "KeyError", dead=True)
        return made, event.event_id

    def cleared(session):
        for name in ("王丽", "李强", "老板"):
            people.named(session, name).name = f"{name}以前"

    await crm.run(cleared)
    return await crm.run(found)


def test_every_operation_has_a_row():
    declared = {f"{each.method} {each.path}" for each in catalogue.operations()}
    assert declared == set(MATRIX), "who may use it? Say so in MATRIX"


async def test_every_role_gets_from_every_operation_what_the_row_says(crm, there):
    wrong = []
    for name, (row, _) in MATRIX.items():
        for role, expected in zip(matrix.ROLES, row, strict=True):
            status, body = await ask(crm, there, name, role)
            wrong += _wrong(f"{name} by {role}", role, expected, status, body)
        for outsider in (matrix.LEAVER, "nobody"):
            status, body = await ask(crm, there, name, outsider)
            if status != 401 or matrix.leaked(json.dumps(body, ensure_ascii=False)):
                wrong.append(f"{name} by {outsider}: {status}")
    if wrong:
        pytest.fail("\n".join(["", *wrong]), pytrace=False)


async def ask(crm, there, name, role):
    made, event = there
    method, _, path = name.partition(" ")
    kind = MATRIX[name][1]
    number = event if kind == "event" else getattr(made, str(kind), 0)
    body = {
        "POST /deals": {"customer_id": made.customer, "title": "框架"},
        "PATCH /deals/{id}": {"probability": 60},
        "POST /conversations/{id}/messages": {"text": "好的"},
    }.get(name)
    if name == "POST /events/{id}/retry":
        await crm.run(_dead_again, event)
    token = crm.tokens.setdefault(role, "crm_nobodys")
    how = {} if body is None else {"json": body}
    headers = {"Authorization": f"Bearer {token}"}
    path = f"/api/v1{path.replace('{id}', str(number))}"
    response = await crm.client.request(method, path, headers=headers, **how)
    return response.status, await response.json()


def _dead_again(session, event):
    inbox.mark_failed(session, event, 5, "KeyError", dead=True)


def _wrong(where, role, expected, status, body):
    text = json.dumps(body, ensure_ascii=False)
    problems = []
    if status not in STATUS[expected]:
        problems.append(f"{where}: {status} instead of {expected}: {text[:200]}")
    if not matrix.sees(role):
        problems += [f"{where}: tells {each}" for each in matrix.leaked(text)]
    path = where.split()[1]
    if expected == "s" and SHOWS.get(path, "customer_id") not in text:
        problems.append(f"{where}: does not show it: {text[:200]}")
    return problems


async def test_no_filter_finds_what_a_role_may_not_see(crm, there):
    for role in matrix.ROLES:
        for query in FILTERS:
            found = await crm.reads(role, "/customers", **query)
            names = {item["name"] for item in found["items"]}
            assert (matrix.NAME in names) == matrix.sees(role), (role, query)
    made, _event = there
    for path in ("/deals", "/conversations", "/activities", "/tasks"):
        found = await crm.reads(matrix.OTHER, path, customer_id=made.customer)
        assert found["items"] == []


async def test_a_404_by_scope_and_a_403_are_in_the_audit_with_token_and_request(crm, there):
    made, event = there
    for _ in range(2):
        answer = await crm.response(matrix.OTHER, "GET", f"/deals/{made.deal}")
        assert answer.status == 404
    await crm.asks(matrix.OTHER, "GET", "/deals/99999")
    await crm.asks(matrix.OTHER_MANAGER, "POST", f"/events/{event}/retry")
    await crm.asks(matrix.OTHER, "PATCH", f"/deals/{made.deal}", json={"probability": 1})

    def denials(session):
        rows = session.execute(
            sa.select(audit.ChangeSet, audit.Change)
            .join(audit.Change)
            .where(audit.ChangeSet.kind == "denied")
            .order_by(audit.ChangeSet.id)
        ).all()
        assert all(one.cause.startswith("request:") for one, _ in rows)
        assert all(one.source.startswith("api:") for one, _ in rows)
        return [(one.rep_id, one.command, change.record, change.record_id) for one, change in rows]

    li, sun = made.reps[matrix.OTHER], made.reps[matrix.OTHER_MANAGER]
    assert await crm.run(denials) == [
        (li, "deals.show", "deals", made.deal),
        (sun, "events.retry", "commands", 0),
        (li, "deals.change", "deals", made.deal),
    ]


async def test_numbers_in_the_pool_are_masked_for_reps_until_shown_on_record(crm, there):
    made, _event = there

    def reach(session):
        pool = session.get_one(customers.Customer, made.pool)
        contact = customers.add_contact(session, pool, "周敏", now=crm.clock())
        addresses.add(session, "phone", "13522223333", contact_id=contact.id, now=crm.clock())

    await crm.run(reach)

    async def number(role, path, method="GET"):
        _status, body = await crm.asks(role, method, path)
        return [each["value"] for each in body.get("addresses", body.get("items"))]

    path = f"/customers/{made.pool}"
    assert await number(matrix.OTHER, path) == ["135****3333"]
    assert await number(matrix.MANAGER, path) == ["+8613522223333"]
    assert await number(matrix.ADMIN, path) == ["+8613522223333"]
    assert await number(matrix.OWNER, f"/customers/{made.customer}") != []
    for query, seen in (("13522223333", True), ("352222", False)):
        found = await crm.reads(matrix.OTHER, "/customers", q=query)
        assert bool(found["items"]) == seen, query
    assert await number(matrix.OTHER, f"{path}/phones", "POST") == ["+8613522223333"]

    def shown(session):
        kinds = sa.select(audit.ChangeSet.rep_id).where(audit.ChangeSet.kind == "revealed")
        return session.scalars(kinds).all()

    assert await crm.run(shown) == [made.reps[matrix.OTHER]]
