"""Words in the response itself: the passive reply, its limits and its fate (PLATFORMS §2.1)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from yarl import URL

from channels import messages

KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
OTHER_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
WANG = "oWang00000000000000000000001"
LI = "oLi0000000000000000000000002"

MODES = pytest.mark.parametrize("mode", ["plain", "compat", "safe"])
FORMATS = pytest.mark.parametrize("format_", ["xml", "json"])


def text(number: str, words: str = "你好") -> dict[str, Any]:
    return {"MsgType": "text", "Content": words, "MsgId": number}


@MODES
@FORMATS
async def test_words_ready_in_time_go_out_in_the_response_itself(
    house: Any, mode: str, format_: str
) -> None:
    house.recorder.answer = lambda event: f"✓ {event.text} ]]> <b>&amp;"
    async with house.wechat(mode=mode, twin={"format": format_}) as account:
        account.twin.adopt(WANG)
        await account.twin.say(WANG, "赢了")
        (entry,) = [e for e in account.twin.phone(WANG).entries if e.direction == "in"]
    assert (entry.text, entry.via) == ("✓ 赢了 ]]> <b>&amp;", "passive")
    assert [reply.fate for reply in house.recorder.replies] == ["written"]
    assert house.recorder.waits[0] == pytest.approx(3.5)


async def test_the_previous_key_still_opens_and_the_answer_is_sealed_with_it(house: Any) -> None:
    house.recorder.answer = lambda event: "收到"
    keys = {"encoding_aes_key": OTHER_KEY, "previous_aes_key": KEY}
    async with house.wechat(**keys, twin={"aes_key": KEY}) as account:
        account.twin.adopt(WANG)
        await account.twin.say(WANG, "旧钥匙")
        assert account.seen() == ["收到"]
    async with house.wechat(**keys, twin={"aes_key": OTHER_KEY}) as account:
        account.twin.adopt(WANG)
        await account.twin.say(WANG, "新钥匙")
        assert account.seen() == ["收到"]


async def test_after_recording_the_answer_is_success_whatever_happens(house: Any) -> None:
    house.recorder.reply_fault = RuntimeError("a defect")
    async with house.wechat() as account:
        made = account.twin.signed(WANG, text("1"))
        assert await account.post(made) == (200, "success", "text/plain")


async def test_an_event_without_words_for_it_waits_for_no_answer(house: Any) -> None:
    house.recorder.answer = lambda event: "再见"
    async with house.wechat() as account:
        account.twin.adopt(WANG)
        await account.twin.unfollow(WANG)
        assert isinstance(account.heard()[0], messages.InboundUnfollow)
    assert house.recorder.waits == []


async def test_control_characters_in_an_answer_are_left_out_of_the_xml_only(house: Any) -> None:
    house.recorder.answer = lambda event: "一\x00二\x0b]]>\ud800三"
    async with house.wechat() as account:
        account.twin.adopt(WANG)
        await account.twin.say(WANG, "?")
        assert account.seen() == ["一二]]>三"]
    async with house.wechat(twin={"format": "json"}) as account:
        account.twin.adopt(LI)
        await account.twin.say(LI, "?")
        assert account.seen(LI) == ["一\x00二\x0b]]>?三"]


async def test_a_reply_too_long_for_the_response_is_given_back_for_the_api(house: Any) -> None:
    house.recorder.answer = lambda event: "长" * 683
    async with house.wechat() as account:
        account.twin.adopt(WANG)
        await account.twin.say(WANG, "?")
        assert account.seen() == []
    assert [reply.fate for reply in house.recorder.replies] == ["released"]


async def test_a_response_that_breaks_off_makes_the_reply_unknown(house: Any) -> None:
    async with house.wechat() as account:
        made = account.twin.signed(WANG, text("1"))
        port = int(account.hook.rsplit(":", 1)[1].split("/")[0])
        target = URL(account.hook).with_query(dict(made.query)).raw_path_qs
        settled = asyncio.Event()

        class Slow:
            message = account.message("晚了")
            fate = ""

            async def settle(self, *, written: bool) -> None:
                Slow.fate = "written" if written else "unknown"
                settled.set()

        class Receipt:
            new = True

            async def reply(self, within: float) -> Any:
                writer.transport.abort()
                await asyncio.sleep(0.2)
                return Slow()

        async def record(event: Any) -> Any:
            return Receipt()

        house.recorder.instead = record
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(made.body)}\r\n\r\n"
        writer.write(head.encode() + made.body)
        await asyncio.wait_for(settled.wait(), 5)
    assert Slow.fate == "unknown"


async def test_time_already_spent_shortens_the_wait_for_an_answer(house: Any) -> None:
    async with house.wechat() as account:

        async def slow(event: Any) -> Any:
            await asyncio.sleep(1.0)
            return await house.recorder.keep(event)

        house.recorder.instead = slow
        await account.post(account.twin.signed(WANG, text("1")))
    assert house.recorder.waits[0] < 3.4


class Broken:
    """A reply that nothing works with."""

    def __init__(self, message: Any) -> None:
        self.message = message

    async def settle(self, *, written: bool) -> None:
        raise OSError("the database is away")


@pytest.mark.parametrize("words", [None, "长" * 683, "收到"])
async def test_whatever_fails_about_a_reply_the_vendor_hears_no_error(
    house: Any, words: str | None
) -> None:
    async with house.wechat() as account:
        message = None if words is None else account.message(words)

        class Receipt:
            new = True

            async def reply(self, within: float) -> Any:
                return Broken(message)

        async def record(event: Any) -> Any:
            return Receipt()

        house.recorder.instead = record
        status, answer, _ = await account.post(account.twin.signed(WANG, text("1")))
    assert status == 200
    assert (answer == "success") == (words != "收到")
