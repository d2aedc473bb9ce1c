import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from bot import explain
from bot.language.names import NameBook

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = "2026-11-22T12:00:00+08:00"


def lines(*arguments: str, stdin: str | bytes = "") -> list[dict[str, Any]]:
    result = CliRunner().invoke(explain.command, [*arguments], input=stdin)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_sentence_is_explained_on_one_line():
    assert lines("--now", NOW, "华美 改8.5w") == [
        {
            "id": None,
            "command": "amount",
            "slots": {"customer": "华美", "amount": 85_000},
            "confirm": False,
            "question": False,
            "why": "rule",
        }
    ]


def test_moments_carry_their_offset():
    [line] = lines("--now", NOW, "提醒 明天3点 给华美打电话")
    assert line["slots"]["at"] == "2026-11-23T15:00:00+08:00"


def test_a_compound_line_names_its_first_clause_and_holds_all_slots():
    [line] = lines("--now", NOW, "华星 报价 8.5w 月底签，记 对方要账期")
    assert line["command"] == "stage"
    assert line["slots"]["close_date"] == "2026-11-30"
    assert set(line["slots"]) == {"customer", "stage", "amount", "close_date", "text"}


def test_a_batch_has_no_command_and_says_batch():
    [line] = lines("--now", NOW, "华美 改8.5w\n宏达 到 谈判")
    assert (line["command"], line["why"]) == (None, "batch")


def test_a_date_prints_a_day_without_a_time_and_a_time_with_its_offset():
    assert lines("--what", "date", "--now", NOW, "下周三") == [
        {
            "id": None,
            "start": "2026-11-25",
            "end": None,
            "approx": False,
            "ambiguous": False,
            "deadline": False,
            "time_defaulted": True,
            "repeat": None,
        }
    ]
    [timed] = lines("--what", "date", "--now", NOW, "下周三下午3点")
    assert timed["start"] == "2026-11-25T15:00:00+08:00"


def test_the_end_of_a_stretch_of_days_is_exclusive():
    [line] = lines("--what", "date", "--now", NOW, "下周")
    assert (line["start"], line["end"]) == ("2026-11-23", "2026-11-30")


def test_the_zone_decides_the_day():
    [line] = lines("--what", "date", "--now", "2026-11-22T20:00:00Z", "--tz", "Asia/Tokyo", "今天")
    assert line["start"] == "2026-11-23"


def test_an_amount_prints_value_range_currency_delta_and_factor():
    assert lines("--what", "amount", "8万5美金") == [
        {
            "id": None,
            "value": 85_000,
            "low": None,
            "high": None,
            "currency": "USD",
            "approx": False,
            "delta": None,
            "factor": None,
            "ambiguous": False,
        }
    ]
    assert [line["delta"] for line in lines("--what", "amount", "砍两万")] == [-20_000]
    assert [line["factor"] for line in lines("--what", "amount", "打九折")] == [0.9]
    assert [line["value"] for line in lines("--what", "amount", "五块三")] == [5.3]


def test_lines_are_answered_in_order_one_for_one():
    inputs = [
        '{"id": "a", "text": "华美 改8.5w"}',
        "not json",
        "",
        '{"id": 7}',
        "[1, 2]",
        '{"id": "b", "text": "今天", "now": "yesterday"}',
        '{"id": "c", "text": "今天", "now": "2026-11-22T12:00:00"}',
        '{"id": "d", "text": "\\ud800"}',
        "[" * 2_000,
    ]
    for what in ("command", "date", "amount"):
        answers = lines("--jsonl", "--what", what, "--now", NOW, stdin="\n".join(inputs) + "\n")
        assert [line["id"] for line in answers] == ["a", None, None, 7, None, "b", "c", "d", None]
        faulty = [answers[place] for place in (1, 2, 3, 4, 5, 8)]
        assert all(line["why"] for line in faulty)


def test_bytes_that_are_no_utf_8_still_give_a_line():
    assert len(lines("--jsonl", "--now", NOW, stdin=b'{"id":1,"text":"\xff\xfe"}\n\xff\n')) == 2


def test_a_moment_without_an_offset_is_in_the_zone_asked_for():
    [line] = lines(
        "--jsonl",
        "--what",
        "date",
        "--tz",
        "Asia/Tokyo",
        stdin='{"id":1,"text":"半小时后","now":"2026-11-22T12:00:00"}',
    )
    assert line["start"] == "2026-11-22T12:30:00+09:00"


@pytest.mark.parametrize("now", ["0001-01-01T00:00:00", "9999-12-31T23:59:59"])
def test_a_moment_at_the_end_of_the_calendar_is_a_fault_not_a_crash(now: str):
    [line] = lines("--jsonl", stdin=json.dumps({"id": 1, "text": "三天后", "now": now}))
    assert (line["command"], line["why"]) == (None, "now is out of range")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--now", "soon", "华美"],
        ["--tz", "Mars/Olympus", "华美"],
        ["--tz", "../../etc/passwd", "华美"],
        ["--what", "weather", "华美"],
        ["--book", "no such file", "华美"],
        [],
    ],
)
def test_a_wrong_option_is_a_usage_error(arguments: list[str]):
    result = CliRunner().invoke(explain.command, arguments)
    assert result.exit_code == 2
    assert "Usage" in result.output
    assert result.stdout == ""


def test_a_book_adds_who_is_meant(tmp_path: Path):
    book = tmp_path / "book.txt"
    book.write_text("宏达机械\n华美科技有限公司\n鸿达贸易\n", encoding="utf-8")
    [exact] = lines("--book", str(book), "--now", NOW, "华美 改8.5w")
    assert (exact["slots"]["customer_id"], exact["slots"]["match"]) == (2, "exact")
    assert exact["slots"]["candidates"] == ["华美科技有限公司"]
    [unsure] = lines("--book", str(book), "--now", NOW, "查 洪达")
    assert (unsure["slots"]["customer_id"], unsure["slots"]["match"]) == (None, "inexact")
    assert set(unsure["slots"]["candidates"]) == {"宏达机械", "鸿达贸易"}
    [nobody] = lines("--book", str(book), "--now", NOW, "日报")
    assert nobody["slots"]["match"] == "none"


def test_a_book_that_is_no_text_is_a_usage_error(tmp_path: Path):
    book = tmp_path / "book.bin"
    book.write_bytes(b"\xff\xfe\x00\xff")
    assert CliRunner().invoke(explain.command, ["--book", str(book), "华美"]).exit_code == 2


@given(
    st.lists(st.builds(explain.Asked, id=st.integers(), text=st.text(max_size=60)), max_size=5),
    st.sampled_from(["command", "date", "amount"]),
    st.datetimes(timezones=st.just(SHANGHAI)),
)
def test_every_input_gives_one_object_that_json_can_hold(
    asked: list[explain.Asked], what: str, now: datetime
):
    book = NameBook(["华美科技"])
    answers = list(explain.run(asked, what, now, SHANGHAI, book))
    assert [answer["id"] for answer in answers] == [one.id for one in asked]
    json.dumps(answers, allow_nan=False)
