"""Who may ask, and how often."""

from __future__ import annotations

from admin_web import limits
from crm_core import people

PATHS = ["/customers", "/customers/1", "/deals", "/tasks", "/events", "/reps"]


HEADERS = [
    None,
    "",
    "Bearer",
    "Bearer ",
    "Basic eDp5",
    "Bearer crm_wrong",
    "Bearer \xe9",
    "crm_x",
    f"Bearer {'x' * 999}",
]


async def test_without_a_valid_token_nothing_is_shown(crm):
    for header in HEADERS:
        headers = {} if header is None else {"Authorization": header}
        for path in PATHS:
            response = await crm.client.get(f"/api/v1{path}", headers=headers)
            assert response.status == 401, header
            assert response.headers["WWW-Authenticate"].startswith("Bearer")
            assert (await response.json())["error"]["code"] == "unauthorized"


async def test_who_asks_is_found_out_before_what_was_sent_is_looked_at(crm):
    response = await crm.client.post("/api/v1/deals", data=b"\xff", headers={"X": "y"})
    assert response.status == 401
    assert (await crm.client.get("/api/v1/customers?limit=x")).status == 401


async def test_a_disabled_reps_token_ends_at_once(crm):
    assert (await crm.asks("王丽", "GET", "/customers"))[0] == 200

    def leave(session):
        people.disable(session, people.named(session, "王丽"), crm.clock())

    await crm.run(leave)
    assert (await crm.asks("王丽", "GET", "/customers"))[0] == 401
    body = {"customer_id": 1, "title": "x"}
    assert (await crm.asks("王丽", "POST", "/deals", json=body))[0] == 401


def test_a_caller_gets_its_rate_and_a_burst_and_is_told_how_long_to_wait():
    time = [0.0]
    here = limits.Limits(rate=10, burst=20, tick=lambda: time[0])
    assert [here.wait(b"a") for _ in range(21)] == [0] * 20 + [1]
    assert here.wait(b"b") == 0
    time[0] += 0.5
    assert [here.wait(b"a") for _ in range(6)] == [0] * 5 + [1]
    time[0] -= 100
    assert here.wait(b"a") == 1


def test_a_hundred_requests_a_second_are_never_too_many():
    time = [0.0]
    here = limits.Limits(tick=lambda: time[0])
    for _ in range(60):
        time[0] += 1
        assert [here.wait(b"a") for _ in range(100)] == [0] * 100


def test_forgotten_callers_take_no_memory():
    here = limits.Limits()
    for n in range(limits.MOST_CALLERS + 5):
        here.wait(str(n).encode())
    assert len(here) == limits.MOST_CALLERS


async def test_too_many_requests_are_told_when_to_come_back(crm):
    crm.services.limits.__init__(rate=0.5, burst=3)
    answers = [await crm.response("王丽", "GET", "/reps") for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].headers["Retry-After"] == "2"
    assert (await answers[-1].json())["error"]["code"] == "too_many_requests"
    assert (await crm.asks("李强", "GET", "/reps"))[0] == 200
