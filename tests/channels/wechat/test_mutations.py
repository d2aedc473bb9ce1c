"""Whatever is done to a callback, the answer is a refusal or `success`, never a fault of ours."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.sandbox import wechat_callback

WANG = "oWang00000000000000000000001"
KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
EXAMPLES = 200

CHANGE = st.tuples(
    st.floats(0, 1),
    st.sampled_from(["drop", "insert", "replace", "repeat"]),
    st.binary(min_size=1, max_size=8)
    | st.sampled_from(
        [b"<", b"]]>", b"<![CDATA[", b"&a;", b"\x00", b"<!DOCTYPE a>", b'{"', b"\xff"]
    ),
)


def changed(body: bytes, changes: list[tuple[float, str, bytes]]) -> bytes:
    for where, how, what in changes:
        spot = int(where * len(body))
        if how == "drop":
            body = body[:spot] + body[spot + len(what) :]
        elif how == "insert":
            body = body[:spot] + what + body[spot:]
        elif how == "replace":
            body = body[:spot] + what + body[spot + len(what) :]
        else:
            body = body[:spot] + body[: spot // 2] + body[spot:]
    return body


async def try_all(house: Any, mode: str, format_: str, resign: bool) -> None:
    """Hypothesis drives a sync function; each example is posted through the running loop."""
    loop = asyncio.get_running_loop()
    async with house.wechat(mode=mode, twin={"format": format_}) as account:
        plain = dataclasses.replace(account.twin.account, mode=mode)

        async def post(made: wechat_callback.Callback) -> int:
            status, answer, _ = await account.post(made)
            assert "Traceback" not in answer
            return int(status)

        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.lists(CHANGE, min_size=1, max_size=4))
        def attempt(changes: list[tuple[float, str, bytes]]) -> None:
            fields = {"MsgType": "text", "Content": "你好 ]]>", "MsgId": 1}
            made = account.twin.signed(WANG, fields)
            if resign:
                made = sealed_again(plain, made, changes)
            else:
                made = dataclasses.replace(made, body=changed(made.body, changes))
            status = asyncio.run_coroutine_threadsafe(post(made), loop).result(20)
            assert status in (200, 400, 403)

        await asyncio.to_thread(attempt)
        for event in house.recorder.events.values():
            account.channel.parse(event.raw)


def sealed_again(
    account: wechat_callback.TwinAccount, made: wechat_callback.Callback, changes: Any
) -> wechat_callback.Callback:
    """The vendor's own signature and cipher around changed content."""
    common = {"ToUserName": "gh", "FromUserName": WANG, "CreateTime": 1, "MsgType": "text"}
    inner = wechat_callback.render({**common, "Content": "x", "MsgId": 1}, account.format)
    body = changed(inner.encode(), changes).decode("utf-8", "replace")
    sealed = wechat_callback.seal(account, body)
    parts = (account.token, made.query["timestamp"], made.query["nonce"], sealed)
    query = {**made.query, "msg_signature": wechat_callback.sign(*parts)}
    envelope = wechat_callback.render({"Encrypt": sealed}, account.format)
    return dataclasses.replace(made, query=query, body=envelope.encode())


async def test_changed_plain_callbacks(house: Any) -> None:
    await try_all(house, "plain", "xml", resign=False)


async def test_changed_plain_json_callbacks(house: Any) -> None:
    await try_all(house, "plain", "json", resign=False)


async def test_changed_encrypted_callbacks(house: Any) -> None:
    await try_all(house, "safe", "xml", resign=False)


async def test_correctly_encrypted_but_changed_content(house: Any) -> None:
    await try_all(house, "safe", "xml", resign=True)


async def test_correctly_encrypted_but_changed_json_content(house: Any) -> None:
    await try_all(house, "safe", "json", resign=True)
