from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language import dates, repeats
from bot.language.moments import Moment

SHANGHAI = ZoneInfo("Asia/Shanghai")
SUNDAY_NOON = datetime(2026, 11, 22, 12, tzinfo=SHANGHAI)
WEDNESDAY = datetime(2026, 11, 18, 9, 30, tzinfo=SHANGHAI)


def between(first: int, last: int) -> st.SearchStrategy[datetime]:
    """Moments of the years from first to last in Shanghai."""
    low, high = datetime(first, 1, 1), datetime(last, 1, 1)  # noqa: DTZ001 - asked for by hypothesis
    return st.datetimes(low, high, timezones=st.just(SHANGHAI))


def read(text: str, now: datetime = WEDNESDAY) -> Moment:
    moment = dates.read(text, now, SHANGHAI)
    assert moment is not None, text
    return moment


def day(text: str, now: datetime = WEDNESDAY) -> str:
    moment = read(text, now)
    assert not moment.has_time
    assert moment.day is not None
    return moment.day.isoformat()


def minute(text: str, now: datetime = WEDNESDAY) -> str:
    moment = read(text, now)
    assert moment.has_time
    assert moment.start is not None
    return moment.start.strftime("%Y-%m-%d %H:%M")


DAYS = {
    "今天": "2026-11-18",
    "明天": "2026-11-19",
    "后天": "2026-11-20",
    "大后天": "2026-11-21",
    "昨天": "2026-11-17",
    "前天": "2026-11-16",
    "周三": "2026-11-25",
    "周五": "2026-11-20",
    "星期天": "2026-11-22",
    "礼拜一": "2026-11-23",
    "本周五": "2026-11-20",
    "这周三": "2026-11-18",
    "下周三": "2026-11-25",
    "下周一": "2026-11-23",
    "下下周一": "2026-11-30",
    "上周五": "2026-11-13",
    "8号": "2026-12-08",
    "25号": "2026-11-25",
    "3月8号": "2027-03-08",
    "12月30日": "2026-12-30",
    "2027年3月8日": "2027-03-08",
    "二〇二七年三月八日": "2027-03-08",
    "下个月20号": "2026-12-20",
    "明年3月1号": "2027-03-01",
    "月初": "2026-11-01",
    "月中": "2026-11-15",
    "月底": "2026-11-30",
    "下月底": "2026-12-31",
    "季度末": "2026-12-31",
    "年底": "2026-12-31",
    "明年初": "2027-01-01",
    "三天后": "2026-11-21",
    "3个工作日后": "2026-11-23",
    "两周后": "2026-12-02",
    "半个月后": "2026-12-03",
    "三个月后": "2027-02-18",
    "两周前": "2026-11-04",
    "元旦": "2027-01-01",
    "春节": "2027-02-06",
    "除夕": "2027-02-05",
    "清明": "2027-04-05",
    "五一": "2027-05-01",
    "端午": "2027-06-09",
    "中秋": "2027-09-15",
    "国庆": "2027-10-01",
    "双十一": "2027-11-11",
    "元旦后": "2027-01-04",
    "农历八月十五": "2027-09-15",
    "正月初三": "2027-02-08",
    "十二月第一个周五": "2026-12-04",
    "2026-12-30": "2026-12-30",
    "2026/12/30": "2026-12-30",
    "2026.12.30": "2026-12-30",
    "12/30": "2026-12-30",
    "tomorrow": "2026-11-19",
    "day after tomorrow": "2026-11-20",
    "friday": "2026-11-20",
    "next friday": "2026-11-27",
    "this friday": "2026-11-20",
    "last monday": "2026-11-09",
    "in 2 weeks": "2026-12-02",
    "in three days": "2026-11-21",
    "5 days ago": "2026-11-13",
    "eom": "2026-11-30",
    "end of the month": "2026-11-30",
    "eoq": "2026-12-31",
    "eoy": "2026-12-31",
    "5 June": "2027-06-05",
    "June 5th, 2027": "2027-06-05",
    "the 25th": "2026-11-25",
    "6/1": "2027-06-01",
    "first monday of december": "2026-12-07",
    "two weeks from tomorrow": "2026-12-03",
    "christmas": "2026-12-25",
    "thanksgiving": "2026-11-26",
}

