"""Recurring times: 每周一早上9点, 每月5号, every other friday, as a small part of RFC 5545 rules.

Rules written here: FREQ (DAILY, WEEKLY, MONTHLY, YEARLY), INTERVAL, BYDAY, BYMONTHDAY, BYMONTH.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from bot.language import numbers
from bot.language.moments import Impossible, Leaf, Scope, Step
from crm_core import patterns

CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_ZH = {"天": 6, "日": 6, **{c: i for i, c in enumerate("一二三四五六")}}
_EN = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}
_FREQ = {"天": "DAILY", "日": "DAILY", "周": "WEEKLY", "月": "MONTHLY", "年": "YEARLY"}
_FREQ |= {"day": "DAILY", "week": "WEEKLY", "month": "MONTHLY", "year": "YEARLY"}
_WORKDAYS = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
_N = r"(?:\d{1,2}|[一二两三四五六七八九十]{1,3})"

_WEEKLY = patterns.later(
    rf"(?:每|逢)(?P<every>两|隔|{_N})?(?:个|一)?(?:周|星期|礼拜)(?P<days>[一二三四五六日天]"
    r"(?:[、,和跟/ ]{0,2}(?:周|星期)?[一二三四五六日天](?!次|个|点)){0,6})"
)
_MONTHLY = patterns.later(rf"每(?:个|一)?月(?:的)?(?:(?P<day>{_N}) ?[号日]|月?(?P<edge>底|末|初))")
_YEARLY = patterns.later(rf"每年(?:的)?(?P<month>{_N}) ?月(?P<day>{_N}) ?[号日]")
_WORKDAY = patterns.later(
    r"每(?:个|一)?工作日|(?<![a-z])every (?:week|work|business )day(?![a-z])|"
    r"(?<![a-z])weekdays(?![a-z])|every weekday"
)
_DAILY = patterns.later(r"每天|每日|天天|(?<![a-z])(?:every ?day|daily)(?![a-z])")
_PLAIN = patterns.later(
    rf"每(?P<n>隔?{_N}?)(?:个|一)?(?P<unit>天|周|星期|礼拜|月|年)(?:一次)?"
    r"(?![一二三四五六日天末\d初底])"
)
_EVERY = patterns.later(
    r"(?<![a-z])(?:every|each)(?P<n> other| \d{1,2}| two| three| four)? (?P<unit>day|week"
    r"|month|year)s?(?![a-z])"
    r"|(?<![a-z])(?P<ly>weekly|monthly|yearly)(?![a-z])"
)
_EVERY_DAY = patterns.later(
    r"(?<![a-z])(?:every|each)(?P<n> other)? (?P<days>(?:mon|tue|wed|thu|fri|sat"
    r"|sun)[a-z]{0,6}(?:(?:,| and|, and| &) (?:mon|tue|wed|thu|fri|sat"
    r"|sun)[a-z]{0,6}){0,6})"
)


def leaves(text: str) -> Iterator[Leaf]:
    """Every recurring phrase of folded text."""
    if (
        "每" not in text
        and "天天" not in text
        and "ever" not in text
        and "each" not in text
        and "ly" not in text
        and "逢" not in text
    ):
        return
    for pattern, rule_of in _TABLE:
        for match in pattern.finditer(text):
            rule = rule_of(match)
            if rule:
                yield Leaf(
                    start=match.start(),
                    end=match.end(),
                    rank=4,
                    step=_step(rule),
                    name=match.group(),
                )


def _step(rule: str) -> Step:
    def step(scope: Scope) -> None:
        scope.repeat = rule

    return step


def _weekly(match: re.Match[str]) -> str:
    days = [_ZH[char] for char in match.group("days") if char in _ZH]
    return (
        _with_interval("WEEKLY", match.group("every"))
        + ";BYDAY="
        + ",".join(CODES[d] for d in days)
    )


def _every_day(match: re.Match[str]) -> str:
    days = [
        _EN[word[:3]] for word in re.findall(r"[a-z]{3,9}", match.group("days")) if word != "and"
    ]
    return _with_interval("WEEKLY", match.group("n")) + ";BYDAY=" + ",".join(CODES[d] for d in days)


def _monthly(match: re.Match[str]) -> str:
    edge = match.group("edge")
    if edge:
        return f"FREQ=MONTHLY;BYMONTHDAY={1 if edge == '初' else -1}"
    day = int(numbers.read(match.group("day")) or 0)
    return f"FREQ=MONTHLY;BYMONTHDAY={day}"


def _yearly(match: re.Match[str]) -> str:
    month, day = (int(numbers.read(match.group(name)) or 0) for name in ("month", "day"))
    return f"FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={day}"


def _plain(match: re.Match[str]) -> str:
    unit = {"星期": "周", "礼拜": "周"}.get(match.group("unit"), match.group("unit"))
    return _with_interval(_FREQ[unit], match.group("n"))


def _every(match: re.Match[str]) -> str:
    if match.group("ly"):
        return f"FREQ={match.group('ly').upper()}"
    return _with_interval(_FREQ[match.group("unit")], match.group("n"))


_WORDS = {"other": 2, "two": 2, "three": 3, "four": 4, "隔": 2}


def _with_interval(freq: str, word: str | None) -> str:
    word = (word or "").strip()
    count = _WORDS.get(word) or int(numbers.read(word.removeprefix("隔")) or 1) if word else 1
    return f"FREQ={freq}" if count <= 1 else f"FREQ={freq};INTERVAL={count}"


_TABLE: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = [
    (_WORKDAY, lambda m: _WORKDAYS),
    (_WEEKLY, _weekly),
    (_MONTHLY, _monthly),
    (_YEARLY, _yearly),
    (_DAILY, lambda m: "FREQ=DAILY"),
    (_EVERY_DAY, _every_day),
    (_EVERY, _every),
    (_PLAIN, _plain),
]


def parts(rule: str) -> dict[str, str]:
    """A rule as its parts: {"FREQ": "WEEKLY", "BYDAY": "MO"}."""
    return dict(item.split("=", 1) for item in rule.split(";"))


def next_after(rule: str, first: datetime, after: datetime) -> datetime:
    """The first occurrence later than `after`, at the wall time of `first` (same zone or none).

    Intervals count from `first`. Raises Impossible for a rule without a day in four years.
    """
    known = parts(rule)
    day = max(first.date(), after.date())
    for _ in range(366 * 4 + 2):
        moment = datetime.combine(day, first.time(), tzinfo=first.tzinfo)
        if moment > after and matches(known, day, first.date()):
            return moment
        day += timedelta(days=1)
    raise Impossible


def matches(known: dict[str, str], day: date, first: date) -> bool:
    """Whether the rule falls on that day; a bare rule repeats the weekday or day of `first`."""
    freq, interval = known["FREQ"], int(known.get("INTERVAL", 1))
    days = known.get("BYDAY", CODES[first.weekday()]).split(",")
    month_day = int(known.get("BYMONTHDAY", first.day))
    if freq == "DAILY":
        return (day - first).days % interval == 0
    if freq == "WEEKLY":
        weeks = (day - timedelta(days=day.weekday()) - first + timedelta(days=first.weekday())).days
        return weeks // 7 % interval == 0 and CODES[day.weekday()] in days
    months = (day.year - first.year) * 12 + day.month - first.month
    if freq == "YEARLY":
        month = int(known.get("BYMONTH", first.month))
        return day.month == month and _is_month_day(day, month_day) and months // 12 % interval == 0
    return months % interval == 0 and _is_month_day(day, month_day)


def _is_month_day(day: date, number: int) -> bool:
    if number < 0:
        return (day + timedelta(days=-number)).day == 1 and number == -1
    return day.day == number
