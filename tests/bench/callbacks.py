"""Callbacks made beforehand by the vendor's twin: encrypted, signed, ready as bytes on the wire."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from channels.sandbox import wechat_callback
from crm_core import clock

WORDS = (
    "你好，上次说的报价还能再优惠一点吗？",
    "合同我们法务看过了，第三条付款方式要改",
    "什么时候可以发货？我们这边比较急",
    "收到，谢谢",
    "能不能发一份产品目录给我",
    "Could you send me the invoice for October, please?",
)


def account(hook_url: str = "") -> wechat_callback.TwinAccount:
    """The official account that all measuring is done with; safe mode."""
    return wechat_callback.TwinAccount(
        app_id="wxbench0000000000",
        secret="bench-app-secret",
        token="bench-token",
        aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
        mode="safe",
        hook_url=hook_url,
    )


def settings(api_base: str = "http://127.0.0.1:9") -> dict[str, str]:
    """The same account as our side configures it."""
    twin = account()
    return {
        "app_id": twin.app_id,
        "secret": twin.secret,
        "token": twin.token,
        "encoding_aes_key": twin.aes_key,
        "mode": twin.mode,
        "api_base": api_base,
    }


def requests(
    hook_url: str, number: int, people: Sequence[str], *, repeats: float, seed: int
) -> list[bytes]:
    """`number` POSTs of customers' texts in random order, `repeats` of them said before."""
    draw = random.Random(seed)
    twin = account(hook_url)
    fresh = number - int(number * repeats)
    now = clock.now()
    ids = range(seed * 1_000_000, seed * 1_000_000 + fresh)
    made = [_post(twin, draw.choice(people), i, draw.choice(WORDS), now) for i in ids]
    for _ in range(number - fresh):
        # A repeat comes some time after its first, never before it.
        first = draw.randrange(len(made))
        made.insert(draw.randrange(first, len(made)) + 1, made[first])
    return made


def _post(
    twin: wechat_callback.TwinAccount, openid: str, i: int, words: str, now: datetime
) -> bytes:
    fields = text_fields(openid, f"{words} {i}", i, now)
    return on_the_wire(twin.hook_url, wechat_callback.build(twin, openid, fields, now))


def text_fields(openid: str, words: str, number: int, now: datetime) -> dict[str, Any]:
    """The plain fields of one text message."""
    return {
        "ToUserName": account().original_id,
        "FromUserName": openid,
        "CreateTime": int(now.timestamp()),
        "MsgType": "text",
        "Content": words,
        "MsgId": 23_000_000_000_000_000 + number,
    }


def on_the_wire(hook_url: str, made: wechat_callback.Callback) -> bytes:
    """A callback as one keep-alive HTTP/1.1 request."""
    where = urlsplit(hook_url)
    head = (
        f"POST {where.path}?{urlencode(made.query)} HTTP/1.1\r\n"
        f"Host: {where.netloc}\r\n"
        "User-Agent: Mozilla/4.0\r\nAccept: */*\r\n"
        f"Content-Type: {made.content_type}\r\n"
        f"Content-Length: {len(made.body)}\r\n\r\n"
    )
    return head.encode() + made.body
