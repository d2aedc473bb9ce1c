"""Wake-ups and the small shared store: asyncio in one process, Redis over many.

Nothing here is of record. A wake-up only shortens a wait; whoever waits also polls. When Redis is
away the same calls go on with this process's own memory and the log says so once.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import timedelta

import redis.asyncio
import redis.asyncio.retry
import redis.backoff
import redis.exceptions
import structlog

log = structlog.get_logger("live")

PREFIX = "huihua:"
AWAY = (redis.exceptions.RedisError, OSError, asyncio.TimeoutError)
RECONNECT = 1.0
PATIENCE = 0.5
"""Seconds a call to Redis may take before we go on without it."""


class Wakeups:
    """Topics that somebody may wait on, and a shared store; the in-process twin."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._values: dict[str, tuple[float, str]] = {}
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def publish(self, topics: Iterable[str]) -> None:
        """Wake everybody who waits on one of these topics. Never blocks, never fails."""
        for topic in topics:
            for waiter in self._waiting.get(topic, ()):
                waiter.set()

    @contextlib.contextmanager
    def listening(self, *topics: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever one of the topics is published, while the block lasts."""
        waiter = asyncio.Event()
        for topic in topics:
            self._waiting[topic].add(waiter)
        try:
            yield waiter
        finally:
            for topic in topics:
                self._waiting[topic].discard(waiter)
                if not self._waiting[topic]:
                    del self._waiting[topic]

    async def get(self, key: str) -> str | None:
        """The value kept under `key`, or None."""
        until, value = self._values.get(key, (0.0, ""))
        return value if until > time.monotonic() else None

    async def put(self, key: str, value: str, ttl: timedelta) -> None:
        """Keep a value for `ttl`."""
        self._values[key] = (time.monotonic() + ttl.total_seconds(), value)

    async def drop(self, key: str) -> None:
        """Forget a value."""
        self._values.pop(key, None)

    @contextlib.asynccontextmanager
    async def lock(self, key: str, ttl: timedelta) -> AsyncIterator[None]:
        """Hold the named lock; waits for its turn."""
        async with self._locks[key]:
            yield

    async def run(self) -> None:
        """Listen to other processes; the in-process twin has none to listen to."""

    async def reachable(self) -> bool:
        """Whether the shared store answers; the in-process twin always does."""
        return True

    async def close(self) -> None:
        """Let connections go."""


class RedisWakeups(Wakeups):
    """The same over several processes. Every call falls back to this process's memory."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._redis = redis.asyncio.Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            # No health checks: with them redis-py 8 pings before its own greeting, and against a
            # Redis that takes connections but does not answer the two call each other for ever.
            health_check_interval=0,
            # Once more at once, for a connection that has grown stale; the library's own backoff
            # would keep a caller waiting for seconds.
            retry=redis.asyncio.retry.Retry(redis.backoff.NoBackoff(), 1),
        )
        self._outbound: asyncio.Queue[str] = asyncio.Queue(maxsize=10_000)
        self._me = secrets.token_hex(8)
        self._away = False
        self._try_again = 0.0

    def publish(self, topics: Iterable[str]) -> None:
        """Wake the waiters here at once and those of other processes soon."""
        topics = list(topics)
        super().publish(topics)
        for topic in topics:
            with contextlib.suppress(asyncio.QueueFull):
                self._outbound.put_nowait(topic)

    async def get(self, key: str) -> str | None:
        """The shared value; this process's own copy while Redis is away."""
        if self._given_up():
            return await super().get(key)
        try:
            value = await self._redis.get(PREFIX + key)
        except AWAY as error:
            self._note_away(error)
            return await super().get(key)
        return None if value is None else str(value)

    async def put(self, key: str, value: str, ttl: timedelta) -> None:
        """Keep a value for everybody, and here in case Redis goes away."""
        await super().put(key, value, ttl)
        if self._given_up():
            return
        try:
            await self._redis.set(PREFIX + key, value, px=ttl)
        except AWAY as error:
            self._note_away(error)

    async def drop(self, key: str) -> None:
        """Forget a value everywhere."""
        await super().drop(key)
        if self._given_up():
            return
        try:
            await self._redis.delete(PREFIX + key)
        except AWAY as error:
            self._note_away(error)

    @contextlib.asynccontextmanager
    async def lock(self, key: str, ttl: timedelta) -> AsyncIterator[None]:
        """Hold the named lock over all processes, at most `ttl`; only here while Redis is away."""
        async with super().lock(key, ttl):
            mine = await self._take(PREFIX + "lock:" + key, ttl)
            try:
                yield
            finally:
                if mine:
                    await self._give_back(PREFIX + "lock:" + key, mine)

    async def _take(self, name: str, ttl: timedelta) -> str | None:
        mine = secrets.token_hex(8)
        give_up = time.monotonic() + ttl.total_seconds()
        while time.monotonic() < give_up and not self._given_up():
            try:
                if await self._redis.set(name, mine, nx=True, px=ttl):
                    return mine
            except AWAY as error:
                self._note_away(error)
                return None
            await asyncio.sleep(0.05)
        return None

    async def _give_back(self, name: str, mine: str) -> None:
        script = "if redis.call('get',KEYS[1])==ARGV[1] then return redis.call('del',KEYS[1]) end"
        with contextlib.suppress(*AWAY):
            await self._redis.eval(script, 1, name, mine)

    async def run(self) -> None:
        """Carry wake-ups to and from the other processes until cancelled; survives Redis."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._send())
            group.create_task(self._receive())

    async def _send(self) -> None:
        while True:
            topic = await self._outbound.get()
            try:
                await self._redis.publish(PREFIX + "wake", f"{self._me} {topic}")
                self._note_back()
            except AWAY as error:
                self._note_away(error)
                await asyncio.sleep(RECONNECT)

    async def _receive(self) -> None:
        while True:
            try:
                async with self._redis.pubsub() as channel:
                    await channel.subscribe(PREFIX + "wake")
                    self._note_back()
                    await self._listen(channel)
            except AWAY as error:
                self._note_away(error)
            await asyncio.sleep(RECONNECT)

    async def _listen(self, channel: redis.asyncio.client.PubSub) -> None:
        while True:
            message = await channel.get_message(ignore_subscribe_messages=True, timeout=10)
            if message is not None:
                sender, _, topic = str(message["data"]).partition(" ")
                if sender != self._me:
                    super().publish([topic])

    def _given_up(self) -> bool:
        # One call a second finds out whether Redis is back; the others need not wait for it.
        return time.monotonic() < self._try_again

    def _note_away(self, error: BaseException) -> None:
        self._try_again = time.monotonic() + RECONNECT
        if not self._away:
            self._away = True
            log.warning("redis is away, going on without it", action="redis_away", error=str(error))

    def _note_back(self) -> None:
        self._try_again = 0.0
        if self._away:
            self._away = False
            log.info("redis is back", action="redis_back")

    async def reachable(self) -> bool:
        """Whether Redis answers now."""
        try:
            return bool(await self._redis.ping())
        except AWAY:
            return False

    async def close(self) -> None:
        """Let connections go."""
        with contextlib.suppress(*AWAY):
            await self._redis.aclose()


def wakeups(redis_url: str) -> Wakeups:
    """The wake-ups for these settings: over Redis if there is a URL, else in this process."""
    return RedisWakeups(redis_url) if redis_url else Wakeups()
