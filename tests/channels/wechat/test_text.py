"""Texts on their way out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import messages
from channels.wechat import text

ANYTHING = st.text(st.characters(blacklist_categories=["Cs"]))
TO = messages.Address(kind="wechat", account="main", value="o1")


@given(ANYTHING, st.integers(4, 60))
def test_parts_fit_and_joined_are_the_text_again(words: str, limit: int) -> None:
    parts = text.split(words, limit)
    assert "".join(parts) == words
    assert all(text.size(part) <= limit for part in parts)


def test_2048_bytes_are_one_part_and_2049_are_two() -> None:
    assert len(text.split("é" * 1024)) == 1
    assert [len(p) for p in text.split("汉" * 683)] == [682, 1]
    assert text.split("") == [""]


def test_a_part_ends_with_a_line_when_one_is_near() -> None:
    first, second = text.split("长" * 600 + "\n" + "短" * 300)
    assert (first, second) == ("长" * 600 + "\n", "短" * 300)


@given(ANYTHING)
def test_words_without_an_anchor_stay_as_they_are(words: str) -> None:
    assert text.defused(words.replace("<", "《")) == words.replace("<", "《")


@pytest.mark.parametrize("words", ["a < b", "<b>", "<abbr>", "1<a2", "x <- a", "<!-- a -->"])
def test_signs_that_open_no_link_stay(words: str) -> None:
    assert text.defused(words) == words


@pytest.mark.parametrize("words", ["<a>", "<A href=x>", "</a>", "< a >", "<a", "<\ta\n", "<a/"])
def test_signs_that_could_open_a_link_are_defused(words: str) -> None:
    assert "<" not in text.defused(words)


def test_a_reply_in_xml_is_cut_free_of_what_xml_forbids() -> None:
    assert text.cdata("a]]>b\x00\x1f\ufffe\ud800😀\t\n") == "a]]]]><![CDATA[>b😀\t\n"


def test_a_links_value_is_quoted() -> None:
    choice = messages.Choice(label="好", value='1&msgmenuid=9"><a')
    message = messages.OutboundMessage(to=TO, text="?", reference="r&1", choices=(choice,))
    assert text.outgoing(message) == (
        '?\n<a href="weixin://bizmsgmenu?msgmenucontent=1%26msgmenuid%3D9%22%3E%3Ca'
        '&msgmenuid=r%261.1">好</a>'
    )
