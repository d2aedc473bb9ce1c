"""The one tokeniser of search: what text is found by, and what a question asks for."""

from __future__ import annotations

import pytest

from crm_core import search, tokens


def fits(asked, stored, *, whole=False):
    """Whether the question finds the stored tokens, by the rules both databases follow."""
    runs = [*stored.texts, *((key,) for key in stored.keys)]
    terms = tokens.of_question(asked, whole=whole)
    return bool(terms) and all(any(_has(run, term) for run in runs) for term in terms)


def _has(run, term):
    size = len(term.tokens)
    for start in range(len(run) - size + 1):
        part = run[start : start + size]
        same = part[:-1] == term.tokens[:-1]
        last, wanted = part[-1], term.tokens[-1]
        if same and (last == wanted or (term.open and last.startswith(wanted))):
            return True
    return False


SAID = "您好，我是華星的王芳，合同编号HT-2024-0081，电话138 1234-8899，发Invoices给我。１２３"
FOUND = (
    "王芳 合同 合同编号 同编 华星 華星的王芳 HT-2024 ht-2024-0081 invoice Invoices 给我 王 芳 "
    "13812348899 +8613812348899 12348899 8899 123 138 您 好"
).split()
NOT_FOUND = "王华 好我 号电 华芳 nvoice 1381234 899 我是合同 HT-2025 0081-2024 星王".split()


@pytest.mark.parametrize("asked", FOUND)
def test_what_was_said_is_found(asked):
    assert fits(asked, tokens.of_text(SAID))


@pytest.mark.parametrize("asked", NOT_FOUND)
def test_what_was_not_said_is_not_found(asked):
    assert not fits(asked, tokens.of_text(SAID))


def test_words_between_spaces_must_all_be_there_in_any_order():
    assert fits("invoice 王芳", tokens.of_text(SAID))
    assert not fits("invoice 李强", tokens.of_text(SAID))


def test_a_phrase_runs_across_no_boundary_of_texts():
    parted = tokens.of_text("请报价", "单子来了")
    assert fits("报价", parted)
    assert not fits("报价单", parted)
    assert not fits("价单", tokens.of_names(["报价", "单子"]))


NAMED = tokens.of_names(
    ["云南茶厂", "陈晓明", "Blue Ocean Trading Ltd", "chen@tea.example.com"], ["+8613800138000"]
)


@pytest.mark.parametrize(
    "asked",
    "云南 南茶 茶厂 yunnan yunnancha nancha ync chenxiaoming xiaoming cxm ocean cean "
    "tea.example chen@tea.example.com 13800138000 +8613800138000 80013 8000 138000 雲南".split(),
)
def test_names_are_found_by_parts_pinyin_and_numbers(asked):
    assert fits(asked, NAMED, whole=True)


@pytest.mark.parametrize("asked", "云厂 yncc nnan oceantrading 13800138001 xm@tea".split())
def test_names_are_not_found_by_what_is_only_like_them(asked):
    assert not fits(asked, NAMED, whole=True)


@pytest.mark.parametrize("asked", ["", "  ", "%", "_", "，。！", "¦", "'\"", "\x00"])
def test_a_question_without_words_asks_for_nothing(asked):
    assert tokens.of_question(asked) == ()


def test_hostile_words_stay_words_in_both_languages():
    terms = tokens.of_question('a\' OR "b" NEAR(c) 王*芳 d:e & ! | (x) \\ <-> ^ AND')
    for token in (token for term in terms for token in term.tokens):
        assert token.isalnum(), token


def test_endless_text_is_cut_and_a_giant_word_too():
    assert sum(map(len, tokens.of_text("好" * 100_000).texts)) == tokens.TEXT_LIMIT
    (word,) = tokens.of_text("x" * 100_000).texts[0]
    assert len(word) == tokens.WORD_LIMIT
    assert len(tokens.of_question("王芳 " * 1000)) == 1


def test_a_row_is_written_the_way_each_database_reads_it():
    made = tokens.of_names(["王芳", "ab"])
    assert search.for_fts5(made) == "王芳 芳 ¦ ab ¦ wangfang ¦ wf ¦ fang"
    assert search.for_tsvector(made) == "'@wangfang' '@wf' '@fang' '@王芳':1 '@芳':2 '@ab':4"
    assert search.for_tsvector(tokens.of_text("王芳", "ab")) == "'王芳':1 '芳':2 'ab':4"
