"""The patterns of Chinese date words, in folded text."""

import re
from collections.abc import Iterator

from bot.language import calendar, dates_zh, holidays, stretches, words
from bot.language.moments import Leaf, Step
from bot.language.words import Word, word
from crm_core import patterns

_N, _Z = dates_zh.SMALL, dates_zh.NUMERAL
_W, _WEEK, _LONG = dates_zh.WEEKDAY, dates_zh.WEEK, dates_zh.DURATION
_IN_DIGITS = {"五一", "六一", "八一", "618"}
_HOLIDAY = "|".join(
    rf"(?<![一二三四五六七八九十百千万两\d]){name}(?![一二三四五六七八九十百千万个台套件块元\d])"
    if name in _IN_DIGITS
    else re.escape(name)
    for name in sorted(holidays.CHINESE, key=len, reverse=True)
)
_AFTER = "(?:以|之|过)?后(?!天|面|续|台|期|来)"
_PARTS = "|".join(
    "(?<![周期拜])一早" if name == "一早" else name
    for name in sorted((name for name in dates_zh.PARTS if len(name) > 1), key=len, reverse=True)
)
_NOT_COUNT = (
    "(?:建议|意见|要求|原因|问题|说明|需求|内容|想法|疑问|不|原则|共识"
    "|[一二三四五六七八九]{1,2}[万亿千百折]|\\d{1,9}[万亿w折])"
)


def _clock(match: re.Match[str]) -> Step | None:
    """便宜一点 and 快一点 are no o'clock; 下午一点 is."""
    before = match.string[max(0, match.start() - 1) : match.start()]
    if _ONE.match(match.string, match.start()) and (not before or before not in _CLOCK_BEFORE):
        return None
    return dates_zh.clock(match)


def _weekday(text: str) -> int | None:
    return dates_zh.WEEKDAYS.get(text[-1]) if _BARE.fullmatch(text) else None


def _week_rank(text: str) -> int:
    return words.DAY if text[-1] in dates_zh.WEEKDAYS or text[-1] == "末" else words.WEEK


