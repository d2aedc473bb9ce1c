"""The twin of WeChat's official accounts: followers with phones here, our webhook there.

`Platform` is the vendor's server on loopback; each `Twin` is one official account on it with its
followers. The adapter is pointed at it by `api_base` and notices no difference.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
from aiohttp import web

from channels.sandbox import wechat_api as api
from channels.sandbox import wechat_callback as callback
from channels.sandbox import wechat_windows as windows
from channels.sandbox.phones import Entry, PhoneLog, Tappable

TROUBLE = "该公众号提供的服务出现故障，请稍后再试"
"""What a person sees instead of an unusable answer, or after three tries without any."""

_ANCHOR = re.compile(r'<a\s+href="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL | re.IGNORECASE)
_OK = 200


@dataclass
class Manners:
    """How callbacks are delivered; change it at any time."""

    patience: float = 5.0
    """Seconds until the vendor hangs up."""
    tries: int = 3
    repeats: int = 0
    """Further deliveries of every callback although it was answered."""
    delay: float = 0.0
    """Seconds before every delivery."""
    hold: bool = False
    """Keep callbacks back until `Twin.release`."""


class Twin:
    """One official account and the people who follow it."""

    def __init__(
        self,
        account: callback.TwinAccount,
        now: Callable[[], datetime],
        session: Callable[[], aiohttp.ClientSession],
    ) -> None:
        self.account = account
        self.manners = Manners()
        self.held: list[callback.Callback] = []
        self._now = now
        self._session = session
        self._phones: dict[str, PhoneLog] = {}
        self._following: set[str] = set()
        self.unionids: dict[str, str] = {}
        """By openid, for an account that is bound to an Open Platform account."""
        self._windows: dict[str, windows.Windows] = {}
        self._last_id = 0

    @property
    def app_id(self) -> str:
        """The account's AppID."""
        return self.account.app_id

    @property
    def secret(self) -> str:
        """The account's AppSecret."""
        return self.account.secret

    def phone(self, openid: str) -> PhoneLog:
        """Everything this person saw; made on first use."""
        return self._phones.setdefault(openid, PhoneLog(self._now))

    def watch(self, openid: str, after: int = 0) -> AsyncIterator[Entry]:
        """The entries of a phone as they come, from the one after id `after` on."""
        return self.phone(openid).watch(after)

    # What a person does

    def adopt(self, openid: str, *, wrote: bool = False) -> None:
        """Somebody has been following for long; no callback. `wrote` opens the 48-hour window."""
        self.phone(openid)
        self._following.add(openid)
        if wrote:
            self._window(openid).opened("message", self._now())

    async def follow(self, openid: str, scene: str | None = None) -> None:
        """Follow the account, perhaps by scanning a QR code with a scene."""
        self.adopt(openid)
        self._window(openid).opened("follow", self._now())
        self.phone(openid).wrote("follow", scene or "")
        await self._happened(openid, "subscribe", EventKey=f"qrscene_{scene}" if scene else "")

    async def unfollow(self, openid: str) -> None:
        """Stop following; the account cannot reach this person any more."""
        self._following.discard(openid)
        self._windows.pop(openid, None)
        self.phone(openid).wrote("unfollow", "")
        await self._happened(openid, "unsubscribe", EventKey="")

    async def scan(self, openid: str, scene: str) -> None:
        """Scan a QR code with a scene: a follow for a stranger, a SCAN for a follower."""
        if openid not in self._following:
            await self.follow(openid, scene)
            return
        self._window(openid).opened("scan", self._now())
        self.phone(openid).wrote("scan", scene)
        await self._happened(openid, "SCAN", EventKey=scene, Ticket="ticket")

    async def click(self, openid: str, key: str) -> None:
        """Press a button of the account's menu."""
        self._window(openid).opened("menu", self._now())
        self.phone(openid).wrote("tap", key)
        await self._happened(openid, "CLICK", EventKey=key)

    async def say(self, openid: str, text: str, msg_id: int | None = None) -> int:
        """Write to the account; returns the message's id when it was delivered, with any answer."""
        self._window(openid).opened("message", self._now())
        return await self._wrote(openid, "text", text, {"Content": text}, msg_id)

    async def tap(self, openid: str, choice: Tappable) -> int:
        """Tap a choice in a text; it is sent as a text and opens only the one-minute window."""
        self._window(openid).opened("menu", self._now())
        fields = {"Content": choice.value, "bizmsgmenuid": choice.id}
        return await self._wrote(openid, "text", choice.value, fields, None)

    async def show(self, openid: str, kind: str, text: str, **fields: Any) -> int:
        """Send a picture, voice, …: `kind` is the vendor's MsgType, `text` is for the phone."""
        self._window(openid).opened("message", self._now())
        return await self._wrote(openid, kind, text, fields, None)

    async def _wrote(
        self, openid: str, kind: str, text: str, fields: dict[str, Any], msg_id: int | None
    ) -> int:
        number = msg_id or self._next_id()
        self.phone(openid).wrote(kind, text, str(number))
        await self.push(openid, {"MsgType": kind, **fields, "MsgId": number})
        return number

    async def _happened(self, openid: str, event: str, **fields: Any) -> None:
        await self.push(openid, {"MsgType": "event", "Event": event, **fields})

    def _next_id(self) -> int:
        # From the clock, so that a restarted twin never repeats the id of an earlier life.
        self._last_id = max(self._last_id + 1, int(self._now().timestamp() * 1_000_000))
        return self._last_id

    def _window(self, openid: str) -> windows.Windows:
        return self._windows.setdefault(openid, windows.Windows())

    # What the vendor does with it

    async def push(self, openid: str, fields: dict[str, Any]) -> None:
        """Sign and deliver (or hold back) one push with any fields of a message or event."""
        made = self.signed(openid, fields)
        if self.manners.hold:
            self.held.append(made)
        else:
            await self.deliver(made)

    def signed(
        self, openid: str, fields: dict[str, Any], signed_at: datetime | None = None
    ) -> callback.Callback:
        """The signed request of one push; `fields` may override any of the common ones."""
        common = {
            "ToUserName": self.account.original_id,
            "FromUserName": openid,
            "CreateTime": int(self._now().timestamp()),
        }
        at = signed_at or self._now()
        return callback.build(self.account, openid, {**common, **fields}, at)

    async def release(self, order: Sequence[int] | None = None) -> None:
        """Deliver what was held back: all as it came, or the given positions in their order."""
        waiting, self.held = self.held, []
        for position in range(len(waiting)) if order is None else order:
            await self.deliver(waiting[position])

    async def deliver(self, made: callback.Callback) -> None:
        """Post a callback with the vendor's manners and show the person what comes of it."""
        phone = self.phone(made.openid)
        await asyncio.sleep(self.manners.delay)
        body = None
        for _ in range(self.manners.tries):
            body = await self._post(made)
            if body is not None:
                break
        for _ in range(self.manners.repeats):
            await self._post(made)
        if made.openid not in self._following:
            return
        try:
            words = None if body is None else callback.read_reply(self.account, made.openid, body)
        except callback.BadReply:
            body = None
            words = None
        if words is not None:
            _show(phone, words, "passive")
        elif body is None:
            phone.received(TROUBLE, kind="error")

    async def _post(self, made: callback.Callback) -> bytes | None:
        """One try: the body of a 200 answer in time, else None."""
        try:
            async with (
                asyncio.timeout(self.manners.patience),
                self._session().post(
                    self.account.hook_url,
                    params=made.query,
                    data=made.body,
                    headers={"Content-Type": made.content_type, "User-Agent": "Mozilla/4.0"},
                    allow_redirects=False,
                ) as response,
            ):
                body = await response.read()
                return body if response.status == _OK else None
        except (TimeoutError, aiohttp.ClientError):
            return None

    def unionid(self, openid: str) -> str | None:
        """A follower's unionid, None where there is none; raises `Refusal` for a stranger."""
        if openid not in self._following:
            raise api.Refusal(40003, "invalid openid")
        return self.unionids.get(openid)

    def deliver_text(self, openid: str, text: str) -> None:
        """A text that came by the customer-service API; raises `api.Refusal`."""
        if openid not in self._phones:
            raise api.Refusal(40003, "invalid openid")
        if openid not in self._following:
            raise api.Refusal(43004, "require subscribe")
        refused = self._window(openid).take(self._now())
        if refused == windows.CLOSED:
            raise api.Refusal(refused, "response out of time limit or subscription is canceled")
        if refused == windows.USED_UP:
            raise api.Refusal(refused, "out of response count limit")
        _show(self.phone(openid), text, "api")