TIMES = {
    "明天上午": "2026-11-19 09:00",
    "明天中午": "2026-11-19 12:00",
    "明天下午": "2026-11-19 14:00",
    "明天晚上": "2026-11-19 19:00",
    "明早": "2026-11-19 09:00",
    "今晚": "2026-11-18 19:00",
    "下午3点半": "2026-11-18 15:30",
    "下周三下午三点半": "2026-11-25 15:30",
    "周五早上9点": "2026-11-20 09:00",
    "晚上8点": "2026-11-18 20:00",
    "明天3点": "2026-11-19 15:00",
    "明天9点": "2026-11-19 09:00",
    "明天15:20": "2026-11-19 15:20",
    "12月1号下午2点": "2026-12-01 14:00",
    "8点": "2026-11-18 20:00",
    "11点": "2026-11-18 11:00",
    "下午一点": "2026-11-18 13:00",
    "早上7点": "2026-11-19 07:00",
    "9点一刻": "2026-11-18 21:15",
    "差一刻三点": "2026-11-18 14:45",
    "半小时后": "2026-11-18 10:00",
    "一刻钟后": "2026-11-18 09:45",
    "两个小时后": "2026-11-18 11:30",
    "一个半小时后": "2026-11-18 11:00",
    "10分钟后": "2026-11-18 09:40",
    "2026-12-16 12:23": "2026-12-16 12:23",
    "tomorrow 3pm": "2026-11-19 15:00",
    "next friday 3pm": "2026-11-27 15:00",
    "3:30 pm": "2026-11-18 15:30",
    "tomorrow at half past 3": "2026-11-19 15:30",
    "a quarter to five pm": "2026-11-18 16:45",
    "in half an hour": "2026-11-18 10:00",
    "tomorrow morning": "2026-11-19 09:00",
    "friday evening": "2026-11-20 19:00",
    "noon": "2026-11-18 12:00",
    "tonight": "2026-11-18 19:00",
}

STRETCHES = {
    "下周": ("2026-11-23", "2026-11-30"),
    "本周": ("2026-11-16", "2026-11-23"),
    "上个月": ("2026-10-01", "2026-11-01"),
    "这个月": ("2026-11-01", "2026-12-01"),
    "本季度": ("2026-10-01", "2027-01-01"),
    "上季度": ("2026-07-01", "2026-10-01"),
    "明年": ("2027-01-01", "2028-01-01"),
    "上半年": ("2026-01-01", "2026-07-01"),
    "12月": ("2026-12-01", "2027-01-01"),
    "这周末": ("2026-11-21", "2026-11-23"),
    "12月1号到5号": ("2026-12-01", "2026-12-06"),
    "8-10号": ("2026-12-08", "2026-12-11"),
    "周一到周五": ("2026-11-23", "2026-11-28"),
    "2017年8月至11月": ("2017-08-01", "2017-12-01"),
    "3天内": ("2026-11-18", "2026-11-22"),
    "next week": ("2026-11-23", "2026-11-30"),
    "this quarter": ("2026-10-01", "2027-01-01"),
    "last month": ("2026-10-01", "2026-11-01"),
    "q1 2027": ("2027-01-01", "2027-04-01"),
    "from july 13 to 15": ("2027-07-13", "2027-07-16"),
}


@pytest.mark.parametrize(("text", "expected"), list(DAYS.items()))
def test_a_day_as_people_say_it_is_that_day(text: str, expected: str):
    assert day(text) == expected


@pytest.mark.parametrize(("text", "expected"), list(TIMES.items()))
def test_a_time_as_people_say_it_is_that_minute(text: str, expected: str):
    assert minute(text) == expected


@pytest.mark.parametrize(("text", "ends"), list(STRETCHES.items()))
def test_a_stretch_begins_and_ends_and_its_end_is_not_in_it(text: str, ends: tuple[str, str]):
    moment = read(text)
    assert moment.start is not None
    assert moment.end is not None
    assert (moment.start.date().isoformat(), moment.end.date().isoformat()) == ends


def test_a_stretch_of_hours_keeps_the_day_of_its_first_hour():
    moment = read("明天下午2点到4点")
    assert moment.start == datetime(2026, 11, 19, 14, tzinfo=SHANGHAI)
    assert moment.end == datetime(2026, 11, 19, 16, tzinfo=SHANGHAI)


def test_a_bare_weekday_is_strictly_after_today():
    assert day("周日", SUNDAY_NOON) == "2026-11-29"


def test_a_weekday_of_this_week_that_is_over_is_the_next_one_and_flagged():
    moment = read("本周五", SUNDAY_NOON)
    assert moment.day == date(2026, 11, 27)
    assert moment.ambiguous


def test_a_weekday_of_last_week_is_flagged():
    assert read("上周五").ambiguous


def test_a_day_number_that_is_over_is_next_month_and_flagged():
    moment = read("8号")
    assert moment.day == date(2026, 12, 8)
    assert moment.ambiguous


def test_a_day_without_a_time_is_nine_in_the_morning_and_says_so():
    moment = read("明天")
    assert moment.at == datetime(2026, 11, 19, 9, tzinfo=SHANGHAI)
    assert moment.time_defaulted
    assert not read("明天3点").time_defaulted


@pytest.mark.parametrize(
    "text", ["周五前", "周五之前", "20号之前", "月底前", "by friday", "before eom"]
)
def test_before_a_day_is_a_deadline(text: str):
    assert read(text).deadline


def test_within_so_many_days_acts_on_the_last_of_them():
    moment = read("3天内")
    assert moment.deadline
    assert moment.at == datetime(2026, 11, 21, 9, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    "text", ["2月30日", "99号", "2027年2月29日", "13月1号", "25点", "明天25点", "32号"]
)
def test_a_day_that_does_not_exist_is_never_corrected(text: str):
    moment = dates.read(text, WEDNESDAY, SHANGHAI)
    assert moment is None or moment.start is None


