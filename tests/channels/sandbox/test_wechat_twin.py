"""The twin keeps the vendor's manners, or it would prove nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web

from channels.sandbox import wechat, wechat_callback
from channels.sandbox.wechat_api import Fault

WANG = "oWang00000000000000000000001"
KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"


@pytest.fixture
async def twin(house: Any) -> Any:
    """An account whose webhook is a server of the test; `twin.answers` says what it says."""
    calls: list[web.BaseRequest] = []
    answers: list[Any] = []

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        await request.read()
        calls.append(request)
        answer = answers.pop(0) if answers else "success"
        if isinstance(answer, int):
            return web.Response(status=answer)
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            answer = "success"
        return web.Response(text=answer)

    runner = web.ServerRunner(web.Server(handler))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    account = wechat_callback.TwinAccount(
        app_id="wx1",
        secret="s",
        token="t",
        aes_key=KEY,
        mode="plain",
        hook_url=f"http://127.0.0.1:{runner.addresses[0][1]}/",
    )
    made: Any = house.platform.open(account)
    made.adopt(WANG)
    made.calls, made.answers = calls, answers
    yield made
    await runner.cleanup()


def seen(twin: Any) -> list[tuple[str, str]]:
    return [(e.kind, e.text) for e in twin.phone(WANG).entries if e.direction == "in"]


async def api(house: Any, path: str, token: str = "", **body: Any) -> Any:
    url = f"{house.platform.base}/cgi-bin/{path}"
    params = {"access_token": token} if token else {}
    async with house.session.post(url, json=body, params=params) as response:
        return await response.json()


async def token(house: Any, **more: Any) -> Any:
    grant = {"grant_type": "client_credential", "appid": "wx1", "secret": "s", **more}
    return await api(house, "stable_token", **grant)


@pytest.mark.parametrize("answer", ["success", ""])
async def test_success_and_silence_are_no_answer(twin: Any, answer: str) -> None:
    twin.answers.append(answer)
    await twin.say(WANG, "hi")
    assert (seen(twin), len(twin.calls)) == ([], 1)


async def test_a_failing_webhook_is_tried_three_times_with_the_same_request(twin: Any) -> None:
    twin.answers.extend([503, 500, 404])
    await twin.say(WANG, "hi")
    assert seen(twin) == [("error", wechat.TROUBLE)]
    assert len({str(call.url) for call in twin.calls}) == 1
    assert len(twin.calls) == 3


async def test_a_slow_webhook_is_tried_again(twin: Any) -> None:
    twin.manners.patience = 0.1
    twin.answers.extend([0.5, "success"])
    await twin.say(WANG, "hi")
    assert (seen(twin), len(twin.calls)) == ([], 2)


def reply(**fields: Any) -> str:
    common = {
        "ToUserName": WANG,
        "FromUserName": "gh_0123456789ab",
        "CreateTime": 1,
        "MsgType": "text",
        "Content": "好",
    }
    return wechat_callback.render({**common, **fields}, "xml")


async def test_a_good_answer_is_shown(twin: Any) -> None:
    twin.answers.append(reply(Content="<a href='x'>链接</a> <a href=\"https://x\">官网</a>"))
    await twin.say(WANG, "hi")
    assert seen(twin) == [("text", "<a href='x'>链接</a> 官网")]


@pytest.mark.parametrize(
    "answer",
    [
        '{"ok": true}',
        "ok",
        "<xml></xml>",
        reply(Content="长" * 683),
        reply(Content=""),
        reply(ToUserName="oOther"),
        reply(FromUserName="gh_other"),
        reply(CreateTime="now"),
        reply(MsgType="video"),
        reply(Content="x").replace("</xml>", ""),
    ],
)
async def test_an_unusable_answer_shows_the_vendors_error(twin: Any, answer: str) -> None:
    twin.answers.append(answer)
    await twin.say(WANG, "hi")
    assert seen(twin) == [("error", wechat.TROUBLE)]


async def test_an_answer_in_plain_is_unusable_in_safe_mode(house: Any, twin: Any) -> None:
    safe = wechat_callback.TwinAccount(
        app_id="wx2", secret="s", token="t", aes_key=KEY, hook_url=twin.account.hook_url
    )
    other = house.platform.open(safe)
    other.adopt(WANG)
    twin.answers.append(reply())
    await other.say(WANG, "hi")
    assert seen(other) == [("error", wechat.TROUBLE)]
    sealed = wechat_callback.seal(safe, reply())
    good = wechat_callback.sign("t", "1", "n", sealed)
    for signature, shown in (("0" * 40, ("error", wechat.TROUBLE)), (good, ("text", "好"))):
        twin.answers.append(
            f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt><MsgSignature>{signature}</MsgSignature>"
            "<TimeStamp>1</TimeStamp><Nonce>n</Nonce></xml>"
        )
        await other.say(WANG, "hi")
        assert seen(other)[-1] == shown


async def test_a_stranger_who_scans_follows_and_a_picture_is_a_message(twin: Any) -> None:
    await twin.scan("oStranger", "fair")
    await twin.show("oStranger", "image", "[照片]", MediaId="m1")
    assert [(e.kind, e.text) for e in twin.phone("oStranger").entries] == [
        ("follow", "fair"),
        ("image", "[照片]"),
    ]


async def test_who_has_left_sees_nothing_more(twin: Any) -> None:
    twin.answers.append(reply())
    await twin.unfollow(WANG)
    assert seen(twin) == []


async def test_a_watcher_sees_the_past_and_what_comes(twin: Any) -> None:
    await twin.say(WANG, "1")
    got: list[str] = []

    async def watch() -> None:
        async for entry in twin.watch(WANG):
            got.append(entry.text)
            if len(got) == 3:
                return

    async with asyncio.TaskGroup() as group:
        group.create_task(watch())
        await asyncio.sleep(0)
        await twin.say(WANG, "2")
        await twin.say(WANG, "3")
    assert got == ["1", "2", "3"]
    assert [entry.text async for entry in first(twin.watch(WANG, after=2))] == ["3"]


async def first(entries: Any) -> Any:
    async for entry in entries:
        yield entry
        return


async def test_a_restarted_twin_never_repeats_an_id(house: Any, twin: Any) -> None:
    ids = [await twin.say(WANG, "x") for _ in range(3)]
    house.clock.forward(seconds=1)
    again = house.platform.open(twin.account)
    ids += [await again.say(WANG, "x") for _ in range(3)]
    assert len(set(ids)) == 6
    assert ids == sorted(ids)


# The vendor's API


async def test_a_stable_token_is_the_same_until_its_last_five_minutes(
    house: Any, twin: Any
) -> None:
    first_one = await token(house)
    house.clock.forward(minutes=114)
    second = await token(house)
    assert second["access_token"] == first_one["access_token"]
    assert second["expires_in"] == 6 * 60
    house.clock.forward(minutes=2)
    third = await token(house)
    assert third["access_token"] != first_one["access_token"]
    sent = await api(house, "message/custom/send", first_one["access_token"])
    assert sent["errcode"] == 40003
    house.clock.forward(minutes=5)
    sent = await api(house, "message/custom/send", first_one["access_token"])
    assert sent["errcode"] == 42001


async def test_a_token_is_forced_at_most_every_half_minute_and_twenty_times_a_day(
    house: Any, twin: Any
) -> None:
    one = await token(house)
    two = await token(house, force_refresh=True)
    assert two["access_token"] != one["access_token"]
    assert (await token(house, force_refresh=True))["errcode"] == 45011
    for _ in range(19):
        house.clock.forward(seconds=30)
        assert "access_token" in await token(house, force_refresh=True)
    house.clock.forward(seconds=30)
    assert (await token(house, force_refresh=True))["errcode"] == 45009
    assert "access_token" in await token(house)


async def test_a_new_old_style_token_ends_the_one_before_after_five_minutes(
    house: Any, twin: Any
) -> None:
    url = f"{house.platform.base}/cgi-bin/token"
    query = {"grant_type": "client_credential", "appid": "wx1", "secret": "s"}

    async def ask(**more: str) -> Any:
        async with house.session.get(url, params={**query, **more}) as response:
            return await response.json()

    old = (await ask())["access_token"]
    assert (await ask())["access_token"] != old
    assert (await api(house, "message/custom/send", old))["errcode"] == 40003
    house.clock.forward(minutes=5)
    assert (await api(house, "message/custom/send", old))["errcode"] == 42001
    assert (await ask(grant_type="x"))["errcode"] == 40002
    assert (await ask(appid=""))["errcode"] == 41002


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 40003),
        ({"touser": WANG, "msgtype": "hologram"}, 40008),
        ({"touser": WANG, "msgtype": "text", "text": {"content": ""}}, 44004),
        ({"touser": WANG, "msgtype": "text", "text": "x"}, 44004),
        ({"touser": WANG, "msgtype": "text", "text": {"content": "长" * 683}}, 45002),
        ({"touser": "oX", "msgtype": "text", "text": {"content": "x"}}, 40003),
        ({"touser": WANG, "msgtype": "text", "text": {"content": "x"}}, 45015),
    ],
)
async def test_what_the_vendor_refuses_is_refused(
    house: Any, twin: Any, body: dict[str, Any], code: int
) -> None:
    held = (await token(house))["access_token"]
    assert (await api(house, "message/custom/send", held, **body))["errcode"] == code


async def test_missing_wrong_and_malformed_requests_have_their_codes(house: Any, twin: Any) -> None:
    assert (await api(house, "message/custom/send"))["errcode"] == 41001
    assert (await api(house, "message/custom/send", "nonsense"))["errcode"] == 40001
    assert (await token(house, grant_type="x"))["errcode"] == 40002
    assert (await token(house, secret="x"))["errcode"] == 40125
    held = (await token(house))["access_token"]
    url = f"{house.platform.base}/cgi-bin/message/custom/send"
    for body in (b"{", b"[]"):
        async with house.session.post(url, params={"access_token": held}, data=body) as response:
            assert (await response.json())["errcode"] == 47001
    assert (await api(house, "qrcode/create", held, action_name="X"))["errcode"] == 40053


async def test_the_days_calls_run_out_and_come_back(house: Any, twin: Any) -> None:
    house.platform.api.daily["stable_token"] = 1
    assert "access_token" in await token(house)
    assert (await token(house))["errcode"] == 45009
    house.clock.forward(days=1)
    assert "access_token" in await token(house)


async def send(house: Any, twin: Any, number: int) -> list[int]:
    held = (await token(house))["access_token"]
    body = {"touser": WANG, "msgtype": "text", "text": {"content": "x"}}
    return [
        (await api(house, "message/custom/send", held, **body))["errcode"] for _ in range(number)
    ]


async def test_a_message_allows_five_a_follow_three_and_they_do_not_add_up(
    house: Any, twin: Any
) -> None:
    await twin.say(WANG, "1")
    await twin.say(WANG, "2")
    assert await send(house, twin, 6) == [0] * 5 + [45047]
    await twin.click(WANG, "menu")
    assert await send(house, twin, 4) == [0] * 3 + [45047]
    await twin.scan(WANG, "scene")
    house.clock.forward(seconds=61)
    assert await send(house, twin, 1) == [45047]
    house.clock.forward(hours=48)
    assert await send(house, twin, 1) == [45015]


async def test_the_one_minute_window_closes_after_a_minute(house: Any, twin: Any) -> None:
    await twin.unfollow(WANG)
    await twin.follow(WANG)
    house.clock.forward(seconds=60)
    assert await send(house, twin, 1) == [45015]


async def test_a_fault_spoils_only_the_call_it_is_meant_for(house: Any, twin: Any) -> None:
    house.platform.api.faults.append(Fault(kind="errcode", value=-1, path="custom/send"))
    house.platform.api.faults.append(Fault(kind="delay", value=0.05))
    await twin.say(WANG, "1")
    assert await send(house, twin, 2) == [-1, 0]
    assert not house.platform.api.faults
