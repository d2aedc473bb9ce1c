"""The words of Chinese dates: a table of patterns and what each says about the calendar.

All patterns work on folded text (half width, simplified, lower case).
"""

import re
from collections.abc import Callable, Iterator
from datetime import time

from bot.language import calendar, holidays, lunar, numbers, workdays
from bot.language.moments import Impossible, Leaf, Part, Scope, Step

Build = Callable[[re.Match[str]], Step | None]

_Z = "零〇一二三四五六七八九十"
_N = r"(?:\d{1,2}|[一二两三四五六七八九十廿卅]{1,3})"
SMALL = _N
"""A whole number below a hundred."""
_BIG = rf"(?:\d{{1,3}}|[一二两三四五六七八九十百]{{1,4}})"
_W = "一二三四五六日天末1-6"
_WEEK = "(?:周|星期|礼拜)"
_WEEKDAYS = {"日": 6, "天": 6, **{c: i for i, c in enumerate("一二三四五六")}} | {
    str(i + 1): i for i in range(6)
}
_NEAR = {"上上": -2, "上": -1, "本": 0, "这": 0, "今": 0, "当": 0, "同": 0, "下": 1, "下下": 2}
_YEARS = {
    "大前": -3,
    "前": -2,
    "去": -1,
    "上一": -1,
    "上": -1,
    "今": 0,
    "本": 0,
    "当": 0,
    "这一": 0,
    "这": 0,
}
_YEARS |= {"明": 1, "下一": 1, "下": 1, "来": 1, "后": 2, "大后": 3}
_DAYS = {"今": 0, "本": 0, "当": 0, "明": 1, "翌": 1, "次": 1, "昨": -1, "寻": -1}
_UNITS = {
    "秒": "second",
    "分": "minute",
    "小时": "hour",
    "钟头": "hour",
    "钟": "hour",
    "天": "day",
    "日": "day",
    "周": "week",
    "星期": "week",
    "礼拜": "week",
    "月": "month",
    "季度": "quarter",
    "年": "year",
}
_SECONDS = {"second": 1, "minute": 60, "hour": 3600}

PARTS: dict[str, Part] = {
    **dict.fromkeys(["凌晨", "拂晓", "黎明"], Part(default=time(6), half="am")),
    **dict.fromkeys(
        ["清晨", "清早", "早晨", "早上", "早间", "一早", "大早", "大清早", "早", "上午", "晨间"],
        Part(default=time(9), half="am"),
    ),
    **dict.fromkeys(["中午", "正午", "午间"], Part(default=time(12), half="noon")),
    **dict.fromkeys(["下午", "午后", "晏昼"], Part(default=time(14), half="pm")),
    "傍晚": Part(default=time(18), half="pm"),
    **dict.fromkeys(
        ["晚上", "晚间", "夜里", "夜晚", "夜间", "晚", "夜"], Part(default=time(19), half="night")
    ),
    **dict.fromkeys(["深夜", "半夜", "午夜", "后半夜"], Part(default=time(23), half="night")),
}


def number(text: str) -> int:
    """A small whole number in figures or Chinese; 廿三 is 23."""
    value = numbers.read(text)
    return int(value) if value is not None else 0


def _year(match: re.Match[str]) -> Step | None:
    word = match.group(1)
    digits = "".join(str(numbers.DIGITS.get(c, c)) for c in word)
    if not digits.isdigit():
        value = numbers.read(word)
        return calendar.year(int(value)) if value and value > 1000 else None
    value_ = int(digits)
    if len(digits) == 2:
        value_ += 2000 if value_ < 70 else 1900
    return calendar.year(value_)


def _month(match: re.Match[str]) -> Step:
    word = match.group(1)
    return calendar.month({"元": 1}.get(word) or number(word))


def _week(match: re.Match[str]) -> Step | None:
    near, day = match.group(1), match.group(2) or None
    if near is None:
        if day is None:
            return None
        return calendar.weekend(0) if day == "末" else calendar.weekday(_WEEKDAYS[day])
    count = _NEAR[near]
    if day == "末":
        return calendar.weekend(count)
    if day is None:
        return calendar.weeks_away(count)
    return calendar.both(calendar.weeks_away(count), calendar.weekday(_WEEKDAYS[day]))


