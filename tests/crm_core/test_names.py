import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core import folding, names
from crm_core.names import NameKey


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("杭州云帆科技有限公司", "云帆"),
        ("广东省华星贸易有限公司", "华星"),
        ("上海鑫源机械股份有限公司", "鑫源"),
        ("宁波海通物流", "海通"),
        ("华美集团", "华美"),
        ("華美科技", "华美"),
        ("ＡＣＭＥ", "acme"),
        ("Acme Trading Co., Ltd.", "acme"),
        ("Globex Inc.", "globex"),
        ("张伟", "张伟"),
        ("北京", "北京"),
        ("公司", "公司"),
        ("科技", "科技"),
        ("云", "云"),
    ],
)
def test_a_name_has_a_core_without_place_form_and_trade(name: str, core: str):
    assert names.normalise_name(name) == core


def test_keys_are_ordered_and_without_repeats():
    keys = names.keys("杭州云帆科技有限公司")
    assert keys[0] == NameKey("norm", "杭州云帆科技有限公司")
    assert len(keys) == len(set(keys))
    assert {key.kind for key in keys} == {"norm", "pinyin", "initials", "soft"}
    for key in (
        NameKey("norm", "云帆"),
        NameKey("pinyin", "yunfan"),
        NameKey("initials", "yf"),
        NameKey("soft", "yunhan"),
    ):
        assert key in keys


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("单雄信", "shanxiongxin"),
        ("仇和平", "qiuheping"),
        ("曾国强", "zengguoqiang"),
        ("解小东", "xiexiaodong"),
        ("查良镛", "zhaliangyong"),
        ("朴志民", "piaozhimin"),
        ("盖文", "gewen"),
        ("任强", "renqiang"),
        ("尉迟恭", "yuchigong"),
        ("覃海", "qinhai"),
    ],
)
def test_a_surname_is_read_as_a_surname(name: str, said: str):
    assert NameKey("pinyin", said) in names.keys(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("zhang", "zan"),
        ("shi", "si"),
        ("lin", "nin"),
        ("fu", "hu"),
        ("cheng", "cen"),
        ("nan", "lan"),
    ],
)
def test_sounds_people_mix_up_have_one_soft_key(one: str, other: str):
    assert names.soften(one) == names.soften(other)


@given(st.text(max_size=40))
def test_any_text_has_keys_of_known_kinds(text: str):
    for key in names.keys(text):
        assert key.kind in {"norm", "pinyin", "initials", "soft"}
        assert key.value


@given(st.text(max_size=60))
def test_folding_keeps_every_character_in_its_place(text: str):
    assert len(folding.fold(text)) == len(text)
    assert folding.fold(folding.fold(text)) == folding.fold(text)


def test_folding_makes_width_case_and_script_one():
    assert folding.fold("８.５Ｗ，報價？") == "8.5w,报价?"
