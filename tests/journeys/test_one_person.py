"""A customer who writes to two official accounts becomes one, by one tap."""

from __future__ import annotations

from typing import Any

from channels.sandbox import wechat_callback
from conversations import accounts, timeline
from crm_core import clock, customers, people
from tests.journeys import program


async def first_is_open(crm: program.Program) -> None:
    """The first account is bound to an Open Platform account too."""
    account = crm.twin.account
    await store(crm, "main", account, open_platform=True)


async def store(
    crm: program.Program,
    name: str,
    account: wechat_callback.TwinAccount,
    *,
    open_platform: bool,
) -> None:
    block = {
        "app_id": account.app_id,
        "secret": account.secret,
        "token": account.token,
        "encoding_aes_key": account.aes_key,
        "api_base": crm.platform.base,
        "open_platform": open_platform,
    }
    await crm.parts.store.run(accounts.put, "wechat", name, block, clock.now())
    await crm.parts.hub.refresh()


async def second_account(crm: program.Program, *, open_platform: bool = False) -> program.Phone:
    """The same person's phone, following another account of ours."""
    account = wechat_callback.TwinAccount(
        app_id="wxsecond",
        secret="app-secret-2",
        token="callback-token-2",
        aes_key=program.AES_KEY,
        hook_url=f"{crm.base}/hooks/wechat/service",
    )
    twin = crm.platform.open(account)
    await store(crm, "service", account, open_platform=open_platform)
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


async def test_with_a_unionid_two_accounts_are_one_contact_without_a_tap(
    crm: program.Program,
) -> None:
    rep, customer = await crm.rep("王丽"), crm.customer()
    elsewhere = await second_account(crm, open_platform=True)
    await first_is_open(crm)
    for phone in (customer, elsewhere):
        phone.twin.unionids[phone.openid] = "u-1"
    await customer.writes("叉车多少钱")
    await rep.hears("叉车")
    await rep.says("认领 #1")
    await elsewhere.writes("还是我")
    await crm.until(lambda session: customers.living(session, customers.Customer, 2) == 1)
    reply = await rep.says("历史 #2")
    assert "还是我" in reply
    assert "叉车" in reply
    contacts = await crm.read(
        lambda session: session.get_one(customers.Customer, 1).contacts.__len__()
    )
    assert contacts == 1
