import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.names import LIST, NameBook
from crm_core import names as keys

PLACES = ["", "上海", "杭州市", "广东省", "深圳"]
FIRST = "华宏鑫盛云恒锐联海陶中金龙泰丰瑞祥永兴隆嘉康"
SECOND = "美达源星帆信捷创通艺电鼎腾和润博诚佳安顺宇晟辉"
TRADES = ["科技", "贸易", "机械", "物流", "电子", "实业", "服饰", ""]
LEGAL = ["有限公司", "股份有限公司", ""]


def company_names(count: int) -> list[str]:
    """Believable company names, all different, always the same ones."""
    chance = random.Random(7)
    found: dict[str, None] = {}
    while len(found) < count:
        core = chance.choice(FIRST) + chance.choice(SECOND) + chance.choice(["", *SECOND])
        found[chance.choice(PLACES) + core + chance.choice(TRADES) + chance.choice(LEGAL)] = None
    return list(found)


COMPANIES = company_names(2_000)
BOOK = NameBook(COMPANIES)
SAMPLE = random.Random(11).sample(COMPANIES, 200)


def share_found(written_of) -> float:
    """Of the sample, the share whose name is among the candidates for what is written."""
    hits = sum(name in BOOK.match(written_of(name)).candidates for name in SAMPLE)
    return hits / len(SAMPLE)


def homophone(name: str) -> str:
    """The name with one character swapped for another of the same sound."""
    same = {
        "华": "骅",
        "宏": "洪",
        "鑫": "欣",
        "盛": "胜",
        "云": "芸",
        "美": "镁",
        "达": "答",
        "星": "兴",
    }
    same |= {
        "信": "芯",
        "海": "嗨",
        "源": "圆",
        "和": "河",
        "安": "鞍",
        "宇": "雨",
        "辉": "灰",
        "金": "今",
    }
    for old, new in same.items():
        if old in name:
            return name.replace(old, new, 1)
    return name


def test_a_name_is_found_by_its_full_spelling_always():
    assert share_found(lambda name: name) == 1


def test_a_name_is_found_by_its_pinyin():
    spelled = share_found(
        lambda name: "".join(
            keys.readings(keys.variants(name)[1] if keys.LEGAL.search(name) else name)[0]
        )
    )
    assert spelled >= 0.99


def test_a_name_is_found_with_a_homophone():
    assert share_found(homophone) >= 0.99


def test_a_name_is_found_with_one_character_left_out_or_wrong():
    chance = random.Random(3)

    def typo(name: str) -> str:
        place = chance.randrange(len(name))
        return name[:place] + chance.choice(["", "某"]) + name[place + 1 :]

    assert share_found(typo) >= 0.99


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("云帆", "杭州云帆科技有限公司"),
        ("云帆科技", "杭州云帆科技有限公司"),
        ("yunfan", "杭州云帆科技有限公司"),
        ("hzyfkj", "杭州云帆科技有限公司"),
        ("YF", "杭州云帆科技有限公司"),
        ("芸帆", "杭州云帆科技有限公司"),
        ("單雄信", "单雄信"),
        ("shanxiongxin", "单雄信"),
        ("sanxionxin", "单雄信"),
        ("仇和平", "仇和平"),
        ("qiuheping", "仇和平"),
        ("acme", "Acme Trading Co., Ltd."),
        ("ACME TRADING", "Acme Trading Co., Ltd."),
        ("Acne Trading", "Acme Trading Co., Ltd."),
    ],
)
def test_a_customer_is_found_however_it_is_typed(written: str, meant: str):
    book = NameBook(
        ["杭州云帆科技有限公司", "单雄信", "仇和平", "Acme Trading Co., Ltd.", "宏达机械"]
    )
    found = book.match(written)
    assert found.candidates[:1] == (meant,)
    assert found.line == book.names.index(meant) + 1


def test_a_spelling_is_exact_and_a_sound_is_not():
    book = NameBook(["华美科技", "宏达机械"])
    assert book.match("华美").kind == "exact"
    assert book.match("花美").kind == "inexact"
    assert book.match("huamei").kind == "inexact"
    assert book.match("特斯拉").kind == "none"


def test_two_that_sound_alike_are_never_picked_alone():
    found = NameBook(["宏达机械", "鸿达贸易"]).match("红达")
    assert found.line is None
    assert set(found.candidates) == {"宏达机械", "鸿达贸易"}


def test_two_of_the_same_core_are_never_picked_alone():
    found = NameBook(["华美科技", "华美贸易"]).match("华美")
    assert (found.kind, found.line, len(found.candidates)) == ("exact", None, 2)


def test_the_whole_name_wins_over_another_that_begins_with_it():
    found = NameBook(["华美贸易", "华美"]).match("华美")
    assert found.line == 2


def test_at_most_seven_are_listed():
    assert (
        len(NameBook([f"华美{n}号店" for n in "一二三四五六七八九"]).match("华美").candidates)
        <= LIST
    )


def test_mentions_are_found_in_a_sentence_and_not_inside_latin_words():
    book = NameBook(["华美科技", "Acme"])
    assert [(m.start, m.end) for m in book.mentions("把华美科技推进到报价")] == [(1, 5)]
    assert book.mentions("acmesoft called") == []


def test_an_empty_book_knows_nobody():
    assert NameBook([]).match("华美").kind == "none"
    assert NameBook(["", " "]).mentions("华美") == []


@given(st.text(max_size=40))
def test_any_text_may_be_looked_up(text: str):
    BOOK.match(text)
    BOOK.mentions(text)
