"""A customer who writes to two official accounts becomes one, by one tap."""

from __future__ import annotations

from typing import Any

from channels.sandbox import wechat_callback
from conversations import accounts, timeline
from crm_core import clock, people
from tests.journeys import program


async def second_account(crm: program.Program) -> program.Phone:
    """The same person's phone, following another account of ours."""
    account = wechat_callback.TwinAccount(
        app_id="wxsecond",
        secret="app-secret-2",
        token="callback-token-2",
        aes_key=program.AES_KEY,
        hook_url=f"{crm.base}/hooks/wechat/service",
    )
    twin = crm.platform.open(account)
    block = {
        "app_id": account.app_id,
        "secret": account.secret,
        "token": account.token,
        "encoding_aes_key": account.aes_key,
        "api_base": crm.platform.base,
    }
    await crm.parts.store.run(accounts.put, "wechat", "service", block, clock.now())
    await crm.parts.hub.refresh()
    twin.adopt("o-customer-on-service")
    return program.Phone(twin, "o-customer-on-service")


async def test_one_tap_makes_one_timeline_of_two_accounts(crm: program.Program) -> None:
    rep, customer = await crm.rep("王丽"), crm.customer()
    await customer.writes("叉车多少钱")
    await rep.hears("叉车")
    await rep.says("认领 #1")
    await rep.says("#1 电话改 13812345678")
    elsewhere = await second_account(crm)
    await elsewhere.writes("我换了个号，电话还是13812345678")
    asked = await rep.hears("疑似同一客户")
    assert "#1" in asked
    assert "#2" in asked
    assert (await rep.says("1")).startswith("✓")
    await elsewhere.writes("周五送来行吗")
    await rep.hears("周五")

    def told(session: Any) -> set[str]:
        page = timeline.page(
            session, people.named(session, "王丽"), 1, sorts=[timeline.Sort.MESSAGE]
        )
        return {each.record.text for each in page}  # type: ignore[union-attr]

    assert {"叉车多少钱", "我换了个号，电话还是13812345678", "周五送来行吗"} <= await crm.read(told)
    assert "周五" in await rep.says("历史 #2")
    assert (await rep.says("撤销")).startswith("✓")
    await crm.quiet()
    assert "周五送来行吗" not in await crm.read(told)
