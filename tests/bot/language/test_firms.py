"""Full names of firms that no book knows: pasted whole, with words of the language inside."""

from datetime import UTC, datetime

import pytest

from bot.language import names, router, understanding

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
FIRMS = (
    "无锡凯邦贸易股份有限公司",
    "佛山富创博精密股份有限公司",
    "宁波正腾德医疗器械有限公司",
    "西安天和盛包装集团有限公司",
    "上海永星化工有限责任公司",
    "深圳恒航云包装股份有限公司",
)


@pytest.mark.parametrize("firm", FIRMS)
@pytest.mark.parametrize(
    ("said", "command"),
    [
        ("查 {firm}", "query"),
        ("历史 {firm}", "history"),
        ("{firm} 电话", "contact"),
        ("记 {firm} 对方要账期", "note"),
        ("{firm} 到 谈判", "stage"),
        ("新商机 {firm} 8.5w 月底签", "new_deal"),
    ],
)
def test_a_firm_is_named_whole(firm, said, command):
    context = understanding.Context(now=NOW, tz=UTC, book=names.NameBook([]))
    understood = router.understand(said.format(firm=firm), context)
    assert (understood.command, understood.slots["customer"]) == (command, firm)


def test_a_firm_of_the_same_core_as_one_in_the_book_is_named_whole():
    book = names.NameBook(["盛诚贸易有限公司", "华星"])
    context = understanding.Context(now=NOW, tz=UTC, book=book)
    for firm in ("盛诚新材料股份有限公司", "无锡盛诚达电子有限公司", "华星科技有限公司"):
        understood = router.understand(f"查 {firm}", context)
        assert (understood.command, understood.slots["customer"]) == ("query", firm)
    understood = router.understand("记 盛诚贸易有限公司 对方要账期", context)
    assert understood.slots["customer"] == "盛诚贸易有限公司"


def test_a_chemical_works_is_no_engineer():
    context = understanding.Context(now=NOW, tz=UTC, book=names.NameBook([]))
    understood = router.understand("今天拜访了宁波永利化工，对方很满意", context)
    assert (understood.command, understood.slots["customer"]) == ("note", "宁波永利化工")