def _far_day(match: re.Match[str]) -> Step:
    count = 2 + len(match.group(1))
    return calendar.days_away(count if match.group(2) == "后" else -count)


def _half_day(match: re.Match[str]) -> Step:
    count = {"今": 0, "当": 0, "明": 1, "昨": -1, "后": 2, "前": -2}[match.group(1)]
    return calendar.both(calendar.days_away(count), calendar.part(PARTS[match.group(2)]))


def _lunar(match: re.Match[str]) -> Step | None:
    said, month_word, day_word = match.groups()
    if not said and month_word not in "正腊冬" and not day_word.startswith(("初", "廿")):
        return None
    months = {"正": 1, "冬": 11, "腊": 12}
    month_number = months.get(month_word) or number(month_word)
    day_number = number(day_word.removeprefix("初"))
    return lunar_day(month_number, day_number)


def lunar_day(month_number: int, day_number: int) -> Step:
    """A day of the lunar calendar, of the year in scope or the next one."""

    def step(scope: Scope) -> None:
        base = scope.begin() if scope.grain == "year" else None
        if base is not None:
            found = lunar.solar(base.year, month_number, day_number)
        else:
            found = lunar.upcoming(scope.today, month_number, day_number)
        if found is None:
            raise Impossible
        scope.on(found)

    return step


def holiday(rule: holidays.Rule, then: str = "", name: str = "") -> Step:
    """A named holiday of the year in scope or the next one; `then` 后 means back at work."""

    def step(scope: Scope) -> None:
        base = scope.begin() if scope.grain == "year" else None
        found = rule(base.year) if base else holidays.upcoming(rule, scope.today)
        if found is None:
            raise Impossible
        if then == "后":
            scope.on(workdays.first_after(found, name))
            scope.ambiguous = True
        else:
            scope.on(found)

    return step


def _holiday(match: re.Match[str]) -> Step:
    name = match.group(2)
    rule = holidays.CHINESE.get(name) or holidays.CHINESE[name.removesuffix("节")]
    then = "后" if match.group(3) else ""
    return holiday(rule, then, name.removesuffix("节"))


def _new_year(match: re.Match[str]) -> Step:
    rule = holidays.CHINESE["春节"]
    if match.group(1) == "后":
        return holiday(rule, "后", "春节")

    def before(scope: Scope) -> None:
        holiday(rule)(scope)
        scope.late = True

    return before


def _count(match: re.Match[str]) -> tuple[float, str] | None:
    """So many of which unit: 两个半月, 半小时, 一刻钟, 七年半."""
    word, half, unit, trailing = (
        match.group("n"),
        match.group("half"),
        match.group("u"),
        match.group("t"),
    )
    if unit == "刻钟":
        return number(word) * 15.0, "minute"
    key = _UNITS.get(unit) or _UNITS.get(unit.removesuffix("钟")) or ""
    if not key and "日" in unit:
        key = "workday"
    count = (
        0.5
        if word == "半"
        else {"几": 3.0, "两三": 3.0, "数": 3.0}.get(word) or float(number(word))
    )
    if half or trailing:
        count += 0.5
    return count, key


_DURATION = (
    rf"(?<![\d月第年])(?!0\d)(?P<n>{_BIG}|半|几|两三|数)(?:来|多)? ?个?(?P<half>半)?多? ?"
    r"(?P<u>秒钟?|分钟?|刻钟|小时|钟头|钟|天|日|周|星期|礼拜|(?:个)?工作日|交易日|月|季度|年)(?P<t>半)?多?"
)


