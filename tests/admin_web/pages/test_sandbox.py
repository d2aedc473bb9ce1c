"""The two phones: what is typed takes the real road, and the page tells what became of it."""

from __future__ import annotations

import re

import pytest

from admin_web.pages import sandbox
from tests.admin_web.pages import demos

WANG, ZHANG = demos.WANG, demos.ZHANG


def entry(side, text):
    """Holds for an `entry` of that side that contains the text."""
    return lambda data: data["side"] == side and text in data["entry"]["text"]


def settled(text, steps):
    """Holds for a `state` in which the trace of that text has so many steps, none of them open."""
    return lambda data: any(
        trace["text"] == text
        and len(trace["steps"]) >= steps
        and all(step["tone"] != "wait" for step in trace["steps"])
        for trace in data["traces"]
    )


def trace_of(state, text):
    return next(trace for trace in state["traces"] if trace["text"] == text)


async def test_a_customers_words_reach_the_reps_phone_and_the_trace_tells_how(demo):
    async with demo.watching() as stream:
        assert await demo.says("customer", ZHANG, "报价能便宜点吗？") == 200
        await stream.until("entry", entry("customer", "报价能便宜点吗？"))
        told = await stream.until("entry", entry("rep", "报价能便宜点吗？"))
        state = await stream.until("state", settled("报价能便宜点吗？", 4))

    assert told["entry"]["via"] == "api"
    assert not told["entry"]["mine"]
    trace = trace_of(state, "报价能便宜点吗？")
    labels = [step["label"] for step in trace["steps"]]
    assert labels[0] == "签名正确"
    assert re.fullmatch(r"已落库 #\d+", labels[1])
    assert labels[2:] == ["客户 华星科技 · 张伟", "已通知 王丽"]
    assert trace["ms"] >= 0


async def test_a_rep_moves_a_deal_in_the_chat_and_every_step_opens_its_record(demo):
    async with demo.watching() as stream:
        await demo.says("rep", WANG, "华星 到 谈判")
        reply = await stream.until("entry", entry("rep", "报价→谈判"))
        state = await stream.until("state", settled("华星 到 谈判", 5))

    assert reply["entry"]["via"] == "passive"
    steps = trace_of(state, "华星 到 谈判")["steps"]
    assert [step["kind"] for step in steps] == ["event", "stored", "message", "change", "delivery"]
    assert steps[3]["label"].startswith("商机 D")
    assert steps[3]["label"].endswith("报价→谈判")
    for step in steps:
        async with demo.session.get(
            f"{demo.base}/sandbox/steps/{step['kind']}/{step['id']}"
        ) as answer:
            assert answer.status == 200
            record = await answer.json()
        assert record["title"]
        assert record["facts"]
        if step["kind"] == "event":
            assert "华星 到 谈判" in record["raw"]
        if step["kind"] == "change":
            assert ("报价", "谈判") in [(c["old"], c["new"]) for c in record["changes"]]


async def test_an_own_bubble_says_under_which_number_it_was_recorded(demo):
    async with demo.watching() as stream:
        await demo.says("rep", WANG, "待办")
        own = (await stream.until("entry", lambda data: data["entry"]["mine"]))["entry"]
        state = await stream.until("state", lambda s: own["number"] in s["sides"]["rep"]["marks"])

    assert own["text"] == "待办"
    assert re.match(r"#\d+ 已落库", state["sides"]["rep"]["marks"][own["number"]])


async def test_a_new_follower_is_greeted_and_offered_from_then_on(demo):
    async with demo.session.post(f"{demo.base}/sandbox/follow", json={}) as answer:
        assert answer.status == 200
        made = await answer.json()
    async with demo.watching(customer=made["id"]) as stream:
        shown = (await stream.until("phones"))["customer"]["entries"]
        assert [item["kind"] for item in shown] == ["follow", "text"]
        await demo.says("customer", made["id"], "你好，有现货吗？")
        await stream.until("state", settled("你好，有现货吗？", 4))
    async with demo.session.get(f"{demo.base}/sandbox") as page:
        assert made["id"] in await page.text()


