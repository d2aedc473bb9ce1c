"""Wake-ups and the small shared store, in one process and over a real Redis."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from conversations import live
from tests import servers

MINUTE = timedelta(minutes=1)
LIMIT = 30.0


@pytest.fixture(params=["one process", "redis"])
def url(request):
    return "" if request.param == "one process" else request.getfixturevalue("redis_url")


@asynccontextmanager
async def running(url):
    """Wake-ups that carry to and from other processes while the block lasts."""
    wakeups = live.wakeups(url)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(wakeups.run())
        try:
            yield wakeups
        finally:
            task.cancel()
            await wakeups.close()


async def until(condition):
    async with asyncio.timeout(LIMIT):
        while not condition():  # noqa: ASYNC110 - what is waited for is in another process
            await asyncio.sleep(0.01)


async def carried(sender, receiver, topic):
    """Publish until the other process hears it: a subscription takes a moment."""
    with receiver.listening(topic) as woken:
        async with asyncio.timeout(LIMIT):
            while not woken.is_set():
                sender.publish([topic])
                await asyncio.sleep(0.05)


@pytest.fixture
def own_redis():
    """A Redis that the test may kill, pause and start again, with its folder."""
    folder = Path(tempfile.mkdtemp(prefix="crm-live-"))
    processes = [servers.start_redis(folder)]
    yield folder, processes
    for process in processes:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()
    shutil.rmtree(folder)


async def test_a_topic_wakes_those_who_wait_on_it_and_no_others(url):
    wakeups = live.wakeups(url)
    with wakeups.listening("a", "b") as ab, wakeups.listening("c") as c:
        wakeups.publish(["b", "x"])
        assert ab.is_set()
        assert not c.is_set()
    wakeups.publish(["a"])
    await wakeups.close()


async def test_values_are_kept_dropped_and_forgotten_in_time(url):
    wakeups = live.wakeups(url)
    assert await wakeups.get("k") is None
    await wakeups.put("k", "词", MINUTE)
    assert await wakeups.get("k") == "词"
    await wakeups.drop("k")
    assert await wakeups.get("k") is None
    await wakeups.put("k", "v", timedelta(milliseconds=30))
    async with asyncio.timeout(LIMIT):
        while await wakeups.get("k") is not None:  # noqa: ASYNC110 - time itself is waited for
            await asyncio.sleep(0.01)
    await wakeups.close()


async def test_a_lock_is_held_by_one_at_a_time_and_freed_by_a_fault(url):
    wakeups = live.wakeups(url)
    inside = most = 0

    async def hold(n):
        nonlocal inside, most
        async with wakeups.lock("token", MINUTE):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.005)
            inside -= 1
            if n % 2:
                raise KeyError

    results = await asyncio.gather(*(hold(n) for n in range(6)), return_exceptions=True)
    assert most == 1
    assert [type(result) for result in results] == [type(None), KeyError] * 3
    await wakeups.close()


async def test_two_processes_refresh_a_token_once(redis_url):
    first, second = live.wakeups(redis_url), live.wakeups(redis_url)
    fetched = []

    async def token(wakeups):
        async with wakeups.lock("refresh", MINUTE):
            known = await wakeups.get("token")
            if known is None:
                await asyncio.sleep(0.02)
                fetched.append(1)
                known = f"token {len(fetched)}"
                await wakeups.put("token", known, MINUTE)
            return known

    got = await asyncio.gather(*(token((first, second)[n % 2]) for n in range(12)))
    assert got == ["token 1"] * 12
    await first.close()
    await second.close()


async def test_a_lock_whose_holder_hangs_is_free_after_its_time_and_not_given_back_late(redis_url):
    first, second, third = (live.wakeups(redis_url) for _ in range(3))
    got = asyncio.Event()
    async with asyncio.timeout(LIMIT), asyncio.TaskGroup() as group:
        hanging = first.lock("k", timedelta(milliseconds=80))
        await hanging.__aenter__()
        holding = second.lock("k", MINUTE)
        await holding.__aenter__()
        await hanging.__aexit__(None, None, None)

        async def take():
            async with third.lock("k", MINUTE):
                got.set()

        group.create_task(take())
        await asyncio.sleep(0.3)
        assert not got.is_set()
        await holding.__aexit__(None, None, None)
    assert got.is_set()
    for wakeups in (first, second, third):
        await wakeups.close()


async def test_wake_ups_reach_other_processes_and_do_not_come_back(redis_url):
    async with running(redis_url) as first, running(redis_url) as second:
        await carried(first, second, "jobs:handle")
        await carried(second, first, "jobs:deliver")
        with first.listening("echo") as echo, second.listening("echo") as heard:
            first.publish(["echo"])
            echo.clear()
            await asyncio.wait_for(heard.wait(), LIMIT)
            await carried(second, first, "flush")
            assert not echo.is_set()


async def test_without_redis_everything_goes_on_and_the_log_says_so_once(own_redis):
    folder, processes = own_redis
    with structlog.testing.capture_logs() as logs:
        async with running(servers.redis_url(folder)) as wakeups:
            # A busy machine may answer the first calls too late, which counts as away for a while.
            while not await wakeups.reachable():  # noqa: ASYNC110 - nothing tells when it answers
                await asyncio.sleep(0.1)
            await wakeups.put("k", "v", MINUTE)
            logs.clear()
            processes[0].kill()
            processes[0].wait()
            for _ in range(20):
                wakeups.publish(["a"])
                assert await wakeups.get("k") == "v"
                async with wakeups.lock("l", MINUTE):
                    await wakeups.put("k", "v", MINUTE)
            await wakeups.drop("k")
            assert await wakeups.get("k") is None
            assert not await wakeups.reachable()
            with wakeups.listening("here") as here:
                wakeups.publish(["here"])
                assert here.is_set()
    assert [line["action"] for line in logs].count("redis_away") == 1


async def test_wake_ups_are_carried_again_once_redis_is_back(own_redis):
    folder, processes = own_redis
    url = servers.redis_url(folder)
    with structlog.testing.capture_logs() as logs:
        async with running(url) as first, running(url) as second:
            await carried(first, second, "before")
            processes[0].kill()
            processes[0].wait()
            await until(lambda: len([x for x in logs if x["action"] == "redis_away"]) >= 2)
            processes.append(await asyncio.to_thread(servers.start_redis, folder))
            await carried(first, second, "after")
            await until(lambda: len([x for x in logs if x["action"] == "redis_back"]) >= 2)
            async with asyncio.timeout(LIMIT):
                while await second.get("k") != "v":
                    await first.put("k", "v", MINUTE)


async def test_a_redis_that_hangs_holds_nobody_up_for_long_and_nothing_is_lost(own_redis):
    folder, processes = own_redis
    url = servers.redis_url(folder)
    async with running(url) as first, running(url) as second:
        await carried(first, second, "before")
        await first.put("k", "v", MINUTE)
        os.kill(processes[0].pid, signal.SIGSTOP)
        asked = 0
        async with asyncio.timeout(LIMIT):
            for _ in range(200):
                assert await first.get("k") == "v"
                async with first.lock("l", MINUTE):
                    asked += 1
        assert asked == 200
        os.kill(processes[0].pid, signal.SIGCONT)
        await carried(first, second, "after")


async def test_a_full_redis_counts_as_away():
    folder = Path(tempfile.mkdtemp(prefix="crm-live-"))
    process = servers.start_redis(folder, "--maxmemory", "1mb", "--maxmemory-policy", "noeviction")
    wakeups = live.wakeups(servers.redis_url(folder))
    try:
        for n in range(40):
            await wakeups.put(f"k{n}", "x" * 50_000, MINUTE)
        await wakeups.put("small", "v", MINUTE)
        assert await wakeups.get("small") == "v"
    finally:
        await wakeups.close()
        process.kill()
        process.wait()
        shutil.rmtree(folder)