def shift(count: float, unit: str) -> Step:
    """So many units from now or from the day in scope, half units included."""
    if unit in _SECONDS:
        return calendar.away(count * _SECONDS[unit])
    if unit == "workday":
        return lambda scope: scope.on(workdays.add(scope.today, int(count)))
    whole, rest = int(count), count - int(count)
    days = {"month": 15, "week": 3, "year": 0, "day": 0, "quarter": 0}[unit] if rest else 0
    if unit == "year" and rest:
        return calendar.calendar_away("month", int(count * 12))
    if unit == "day" and rest:
        return calendar.away(count * 86400)
    sign = 1 if count >= 0 else -1
    return calendar.calendar_away(unit, whole, sign * days)


def _later(match: re.Match[str]) -> Step | None:
    counted = _count(match)
    return shift(*counted) if counted else None


def _ago(match: re.Match[str]) -> Step | None:
    counted = _count(match)
    return shift(-counted[0], counted[1]) if counted else None


def _within(match: re.Match[str]) -> Step | None:
    counted = _count(match)
    if counted is None:
        return None
    return until(shift(*counted))


def until(step: Step) -> Step:
    """From now to where a step leads, as a deadline: 3天内, within 2 weeks."""

    def within(scope: Scope) -> None:
        step(scope)
        scope.late = True
        if scope.start is None:
            return
        if scope.exact:
            scope.stamp(scope.now.replace(microsecond=0), scope.start)
        else:
            scope.cover(scope.today, scope.start.date() + calendar.DAY, "span")

    return within


def _stretch(match: re.Match[str]) -> Step | None:
    counted = _count(match)
    way = match.group("way")
    ahead = way[0] in "未今接往下后还之" and way != "之前"
    if counted is None or counted[1] == "workday":
        return None
    if counted[0] != int(counted[0]):
        return shift(counted[0] if ahead else -counted[0], counted[1])
    return calendar.stretch(counted[1], int(counted[0]), ahead, from_next=way in {"下", "后"})


_CLOCK_TAIL = {"半": 30, "一刻": 15, "三刻": 45, "两刻": 30}


def _clock(match: re.Match[str]) -> Step:
    hour = number(match.group(1))
    tail = match.group(2)
    minute = _CLOCK_TAIL.get(tail or "") or (number(tail) if tail else 0)
    if match.group(3):
        minute = number(match.group(3)) * 5
    half = "24" if hour == 0 or hour > 12 else ""
    return calendar.clock(hour, minute, 0, half)


def _to_clock(match: re.Match[str]) -> Step:
    lack = 15 if match.group(1) == "一刻" else number(match.group(1))
    hour = number(match.group(2))
    return calendar.clock((hour - 1) or 12, 60 - lack)


def _quarter(match: re.Match[str]) -> Step:
    word = match.group(1) or match.group(2) or match.group(3)
    nth = 1 if word == "首" else number(word)
    return calendar.months(nth * 3 - 2, 3, "quarter")


def _piece(match: re.Match[str]) -> Step:
    unit, count = _UNITS[match.group(3)], number(match.group(2))
    at_end = match.group(1) in {"最后", "后"}

    def step(scope: Scope) -> None:
        if scope.start is not None or match.group(1) == "最后":
            calendar.piece(unit, count, at_end)(scope)
        else:
            calendar.stretch(unit, count, at_end, from_next=True)(scope)

    return step


def _decade(match: re.Match[str]) -> Step:
    century, word = match.group(1), match.group(2)
    base = {"上": 20, None: 20, "本": 21}.get(century) or number(century)
    return calendar.years(
        (base - 1) * 100 + number(word) // 10 * 10 if number(word) >= 10 else 2000, 10
    )


def _edge(grain: str, match: re.Match[str]) -> Step:
    word = match.group(1)
    where = {"初": "start", "中": "middle", "上": "start"}.get(word[0], "end")
    if word == "下旬":
        return calendar.nth_day(21)
    return calendar.edge(where, grain)