class Platform:
    """The vendor's server with its accounts: `async with Platform(now) as platform: …`."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.api = api.Api(now)
        self._session: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None
        self.base = ""
        """The origin to put into `api_base`, once started."""

    def open(self, account: callback.TwinAccount) -> Twin:
        """Open an official account; callbacks go to its `hook_url`."""
        twin = Twin(account, self._now, self._client)
        self.api.add(twin)
        return twin

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> str:
        """Listen on loopback; returns the origin. Port 0 takes any free one."""
        self._runner = web.AppRunner(self.api.app(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.base = f"http://{host}:{self._runner.addresses[0][1]}"
        return self.base

    async def stop(self) -> None:
        """Stop listening and calling."""
        if self._runner is not None:
            await self._runner.cleanup()
        if self._session is not None:
            await self._session.close()

    async def __aenter__(self) -> Platform:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()


def _show(phone: PhoneLog, text: str, via: Any) -> None:
    """Put a text on a phone as the app does: choices become tappable, other links their labels."""
    choices: list[Tappable] = []

    def shown(match: re.Match[str]) -> str:
        link = urlsplit(match[1])
        if link.scheme != "weixin" or link.netloc != "bizmsgmenu":
            return match[2]
        asked = parse_qs(link.query, keep_blank_values=True)
        value, ident = (asked.get(n, [""])[0] for n in ("msgmenucontent", "msgmenuid"))
        choices.append(Tappable(label=match[2], value=value, id=ident))
        return ""

    words = _ANCHOR.sub(shown, text)
    if choices:
        words = words.rstrip("\n \u3000")
    phone.received(words, via, choices=tuple(choices), raw=text)
