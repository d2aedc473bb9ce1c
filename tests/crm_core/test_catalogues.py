"""Sentences from a folder's catalogue."""

from __future__ import annotations

import pytest

from crm_core import catalogues

CATALOGUE = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "Deal {title} is won."
msgstr "商机“{title}”已成交。"

msgid "Empty"
msgstr ""
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "zh_CN.po").write_text(CATALOGUE, encoding="utf-8")
    return tmp_path


def test_sentences_are_translated_and_filled_in(folder):
    say = catalogues.speaker(folder, "zh")
    assert say("Deal {title} is won.", title="茶") == "商机“茶”已成交。"
    assert catalogues.speaker(folder, "en")("Deal {title} is won.", title="茶") == (
        "Deal 茶 is won."
    )


def test_words_that_are_filled_in_are_never_read_as_placeholders(folder):
    say = catalogues.speaker(folder, "zh")
    assert say("Deal {title} is won.", title="{0} {x!r} %s") == "商机“{0} {x!r} %s”已成交。"


def test_what_is_not_translated_is_said_in_english(folder):
    for language in ("zh", "en", "xx"):
        say = catalogues.speaker(folder, language)
        assert say("Empty") == "Empty"
        assert say("Unknown {braces}") == "Unknown {braces}"


def test_a_missing_placeholder_is_a_defect_and_not_silence(folder):
    with pytest.raises(KeyError):
        catalogues.speaker(folder, "zh")("Deal {title} is won.", name="茶")
