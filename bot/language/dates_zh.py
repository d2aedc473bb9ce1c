"""What the words of Chinese dates mean; the patterns that find them are in dates_zh_table."""

import re
from datetime import time

from bot.language import calendar, holidays, lunar, numbers, stretches, workdays
from bot.language.moments import Impossible, Part, Scope, Step

NUMERAL = "零〇一二三四五六七八九十"
SMALL = r"(?:\d{1,2}|[一二两三四五六七八九十廿卅]{1,3})"
BIG = r"(?:\d{1,3}|[一二两三四五六七八九十百]{1,4})"
WEEKDAY = "一二三四五六日天末1-6"
WEEK = "(?:周|星期|礼拜)"
WEEKDAYS = {"日": 6, "天": 6, **{c: i for i, c in enumerate("一二三四五六")}} | {
    str(i + 1): i for i in range(6)
}
NEAR = {"上上": -2, "上": -1, "本": 0, "这": 0, "今": 0, "当": 0, "同": 0, "下": 1, "下下": 2}
YEARS = {
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
YEARS |= {"明": 1, "下一": 1, "下": 1, "来": 1, "后": 2, "大后": 3}
DAYS = {"今": 0, "本": 0, "当": 0, "明": 1, "翌": 1, "次": 1, "昨": -1, "寻": -1}
UNITS = {
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


def year(match: re.Match[str]) -> Step | None:
    """2027年, 二〇二七年, 27年."""
    word = match.group(1)
    digits = "".join(str(numbers.DIGITS.get(c, c)) for c in word)
    if not digits.isdigit():
        value = numbers.read(word)
        return calendar.year(int(value)) if value and value > 1000 else None
    value_ = int(digits)
    if len(digits) == 2:
        value_ += 2000 if value_ < 70 else 1900
    return calendar.year(value_)


def month(match: re.Match[str]) -> Step:
    """3月, 十二月, 元月."""
    word = match.group(1)
    return calendar.month({"元": 1}.get(word) or number(word))


def week(match: re.Match[str]) -> Step | None:
    """下周, 下下周一, 周五, 这周末."""
    near, day = match.group(1), match.group(2) or None
    if near is None:
        if day is None:
            return None
        return calendar.weekend(0) if day == "末" else calendar.weekday(WEEKDAYS[day])
    count = NEAR[near]
    if day == "末":
        return calendar.weekend(count)
    if day is None:
        return calendar.weeks_away(count)
    return calendar.both(calendar.weeks_away(count), calendar.weekday(WEEKDAYS[day]))


def far_day(match: re.Match[str]) -> Step:
    """后天, 大后天, 前天."""
    count = 2 + len(match.group(1))
    return calendar.days_away(count if match.group(2) == "后" else -count)


def half_day(match: re.Match[str]) -> Step:
    """明早, 今晚, 昨夜."""
    count = {"今": 0, "当": 0, "明": 1, "昨": -1, "后": 2, "前": -2}[match.group(1)]
    return calendar.both(calendar.days_away(count), calendar.part(PARTS[match.group(2)]))


def lunar_words(match: re.Match[str]) -> Step | None:
    """农历八月十五, 正月初三; nothing when it may be a solar day."""
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


def named_holiday(match: re.Match[str]) -> Step:
    """中秋节, 国庆后."""
    name = match.group(2)
    rule = holidays.CHINESE.get(name) or holidays.CHINESE[name.removesuffix("节")]
    then = "后" if match.group(3) else ""
    return holiday(rule, then, name.removesuffix("节"))


def new_year(match: re.Match[str]) -> Step:
    """年前 is before 春节, 年后 after it."""
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
    key = UNITS.get(unit) or UNITS.get(unit.removesuffix("钟")) or ""
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


DURATION = (
    rf"(?<![\d月第年])(?!0\d)(?P<n>{BIG}|半|几|两三|数)(?:来|多)? ?个?(?P<half>半)?多? ?"
    r"(?P<u>秒钟?|分钟?|刻钟|小时|钟头|钟|天|日|周|星期|礼拜|(?:个)?工作日|交易日|月|季度"
    r"|年)(?P<t>半)?多?"
)


def shift(count: float, unit: str) -> Step:
    """So many units from now or from the day in scope, half units included."""
    if unit in _SECONDS:
        return stretches.away(count * _SECONDS[unit])
    if unit == "workday":
        return lambda scope: scope.on(workdays.add(scope.today, int(count)))
    whole, rest = int(count), count - int(count)
    days = {"month": 15, "week": 3, "year": 0, "day": 0, "quarter": 0}[unit] if rest else 0
    if unit == "year" and rest:
        return stretches.calendar_away("month", int(count * 12))
    if unit == "day" and rest:
        return stretches.away(count * 86400)
    sign = 1 if count >= 0 else -1
    return stretches.calendar_away(unit, whole, sign * days)


def later(match: re.Match[str]) -> Step | None:
    """三天后, 半小时后, 两个半月以后."""
    counted = _count(match)
    return shift(*counted) if counted else None


def ago(match: re.Match[str]) -> Step | None:
    """两周前."""
    counted = _count(match)
    return shift(-counted[0], counted[1]) if counted else None


def within(match: re.Match[str]) -> Step | None:
    """3天内."""
    counted = _count(match)
    if counted is None:
        return None
    return until(shift(*counted))


def until(step: Step) -> Step:
    """From now to where a step leads, as a deadline: 3天内, within 2 weeks."""

    def deadline(scope: Scope) -> None:
        step(scope)
        scope.late = True
        if scope.start is None:
            return
        if scope.exact:
            scope.stamp(scope.now.replace(microsecond=0), scope.start)
        else:
            scope.cover(scope.today, scope.start.date() + calendar.DAY, "span")

    return deadline


def stretch(match: re.Match[str]) -> Step | None:
    """最近三个月, 未来7天, 前两天."""
    counted = _count(match)
    way = match.group("way")
    ahead = way[0] in "未今接往下后还之" and way != "之前"
    if counted is None or counted[1] == "workday":
        return None
    if counted[0] != int(counted[0]):
        return shift(counted[0] if ahead else -counted[0], counted[1])
    return stretches.stretch(counted[1], int(counted[0]), ahead, from_next=way in {"下", "后"})


_CLOCK_TAIL = {"半": 30, "一刻": 15, "三刻": 45, "两刻": 30}


def clock(match: re.Match[str]) -> Step:
    """3点半, 九点一刻, 15时30分."""
    hour = number(match.group(1))
    tail = match.group(2)
    minute = _CLOCK_TAIL.get(tail or "") or (number(tail) if tail else 0)
    if match.group(3):
        minute = number(match.group(3)) * 5
    half = "24" if hour == 0 or hour > 12 else ""
    return calendar.clock(hour, minute, 0, half)


def to_clock(match: re.Match[str]) -> Step:
    """差一刻三点."""
    lack = 15 if match.group(1) == "一刻" else number(match.group(1))
    hour = number(match.group(2))
    return calendar.clock((hour - 1) or 12, 60 - lack)


def quarter(match: re.Match[str]) -> Step:
    """第三季度, q3, 首季度."""
    word = match.group(1) or match.group(2) or match.group(3)
    nth = 1 if word == "首" else number(word)
    return calendar.months(nth * 3 - 2, 3, "quarter")


def piece(match: re.Match[str]) -> Step:
    """最后五天, 前三周."""
    unit, count = UNITS[match.group(3)], number(match.group(2))
    at_end = match.group(1) in {"最后", "后"}

    def step(scope: Scope) -> None:
        if scope.start is not None or match.group(1) == "最后":
            stretches.piece(unit, count, at_end)(scope)
        else:
            stretches.stretch(unit, count, at_end, from_next=True)(scope)

    return step


def decade(match: re.Match[str]) -> Step:
    """九十年代."""
    century, word = match.group(1), match.group(2)
    base = {"上": 20, None: 20, "本": 21}.get(century) or number(century)
    return calendar.years(
        (base - 1) * 100 + number(word) // 10 * 10 if number(word) >= 10 else 2000, 10
    )


def edge(grain: str, match: re.Match[str]) -> Step:
    """初, 中, 底 of what stands before."""
    word = match.group(1)
    where = {"初": "start", "中": "middle", "上": "start"}.get(word[0], "end")
    if word == "下旬":
        return stretches.nth_day(21)
    return stretches.edge(where, grain)


def half(match: re.Match[str]) -> Step:
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


def soon(match: re.Match[str]) -> Step:
    """过两天."""
    count = 2 if match.group(1) in "两二" else 3

    def step(scope: Scope) -> None:
        calendar.days_away(count)(scope)
        scope.approx = scope.ambiguous = True

    return step
