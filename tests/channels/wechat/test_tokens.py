"""The access token: one for all, renewed once, and words for credentials that do not work."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from channels import contract
from channels.sandbox.wechat_api import Fault

WANG = "oWang00000000000000000000001"
SEND, TOKEN = "message/custom/send", "stable_token"


def paths(house: Any) -> list[str]:
    return [path for path, _ in house.platform.api.calls]


async def test_one_token_serves_until_five_minutes_before_its_end(house: Any) -> None:
    async with house.wechat() as account:
        account.twin.adopt(WANG, wrote=True)
        await account.channel.send(account.message("1"))
        house.clock.forward(minutes=114)
        await account.channel.send(account.message("2"))
        assert paths(house) == [TOKEN, SEND, SEND]
        house.clock.forward(minutes=2)
        await account.channel.send(account.message("3"))
    assert paths(house) == [TOKEN, SEND, SEND, TOKEN, SEND]


async def test_a_refused_token_is_renewed_once_and_the_message_arrives(house: Any) -> None:
    async with house.wechat() as account:
        account.twin.adopt(WANG, wrote=True)
        await account.channel.send(account.message("1"))
        house.platform.api.forget_tokens(account.twin.app_id)
        await account.channel.send(account.message("2"))
        assert account.seen() == ["1", "2"]
    assert paths(house) == [TOKEN, SEND, SEND, TOKEN, SEND]


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_a_token_refused_for_ever_costs_one_retry_and_two_token_calls(
    house: Any, code: int
) -> None:
    api = house.platform.api
    async with house.wechat() as account:
        account.twin.adopt(WANG, wrote=True)
        api.faults.extend([Fault(kind="errcode", value=code, path="custom/send")] * 9)
        with pytest.raises(contract.CredentialsRejected, match=str(code)):
            await account.channel.send(account.message("1"))
        assert paths(house) == [TOKEN, SEND, TOKEN, SEND]
        assert account.seen() == []


async def test_a_token_that_asking_does_not_replace_is_replaced_by_force_once(house: Any) -> None:
    api = house.platform.api
    async with house.wechat() as account:
        account.twin.adopt(WANG, wrote=True)
        for _ in range(6):
            api.faults.extend([Fault(kind="errcode", value=40001, path="custom/send")] * 2)
            with pytest.raises(contract.CredentialsRejected):
                await account.channel.send(account.message("1"))
        assert api.forced(account.twin.app_id) == 1
        house.clock.forward(hours=2)
        for _ in range(3):
            api.faults.extend([Fault(kind="errcode", value=40001, path="custom/send")] * 2)
            with pytest.raises(contract.CredentialsRejected):
                await account.channel.send(account.message("1"))
        assert api.forced(account.twin.app_id) == 2


async def test_many_at_once_renew_a_dead_token_once(house: Any) -> None:
    api = house.platform.api
    async with house.wechat() as account:
        people = [f"oMany{number:023}" for number in range(40)]
        for openid in people:
            account.twin.adopt(openid, wrote=True)
        await account.channel.send(account.message("0", to=people[0]))
        api.forget_tokens(account.twin.app_id)
        await asyncio.gather(
            *(account.channel.send(account.message("1", to=openid)) for openid in people)
        )
        assert all(account.seen(openid)[-1] == "1" for openid in people)
    assert paths(house).count(TOKEN) == 2


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        ({"app_id": "wx9999999999999999"}, "AppID is wrong"),
        ({"secret": "wrong"}, "AppSecret is wrong"),
        ({"secret": ""}, "AppSecret is missing"),
    ],
)
async def test_wrong_credentials_are_said_in_words(
    house: Any, difference: dict[str, str], words: str
) -> None:
    twin = {"app_id": "wx5823bf96d3bd56c7"}
    async with house.wechat(twin=twin, **difference) as account:
        with pytest.raises(contract.CredentialsRejected, match=words):
            await account.channel.check()
        with pytest.raises(contract.CredentialsRejected, match=words):
            await account.channel.send(account.message("1"))


async def test_a_server_that_is_not_on_the_whitelist_is_told_its_address(house: Any) -> None:
    house.platform.api.allowed_ips = frozenset({"192.0.2.1"})
    async with house.wechat() as account:
        with pytest.raises(contract.CredentialsRejected, match=r"whitelist .*: 127\.0\.0\.1$"):
            await account.channel.send(account.message("1"))


async def test_a_healthy_account_says_so(house: Any) -> None:
    async with house.wechat() as account:
        assert "accepts the credentials" in await account.channel.check()
        house.platform.api.faults.append(Fault(kind="errcode", value=48001, path="menu_info"))
        assert "only direct answers work" in await account.channel.check()