TABLE: list[Word] = [
    word(
        0,
        rf"(?<!\d)((?:1\d|20|21)\d\d|[{_Z}]{{4}}|[一两]千零?[{_Z}十]{{1,4}}) ?年(?!代|级)",
        dates_zh.year,
    ),
    word(
        0,
        rf"(?<![\d.{_Z}])(\d\d|[{_Z[:-1]}]{{2}}) ?年"
        r"(?=[\d一二三四五六七八九十上下前后初底末第暑,， ]|$|[^\s代级前后内来多薪化]{2}"
        r"|以后)(?!代|级|多|以?内|之?前)",
        dates_zh.year,
    ),
    word(
        0,
        r"(大前|大后|前|去|上一|上|今|本|当|这一|这|明|下一|下|来|后)年(?!度|级|龄|代|轻)",
        lambda m: calendar.years_away(dates_zh.YEARS[m[1]]),
    ),
    word(
        0,
        r"(?:(上|本|\d{1,2}|[一二三四五六七八九十]{1,3})(?:个)?世纪)?([一二三四五六七八九]?十"
        r"|\d0)年代",
        dates_zh.decade,
    ),
    word(1, r"[上前]半年", lambda m: calendar.months(1, 6, "half")),
    word(1, r"[下后]半年", lambda m: calendar.months(7, 6, "half")),
    word(
        1,
        r"(?:第)?([一二三四1-4])(?:个)?季度|q([1-4])(?:季度)?(?![a-z0-9])|(首)季度",
        dates_zh.quarter,
    ),
    word(
        1,
        r"(上上|上|本|这|当|下|下下)(?:一?个|一)?季度?(?!节)",
        lambda m: calendar.quarters_away(dates_zh.NEAR[m[1]]),
    ),
    word(
        1,
        r"(?:前|头)([一二两三234])(?:个)?季度",
        lambda m: calendar.months(1, dates_zh.number(m[1]) * 3, "span"),
    ),
    word(1, r"暑假", lambda m: calendar.months(7, 2, "span")),
    word(
        2,
        r"(?<![\d.])(1[0-2]|0?[1-9]|十[一二]?|[一二两三四五六七八九]|元)月份?(?!\d{0,4}[个薪饼])",
        dates_zh.month,
    ),
    word(
        2,
        r"(上上|上|本|这|当|同|下|下下|今)(?:一?个|一)?月份?(?!\d{0,4}薪|饼)",
        lambda m: calendar.months_away(dates_zh.NEAR[m[1]]),
    ),
    word(2, rf"第({_N})个月", lambda m: stretches.nth_month(dates_zh.number(m[1]))),
    word(
        3,
        rf"(?<![一两几半\d每整])(?:(上上|上|本|这|当|今|下下|下)(?:一?个|一)?)?(?:{_WEEK})"
        rf"([{_W}](?!次|个|趟|遍|程|\d)|(?!年|期|边|转|围|全|到|报|密|末|刊))",
        dates_zh.week,
        weekday=_weekday,
        rank_of=_week_rank,
    ),
    word(
        3,
        rf"第?({_N})(?:个)?{_WEEK}(?=$|[^后前内之以一-九])",
        lambda m: stretches.nth_week(dates_zh.number(m[1])) if m[0].startswith("第") else None,
    ),
    word(
        4,
        rf"(?:的)?(第{_N}|最后一)个?{_WEEK}([{_W[:8]}])",
        lambda m: stretches.nth_weekday(
            dates_zh.WEEKDAYS[m[2]], -1 if m[1][0] == "最" else dates_zh.number(m[1][1:])
        ),
    ),
    word(
        4,
        r"(今|本|当|明|翌|次|昨|寻)(?:天|日|儿个?)",
        lambda m: calendar.days_away(dates_zh.DAYS[m[1]]),
    ),
    word(4, r"(?<![天日周月年以今往])(大{0,2})(后|前)[天日](?!气)", dates_zh.far_day),
    word(4, r"(今|当|明|昨|后|前)(早|晚|夜)(?!点|于|饭|餐|会儿|宴|报)[上间]?", dates_zh.half_day),
    word(
        4,
        r"(?<![\d.第#])(\d{1,2}|[一二三四五六七八九十廿卅]{1,3}) ?[号日](?!线|楼|院|机|店"
        r"|门|元|码|文|子|常|本|语|用|化|程|志|报|产|均|后[^,， ]{0,2}日)",
        lambda m: calendar.day(dates_zh.number(m[1])),
    ),
    word(
        4,
        r"(?<=月)份?(3[01]|[12]?\d|二?十[一二三四五六七八九]?|三十一?|[一二三四五六七八九])"
        r"(?![\d个月天号日年份万千百w周后前内点:.：%次-]|多|季)",
        lambda m: calendar.day(dates_zh.number(m[1])),
    ),
    word(
        4,
        r"(农历|阴历|旧历)?([正腊冬]|十[一二]?|[一二三四五六七八九]|\d{1,2})月"
        r"(初[一二三四五六七八九十]|二?十[一二三四五六七八九]?|廿[一二三四五六七八九]?|三十"
        r"|\d{1,2})[号日]?",
        dates_zh.lunar_words,
    ),
    word(
        4, r"大年初([一二三四五六七八九十])", lambda m: dates_zh.lunar_day(1, dates_zh.number(m[1]))
    ),
    word(
        4,
        rf"(过完)?({_HOLIDAY})(?:节|假期)?((?<=过完元旦)|(?<=过完春节)|(?<=过完年)|{_AFTER})?",
        dates_zh.named_holiday,
    ),
    word(
        4,
        r"(?:过完)?(?<![\d一二两三四五六七八九十几半每今明去后前来多当学])年(前|后)(?!半"
        r"|[一二三\d])|过完(年)",
        lambda m: (
            dates_zh.new_year(m)
            if m[1]
            else dates_zh.holiday(holidays.CHINESE["春节"], "后", "春节")
        ),
    ),
    word(
        4,
        r"(?:(?<![上下本这当个同\d一二三四五六七八九十])月|(?<=月)|(?<=月份)|(?<=月的))"
        r"(初|中旬|上旬|下旬|中(?!秋)|底|末|尾)",
        lambda m: dates_zh.edge("month", m),
    ),
    word(
        4,
        r"(?:(?<![今明去后前本当来\d一二三四五六七八九零〇])年|(?<=年)|(?<=年的))(初(?![一二三四五六七八九十])|底|末|终|尾|中(?!秋))",
        lambda m: dates_zh.edge("year", m),
    ),
    word(
        4,
        r"(?:(?<![一二三四1-4上下本这当个])季度?|(?<=季度)|(?<=季))(初|底|末)",
        lambda m: dates_zh.edge("quarter", m),
    ),
    word(2, r"(?<![\d.])(1[3-9]|[2-9]\d)月(?=\d{1,2}[号日])", dates_zh.month),
    word(4, rf"第({_N})天", lambda m: stretches.nth_day(dates_zh.number(m[1]))),
    word(3, r"([上前下后])半(个?月|周)", dates_zh.half),
    word(4, rf"(最后|前|后) ?({_N}) ?个?(天|周|星期|月|季度)(?!前|后|内|之|以)", dates_zh.piece),
    word(4, rf"(?:再过|过|再)? ?{_LONG}(?:之|以|过)?后(?!天|面|续|台|期)", dates_zh.later),
    word(4, rf"(?:再过|(?<![不超])过) ?{_LONG}(?!后|前|内|以|之)", dates_zh.later),
    word(4, rf"{_LONG}(?:之|以)?前(?!台|面|后|端|[\d一二三四五六七八九十两])", dates_zh.ago),
    word(4, rf"{_LONG}(?:之|以)?内", dates_zh.within),
    word(
        4,
        r"(?<![延推之以往])(?P<way>最近|近|过去|上|前|之前|未来|今后|接下来|往后|下|后|还剩"
        rf"|之后|还有)(?:的)? ?{_LONG}里?(?!前|后|内)",
        dates_zh.stretch,
    ),
    word(4, r"过([两二几])天|(?:改|哪)天(?!气)", lambda m: dates_zh.soon(m) if m[1] else None),
    word(5, rf"{_PARTS}", lambda m: calendar.part(dates_zh.PARTS[m[0]])),
    word(
        5,
        r"(?<=[日天号一二三四五六末])(早|晚|夜)(?!点|于|饭|餐|会儿|宴|报|上)间?",
        lambda m: calendar.part(dates_zh.PARTS[m[1]]),
    ),
    word(
        6,
        r"(?<![\d.个有几])(\d{1,2}|二?十[一二三四五六七八九]?|[零一二两三四五六七八九])(?:点"
        rf"|时(?!间|候|代|刻|常|装|尚|机|长|差))(?!{_NOT_COUNT})(?:钟|整|多钟?)?(?:过|零|踏"
        r"|搭)?(半|[一两三]刻|[0-5]?\d(?![\d万wk.])|[一二三四五]?十[一二三四五六七八九]?"
        r"|[一二三四五六七八九](?![万千百亿个成]))?(?:分(?!钟|之))?(?:"
        r"([一二三四五六七八九])个字)?",
        _clock,
    ),
    word(6, rf"差(一刻|{_N}分?) ?({_N})点", dates_zh.to_clock),
    word(6, r"现在|此时|此刻|目前|眼下|马上|立刻|立即|尽快|宜家|而家|依家", lambda m: calendar.now),
]
_ONE = patterns.later(r"一点(?!钟|整|半|[零一二三四五\d]|左右|多)")
_CLOCK_BEFORE = "午上晚晨夜天日号早到至-"
_BARE = patterns.later(rf"{_WEEK}[{_W}]")


def leaves(text: str) -> Iterator[Leaf]:
    """Every Chinese date word of folded text, in no order, overlapping."""
    return words.leaves(TABLE, text)
