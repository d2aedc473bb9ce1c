"""The vendor's side of a test: people who write, and a vendor that delivers until it is heard.

The vendor's API stands on the real twin; the callbacks are the twin's own. Only the manners differ
from the twin's: where WeChat gives up after three tries, this one goes on, so that in the end every
message must be acknowledged, and it repeats a share of those that were.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import aiohttp

from channels.sandbox import wechat, wechat_callback
from tests.chaos import company

PATIENCE = 5.0
"""Seconds until the vendor hangs up (PLATFORMS §2.1)."""
AGAIN_AFTER = 0.1
COMMANDS = 0.1
"""Share of the messages that are reps' commands."""
OK = 200


@dataclass(frozen=True, kw_only=True)
class Said:
    """One message of somebody. `token` stands in its words and nowhere else."""

    openid: str
    text: str
    msg_id: int
    token: str
    effect: str = ""
    """note or deal for a rep's command."""


@dataclass
class Traffic:
    """What was acknowledged, how quickly, and what came to the phones."""

    said: Sequence[Said]
    acknowledged: set[int] = field(default_factory=set)
    taken: list[tuple[float, float]] = field(default_factory=list)
    """(when on the monotonic clock, seconds) of each message that nobody answers: the bare ack."""
    refused: Counter[str] = field(default_factory=Counter)


def script(firm: company.Company, number: int, draw: random.Random) -> list[Said]:
    """`number` messages in random order: customers' words, and commands on distinct customers."""
    commands = min(int(number * COMMANDS), len(firm.customers))
    targets = [(rep, customer) for rep in firm.reps for customer in rep.customers]
    chosen = draw.sample(targets, commands)
    made = [_command(i, rep, customer) for i, (rep, customer) in enumerate(chosen)]
    made += [_words(i, draw.choice(firm.customers)) for i in range(commands, number)]
    draw.shuffle(made)
    return made


def _command(i: int, rep: company.Rep, customer: int) -> Said:
    token, note = f"t{i:06d}", i % 2 == 0
    text = f"记 #{customer} {token} 要账期" if note else f"新商机 #{customer} {token}设备 8.5w"
    effect = "note" if note else "deal"
    return Said(openid=rep.openid, text=text, msg_id=_msg_id(i), token=token, effect=effect)


def _words(i: int, openid: str) -> Said:
    token = f"t{i:06d}"
    return Said(openid=openid, text=f"{token} 什么时候发货？", msg_id=_msg_id(i), token=token)


def _msg_id(i: int) -> int:
    return 24_000_000_000_000_000 + i


class Vendor:
    """Delivers what people say to our webhook; the twin takes what we send."""

    def __init__(self, platform: wechat.Platform, firm: company.Company, base: str) -> None:
        account = replace(company.TWIN, hook_url=f"{base}/hooks/wechat/{company.ACCOUNT}")
        self.twin = platform.open(account)
        self.twin.manners.tries = 0  # the twin itself pushes nothing here
        for openid in firm.openids:
            self.twin.adopt(openid, wrote=True)
        self._account = account

    async def deliver(
        self,
        traffic: Traffic,
        connections: int,
        repeats: float,
        permits: asyncio.Semaphore,
        draw: random.Random,
    ) -> None:
        """Have everything acknowledged, over so many connections; one permit a message."""
        left = iter(traffic.said)
        connector = aiohttp.TCPConnector(limit=connections)
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            asyncio.TaskGroup() as crew,
        ):

            async def work() -> None:
                for said in left:
                    await permits.acquire()
                    await self._until_heard(session, traffic, said)
                    if draw.random() < repeats:
                        await self._post(session, traffic, said, self._signed(said))

            for _ in range(connections):
                crew.create_task(work())

    def _signed(self, said: Said) -> wechat_callback.Callback:
        fields = {"MsgType": "text", "Content": said.text, "MsgId": said.msg_id}
        return self.twin.signed(said.openid, fields)

    async def _until_heard(
        self, session: aiohttp.ClientSession, traffic: Traffic, said: Said
    ) -> None:
        # The person writes once, whatever the vendor has to do: that opens the window anew.
        self.twin.adopt(said.openid, wrote=True)
        self.twin.phone(said.openid).wrote("text", said.text, str(said.msg_id))
        made = self._signed(said)
        # The vendor can do nothing but try again.
        while (body := await self._post(session, traffic, said, made)) is None:  # noqa: ASYNC110
            await asyncio.sleep(AGAIN_AFTER)
        traffic.acknowledged.add(said.msg_id)
        words = wechat_callback.read_reply(self._account, said.openid, body)
        if words is not None:
            self.twin.phone(said.openid).received(words, "passive")

    async def _post(
        self,
        session: aiohttp.ClientSession,
        traffic: Traffic,
        said: Said,
        made: wechat_callback.Callback,
    ) -> bytes | None:
        """One try: the body of a 200 answer in time, else None."""
        began = time.monotonic()
        try:
            async with (
                asyncio.timeout(PATIENCE),
                session.post(
                    self._account.hook_url,
                    params=made.query,
                    data=made.body,
                    headers={"Content-Type": made.content_type},
                ) as response,
            ):
                body = await response.read()
        except (TimeoutError, aiohttp.ClientError) as error:
            traffic.refused[type(error).__name__] += 1
            return None
        if response.status != OK:
            traffic.refused[str(response.status)] += 1
            return None
        if not said.effect:
            traffic.taken.append((began, time.monotonic() - began))
        return body
