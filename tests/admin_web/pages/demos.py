"""The whole demo, as `crm serve --demo` runs it, on a port of this machine."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import test_utils

from bot import app, settings, showroom

PATIENCE = 20.0
"""Seconds until a test gives up waiting; nothing is asserted about how long anything took."""


@dataclass
class Stream:
    """One open `/sandbox/events` and what came on it so far."""

    response: aiohttp.ClientResponse
    seen: list[tuple[str, Any]] = field(default_factory=list)

    async def until(self, name: str, holds: Any = lambda data: True) -> Any:
        """The data of the first event of that name, old or yet to come, for which `holds`."""
        for event, data in self.seen:
            if event == name and holds(data):
                return data
        async with asyncio.timeout(PATIENCE):
            while True:
                event, data = await self.next()
                self.seen.append((event, data))
                if event == name and holds(data):
                    return data

    async def to_the_end(self) -> None:
        """Read until the stream is over."""
        with contextlib.suppress(EOFError):
            async with asyncio.timeout(PATIENCE):
                while True:
                    await self.next()

    async def next(self) -> tuple[str, Any]:
        name = (await self.response.content.readline()).decode()
        if not name:
            raise EOFError
        data = (await self.response.content.readline()).decode()
        await self.response.content.readline()
        return name.removeprefix("event: ").strip(), json.loads(data.removeprefix("data: "))


@dataclass
class Demo:
    """The running demo, and somebody with a browser."""

    base: str
    parts: app.App
    session: aiohttp.ClientSession

    async def says(self, who: str, openid: str, text: str, **more: Any) -> int:
        """Write from a phone; the status of the answer."""
        asked = {"who": who, "id": openid, "text": text, **more}
        async with self.session.post(f"{self.base}/sandbox/say", json=asked) as answer:
            return answer.status

    @contextlib.asynccontextmanager
    async def watching(self, **query: str) -> AsyncIterator[Stream]:
        """The live stream of two phones, once it is on."""
        asked = {"rep": WANG, "customer": ZHANG, **query}
        url = f"{self.base}/sandbox/events"
        async with self.session.get(url, params=asked) as response:
            assert response.status == 200
            stream = Stream(response)
            await stream.until("phones")
            yield stream


WANG, ZHANG = "oDemoRep-wangli", "oDemo-zhangwei"


@contextlib.asynccontextmanager
async def serving(url: str, folder: Path) -> AsyncIterator[Demo]:
    """The demo on this database; whoever asks again finds what was left there."""
    config = settings.load(
        database_url=url,
        data_dir=folder,
        port=test_utils.unused_port(),
        secret_key="k" * 40,
        reply_hold=0,
    )
    parts = app.build(config)
    async with asyncio.TaskGroup() as group, aiohttp.ClientSession() as session:
        group.create_task(showroom.serve(parts))
        demo = Demo(f"http://127.0.0.1:{config.port}", parts, session)
        await _listening(demo)
        try:
            yield demo
        finally:
            await session.close()
            parts.stop.set()


async def _listening(demo: Demo) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                async with demo.session.get(f"{demo.base}/sandbox"):
                    return
            await asyncio.sleep(0.02)
