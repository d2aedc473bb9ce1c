"""What waits for its commit: together with others, not for ever, and not without bound."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from bot import recorder
from channels import contract, messages
from conversations import inbox, live
from crm_core import database

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


@pytest.fixture
async def store(database_url):
    opened = database.open_database(database_url)
    yield opened
    await opened.close()


def made(store, **given):
    return recorder.Recorder(store, live.Wakeups(), lambda: NOW, "me", **given)


def event(key, raw=b"<xml/>"):
    sender = messages.Address(kind="wechat", account="main", value=f"o{key}")
    return messages.RawEvent(
        channel="wechat", account="main", dedup_key=str(key), sender=sender, raw=raw
    )


async def kept(store):
    return await store.read(lambda s: s.scalar(sa.select(sa.func.count(inbox.Event.id))))


async def while_running(writer, *waiting):
    async with asyncio.TaskGroup() as group:
        running = group.create_task(writer.run())
        tasks = [group.create_task(one) for one in waiting]
        await asyncio.wait(tasks)
        running.cancel()
    return [task.result() for task in tasks]


async def test_everybody_hears_of_his_own_event(store):
    writer = made(store)
    receipts = await while_running(writer, *(writer.record(event(n % 40)) for n in range(50)))
    assert sum(receipt.new for receipt in receipts) == 40 == await kept(store)


async def test_more_than_fits_into_one_commit_goes_into_several(store):
    writer = made(store)
    big = b"x" * (recorder.BATCH_BYTES // 2)
    waiting = [writer.record(event(n, big)) for n in range(5)]
    waiting += [writer.record(event(n)) for n in range(5, 5 + recorder.BATCH)]
    receipts = await while_running(writer, *waiting)
    assert all(receipt.new for receipt in receipts)
    assert await kept(store) == 5 + recorder.BATCH


async def test_a_commit_that_takes_too_long_is_given_up_and_its_repeat_is_known(store):
    writer = made(store, patience=0.01)
    results = await asyncio.gather(
        writer.record(event(1)), writer.record(event(2)), return_exceptions=True
    )
    assert [type(result) for result in results] == [TimeoutError] * 2
    patient = made(store)
    await while_running(patient, patient.record(event(1)))
    (again,) = await while_running(patient, patient.record(event(1)))
    assert not again.new


async def test_what_comes_when_too_much_waits_is_refused_at_once(store):
    writer = made(store, patience=0.05)
    waiting = [asyncio.ensure_future(writer.record(event(n))) for n in range(recorder.CAPACITY)]
    await asyncio.sleep(0)
    with pytest.raises(contract.Overloaded):
        await writer.record(event("more"))
    await asyncio.wait(waiting)
    assert all(isinstance(one.exception(), TimeoutError) for one in waiting)
