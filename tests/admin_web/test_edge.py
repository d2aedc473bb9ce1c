"""What every answer carries, and what nobody ever sees."""

from __future__ import annotations

import structlog
from aiohttp import test_utils, web

from admin_web import app, services
from crm_core import database
from tests.admin_web import company


async def test_every_answer_of_the_api_carries_its_headers(crm):
    answers = [
        await crm.response("王丽", "GET", "/customers"),
        await crm.response("王丽", "GET", "/customers/99"),
        await crm.response("王丽", "GET", "/nothing"),
        await crm.response("王丽", "DELETE", "/deals"),
        await crm.client.get("/api/v1/customers"),
        await crm.client.get("/healthz"),
    ]
    for answer in answers:
        headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "aiohttp" not in headers["Server"]
        assert "Strict-Transport-Security" not in headers
        assert len(headers["X-Request-Id"]) == 12
    assert len({answer.headers["X-Request-Id"] for answer in answers}) == len(answers)


async def broken(_request: web.Request) -> web.Response:
    raise KeyError("secret of a customer")


async def page(_request: web.Request) -> web.Response:
    return web.Response(text="<p>", content_type="text/html")


async def strict_page(_request: web.Request) -> web.Response:
    policy = {"Content-Security-Policy": "default-src 'none'"}
    return web.Response(text="<p>", content_type="text/html", headers=policy)


async def other(tmp_path, **given):
    door = database.open_database(f"sqlite:///{tmp_path / 'other.db'}")
    application = app.build(services.Services(database=door, **given))
    for path in ("/api/v1/broken", "/hooks/wechat/main", "/page"):
        application.router.add_get(path, broken if path != "/page" else page)
    application.router.add_get("/strict", strict_page)
    client = test_utils.TestClient(company.Server(application))
    await client.start_server()
    return client, door


async def test_a_defect_shows_its_number_and_only_the_log_shows_more(tmp_path):
    client, door = await other(tmp_path)
    with structlog.testing.capture_logs() as lines:
        answers = {
            path: await client.get(path) for path in ("/api/v1/broken", "/hooks/wechat/main")
        }
    api, hook = answers.values()
    reference = api.headers["X-Request-Id"]
    error = (await api.json())["error"]
    assert (api.status, error["code"], error["reference"]) == (500, "internal_error", reference)
    assert reference in error["message"]
    # A provider is told to try again.
    assert hook.status == 503
    for answer in answers.values():
        text = await answer.text()
        assert "secret" not in text
        assert "KeyError" not in text
    assert [line["action"] for line in lines] == ["request_failed"] * 2
    assert all(isinstance(line["exc_info"], KeyError) for line in lines)
    await client.close()
    await door.close()


async def test_a_page_may_have_its_own_policy_and_https_is_kept(tmp_path):
    client, door = await other(tmp_path, public_url="https://crm.example.com")
    plain, strict = await client.get("/page"), await client.get("/strict")
    assert "default-src 'self'" in plain.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in plain.headers["Content-Security-Policy"]
    assert strict.headers["Content-Security-Policy"] == "default-src 'none'"
    assert plain.headers["Strict-Transport-Security"] == "max-age=31536000"
    await client.close()
    await door.close()


async def test_a_log_line_inside_a_request_carries_its_number(tmp_path):
    client, door = await other(tmp_path)
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        answer = await client.get("/api/v1/broken")
    assert lines[0]["request"] == answer.headers["X-Request-Id"]
    await client.close()
    await door.close()


async def test_denials_are_in_the_log(crm):
    with structlog.testing.capture_logs() as lines:
        await crm.asks("王丽", "GET", "/events")
        await crm.client.get("/api/v1/reps")
    assert [(line["status"], line["route"]) for line in lines] == [
        (403, "/api/v1/events"),
        (401, "/api/v1/reps"),
    ]
