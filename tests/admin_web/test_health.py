"""Alive, ready, and in figures."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import prometheus_client as prometheus
import pytest
import sqlalchemy as sa
from aiohttp import test_utils

from admin_web import app, metrics, services
from conversations import inbox
from crm_core import claims, database, jobs
from tests.admin_web import company


async def readiness(crm):
    response = await crm.client.get("/readyz")
    answer = await response.json()
    assert answer["ready"] == (response.status == 200)
    return response.status, answer["reasons"]


async def test_it_is_alive_and_ready(crm):
    assert (await crm.client.get("/healthz")).status == 200
    assert await readiness(crm) == (200, [])


async def test_an_event_that_waits_for_more_than_a_minute_makes_it_not_ready(crm):
    await crm.run(company.arrived, crm.clock())
    crm.clock.goes_on(seconds=60)
    assert await readiness(crm) == (200, [])
    crm.clock.goes_on(seconds=1)
    assert await readiness(crm) == (503, ["an inbound event has been waiting for 61 s"])
    assert (await crm.client.get("/healthz")).status == 200


async def test_retries_that_wait_for_their_time_and_what_stands_behind_them_are_no_reason(crm):
    await crm.run(company.arrived, crm.clock(), ("o1", "o1", "o1"))

    def fail(session):
        (head,) = claims.claim(session, [inbox.HANDLE], now=crm.clock(), limit=1, holder="t")
        jobs.postpone(session, head, run_at=crm.clock() + timedelta(hours=1), error="broken")

    await crm.run(fail)
    crm.clock.goes_on(minutes=5)
    assert await readiness(crm) == (200, [])


async def test_a_schema_of_another_version_makes_it_not_ready(crm):
    await crm.run(
        lambda session: session.execute(sa.text("UPDATE alembic_version SET version_num = 'x1'"))
    )
    status, (reason,) = await readiness(crm)
    assert status == 503
    assert "schema x1" in reason
    await crm.run(lambda session: session.execute(sa.text("DROP TABLE alembic_version")))
    status, (reason,) = await readiness(crm)
    assert status == 503
    assert "schema none" in reason


@pytest.fixture(params=["sqlite", "postgresql"])
async def lost(request, tmp_path: Path):
    """An application whose database is not there."""
    url = f"sqlite:///{tmp_path / 'gone' / 'crm.db'}"
    if request.param == "postgresql":
        url = "postgresql://crm@127.0.0.1:1/crm"
    door = database.open_database(url)
    if request.param == "sqlite":
        (tmp_path / "gone").rmdir()
    client = test_utils.TestClient(company.Server(app.build(services.Services(database=door))))
    await client.start_server()
    yield client
    await client.close()
    await door.close()


async def test_without_its_database_it_is_alive_not_ready_and_says_so_in_one_line(lost, caplog):
    assert (await lost.get("/healthz")).status == 200
    response = await lost.get("/readyz")
    assert response.status == 503
    assert (await response.json())["reasons"] == ["the database cannot be reached"]
    assert (await lost.get("/metrics")).status == 200
    response = await lost.get("/api/v1/reps", headers={"Authorization": "Bearer x"})
    assert response.status == 503
    assert response.headers["Retry-After"]
    assert (await response.json())["error"]["code"] == "unavailable"
    assert not [record for record in caplog.records if record.exc_info]


async def test_the_figures_tell_what_happened_and_how_full_the_queues_are(crm):
    figures = crm.services.metrics
    figures.count("wechat", "main", "forged")
    figures.delivered("wechat", "main", "sent")
    figures.handled("wechat", timedelta(milliseconds=3))
    await crm.run(company.arrived, crm.clock(), ("o1", "o2"))
    crm.clock.goes_on(seconds=5)
    await crm.reads("王丽", "/customers")
    response = await crm.client.get("/metrics")
    assert response.headers["Content-Type"].startswith("text/plain")
    text = await response.text()
    for line in (
        'crm_events_total{account="main",channel="wechat",outcome="forged"} 1.0',
        'crm_deliveries_total{account="main",channel="wechat",outcome="sent"} 1.0',
        'crm_handle_seconds_count{channel="wechat"} 1.0',
        'crm_jobs{kind="handle",state="ready"} 2.0',
        'crm_job_overdue_seconds{kind="handle"} 5.0',
        "crm_oldest_runnable_event_seconds 5.0",
        "crm_dead_events 0.0",
        'method="GET",route="/api/v1/customers",status="200"} 1.0',
    ):
        assert line in text, line


async def test_invented_paths_and_methods_make_no_new_figures(crm):
    for n in range(5):
        await crm.client.get(f"/made/up/{n}")
        await crm.client.request(f"X{n}X", "/made/up")
    text = await (await crm.client.get("/metrics")).text()
    assert "made" not in text
    assert 'crm_http_request_seconds_count{method="GET",route="none",status="404"} 5.0' in text


def test_two_programs_in_one_process_count_for_themselves():
    one, two = metrics.Metrics(), metrics.Metrics()
    one.count("wechat", "main", "accepted")
    assert b"accepted" in prometheus.generate_latest(one.registry)
    assert b"accepted" not in prometheus.generate_latest(two.registry)
