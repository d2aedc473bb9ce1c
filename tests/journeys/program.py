"""The whole program in this process, with the vendor's twin: what journeys are told with.

Every word goes over real HTTP through the webhook, the queues and the vendor's API.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot import app, settings
from channels.sandbox import phones, wechat, wechat_callback
from conversations import accounts, inbox
from crm_core import addresses, clock, people

KEY = "a-secret-key-that-only-tests-use-0123456789"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
PATIENCE = 15.0
"""Seconds until a journey gives up waiting; only a failing one ever waits that long."""


class Clock:
    """The real time, which a journey may turn forward."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return clock.now() + self.ahead


@dataclass
class Phone:
    """One person's WeChat."""

    twin: wechat.Twin
    openid: str
    seen: int = 0

    async def says(self, text: str) -> str:
        """Write to the account and wait for what comes next on this phone."""
        self.seen = len(self.log.entries)
        await self.twin.say(self.openid, text)
        return await self.hears()

    async def writes(self, text: str) -> None:
        """Write to the account and expect nothing."""
        await self.twin.say(self.openid, text)

    async def hears(self, containing: str = "") -> str:
        """The next text that comes to this phone (and has `containing` in it)."""
        async with asyncio.timeout(PATIENCE):
            async for entry in self.log.watch(self.seen):
                self.seen = entry.id
                if entry.direction == "in" and containing in entry.text:
                    return entry.text
        raise AssertionError("unreachable")

    @property
    def log(self) -> phones.PhoneLog:
        """Everything on this phone."""
        return self.twin.phone(self.openid)

    @property
    def heard(self) -> list[str]:
        """All texts that came to this phone so far."""
        return [entry.text for entry in self.log.entries if entry.direction == "in"]


@dataclass
class Program:
    """The running program and the people around it."""

    parts: app.App
    twin: wechat.Twin
    platform: wechat.Platform
    base: str
    clock: Clock

    async def rep(self, name: str, role: people.Role = people.Role.REP) -> Phone:
        """Somebody of ours whose WeChat is bound already."""
        openid = f"o-rep-{name}"

        def take_on(session: Any) -> None:
            person = people.add(session, name, role, now=clock.now())
            addresses.add(
                session, "wechat", openid, account="main", rep_id=person.id, now=clock.now()
            )

        await self.parts.store.run(take_on)
        self.twin.adopt(openid, wrote=True)
        return Phone(self.twin, openid)

    def customer(self, openid: str = "o-customer-1") -> Phone:
        """A follower of the account who has not written yet."""
        self.twin.adopt(openid)
        return Phone(self.twin, openid)

    async def until(self, condition: Callable[..., Any], *args: Any) -> Any:
        """Wait until the database answers a question with something true."""
        async with asyncio.timeout(PATIENCE):
            # Asked again and again, since another process may be the one to bring it about.
            while not (found := await self.read(condition, *args)):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        return found

    async def quiet(self) -> None:
        """Wait until everything that came in is handled."""
        await self.until(lambda session: not inbox.listed(session, "new"))

    async def read(self, work: Callable[..., Any], *args: Any) -> Any:
        """Look into the database."""
        return await self.parts.store.read(work, *args)


@asynccontextmanager
async def running(url: str, folder: Path, **given: Any) -> AsyncIterator[Program]:
    """Start everything on this database, with one official account called main in safe mode."""
    given = {"reply_hold": 0.0, "secret_key": KEY, "port": 0} | given
    config = settings.load(database_url=url, data_dir=folder, **given)
    time = Clock()
    parts = app.build(config, time)
    async with wechat.Platform(time) as platform:
        account = wechat_callback.TwinAccount(
            app_id="wxtest", secret="app-secret", token="callback-token", aes_key=AES_KEY
        )
        twin = platform.open(account)
        block = {
            "app_id": account.app_id,
            "secret": account.secret,
            "token": account.token,
            "encoding_aes_key": AES_KEY,
            "api_base": platform.base,
        }
        await parts.store.run(accounts.put, "wechat", "main", block, clock.now())
        async with app.running(parts, receive=True, work=True), app.listening(parts) as base:
            twin.account = wechat_callback.TwinAccount(
                app_id="wxtest",
                secret="app-secret",
                token="callback-token",
                aes_key=AES_KEY,
                hook_url=f"{base}/hooks/wechat/main",
            )
            yield Program(parts, twin, platform, base, time)