def test_the_29th_of_february_waits_for_a_leap_year():
    assert day("2月29日") == "2028-02-29"


@pytest.mark.parametrize(
    ("text", "rule", "first"),
    [
        ("每周一早上9点", "FREQ=WEEKLY;BYDAY=MO", "2026-11-23 09:00"),
        ("每周三下午3点", "FREQ=WEEKLY;BYDAY=WE", "2026-11-18 15:00"),
        ("每月5号", "FREQ=MONTHLY;BYMONTHDAY=5", "2026-12-05 09:00"),
        ("每天下午5点", "FREQ=DAILY", "2026-11-18 17:00"),
        ("每个工作日早上8点半", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "2026-11-19 08:30"),
        ("每月底", "FREQ=MONTHLY;BYMONTHDAY=-1", "2026-11-30 09:00"),
        ("every monday 9am", "FREQ=WEEKLY;BYDAY=MO", "2026-11-23 09:00"),
        ("every weekday at 5pm", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "2026-11-18 17:00"),
        ("daily at 6pm", "FREQ=DAILY", "2026-11-18 18:00"),
    ],
)
def test_a_recurring_time_starts_with_its_next_occurrence(text: str, rule: str, first: str):
    assert read(text).repeat == rule
    assert minute(text) == first


def test_a_rule_goes_on_from_its_first_occurrence():
    first = datetime(2026, 11, 23, 9, tzinfo=SHANGHAI)
    weekly = "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"
    assert repeats.next_after(weekly, first, first) == first + timedelta(weeks=2)
    monthly = "FREQ=MONTHLY;BYMONTHDAY=31"
    third = repeats.next_after(monthly, first, datetime(2027, 2, 1, tzinfo=SHANGHAI))
    assert third.date() == date(2027, 3, 31)


@pytest.mark.parametrize(
    "text",
    [
        "便宜一点",
        "快一点",
        "两点建议",
        "三点要求：第一",
        "千万别忘",
        "周到的服务",
        "日前",
        "有点贵",
        "几点",
        "改成 2000",
        "8.5折",
        "华美科技",
        "may be later",
        "5个点",
    ],
)
def test_words_that_only_look_like_a_time_are_left_alone(text: str):
    assert [s for s in dates.find(text, WEDNESDAY, SHANGHAI) if s.moment.start] == []


def test_the_zone_of_the_rep_decides_what_today_is():
    late = datetime(2026, 11, 18, 23, 30, tzinfo=ZoneInfo("UTC"))
    moment = dates.read("今天", late, SHANGHAI)
    assert moment is not None
    assert moment.day == date(2026, 11, 19)


def test_a_day_and_an_hour_said_apart_are_one_moment():
    assert minute("明天给华美打电话 下午3点") == "2026-11-19 15:00"


def test_spans_cut_the_words_as_typed():
    text = "提醒我下周三下午三點半給華美打電話"
    [span] = dates.find(text, WEDNESDAY, SHANGHAI)
    assert text[span.start : span.end] == "下周三下午三點半"


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 12, 31)))
def test_a_whole_date_reads_back_in_every_spelling(whole: date):
    for text in (
        f"{whole.year}年{whole.month}月{whole.day}日",
        whole.isoformat(),
        f"{whole.year}/{whole.month}/{whole.day}",
        f"{whole:%B} {whole.day}, {whole.year}",
        f"{whole.day} {whole:%b} {whole.year}",
    ):
        assert day(text) == whole.isoformat()


@given(between(2000, 2090))
def test_a_bare_weekday_is_one_to_seven_days_ahead(now: datetime):
    for number, name in enumerate("一二三四五六日"):
        moment = read(f"周{name}", now)
        assert moment.day is not None
        assert moment.day.weekday() == number
        assert 1 <= (moment.day - now.date()).days <= 7


@given(st.integers(min_value=0, max_value=23), st.integers(min_value=0, max_value=59))
def test_an_hour_and_a_minute_tomorrow_read_back(hour: int, minutes: int):
    if hour >= 13 or hour == 0:
        assert minute(f"明天{hour}:{minutes:02}") == f"2026-11-19 {hour:02}:{minutes:02}"


@given(st.text(max_size=60), between(1700, 8900))
def test_no_text_makes_the_reader_of_dates_fail(text: str, now: datetime):
    for span in dates.find(text, now, SHANGHAI):
        assert 0 <= span.start < span.end <= len(text)


PIECES = st.sampled_from(
    "今 明 后 大后 天 周 下周 上 个 月 号 日 年 一 二 三 十 31 99 2027 点 半 刻 早上 下午"
    " 晚上 前 后 到 - 每 工作日 "
    "春节 除夕 农历 初一 季度 底 next last friday week month of the 3pm 15:30 / to every "
    "jan 31st in ago".split()
)


@given(st.lists(PIECES, max_size=9), between(1950, 2090))
def test_no_heap_of_date_words_makes_the_reader_of_dates_fail(words: list[str], now: datetime):
    dates.read("".join(words), now, SHANGHAI)
    dates.read(" ".join(words), now, SHANGHAI)
