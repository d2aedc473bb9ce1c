"""By what else WeChat knows a follower."""

from __future__ import annotations

from typing import Any

import pytest

from channels import contract, messages
from channels.sandbox import wechat_api

WANG = messages.Address(kind="wechat", account="main", value="oWang00000000000000000000001")
UNION = messages.Address(kind="unionid", value="u-wang")


async def test_an_account_on_the_open_platform_is_told_the_unionid(house: Any) -> None:
    async with house.wechat(open_platform=True) as account:
        account.twin.adopt(WANG.value)
        account.twin.unionids[WANG.value] = UNION.value
        assert isinstance(account.channel, contract.Identifying)
        assert await account.channel.also_known_as(WANG) == (UNION,)


async def test_other_accounts_do_not_even_ask(house: Any) -> None:
    async with house.wechat() as account:
        account.twin.adopt(WANG.value)
        account.twin.unionids[WANG.value] = UNION.value
        assert await account.channel.also_known_as(WANG) == ()
    assert "user/info" not in [path for path, _ in house.platform.api.calls]


async def test_a_follower_without_a_unionid_has_nothing_more(house: Any) -> None:
    async with house.wechat(open_platform=True) as account:
        account.twin.adopt(WANG.value)
        assert await account.channel.also_known_as(WANG) == ()


async def test_a_stranger_is_refused_and_a_busy_server_is_asked_again(house: Any) -> None:
    async with house.wechat(open_platform=True) as account:
        with pytest.raises(contract.Refused, match="40003"):
            await account.channel.also_known_as(WANG)
        house.platform.api.faults.append(wechat_api.Fault(kind="errcode", value=-1))
        with pytest.raises(contract.RetryLater):
            await account.channel.also_known_as(WANG)
