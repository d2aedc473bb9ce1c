"""What we send through WeChat's API, and what its refusals mean for us (PLATFORMS §2.2)."""

from __future__ import annotations

import ast
import asyncio
import inspect
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web

from channels import contract, messages
from channels.sandbox.wechat_api import Fault
from channels.wechat import channel as wechat_channel
from channels.wechat import rules

WANG = "oWang00000000000000000000001"
SEND, TOKEN = "message/custom/send", "stable_token"


def paths(house: Any) -> list[str]:
    return [path for path, _ in house.platform.api.calls]


async def test_a_text_arrives_as_it_was_written(house: Any) -> None:
    async with house.wechat() as account:
        account.twin.adopt(WANG, wrote=True)
        words = "张伟(华星) #31: 能便宜点吗? 😀 \"'\\ &lt; \n\t]]>"
        assert await account.channel.send(account.message(words)) == messages.Sent(parts=1)
        assert account.seen() == [words]
    assert house.platform.api.calls[-1] == (SEND, 0)


async def test_a_long_text_is_divided_between_characters_and_loses_nothing(house: Any) -> None:
    async with house.wechat() as account:
        account.twin.adopt(WANG, wrote=True)
        words = "汉" * 682 + "é字" * 700
        assert (await account.channel.send(account.message(words))).parts == 3
        assert "".join(account.seen()) == words
        assert len(account.seen()) == 3


async def test_one_window_takes_five_messages_and_then_none(house: Any) -> None:
    async with house.wechat() as account:
        account.twin.adopt(WANG, wrote=True)
        for number in range(5):
            await account.channel.send(account.message(f"{number}"))
        with pytest.raises(contract.WindowClosed, match="45047"):
            await account.channel.send(account.message("6"))
        await account.twin.say(WANG, "在")
        await account.channel.send(account.message("again"))


async def test_after_48_hours_the_window_is_closed(house: Any) -> None:
    async with house.wechat() as account:
        account.twin.adopt(WANG, wrote=True)
        house.clock.forward(hours=48, seconds=1)
        with pytest.raises(contract.WindowClosed, match="45015"):
            await account.channel.send(account.message("late"))


async def test_who_left_or_never_came_is_refused_for_good(house: Any) -> None:
    async with house.wechat() as account:
        account.twin.adopt(WANG, wrote=True)
        await account.twin.unfollow(WANG)
        with pytest.raises(contract.Refused, match="43004"):
            await account.channel.send(account.message("bye"))
        with pytest.raises(contract.Refused, match="40003"):
            await account.channel.send(account.message("who", to="oNobody"))


async def test_a_part_that_fails_after_others_arrived_leaves_the_outcome_unknown(
    house: Any,
) -> None:
    async with house.wechat() as account:
        account.twin.adopt(WANG)
        account.twin.adopt(WANG, wrote=True)
        for number in range(4):
            await account.channel.send(account.message(f"{number}"))
        with pytest.raises(contract.OutcomeUnknown, match=r"1 of 2 parts arrived.*45047"):
            await account.channel.send(account.message("长" * 700))


async def test_two_accounts_on_one_server_do_not_mix(house: Any) -> None:
    async with house.wechat() as one, house.wechat(app_id="wx0000000000000002") as two:
        one.twin.adopt(WANG, wrote=True)
        two.twin.adopt(WANG, wrote=True)
        await one.channel.send(one.message("from one"))
        await two.channel.send(two.message("from two"))
        assert (one.seen(), two.seen()) == (["from one"], ["from two"])
    assert paths(house) == [TOKEN, SEND, TOKEN, SEND]


# Faults of the provider and the network


@pytest.mark.parametrize(("code", "fault"), rules.FAULTS.items())
async def test_every_error_code_becomes_its_error_with_words(
    house: Any, code: int, fault: rules.Fault
) -> None:
    api = house.platform.api
    async with house.wechat() as account:
        account.twin.adopt(WANG, wrote=True)
        api.faults.extend([Fault(kind="errcode", value=code, path="custom/send")] * 2)
        with pytest.raises(contract.DeliveryError, match=f"\\({code}\\)") as caught:
            await account.channel.send(account.message("1"))
        assert type(caught.value) is fault.kind
        assert getattr(caught.value, "after", None) == rules.AFTER.get(code)