def _half(match: re.Match[str]) -> Step:
    """上半月 is the 1st to the 15th, 下半周 Thursday to Sunday."""
    early, weekly = match.group(1) in "上前", match.group(2) == "周"

    def step(scope: Scope) -> None:
        if scope.grain != ("week" if weekly else "month"):
            (calendar.weeks_away if weekly else calendar.months_away)(0)(scope)
        if scope.start is None or scope.end is None:
            return
        first, last = scope.start.date(), scope.end.date()
        middle = first + calendar.DAY * (3 if weekly else 15)
        scope.cover(*((first, middle) if early else (middle, last)), "span")

    return step


def _soon(match: re.Match[str]) -> Step:
    count = 2 if match.group(1) in "两二" else 3

    def step(scope: Scope) -> None:
        calendar.days_away(count)(scope)
        scope.approx = scope.ambiguous = True

    return step


_HOLIDAY = "|".join(sorted((re.escape(name) for name in holidays.CHINESE), key=len, reverse=True))
_AFTER = "(?:以|之|过)?后(?!天|面|续|台|期|来)"
_PARTS = "|".join(
    "(?<![周期拜])一早" if word == "一早" else word
    for word in sorted((word for word in PARTS if len(word) > 1), key=len, reverse=True)
)
_NOT_COUNT = "(?!建议|意见|要求|原因|问题|说明|需求|内容|想法|疑问|不|原则|共识|[一二三四五六七八九]{1,2}[万亿千百折]|\\d*[万亿w折])"

