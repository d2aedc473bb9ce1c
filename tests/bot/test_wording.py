"""Amounts, days and moments in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import wording

TODAY = date(2026, 11, 22)
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("amount", "zh", "en"),
    [
        ("0", "0元", "¥0"),
        ("3500", "3,500元", "¥3,500"),
        ("10000", "1万", "¥10,000"),
        ("85000", "8.5万", "¥85,000"),
        ("85123", "8.5123万", "¥85,123"),
        ("85123.45", "85,123.45元", "¥85,123.45"),
        ("1200000", "120万", "¥1,200,000"),
        ("120000000", "1.2亿", "¥120,000,000"),
        ("123456789", "12345.6789万", "¥123,456,789"),
    ],
)
def test_amounts_are_short_and_never_rounded(amount, zh, en):
    assert wording.money(Decimal(amount), "CNY", "zh") == zh
    assert wording.money(Decimal(amount), "CNY", "en") == en


@given(st.decimals(0, Decimal("9e13"), places=2))
def test_a_chinese_amount_reads_back_as_the_same_amount(amount):
    text = wording.money(amount, "CNY", "zh")
    units = {"元": 1, "万": 10_000, "亿": 100_000_000}
    assert Decimal(text[:-1].replace(",", "")) * units[text[-1]] == amount


def test_other_currencies_keep_their_name():
    assert wording.money(Decimal(20000), "USD", "zh") == "2万美元"
    assert wording.money(Decimal(20000), "USD", "en") == "$20,000"
    assert wording.money(Decimal(20000), "SGD", "zh") == "2万 SGD"


def test_days_carry_the_weekday_and_another_year():
    assert wording.day(date(2026, 12, 30), TODAY, "zh") == "12月30日(周三)"
    assert wording.day(date(2026, 12, 30), TODAY, "en") == "Wed 30 Dec"
    assert wording.day(date(2027, 1, 3), TODAY, "zh") == "2027年1月3日(周日)"
    assert wording.day(date(2027, 1, 3), TODAY, "en") == "Sun 3 Jan 2027"


def test_moments_are_told_in_the_reps_zone():
    now = datetime(2026, 11, 22, 4, tzinfo=UTC)
    late = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
    assert wording.moment(late, now, SHANGHAI, "zh") == "11月23日(周一) 01:30"
    assert wording.brief(late, now, SHANGHAI, "zh") == "明天 01:30"
    assert wording.brief(late, now, SHANGHAI, "en") == "tomorrow 01:30"
    assert wording.brief(late, now, UTC, "zh") == "今天 17:30"
    assert wording.brief(now - timedelta(days=1), now, UTC, "en") == "yesterday 04:00"


@pytest.mark.parametrize(
    ("span", "zh", "en"),
    [
        (timedelta(days=3, hours=5), "3天", "3 d"),
        (timedelta(hours=2, minutes=59), "2小时", "2 h"),
        (timedelta(minutes=20), "20分钟", "20 min"),
        (timedelta(seconds=5), "不到1分钟", "less than a minute"),
        (timedelta(seconds=-5), "不到1分钟", "less than a minute"),
    ],
)
def test_lengths_of_time_in_their_largest_unit(span, zh, en):
    assert wording.lasting(span, "zh") == zh
    assert wording.lasting(span, "en") == en
