"""What our webhook takes from WeChat, and how it answers (PLATFORMS §2.1 and §3.6)."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
from datetime import timedelta
from typing import Any

import pytest

from channels import contract, http, messages

KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
OTHER_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
WANG = "oWang00000000000000000000001"
LI = "oLi0000000000000000000000002"

MODES = pytest.mark.parametrize("mode", ["plain", "compat", "safe"])
FORMATS = pytest.mark.parametrize("format_", ["xml", "json"])


def sign(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


async def verify(account: Any, **query: str) -> tuple[int, str, str]:
    async with account.house.session.get(account.hook, params=query) as response:
        return response.status, await response.text(), response.content_type


def asked(house: Any, **more: str) -> dict[str, str]:
    timestamp = str(int(house.clock().timestamp()))
    signature = sign("QDG6eK", timestamp, "n")
    return {
        "signature": signature,
        "timestamp": timestamp,
        "nonce": "n",
        "echostr": "8 <b>",
        **more,
    }


async def test_the_address_is_verified_by_echoing_the_vendors_text_as_plain_text(
    house: Any,
) -> None:
    async with house.wechat() as account:
        assert await verify(account, **asked(house)) == (200, "8 <b>", "text/plain")


async def test_a_verification_with_a_bad_or_stale_signature_is_forbidden(house: Any) -> None:
    async with house.wechat() as account:
        assert (await verify(account, **asked(house, signature="0" * 40)))[0] == 403
        assert (await verify(account, **asked(house, signature="é")))[0] == 403
        assert (await verify(account, echostr="x"))[0] == 403
        stale = asked(house)
        house.clock.forward(seconds=301)
        assert (await verify(account, **stale))[0] == 403
        house.clock.forward(seconds=-602)
        assert (await verify(account, **stale))[0] == 403
    assert house.counts == {"forged": 3, "stale": 2}


@pytest.mark.parametrize("timestamp", ["", "soon", "１２", "-5", "1e9", "9" * 40])
async def test_a_signed_time_that_is_none_is_stale(house: Any, timestamp: str) -> None:
    async with house.wechat() as account:
        signature = sign("QDG6eK", timestamp, "n")
        query = asked(house, timestamp=timestamp, signature=signature)
        assert (await verify(account, **query))[0] == 403
    assert house.counts == {"stale": 1}


async def test_a_verification_without_a_text_to_echo_is_malformed(house: Any) -> None:
    async with house.wechat() as account:
        query = asked(house)
        del query["echostr"]
        assert (await verify(account, **query))[0] == 400


@MODES
@FORMATS
async def test_a_message_is_recorded_and_acknowledged_in_every_mode_and_format(
    house: Any, mode: str, format_: str
) -> None:
    async with house.wechat(mode=mode, twin={"format": format_}) as account:
        account.twin.adopt(WANG)
        number = await account.twin.say(WANG, "能便宜点吗？😀")
        (heard,) = account.heard()
        assert heard == messages.InboundMessage(
            sender=messages.Address(kind="wechat", account="main", value=WANG),
            at=house.clock(),
            provider_id=str(number),
            text="能便宜点吗？😀",
        )
        assert account.seen() == []
    (event,) = house.recorder.events.values()
    assert event.dedup_key == f"m:{WANG}:{number}"
    assert (event.takes_reply, event.text, event.greets) == (True, "能便宜点吗？😀", False)
    assert house.counts == {"accepted": 1}


async def test_compat_mode_takes_plain_callbacks_and_safe_mode_refuses_them(house: Any) -> None:
    async with house.wechat(mode="compat", twin={"mode": "plain"}) as account:
        assert (await account.post(account.twin.signed(WANG, text("1"))))[0] == 200
    async with house.wechat(mode="safe", twin={"mode": "plain"}) as account:
        made = account.twin.signed(WANG, text("2"))
        assert (await account.post(made))[0] == 403
        assert (await account.post(made, encrypt_type="raw"))[0] == 403
        assert (await account.post(made, encrypt_type="rot13"))[0] == 400
    assert len(house.recorder.events) == 1


def text(number: str, words: str = "你好") -> dict[str, Any]:
    return {"MsgType": "text", "Content": words, "MsgId": number}


@pytest.mark.parametrize(
    "difference",
    [
        {"token": "another"},
        {"app_id": "wx0000000000000000"},
        {"aes_key": OTHER_KEY},
    ],
    ids=["wrong token", "wrong id inside the cipher", "unknown key"],
)
async def test_a_forged_callback_is_forbidden_and_leaves_nothing(
    house: Any, difference: dict[str, str]
) -> None:
    async with house.wechat(twin=difference) as account:
        assert (await account.post(account.twin.signed(WANG, text("1"))))[0] == 403
    assert house.recorder.events == {}
    assert house.counts == {"forged": 1}


@pytest.mark.parametrize("field", ["msg_signature", "timestamp", "nonce"])
@pytest.mark.parametrize("value", [None, "", "1", "０", "\x00", "é" * 40])
async def test_every_signed_part_of_the_address_counts(
    house: Any, field: str, value: str | None
) -> None:
    async with house.wechat() as account:
        made = account.twin.signed(WANG, text("1"))
        assert (await account.post(made, **{field: value}))[0] == 403
    assert house.recorder.events == {}


async def test_a_tampered_cipher_is_forbidden(house: Any) -> None:
    async with house.wechat() as account:
        made = account.twin.signed(WANG, text("1"))
        spot = made.body.index(b"<Encrypt><![CDATA[") + 40
        other = b"A" if made.body[spot : spot + 1] != b"A" else b"B"
        changed = made.body[:spot] + other + made.body[spot + 1 :]
        assert (await account.post(with_body(made, changed)))[0] == 403


def with_body(made: Any, body: bytes) -> Any:
    return dataclasses.replace(made, body=body)


async def test_a_correctly_signed_cipher_of_nonsense_is_forbidden(house: Any) -> None:
    async with house.wechat() as account:
        made = account.twin.signed(WANG, text("1"))
        for sealed in ("AAAA", "!!!!", "", "QUFBQUFBQUFBQUFBQUFBQQ==", "A" * 64, "钥匙"):
            body = f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode()
            query = made.query
            good = sign("QDG6eK", query["timestamp"], query["nonce"], sealed)
            status, _, _ = await account.post(with_body(made, body), msg_signature=good)
            assert status == (400 if not sealed else 403)


async def test_a_callback_is_fresh_for_five_minutes_either_way(house: Any) -> None:
    async with house.wechat() as account:
        for number, seconds in enumerate((-300, 300)):
            at = house.clock() + timedelta(seconds=seconds)
            made = account.twin.signed(WANG, text(f"{number + 1}"), signed_at=at)
            assert (await account.post(made))[0] == 200
        for seconds in (-301, 301, -(10**8)):
            at = house.clock() + timedelta(seconds=seconds)
            made = account.twin.signed(WANG, text("9"), signed_at=at)
            assert (await account.post(made))[0] == 403
    assert house.counts == {"accepted": 2, "stale": 3}


HOSTILE = {
    "nothing": b"",
    "not xml": b"hello",
    "another root": b"<html></html>",
    "unclosed": b"<xml><MsgType>text",
    "entity bomb": b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><xml><A>&b;</A></xml>',
    "doctype in the middle": b'<xml><!DOCTYPE x [<!ENTITY a "a">]><A>&a;</A></xml>',
    "external entity": b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><xml/>',
    "nested": b"<xml>" + b"<a>" * 20_000,
    "many": b"<xml>" + b"<a/>" * 15_000 + b"</xml>",
    "utf-16": "<xml><MsgType>text</MsgType></xml>".encode("utf-16"),
    "no type": b"<xml><FromUserName>o1</FromUserName><MsgId>1</MsgId></xml>",
    "no sender": b"<xml><MsgType>text</MsgType><MsgId>1</MsgId></xml>",
    "two senders": b"<xml><MsgType>a</MsgType>"
    + b"<FromUserName>o1</FromUserName>" * 2
    + b"</xml>",
    "json list": b"[1]",
    "json nested": b'{"a":' * 12_000,
    "json number": b'{"MsgType":' + b"9" * 5000 + b"}",
    "json nan": b'{"MsgType":NaN}',
    "not utf-8 json": b'{"MsgType":"\xff\xfe"}',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("mode", ["plain", "safe"])
async def test_malformed_and_hostile_bodies_are_refused(house: Any, body: bytes, mode: str) -> None:
    async with house.wechat(mode=mode) as account:
        made = account.twin.signed(WANG, text("1"))
        assert (await account.post(with_body(made, body)))[0] == 400
    assert house.recorder.events == {}
    assert house.counts == {"malformed": 1}


async def test_a_body_over_64_kib_is_refused_with_and_without_its_length(house: Any) -> None:
    async with house.wechat() as account:
        made = account.twin.signed(WANG, text("1", "长" * 30_000))
        assert (await account.post(made))[0] == 413

        async def pieces() -> Any:
            for _ in range(70):
                yield b"x" * 1024

        async with house.session.post(account.hook, data=pieces()) as response:
            assert response.status == 413
    assert house.counts == {"oversized": 2}


async def test_our_own_fault_before_recording_answers_503_and_the_vendors_next_try_succeeds(
    house: Any,
) -> None:
    async with house.wechat() as account:
        made = account.twin.signed(WANG, text("1"))
        for fault in (contract.Overloaded(), OSError("disk full")):
            house.recorder.fault = fault
            assert (await account.post(made))[0] == 503
        house.recorder.fault = None
        assert await account.post(made) == (200, "success", "text/plain")
    assert house.counts == {"failed": 2, "accepted": 1}


async def test_the_same_message_three_times_is_one_message_with_the_same_answer(
    house: Any,
) -> None:
    house.recorder.answer = lambda event: "收到"
    async with house.wechat(mode="plain") as account:
        made = account.twin.signed(WANG, text("7"))
        answers = {(await account.post(made))[1] for _ in range(3)}
    assert len(answers) == 1
    assert len(house.recorder.events) == 1
    assert house.counts == {"accepted": 1, "repeat": 2}


async def test_the_same_message_at_the_same_time_is_one_message(house: Any) -> None:
    async with house.wechat() as account:
        made = account.twin.signed(WANG, text("7"))
        answers = await asyncio.gather(*(account.post(made) for _ in range(20)))
    assert set(answers) == {(200, "success", "text/plain")}
    assert house.counts == {"accepted": 1, "repeat": 19}


async def test_the_vendors_patience_and_tries_make_one_message(house: Any) -> None:
    async with house.wechat() as account:
        account.twin.adopt(WANG)
        account.twin.manners.repeats = 2
        await account.twin.say(WANG, "在吗")
        account.twin.manners.hold = True
        await account.twin.say(WANG, "一")
        await account.twin.say(WANG, "二")
        await account.twin.release([1, 0, 1])
        assert sorted(m.text for m in account.heard()) == sorted(["在吗", "一", "二"])
    assert house.counts["accepted"] == 3


async def test_two_people_may_have_the_same_message_id(house: Any) -> None:
    async with house.wechat() as account:
        await account.twin.say(WANG, "一", msg_id=5)
        await account.twin.say(LI, "二", msg_id=5)
    assert list(house.recorder.events) == [f"m:{WANG}:5", f"m:{LI}:5"]


async def test_a_follow_and_a_scan_in_the_same_second_are_both_kept(house: Any) -> None:
    async with house.wechat() as account:
        await account.twin.follow(WANG, "bind-1")
        await account.twin.scan(WANG, "bind-1")
        await account.twin.scan(WANG, "bind-2")
        heard = account.heard()
        assert [(type(m).__name__, getattr(m, "scene", "")) for m in heard] == [
            ("InboundFollow", "bind-1"),
            ("InboundFollow", "bind-1"),
            ("InboundFollow", "bind-2"),
        ]
    assert all(event.greets for event in house.recorder.events.values())


async def test_an_unknown_event_is_kept_raw(house: Any) -> None:
    async with house.wechat() as account:
        fields = {"MsgType": "event", "Event": "subscribe_msg_popup_event", "List": {"A": ["1"]}}
        assert (await account.post(account.twin.signed(WANG, fields)))[0] == 200
        (heard,) = account.heard()
    assert isinstance(heard, messages.InboundOther)
    assert heard.what == "subscribe_msg_popup_event"
    (event,) = house.recorder.events.values()
    assert b"<List>" in event.raw


async def test_control_characters_and_cdata_ends_survive_as_text(house: Any) -> None:
    words = "a]]>b\x00c\x0bd\x1fe <!DOCTYPE html> &amp; \ufffe"
    async with house.wechat(mode="safe") as account:
        await account.twin.say(WANG, words)
        (heard,) = account.heard()
    assert heard.text == words.replace("\ufffe", "\ufffd")


async def test_a_body_that_never_ends_is_given_up(house: Any) -> None:
    async with house.wechat() as account:
        made = account.twin.signed(WANG, text("1"))

        async def trickle() -> Any:
            yield made.body[:10]
            await asyncio.sleep(http.BODY_WITHIN + 1)
            yield made.body[10:]

        post = house.session.post(account.hook, params=made.query, data=trickle())
        async with asyncio.timeout(15), post as response:
            assert response.status == 408
    assert house.counts == {"malformed": 1}