TABLE: list[tuple[int, re.Pattern[str], Build]] = [
    (
        0,
        re.compile(
            rf"(?<!\d)((?:1\d|20|21)\d\d|[{_Z}]{{4}}|[一两]千零?[{_Z}十]{{1,4}}) ?年(?!代|级)"
        ),
        _year,
    ),
    (
        0,
        re.compile(
            rf"(?<![\d.{_Z}])(\d\d|[{_Z[:-1]}]{{2}}) ?年(?=[\d一二三四五六七八九十上下前后初底末第暑,， ]|$|[^\s代级前后内来多薪化]{{2}}|以后)(?!代|级|多|以?内|之?前)"
        ),
        _year,
    ),
    (
        0,
        re.compile(
            r"(大前|大后|前|去|上一|上|今|本|当|这一|这|明|下一|下|来|后)年(?!度|级|龄|代|轻)"
        ),
        lambda m: calendar.years_away(_YEARS[m.group(1)]),
    ),
    (
        0,
        re.compile(
            r"(?:(上|本|\d{1,2}|[一二三四五六七八九十]{1,3})(?:个)?世纪)?([一二三四五六七八九]?十|\d0)年代"
        ),
        _decade,
    ),
    (1, re.compile(r"[上前]半年"), lambda m: calendar.months(1, 6, "half")),
    (1, re.compile(r"[下后]半年"), lambda m: calendar.months(7, 6, "half")),
    (
        1,
        re.compile(r"(?:第)?([一二三四1-4])(?:个)?季度|q([1-4])(?:季度)?(?![a-z0-9])|(首)季度"),
        _quarter,
    ),
    (
        1,
        re.compile(r"(上上|上|本|这|当|下|下下)(?:一?个|一)?季度?(?!节)"),
        lambda m: calendar.quarters_away(_NEAR[m.group(1)]),
    ),
    (
        1,
        re.compile(r"(?:前|头)([一二两三234])(?:个)?季度"),
        lambda m: calendar.months(1, number(m.group(1)) * 3, "span"),
    ),
    (1, re.compile(r"暑假"), lambda m: calendar.months(7, 2, "span")),
    (
        2,
        re.compile(
            rf"(?<![\d.])(1[0-2]|0?[1-9]|十[一二]?|[一二两三四五六七八九]|元)月份?(?!\d*[个薪饼])"
        ),
        _month,
    ),
    (
        2,
        re.compile(r"(上上|上|本|这|当|同|下|下下|今)(?:一?个|一)?月份?(?!\d*薪|饼)"),
        lambda m: calendar.months_away(_NEAR[m.group(1)]),
    ),
    (2, re.compile(rf"第({_N})个月"), lambda m: calendar.nth_month(number(m.group(1)))),
    (
        3,
        re.compile(
            rf"(?<![一两几半\d每整])(?:(上上|上|本|这|当|今|下下|下)(?:一?个|一)?)?(?:{_WEEK})([{_W}](?!次|个|趟|遍|程|\d)|(?!年|期|边|转|围|全|到|报|密|末|刊))"
        ),
        _week,
    ),
    (
        3,
        re.compile(rf"第?({_N})(?:个)?{_WEEK}(?=$|[^后前内之以一-九])"),
        lambda m: calendar.nth_week(number(m.group(1))) if m.group().startswith("第") else None,
    ),
    (
        4,
        re.compile(rf"(?:的)?(第{_N}|最后一)个?{_WEEK}([{_W[:8]}])"),
        lambda m: calendar.nth_weekday(
            _WEEKDAYS[m.group(2)], -1 if m.group(1)[0] == "最" else number(m.group(1)[1:])
        ),
    ),
    (
        4,
        re.compile(r"(今|本|当|明|翌|次|昨|寻)(?:天|日|儿个?)"),
        lambda m: calendar.days_away(_DAYS[m.group(1)]),
    ),
    (4, re.compile(r"(?<![天日周月年以今往])(大{0,2})(后|前)[天日](?!气)"), _far_day),
    (4, re.compile(r"(今|当|明|昨|后|前)(早|晚|夜)(?!点|于|饭|餐|会儿|宴|报)[上间]?"), _half_day),
    (
        4,
        re.compile(
            rf"(?<![\d.第#])(\d{{1,2}}|[一二三四五六七八九十廿卅]{{1,3}}) ?[号日](?!线|楼|院|机|店|门|元|码|文|子|常|本|语|用|化|程|志|报|产|均|后[^,， ]{{0,2}}日)"
        ),
        lambda m: calendar.day(number(m.group(1))),
    ),
    (
        4,
        re.compile(
            r"(?<=月)份?(3[01]|[12]?\d|二?十[一二三四五六七八九]?|三十一?|[一二三四五六七八九])(?![\d个月天号日年份万千百w周后前内点:.：%次-]|多|季)"
        ),
        lambda m: calendar.day(number(m.group(1))),
    ),
    (
        4,
        re.compile(
            r"(农历|阴历|旧历)?([正腊冬]|十[一二]?|[一二三四五六七八九]|\d{1,2})月(初[一二三四五六七八九十]|二?十[一二三四五六七八九]?|廿[一二三四五六七八九]?|三十|\d{1,2})[号日]?"
        ),
        _lunar,
    ),
    (4, re.compile(r"大年初([一二三四五六七八九十])"), lambda m: lunar_day(1, number(m.group(1)))),
    (
        4,
        re.compile(
            rf"(过完)?({_HOLIDAY})(?:节|假期)?((?<=过完元旦)|(?<=过完春节)|(?<=过完年)|{_AFTER})?"
        ),
        _holiday,
    ),
    (
        4,
        re.compile(
            r"(?:过完)?(?<![\d一二两三四五六七八九十几半每今明去后前来多当学])年(前|后)(?!半|[一二三\d])|过完(年)"
        ),
        lambda m: _new_year(m) if m.group(1) else holiday(holidays.CHINESE["春节"], "后", "春节"),
    ),
    (
        4,
        re.compile(r"(?:月|(?<=月)|(?<=月份)|(?<=月的))(初|中旬|上旬|下旬|中(?!秋)|底|末|尾)"),
        lambda m: _edge("month", m),
    ),
    (
        4,
        re.compile(r"(?:年|(?<=年)|(?<=年的))(初(?![一二三四五六七八九十])|底|末|终|尾|中(?!秋))"),
        lambda m: _edge("year", m),
    ),
    (4, re.compile(r"(?:季度|季|(?<=季度)|(?<=季))(初|底|末)"), lambda m: _edge("quarter", m)),
    (4, re.compile(rf"第({_N})天"), lambda m: calendar.nth_day(number(m.group(1)))),
    (3, re.compile(r"([上前下后])半(个?月|周)"), _half),
    (4, re.compile(rf"(最后|前|后) ?({_N}) ?个?(天|周|星期|月|季度)(?!前|后|内|之|以)"), _piece),
    (4, re.compile(rf"(?:再过|过|再)? ?{_DURATION}(?:之|以|过)?后(?!天|面|续|台|期)"), _later),
    (4, re.compile(rf"(?:再过|(?<![不超])过) ?{_DURATION}(?!后|前|内|以|之)"), _later),
    (4, re.compile(rf"{_DURATION}(?:之|以)?前(?!台|面|后|端|[\d一二三四五六七八九十两])"), _ago),
    (4, re.compile(rf"{_DURATION}(?:之|以)?内"), _within),
    (
        4,
        re.compile(
            rf"(?P<way>最近|近|过去|上|前|之前|未来|今后|接下来|往后|下|后|还剩|之后|还有)(?:的)? ?{_DURATION}里?(?!前|后|内)"
        ),
        _stretch,
    ),
    (
        4,
        re.compile(r"过([两二几])天|(?:改|哪)天(?!气)"),
        lambda m: _soon(m) if m.group(1) else None,
    ),
    (5, re.compile(rf"{_PARTS}"), lambda m: calendar.part(PARTS[m.group()])),
    (
        5,
        re.compile(r"(?<=[日天号一二三四五六末])(早|晚|夜)(?!点|于|饭|餐|会儿|宴|报|上)间?"),
        lambda m: calendar.part(PARTS[m.group(1)]),
    ),
    (
        6,
        re.compile(
            rf"(?<![\d.个有几])(\d{{1,2}}|二?十[一二三四五六七八九]?|[零一二两三四五六七八九])(?:点|时(?!间|候|代|刻|常|装|尚|机|长|差))(?!{_NOT_COUNT[3:-1]})(?:钟|整|多钟?)?(?:过|零|踏|搭)?(半|[一两三]刻|[0-5]?\d(?![\d万wk.])|[一二三四五]?十[一二三四五六七八九]?|[一二三四五六七八九](?![万千百亿个成]))?(?:分(?!钟|之))?(?:([一二三四五六七八九])个字)?"
        ),
        _clock,
    ),
    (6, re.compile(rf"差(一刻|{_N}分?) ?({_N})点"), _to_clock),
    (
        6,
        re.compile(r"现在|此时|此刻|目前|眼下|马上|立刻|立即|尽快|宜家|而家|依家"),
        lambda m: calendar.now,
    ),
]
_ONE = re.compile(r"一点(?!钟|整|半|[零一二三四五\d]|左右|多)")
_BARE = re.compile(rf"{_WEEK}[{_W}]")
HINT = re.compile(
    "[年月日号天周期拜时点刻分秒早晚午晨夜节季前后现此目眼马立尽宜而依元除旦庆国春暑过双十八六61平圣]"
)


def leaves(text: str) -> Iterator[Leaf]:
    """Every Chinese date word of folded text, in no order, overlapping."""
    for rank, pattern, build in TABLE:
        for match in pattern.finditer(text):
            if match.end() == match.start():
                continue
            if rank == 6 and _vague_bit(text, match):
                continue
            step = build(match)
            if step is not None:
                depth = 4 if rank == 3 and match.group().endswith(tuple(_W)) else rank
                yield Leaf(
                    start=match.start(),
                    end=match.end(),
                    rank=depth,
                    step=step,
                    name=match.group(),
                    check=_bare(match.group()),
                )


def _vague_bit(text: str, match: re.Match[str]) -> bool:
    """便宜一点 and 快一点 are no o'clock; 下午一点 is."""
    if not _ONE.match(text, match.start()):
        return False
    before = text[max(0, match.start() - 2) : match.start()]
    return not before.endswith(
        ("午", "上", "晚", "晨", "夜", "天", "日", "号", "早", "到", "至", "-")
    )


def _bare(text: str) -> int | None:
    return _WEEKDAYS.get(text[-1]) if _BARE.fullmatch(text) else None
