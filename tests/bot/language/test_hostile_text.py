"""Whatever is typed or pasted, understanding answers and does a bounded amount of work."""

import random
import re
import re._parser as parser  # type: ignore[import-not-found]  # the standard library's own reader of patterns
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.language import (
    amounts,
    compound,
    dates_en_table,
    dates_numeric,
    dates_zh_table,
    router,
    rules,
    rules_deals,
    rules_look,
    rules_people,
    rules_reports,
    rules_talk,
    rules_tasks,
    rules_words,
    words,
)
from bot.language.names import NameBook
from bot.language.understanding import Context
from tests.bot.language import sentences

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 12, tzinfo=SHANGHAI)
CONTEXTS = (
    Context(now=NOW, tz=SHANGHAI),
    Context(now=NOW, tz=SHANGHAI, book=NameBook(sentences.BOOK), pending=True),
)
SAID = [row[0] for row in sentences.LOOKS + sentences.WRITES + sentences.ANSWERS]
LONG = 5_000


def understand(text: str) -> None:
    for context in CONTEXTS:
        understood = router.understand(text, context)
        assert understood.command is None or isinstance(understood.command, str)


@given(st.text(max_size=120))
def test_any_text_is_answered(text: str):
    understand(text)


@given(st.sampled_from(SAID), st.randoms(use_true_random=False))
def test_a_mutilated_command_is_answered(text: str, chance: random.Random):
    letters = list(text)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(letters) + 1)
        extra = chance.choice(
            [*"的了吗?0 9万w月点#@，。\n\t", "\x00", "\u202e", "\ue000", "１", "😀"]
        )
        match chance.randrange(3):
            case 0:
                letters.insert(place, extra)
            case 1:
                del letters[place : place + 1]
            case _:
                letters[place : place + 1] = [extra]
    understand("".join(letters))


@pytest.mark.parametrize(
    "text",
    [
        "\x00",
        "记 \x00 华美\x00",
        "\u202e查 华美\u202c",
        "\u200b\u200b",
        "华\u0301美 改8.5w",
        "\ue000\ue001\ue002",
        "\ud800",
        "﷽" * 40,
        "ﬁnd Globex",
        "İ" * 50,
        "😀" * 100,
        "#" * 50,
        "@" * 50,
        "0" * 400,
        "9" * 30 + "亿亿亿万",
        "1" + ",000" * 60,
        "回",
        "记",
        "提醒",
        "-" * 60,
        "(" * 60,
        "1/0 元",
        "1e5万",
        "9e99元",
        "0/0",
    ],
)
def test_odd_characters_are_answered(text: str):
    understand(text)


@pytest.mark.parametrize(
    "unit",
    [
        "华美 ",
        "8.5w ",
        "明天下午3点 ",
        "一二三四五六七八九十",
        "的",
        "a",
        "1",
        "记 ",
        "到",
        "之前",
        "next ",
        "and ",
        "# ",
        "，",
        "\n华美 改8w",
    ],
)
def test_a_long_paste_is_answered(unit: str):
    understand((unit * LONG)[:LONG])


def test_a_note_keeps_its_whole_text_however_long():
    text = "很长的内容" * 500
    understood = router.understand(f"记 华美 {text}", CONTEXTS[1])
    assert understood.slots["text"] == text


@settings(max_examples=30)
@given(st.lists(st.sampled_from(SAID), min_size=1, max_size=6))
def test_commands_strung_together_are_answered(texts: list[str]):
    understand(" ".join(texts))
    understand("，".join(texts))
    understand("\n".join(texts))


def _patterns() -> dict[str, re.Pattern[str]]:
    found: dict[str, re.Pattern[str]] = {}
    modules = (
        rules_deals,
        rules_people,
        rules_talk,
        rules_tasks,
        rules_look,
        rules_reports,
        rules_words,
        compound,
        dates_en_table,
        dates_zh_table,
        dates_numeric,
        amounts,
    )
    for module in modules:
        for name, value in vars(module).items():
            for place, item in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(item, (rules.Rule, words.Word)):
                    found[f"{module.__name__}.{name}[{place}]"] = item.pattern
                elif isinstance(item, re.Pattern):
                    found[f"{module.__name__}.{name}"] = item
    return found


def _unbounded(tree: Any) -> bool:
    for operation, argument in tree:
        if str(operation) in {"MAX_REPEAT", "MIN_REPEAT"} and argument[1] > LONG:
            return True
        parts = argument if isinstance(argument, (list, tuple)) else [argument]
        for part in parts:
            pieces = part if isinstance(part, list) else [part]
            if any(isinstance(piece, parser.SubPattern) and _unbounded(piece) for piece in pieces):
                return True
    return False


def test_every_repeat_in_every_pattern_is_bounded():
    patterns = _patterns()
    assert len(patterns) > 250
    open_ended = [
        name for name, pattern in patterns.items() if _unbounded(parser.parse(pattern.pattern))
    ]
    assert open_ended == []