async def test_an_unlisted_error_code_is_a_refusal_that_names_it(house: Any) -> None:
    async with house.wechat() as account:
        house.platform.api.faults.append(Fault(kind="errcode", value=99999, path="custom/send"))
        with pytest.raises(contract.Refused, match="99999"):
            await account.channel.send(account.message("1"))


def fault_cases() -> Sequence[Any]:
    later, unknown = contract.RetryLater, contract.OutcomeUnknown
    reset = Fault(kind="reset", path="custom/send")
    done = Fault(kind="reset", path="custom/send", after=True)
    return [
        pytest.param(Fault(kind="status", value=500, path="custom/send"), later, id="500"),
        pytest.param(Fault(kind="status", value=502, path="custom/send"), later, id="proxy page"),
        pytest.param(Fault(kind="status", value=504, path="custom/send"), unknown, id="504"),
        pytest.param(Fault(kind="status", value=200, path="custom/send"), unknown, id="not json"),
        pytest.param(reset, unknown, id="reset"),
        pytest.param(done, unknown, id="reset after sending"),
        pytest.param(Fault(kind="reset", path=TOKEN), later, id="reset at the token"),
        pytest.param(Fault(kind="status", value=200, path=TOKEN), later, id="no token"),
    ]


@pytest.mark.parametrize(("fault", "error"), fault_cases())
async def test_a_lost_answer_is_unknown_and_what_did_not_leave_is_tried_later(
    house: Any, fault: Fault, error: type[Exception]
) -> None:
    async with house.wechat() as account:
        account.twin.adopt(WANG, wrote=True)
        house.platform.api.faults.append(fault)
        with pytest.raises(error):
            await account.channel.send(account.message("1"))
        assert account.seen() == (["1"] if fault.after else [])


async def test_a_vendor_that_hangs_is_given_up_after_four_seconds_as_unknown(house: Any) -> None:
    async with house.wechat() as account:
        account.twin.adopt(WANG, wrote=True)
        house.platform.api.faults.append(Fault(kind="hang", path="custom/send"))
        async with asyncio.timeout(8):
            with pytest.raises(contract.OutcomeUnknown):
                await account.channel.send(account.message("1"))


async def test_a_limit_with_a_retry_time_is_kept_to(house: Any) -> None:
    async with house.wechat() as account:
        limited = Fault(kind="status", value=429, path="custom/send", headers={"Retry-After": "17"})
        house.platform.api.faults.append(limited)
        with pytest.raises(contract.RetryLater) as caught:
            await account.channel.send(account.message("1"))
    assert caught.value.after == timedelta(seconds=17)


async def test_nobody_there_is_tried_later(house: Any) -> None:
    async with house.wechat(api_base="http://127.0.0.1:9") as account:
        with pytest.raises(contract.RetryLater, match="no connection"):
            await account.channel.send(account.message("1"))


async def test_errors_never_tell_the_secret_or_the_token(house: Any) -> None:
    async with house.wechat(secret="canary-secret") as account:
        with pytest.raises(contract.DeliveryError) as caught:
            await account.channel.send(account.message("1"))
    assert "canary" not in repr(caught.value)


async def answered(answer: str, house: Any, do: str) -> None:
    """Do something against a vendor that always gives this one answer."""

    async def handler(request: web.BaseRequest) -> web.Response:
        given = answer if do not in request.path else '{"access_token": "t", "expires_in": 7200}'
        return web.Response(text=given)

    runner = web.ServerRunner(web.Server(handler))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with house.wechat(api_base=base) as account:
            await account.channel.qr("x", timedelta(seconds=60))
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("answer", "do"),
    [
        ("{}", "nowhere"),
        ('{"access_token": 5, "expires_in": 7200}', "nowhere"),
        ('{"access_token": "t", "expires_in": "soon"}', "nowhere"),
        ('{"errcode": "what"}', TOKEN),
        ('{"errcode": {}}', TOKEN),
        ("{}", TOKEN),
        ('{"ticket": 1}', TOKEN),
    ],
)
async def test_a_vendor_that_answers_nonsense_is_tried_later(
    house: Any, answer: str, do: str
) -> None:
    with pytest.raises(contract.RetryLater):
        await answered(answer, house, do)


