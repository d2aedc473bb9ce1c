"""A channel account with everything around it: our routes, a recorder, a clock and the twin.

| fixture | gives |
|---|---|
| `clock` | a clock that the test moves |
| `house` | makes accounts: `async with house.wechat(mode="safe") as account: …` |
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from channels import contract, messages, registry
from channels.sandbox import wechat, wechat_callback

AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
OTHER_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
WANG = "oWang00000000000000000000001"
LI = "oLi0000000000000000000000002"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


class Shared:
    """The shared store within one process."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._kept: dict[str, tuple[str, datetime]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def get(self, key: str) -> str | None:
        value, until = self._kept.get(key, ("", self._now()))
        return value if until > self._now() else None

    async def put(self, key: str, value: str, ttl: timedelta) -> None:
        self._kept[key] = (value, self._now() + ttl)

    async def drop(self, key: str) -> None:
        self._kept.pop(key, None)

    @asynccontextmanager
    async def lock(self, key: str, ttl: timedelta) -> AsyncIterator[None]:
        async with self._locks.setdefault(key, asyncio.Lock()):
            yield


@dataclass
class Reply:
    """A passive reply and what became of it."""

    message: messages.OutboundMessage
    fate: str = ""

    async def settle(self, *, written: bool) -> None:
        self.fate = "written" if written else "unknown"

    async def release(self) -> None:
        self.fate = "released"


@dataclass
class Receipt:
    new: bool
    recorder: Recorder
    event: messages.RawEvent

    async def reply(self, within: float) -> Reply | None:
        self.recorder.waits.append(within)
        if self.recorder.reply_fault is not None:
            raise self.recorder.reply_fault
        words = self.recorder.answer(self.event)
        if words is None:
            return None
        if isinstance(words, str):
            words = messages.OutboundMessage(to=self.event.sender, text=words, reference="r1")
        self.recorder.replies.append(Reply(words))
        return self.recorder.replies[-1]


@dataclass
class Recorder:
    """Keeps events under their permanent keys, as the database does."""

    events: dict[str, messages.RawEvent] = field(default_factory=dict)
    replies: list[Reply] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    fault: Exception | None = None
    reply_fault: Exception | None = None
    answer: Callable[[messages.RawEvent], str | messages.OutboundMessage | None] = lambda event: (
        None
    )

    instead: Callable[[messages.RawEvent], Awaitable[Any]] | None = None

    async def __call__(self, event: messages.RawEvent) -> Any:
        if self.instead is not None:
            return await self.instead(event)
        return await self.keep(event)

    async def keep(self, event: messages.RawEvent) -> Receipt:
        if self.fault is not None:
            raise self.fault
        await asyncio.sleep(0)
        new = event.dedup_key not in self.events
        self.events.setdefault(event.dedup_key, event)
        return Receipt(new, self, event)


@dataclass
class House:
    """What all accounts of one process share."""

    clock: Clock
    session: aiohttp.ClientSession
    platform: wechat.Platform
    recorder: Recorder
    counts: Counter[str]
    tools: contract.Tools

    @asynccontextmanager
    async def wechat(
        self, *, twin: Mapping[str, Any] | None = None, **settings: Any
    ) -> AsyncIterator[Account]:
        """An official account; `twin` differs the vendor's side from ours."""
        mode = settings.get("mode", "safe")
        ours: dict[str, Any] = {
            "app_id": "wx5823bf96d3bd56c7",
            "secret": "s3cret",
            "token": "QDG6eK",
            "encoding_aes_key": AES_KEY,
            "mode": mode,
            "api_base": self.platform.base,
            **settings,
        }
        channel = registry.build("wechat", "main", ours, self.tools)
        async with serving(channel) as hook:
            theirs = {
                "app_id": ours["app_id"],
                "secret": "s3cret",
                "token": ours["token"],
                "aes_key": ours["encoding_aes_key"],
                "mode": mode,
                "hook_url": hook,
                **(twin or {}),
            }
            made = self.platform.open(wechat_callback.TwinAccount(**theirs))
            made.manners.patience = 10.0
            yield Account(channel=channel, twin=made, hook=hook, house=self)


@dataclass
class Account:
    channel: Any
    twin: wechat.Twin
    hook: str
    house: House

    async def post(
        self, made: wechat_callback.Callback, **query: str | None
    ) -> tuple[int, str, str]:
        """Post a callback by hand, with some query values changed (None drops one)."""
        merged = {**made.query, **query}
        params = {name: value for name, value in merged.items() if value is not None}
        async with self.house.session.post(self.hook, params=params, data=made.body) as response:
            return response.status, await response.text(), response.content_type

    def heard(self) -> list[messages.Inbound]:
        """Everything recorded so far, understood."""
        return [m for e in self.house.recorder.events.values() for m in self.channel.parse(e.raw)]

    def seen(self, openid: str = WANG) -> list[str]:
        """The texts that came to a phone."""
        return [e.text for e in self.twin.phone(openid).entries if e.direction == "in"]

    def message(self, text: str, to: str = WANG, **more: Any) -> messages.OutboundMessage:
        address = messages.Address(kind="wechat", account="main", value=to)
        return messages.OutboundMessage(to=address, text=text, reference="ref-1", **more)


@asynccontextmanager
async def serving(channel: contract.Channel) -> AsyncIterator[str]:
    """Our routes on loopback; gives the address of the account's webhook."""
    app = web.Application()
    for route in channel.routes():
        app.router.add_route(route.method, f"/hooks/main{route.suffix}", route.handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hooks/main"
    finally:
        await runner.cleanup()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def house(clock: Clock) -> AsyncIterator[House]:
    recorder, counts = Recorder(), Counter[str]()

    def count(kind: str, account: str, outcome: str) -> None:
        counts[outcome] += 1

    async with aiohttp.ClientSession() as session, wechat.Platform(clock) as platform:
        tools = contract.Tools(
            record=recorder, now=clock, shared=Shared(clock), http=lambda: session, count=count
        )
        yield House(clock, session, platform, recorder, counts, tools)