async def test_after_a_restart_the_phones_show_what_was_said_once(database_url, tmp_path):
    async with demos.serving(database_url, tmp_path) as demo, demo.watching() as stream:
        await demo.says("customer", ZHANG, "重启前说的")
        await stream.until("state", settled("重启前说的", 4))
    async with demos.serving(database_url, tmp_path) as demo, demo.watching() as stream:
        before = await stream.until("phones")
        await demo.says("customer", ZHANG, "重启后说的")
        await stream.until("entry", entry("rep", "重启后说的"))
    async with demos.serving(database_url, tmp_path) as demo, demo.watching() as stream:
        after = await stream.until("phones")

    for side in ("rep", "customer"):
        words = [item["text"] for item in before[side]["entries"]]
        assert sum("重启前说的" in text for text in words) == 1
        words = [item["text"] for item in after[side]["entries"]]
        assert sum("重启前说的" in text for text in words) == 1
        assert sum("重启后说的" in text for text in words) == 1


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"who": "rep", "id": WANG, "text": ""}, 422),
        ({"who": "rep", "id": WANG, "text": " \x00\x1b "}, 422),
        ({"who": "rep", "id": WANG, "text": 7}, 422),
        ({"who": "rep", "id": WANG, "text": "长" * (sandbox.LONGEST + 1)}, 422),
        ({"who": "rep", "id": ZHANG, "text": "我是销售"}, 404),
        ({"who": "customer", "id": "nobody", "text": "在吗"}, 404),
        ({"who": "admin", "id": WANG, "text": "在吗"}, 400),
        ({"who": "rep", "id": [WANG], "text": "在吗"}, 400),
        (["rep", WANG, "在吗"], 400),
    ],
)
async def test_what_no_phone_would_send_is_refused(small_demo, asked, status):
    async with small_demo.session.post(f"{small_demo.base}/sandbox/say", json=asked) as answer:
        assert answer.status == status


async def test_only_json_is_taken_so_that_no_foreign_page_can_write(small_demo):
    url = f"{small_demo.base}/sandbox/say"
    body = '{"who": "rep", "id": "oDemoRep-wangli", "text": "帮助"}'
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        headers = {"Content-Type": kind}
        async with small_demo.session.post(url, data=body, headers=headers) as answer:
            assert answer.status == 415
    headers = {"Content-Type": "application/json"}
    async with small_demo.session.post(url, data=b"{\xff", headers=headers) as answer:
        assert answer.status == 400


@pytest.mark.parametrize(
    "words",
    [
        "]]>",
        "<a href='x'>x</a>",
        "&amp;&lt;",
        "\u202e反过来",
        "😀👩‍👩‍👧",
        "a\x0bb\x00c",
        "{name} %s",
        "末\ud800",
    ],
)
async def test_any_words_survive_the_whole_way_as_words(small_demo, words):
    # No phone sends these; and the channel defuses "<a", which WeChat would make a link.
    kept = (
        re.sub("[\x00-\x08\x0b\x0c\ud800-\udfff]", "", words)
        .replace("<a", "＜a")
        .replace("</a", "＜/a")
    )
    async with small_demo.watching() as stream:
        asked = {"who": "customer", "id": ZHANG, "text": words}
        async with small_demo.session.post(f"{small_demo.base}/sandbox/say", json=asked) as answer:
            assert answer.status == 200
        await stream.until("entry", entry("rep", kept))


async def test_the_page_runs_no_script_but_its_own(small_demo):
    async with small_demo.session.get(f"{small_demo.base}/sandbox") as page:
        policy, html = page.headers["Content-Security-Policy"], await page.text()
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=", html)
    assert "虚构" in html


async def test_the_page_speaks_english_too(small_demo):
    async with small_demo.session.get(f"{small_demo.base}/sandbox?lang=en") as page:
        html = await page.text()
    assert "Everybody here is made up" in html
    assert 'lang="en"' in html
    async with small_demo.watching(lang="en") as stream:
        state = await stream.until("state")
    assert "find 华星" in state["sides"]["rep"]["chips"]


@pytest.mark.parametrize(
    "path",
    ["steps/event/999999", "steps/secret/1", "static/nothing.css", "static/..%2f..%2fapp.py"],
)
async def test_what_is_not_there_is_not_found(small_demo, path):
    async with small_demo.session.get(f"{small_demo.base}/sandbox/{path}") as answer:
        assert answer.status == 404


async def test_open_streams_end_when_the_program_is_told_to_stop(small_demo):
    async with small_demo.watching() as stream:
        await stream.until("state")
        small_demo.parts.stop.set()
        await stream.to_the_end()
