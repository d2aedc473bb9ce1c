"""Commands about customers, as reps say them."""

from __future__ import annotations


async def test_a_card_shows_whose_deal_contact_and_last_words(talk):
    await talk.customer_writes("华星科技", "能便宜点吗?")
    reply = await talk.says("查 华星")
    assert reply.splitlines()[0].startswith("华星科技 #")
    assert "报价 · 8万 · 预计12月30日(周三)" in reply
    assert "张伟 13812345678" in reply
    assert "能便宜点吗?" in reply
    assert len(reply.splitlines()) <= 6


async def test_a_name_alone_is_a_look(talk):
    assert (await talk.says("华星科技")).startswith("华星科技 #")


async def test_a_customer_is_found_by_a_number_that_called(talk):
    assert (await talk.says("13987654321是谁")).startswith("宏达机械")
    assert (await talk.says("尾号5678")).startswith("华星科技")


async def test_a_colleagues_customer_is_not_shown(talk):
    reply = await talk.says("查 远航电子")
    assert "孙丽" not in reply
    assert "13611112222" not in reply
    assert "远航电子" in await talk.says("查 远航电子", "赵敏")


async def test_a_phone_of_the_pool_is_masked_until_somebody_claims_it(talk):
    assert "135****3333" in await talk.says("东方印务 电话")
    await talk.did("认领 东方印务")
    assert "13522223333" in await talk.says("东方印务 电话")


async def test_the_first_claim_wins_and_the_other_learns_who_did(talk):
    number = await talk.number("东方印务")
    await talk.did(f"认领 #{number}")
    reply = await talk.says(f"认领 #{number}", "李强")
    assert "✓" not in reply
    assert "王丽" in reply


async def test_a_new_customer_comes_with_contact_and_phone(talk):
    reply = await talk.did("新客户 云帆贸易 陈经理 13800001111")
    assert "云帆贸易" in reply
    assert "13800001111" in await talk.says("云帆贸易 电话")
    await talk.did("撤销")
    assert "云帆贸易 #" not in await talk.says("查 云帆贸易")


async def test_a_known_phone_number_tells_only_whose_customer_it_is(talk):
    reply = await talk.says("新客户 某某公司 13611112222")
    assert "✓" not in reply
    assert "李强" in reply
    assert "孙丽" not in reply


async def test_a_second_customer_of_one_name_is_asked_about(talk):
    assert "确认" in await talk.says("新客户 华星科技")


async def test_an_unknown_name_offers_a_new_customer(talk):
    reply = await talk.says("记 天马集团 想要样品")
    assert "✓" not in reply
    assert "新建客户" in reply


async def test_a_name_that_several_have_is_asked_about(talk):
    reply = await talk.says("宏达 到 谈判")
    assert "宏达机械" in reply
    assert "宏达物流" in reply
    number = 1 + reply.splitlines()[1:].index(
        next(line for line in reply.splitlines()[1:] if "宏达机械" in line)
    )
    assert "宏达机械" in await talk.did(str(number))


async def test_a_write_on_a_name_that_only_sounds_right_shows_the_name_first(talk):
    reply = await talk.says("花星 到 谈判")
    assert "✓" not in reply
    assert "华星科技" in reply
    assert (await talk.deal("华星科技"))["stage"] == "proposal"


async def test_fields_tags_and_other_names(talk):
    await talk.did("华星科技的行业改成物流")
    assert "物流" in (await talk.says("查 华星")).splitlines()[0]
    assert "VIP" in await talk.did("华星科技 标签 +VIP")
    await talk.did("华星科技 又叫 老马厂")
    assert (await talk.says("查 老马厂")).startswith("华星科技")
    await talk.did("撤销")
    assert not (await talk.says("查 老马厂")).startswith("华星科技")


async def test_own_customers_are_listed_and_picked_by_number(talk):
    reply = await talk.says("我的客户")
    assert "华星科技" in reply
    assert "远航电子" not in reply
    assert "东方印务" in await talk.says("公海")
    assert (await talk.says("1")).startswith("东方印务")


async def test_a_sentence_without_a_name_means_the_customer_just_talked_about(talk):
    await talk.says("查 华星")
    assert "华星科技" in await talk.did("到谈判")
    talk.goes_on(minutes=31)
    assert "哪个客户" in await talk.says("到报价")


async def test_the_context_can_be_shown_changed_and_forgotten(talk):
    await talk.says("切到 华星")
    assert "华星科技" in await talk.says("当前")
    await talk.says("忘掉当前")
    assert "华星" not in await talk.says("当前")
