"""Whatever is sent, the answer is JSON with a code, and never a defect."""

from __future__ import annotations

import asyncio
import gzip
import io
import json

import pytest
from yarl import URL

JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def path(crm):
    number = await crm.conversation(await crm.customer("云南茶厂", "王丽"), "在吗？")
    return f"/conversations/{number}/messages"


BAD_BODIES = [
    (b"", 400),
    (b"{", 400),
    (b"\xff\xfe{}", 400),
    ('{"text":"好"}'.encode("gb18030"), 400),
    (b'{"text":NaN}', 400),
    (b"[" * 100_000, 400),
    (b'{"text":' + b"[" * 5000 + b"]" * 5000 + b"}", 400),
    (b"[]", 422),
    (b"null", 422),
    (b'"text"', 422),
    (b"{}", 422),
    (b'{"text":null}', 422),
    (b'{"text":7}', 422),
    (b'{"text":""}', 422),
    (b'{"text":" \\n\\t"}', 422),
    (b'{"text":"a\\u0000b"}', 422),
    (b'{"text":"\\ud800"}', 400),
    (b'{"text":"a","html":"b"}', 422),
    (b'{"text":"' + b"a" * 20_001 + b'"}', 422),
    (b'{"text":' + b"9" * 10_000 + b"}", 400),
    (b'{"text":' + b"9" * 40 + b"}", 422),
    (b'{"text":"' + b"a" * (1 << 20) + b'"}', 413),
]


async def test_a_bad_body_is_refused_in_words(crm, path):
    for body, status in BAD_BODIES:
        sent = io.BytesIO(body)
        found, answer = await crm.asks("王丽", "POST", path, data=sent, headers=JSON)
        assert found == status, (body[:40], answer)
        assert set(answer["error"]) == {"code", "message"}
        assert "Traceback" not in answer["error"]["message"]
    assert len((await crm.reads("王丽", path))["items"]) == 1


async def test_only_json_is_taken(crm, path):
    body = json.dumps({"text": "好"}).encode()
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=gbk",
    ):
        headers = {"Content-Type": kind}
        assert (await crm.asks("王丽", "POST", path, data=body, headers=headers))[0] == 415
    headers = {"Content-Type": "application/json; charset=UTF-8"}
    assert (await crm.asks("王丽", "POST", path, data=body, headers=headers))[0] == 201


async def test_a_packed_body_is_not_unpacked(crm, path):
    bomb = gzip.compress(b'{"text":"' + b"a" * (8 << 20) + b'"}')
    headers = {**JSON, "Content-Encoding": "gzip"}
    for body in (bomb, b"not gzip"):
        assert (await crm.asks("王丽", "POST", path, data=body, headers=headers))[0] == 415


async def test_a_body_in_pieces_is_cut_off_at_the_limit(crm, path):
    async def pieces():
        for _ in range(20):
            yield b" " * (1 << 16)

    assert (await crm.asks("王丽", "POST", path, data=pieces(), headers=JSON))[0] == 413


async def test_what_is_no_http_is_one_line_in_the_log(crm, caplog):
    reader, writer = await asyncio.open_connection("127.0.0.1", crm.client.port)
    writer.write(b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b" 400 " in await reader.read()
    writer.close()
    assert [record.getMessage() for record in caplog.records] == ["not a request: InvalidURLError"]
    assert caplog.records[0].exc_info is None


NO_NUMBERS = ["0", "-1", "x", "1.5", "9" * 19, "9" * 400, "%EF%BC%91", "%00", "1%0A", "%FF"]


async def test_a_number_no_record_can_have_is_not_found(crm):
    headers = {"Authorization": f"Bearer {crm.tokens['老板']}"}
    for number in NO_NUMBERS:
        for path in (f"/customers/{number}", f"/customers/{number}/timeline", f"/deals/{number}"):
            url = URL(f"/api/v1{path}", encoded=True)
            response = await crm.client.get(url, headers=headers)
            assert response.status == 404, number
            code = (await response.json())["error"]["code"]
            assert code in ("not_found", "customer.unknown", "deal.unknown")


BAD_QUERIES = [
    "limit=0",
    "limit=201",
    "limit=x",
    "limit=",
    "limit=1&limit=2",
    "cursor=x",
    "cursor=W10",
    "cursor=WzFd",
    "cursor=WyJhIiwxXQ",
    "cursor=%00",
    "cursor=" + "W" * 199,
    "cursor=W3RydWUsMV0",
    "cursor=WzFlOTk5LDFd",
    "q=%00",
    "q=" + "a" * 201,
    "owner_id=99999999999999999999",
    "owner_id=-1",
    "status=unheard",
    "name=x",
]


async def test_a_bad_query_is_refused_in_words(crm):
    await crm.customer("云南茶厂")
    for query in BAD_QUERIES:
        status, answer = await crm.asks("老板", "GET", f"/customers?{query}")
        assert (status, answer["error"]["code"]) == (422, "invalid"), query


async def test_a_cursor_of_another_list_is_refused(crm):
    await crm.customer("云南茶厂")
    for path in ("/customers/1/timeline", "/tasks", "/activities", "/reps"):
        for cursor in ("WyIyMDI2LTAxLTAxIiwxLDFd", "WyJ4IiwxXQ", "WyIyMDI2LTAxLTAxIiwxXQ"):
            assert (await crm.asks("老板", "GET", path, params={"cursor": cursor}))[0] == 422


async def test_any_other_search_finds_nothing_and_breaks_nothing(crm):
    await crm.customer("云南茶厂")
    for q in ("\\", "'", '"', "%", "_", "\U0010ffff", "a" * 200, "🍵", "\x01", "*("):
        assert (await crm.reads("老板", "/customers", q=q))["items"] == []


async def test_unknown_addresses_and_methods_are_told_in_json(crm):
    status, answer = await crm.asks("王丽", "GET", "/nothing")
    assert (status, answer["error"]["code"]) == (404, "not_found")
    for method in ("DELETE", "PUT", "OPTIONS"):
        response = await crm.response("王丽", method, "/deals/1")
        assert response.status == 405
        assert response.headers["Allow"] == "GET,HEAD,PATCH"
        assert (await response.json())["error"]["code"] == "method_not_allowed"


async def test_any_text_survives_as_it_is(crm, path):
    naughty = [
        "]]>",
        "\u202e",
        "<script>",
        "' OR 1=1",
        "Ω≈ç√",
        "\x07\x1b",
        "👩‍👩‍👧",
        "\r\n\r\n.",
        "{0}%s",
    ]
    for text in naughty:
        status, answer = await crm.asks("王丽", "POST", path, json={"text": text})
        assert (status, answer["text"]) == (201, text)
    said = (await crm.reads("王丽", path))["items"]
    assert {item["text"] for item in said} >= set(naughty)
