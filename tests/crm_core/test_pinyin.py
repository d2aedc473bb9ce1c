"""Pinyin from the table is what pypinyin says, which is only loaded where a phrase decides."""

import runpy
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from pypinyin.constants import PHRASES_DICT

from crm_core import pinyin
from tests.bench import company

GENERATOR = Path(__file__).parents[2] / ".ci" / "pinyin"
PHRASES = sorted(PHRASES_DICT)
NAME = st.lists(
    st.one_of(
        st.sampled_from(PHRASES),
        st.sampled_from("成都 佛山 厦门 重庆 长沙 模具 音乐 银行".split()),
        st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5),
        st.text("abc 12().-é﨎々", max_size=3),
    ),
    max_size=6,
).map("".join)


WORDS = runpy.run_path(str(GENERATOR))["WORDS"]


def test_common_words_are_read_as_pypinyin_reads_them_whatever_stands_beside_them():
    beside = sorted({char for phrase in PHRASES for char in phrase})[::7]
    texts = [text for word in WORDS for char in beside for text in (char + word, word + char)]
    assert [each for each in texts if pinyin.syllables(each) != pinyin.by_phrases(each)] == []


@given(NAME)
def test_any_name_is_read_as_pypinyin_reads_it(text):
    assert pinyin.syllables(text) == pinyin.by_phrases(text)


def test_every_phrase_is_read_as_pypinyin_reads_it():
    assert [each for each in PHRASES if pinyin.syllables(each) != pinyin.by_phrases(each)] == []


def test_names_of_firms_are_read_as_pypinyin_reads_them():
    names = {company.name(number) for number in range(2000)}
    assert [each for each in names if pinyin.syllables(each) != pinyin.by_phrases(each)] == []


def test_the_table_is_what_pypinyin_has():
    made = runpy.run_path(str(GENERATOR))["page"]()
    assert pinyin.TABLE.read_text("utf-8") == made


def test_a_plain_name_does_without_pypinyin():
    script = (
        "import sys; from crm_core import names;"
        "assert names.keys('杭州云帆科技有限公司')[5].value == 'hangzhouyunfankeji';"
        "print('pypinyin' in sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "False"