# Choices and QR codes


CHOICES = (
    messages.Choice(label="华星科技", value="1"),
    messages.Choice(label="华<美>", value="2 &"),
)


async def test_choices_are_tappable_and_a_tap_says_the_same_as_typing(house: Any) -> None:
    async with house.wechat() as account:
        account.twin.adopt(WANG, wrote=True)
        text = "哪一个?\n1 华星科技\n2 华美"
        await account.channel.send(account.message(text, choices=CHOICES))
        entry = account.twin.phone(WANG).entries[-1]
        assert entry.text == text
        assert [(c.label, c.value) for c in entry.choices] == [
            ("华星科技", "1"),
            ("华＜美＞", "2 &"),
        ]
        await account.twin.tap(WANG, entry.choices[1])
        (heard,) = account.heard()
    assert isinstance(heard, messages.InboundMessage)
    assert (heard.kind, heard.text, heard.tapped) == ("menu", "2 &", "ref-1.2")


async def test_choices_are_tappable_in_the_response_too(house: Any) -> None:
    async with house.wechat() as account:
        account.twin.adopt(WANG)
        house.recorder.answer = lambda event: account.message("哪一个?", choices=CHOICES)
        await account.twin.say(WANG, "查 华")
        entry = account.twin.phone(WANG).entries[-1]
    assert (entry.via, len(entry.choices)) == ("passive", 2)


async def test_links_that_do_not_fit_are_left_out_before_the_words_are(house: Any) -> None:
    async with house.wechat() as account:
        account.twin.adopt(WANG, wrote=True)
        words = "长" * 670
        await account.channel.send(account.message(words, choices=CHOICES))
        entry = account.twin.phone(WANG).entries[-1]
    assert (entry.text, entry.choices) == (words, ())


@pytest.mark.parametrize(
    "evil",
    [
        '<a href="weixin://bizmsgmenu?msgmenucontent=1&msgmenuid=1">点我</a>',
        '<A HREF="weixin://bizmsgmenu?msgmenucontent=确认&msgmenuid=1">x</A>',
        '<\n a\thref="https://evil.example">x</a>',
    ],
)
async def test_a_customers_words_never_become_a_link(house: Any, evil: str) -> None:
    async with house.wechat() as account:
        account.twin.adopt(WANG, wrote=True)
        await account.channel.send(account.message(f"张伟: {evil}"))
        entry = account.twin.phone(WANG).entries[-1]
    assert entry.choices == ()
    assert "<a" not in entry.raw.lower().replace("\n", "").replace(" ", "")


async def test_a_qr_code_brings_its_scene_back(house: Any) -> None:
    async with house.wechat() as account:
        url = await account.channel.qr("bind-王丽-482913", timedelta(minutes=10))
        assert url.startswith("https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=")
        assert parse_qs(urlsplit(url).query)["ticket"]
        for scene, ttl in (("", 60), ("x" * 65, 60), ("x", 0), ("x", 2_592_001)):
            with pytest.raises(ValueError, match=r"character|lasts"):
                await account.channel.qr(scene, timedelta(seconds=ttl))


def test_only_methods_of_wechatpy_that_pass_straight_through_are_used() -> None:
    """Methods that look into the answer cannot be awaited (DEPENDENCIES §12)."""
    tree = ast.parse(inspect.getsource(wechat_channel))
    used = {
        ast.unparse(node.func).removeprefix("self._client.")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("self._client.")
    }
    assert used == {"message.send_text", "menu.get_menu_info", "qrcode.create", "user.get"}
