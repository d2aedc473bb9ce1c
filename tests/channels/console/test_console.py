"""The terminal as a channel."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from channels import contract, messages, registry

AT = datetime(2026, 11, 23, 17, 30, tzinfo=timezone(timedelta(hours=8)))


@pytest.fixture
def console(house: Any) -> Any:
    return registry.build("console", "main", {}, house.tools)


def test_a_typed_line_is_read_back_as_it_was_typed(console: Any) -> None:
    event = console.event("王丽", " 华星 报价 8.5万\u2028]]>\x00 ", "m1", AT)
    assert (event.channel, event.account, event.dedup_key) == ("console", "main", "m1")
    (heard,) = console.parse(event.raw)
    assert heard == messages.InboundMessage(
        sender=messages.Address(kind="console", account="main", value="王丽"),
        sender_name="王丽",
        at=AT,
        provider_id="m1",
        text=" 华星 报价 8.5万\u2028]]>\x00 ",
    )
    assert heard.at.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"id":"1","rep":"a","text":"x","at":"2026-11-23"}',
        b'{"id":"1","rep":"","text":"x","at":"2026-11-23T00:00:00+00:00"}',
        b'{"id":1,"rep":"a","text":"x","at":"2026-11-23T00:00:00+00:00"}',
    ],
)
def test_other_lines_are_refused(console: Any, raw: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        console.parse(raw)


async def test_who_listens_hears_and_who_left_does_not(console: Any) -> None:
    message = messages.OutboundMessage(to=console.address("王丽"), text="✓", reference="r1")
    with pytest.raises(contract.RetryLater):
        await console.send(message)
    with console.listening("王丽") as heard:
        assert await console.send(message) == messages.Sent(provider_ids=("r1",))
        assert heard.get_nowait() == message
        with console.listening("王丽") as later:
            await console.send(message)
            assert (heard.qsize(), later.qsize()) == (0, 1)
    with pytest.raises(contract.RetryLater):
        await console.send(message)


async def test_a_terminal_is_always_well(console: Any) -> None:
    assert await console.check()
    assert console.routes() == ()
