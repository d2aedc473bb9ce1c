from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.language import gates, router
from bot.language.names import NameBook
from bot.language.understanding import Context, Understanding
from tests.bot.language import sentences

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 12, tzinfo=SHANGHAI)
BOOK = NameBook(sentences.BOOK)
COMMANDS = set(
    "query search list history contact new_customer field tag alias new_deal stage won lost amount "
    "close_date probability deals stale forecast note capture visit task tasks done snooze "
    "cancel_task void reply send channel call template inbox attend claim check request handover "
    "assign release context report goal my_code web merge close remark triage unmerge correct undo "
    "help settings select confirm cancel".split()
)


def understand(text: str, **known: Any) -> Understanding:
    return router.understand(text, Context(now=NOW, tz=SHANGHAI, **{"book": BOOK, **known}))


def rows(*tables: list[sentences.Row]) -> list[Any]:
    return [pytest.param(*row, id=row[0]) for table in tables for row in table]


@pytest.mark.parametrize(
    ("text", "command", "slots"), rows(sentences.LOOKS, sentences.WRITES, sentences.ANSWERS)
)
def test_a_sentence_is_the_command_it_says(text: str, command: str, slots: dict[str, Any]):
    understood = understand(text)
    assert understood.command == command
    assert {name: understood.slots.get(name) for name in slots} == slots


@pytest.mark.parametrize(
    ("text", "command", "slots"),
    [row for row in rows(sentences.WRITES) if row.values[0] != "我到华美了"],
)
def test_the_same_is_understood_without_a_book(text: str, command: str, slots: dict[str, Any]):
    assert understand(text, book=()).command == command


def test_every_command_of_the_language_is_said_by_some_sentence():
    said = {row[1] for row in sentences.LOOKS + sentences.WRITES + sentences.ANSWERS}
    assert said | {"capture"} == COMMANDS


def test_slots_hold_the_characters_as_typed():
    assert understand("記 华美 對方要帳期 ＯＫ").slots["text"] == "對方要帳期 ＯＫ"
    assert understand("查 GLOBEX").slots["customer"] == "GLOBEX"


def test_a_compound_line_is_its_clauses_in_order():
    understood = understand("华星 报价 8.5w 月底签，记 对方要账期")
    assert [clause.command for clause in understood.clauses] == [
        "stage",
        "amount",
        "close_date",
        "note",
    ]
    assert understood.command == "stage"
    assert understood.slots == {
        "customer": "华星",
        "stage": "proposal",
        "amount": 85_000,
        "close_date": date(2026, 11, 30),
        "text": "对方要账期",
    }


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("华美 谈判 12w", ["stage", "amount"]),
        ("华美 谈判 12w 概率60", ["stage", "amount", "probability"]),
        ("Globex proposal 45k", ["stage", "amount"]),
        ("D45 报价 8.5w", ["stage", "amount"]),
    ],
)
def test_other_compound_lines(text: str, commands: list[str]):
    assert [clause.command for clause in understand(text).clauses] == commands


def test_several_commands_on_lines_of_their_own_are_a_batch():
    understood = understand("华美 改8.5w\n宏达 到 谈判\n记 鑫源 要发票")
    assert (understood.command, understood.why) == (None, "batch")
    assert [line.command for line in understood.lines] == ["amount", "stage", "note"]


@pytest.mark.parametrize(
    "text",
    [
        "华美 改8.5w\n好的，明天给您发",
        "在吗\n华美 赢单 8w",
        "你好\n请问什么时候发货\n我们老板问的",
        "\n".join(["华美 改8.5w"] * 11),
    ],
)
def test_a_mix_of_lines_never_runs(text: str):
    understood = understand(text)
    assert understood.command is None
    assert understood.lines == ()


def test_a_pasted_record_after_its_command_is_captured_whole():
    text = "记聊天 张伟\n张伟 10:23\n能便宜点吗\n王丽 10:25\n最多九五折"
    understood = understand(text)
    assert (understood.command, understood.confirm) == ("capture", True)
    assert understood.slots["customer"] == "张伟"
    assert understood.slots["lines"].count("\n") == 3


@pytest.mark.parametrize(
    "text",
    [
        "华美 赢单",
        "华美 输单 价格",
        "合并 #12 #31",
        "作废 D45",
        "打电话 华美",
        "转 华美 给 小王",
        "华美放回公海",
    ],
)
def test_what_cannot_be_taken_back_lightly_asks_first(text: str):
    assert understand(text).confirm


@pytest.mark.parametrize(
    "text", ["华美 改8.5w", "华美 到 谈判", "记 华美 要账期", "提醒 明天3点 给华美打电话"]
)
def test_an_everyday_write_runs_at_once(text: str):
    assert not understand(text).confirm


@pytest.mark.parametrize(
    "text",
    [
        "华美 改18",
        "华美 50个",
        "华美 十七八万",
        "华美有个十七八万的单子",
        "提醒 昨天3点 给华美打电话",
        "提醒 2月30日 给华美打电话",
        "提醒 2099年1月1日 给华美打电话",
        "华美 2030年3月1日签",
    ],
)
def test_what_looks_odd_asks_first(text: str):
    understood = understand(text)
    assert understood.confirm or understood.command is None


def test_a_bare_small_number_is_flagged_to_ask_whether_ten_thousands_were_meant():
    slots = understand("华美 改18").slots
    assert (slots["amount"], slots["amount_ambiguous"]) == (18, True)


def test_a_day_that_does_not_exist_has_no_moment():
    slots = understand("提醒 2月30日 给华美打电话").slots
    assert (slots["at"], slots["invalid"]) == (None, True)


def test_a_pronoun_is_the_current_customer():
    assert understand("他 到 谈判").slots["customer"] == "@current"
    assert understand("这单 改8.5w").slots["customer"] == "@current"
    assert "customer" not in understand("改到8.5w").slots


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("回 什么时候要?", "reply"),
        ("记 华美 客户问什么时候发货", "note"),
        ("告诉华美 价格能再低吗", "reply"),
        ("提醒我明天问华美什么时候付款", "task"),
    ],
)
def test_words_after_the_verb_are_literal_even_when_they_ask(text: str, command: str):
    assert understand(text).command == command


def test_a_taught_word_works_at_once():
    taught = {"拿下了没": "未回", "搞掂": "赢单"}
    assert understand("华美 搞掂", taught=taught).command == "won"
    assert understand("拿下了没", taught=taught).command == "inbox"


@pytest.mark.parametrize(
    "text", ["请帮我查一下华美", "麻烦查下华美吧", "please find Globex", "帮我看看华美 谢谢"]
)
def test_polite_words_do_not_matter(text: str):
    assert understand(text).command == "query"


def test_an_answer_and_a_chinese_number_need_an_open_question():
    assert understand("二", pending=True).slots == {"index": 2}
    assert understand("二").command is None


def test_what_is_not_understood_says_what_it_held():
    understood = understand("华美 明天 呱呱呱")
    assert understood.command is None
    assert understood.slots["customer"] == "华美"


def test_reading_commands_are_commands():
    assert gates.READS - {"goal_list"} <= COMMANDS
