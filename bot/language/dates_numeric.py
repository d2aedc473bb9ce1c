"""Dates and times written in figures, the same in every language: 2026-12-30 15:30, 6/1, 3pm."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

from bot.language import calendar
from bot.language.moments import Impossible, Leaf, Scope, Step

Build = Callable[[re.Match[str]], Step | None]

MONTHS = {
    name: index
    for index, names in enumerate(
        "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug"
        "|september sept sep|october oct|november nov|december dec".split("|"),
        start=1,
    )
    for name in names.split()
}
MONTH = "(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\.?"
_ZONES = {
    "gmt": 0,
    "utc": 0,
    "cet": 1,
    "pst": -8,
    "est": -5,
    "bst": 1,
}


def month_number(word: str) -> int:
    """jan. and january are 1."""
    return MONTHS[word.rstrip(".")]


def short_year(text: str, now_year: int) -> int:
    """A year of two digits: the century that puts it at most twenty years ahead."""
    value = int(text)
    if len(text) > 2:
        return value
    century = now_year // 100 * 100
    return century + value if century + value <= now_year + 20 else century - 100 + value


def _ymd(match: re.Match[str]) -> Step:
    return calendar.full(int(match.group(1)), int(match.group(2)), int(match.group(3)))


def _y_mon_d(match: re.Match[str]) -> Step:
    return calendar.full(int(match.group(1)), month_number(match.group(2)), int(match.group(3)))


def _d_mon_y(match: re.Match[str]) -> Step:
    return calendar.full(int(match.group(3)), month_number(match.group(2)), int(match.group(1)))


def _mon_d_y(match: re.Match[str]) -> Step:
    return calendar.full(int(match.group(3)), month_number(match.group(1)), int(match.group(2)))


def _y_d_mon(match: re.Match[str]) -> Step:
    return calendar.full(int(match.group(1)), month_number(match.group(3)), int(match.group(2)))


def _month_day(match: re.Match[str]) -> Step:
    return next_day(int(match.group(1)), int(match.group(2)))


def next_day(first: int, second: int) -> Step:
    """6/1 as month and day (day and month when only that fits), the next one to come."""

    def step(scope: Scope) -> None:
        month, day = (second, first) if first > 12 >= second else (first, second)
        base = scope.begin() if scope.grain == "year" else None
        if base is not None:
            calendar.full(base.year, month, day)(scope)
            return
        calendar.month(month)(scope)
        scope.floating = True
        calendar.day(day)(scope)

    return step


def _year_month(match: re.Match[str]) -> Step:
    return calendar.both(calendar.year(int(match.group(1))), calendar.month(int(match.group(2))))


def _month_year(match: re.Match[str]) -> Step:
    return calendar.both(calendar.year(int(match.group(2))), calendar.month(int(match.group(1))))


def _clock(match: re.Match[str]) -> Step:
    hour, minute = int(match.group(1)), int(match.group(2))
    second = int(match.group(3) or 0)
    half = _half(match.group(4))
    if not half and (hour > 12 or hour == 0 or match.group(1).startswith("0")):
        half = "24"
    return calendar.clock(hour, minute, second, half)


def _half(word: str | None) -> str:
    return {"a": "am", "p": "pm"}.get((word or " ").strip()[:1], "")


def _hour(match: re.Match[str]) -> Step:
    return calendar.clock(int(match.group(1)), 0, 0, _half(match.group(2)))


def _packed(match: re.Match[str]) -> Step:
    return calendar.clock(int(match.group(1)), int(match.group(2)), 0, _half(match.group(3)))


def _h(match: re.Match[str]) -> Step:
    return calendar.clock(int(match.group(1)), int(match.group(2) or 0), 0, "24")


def zone(match: re.Match[str]) -> Step:
    """A time zone after a clock: the time is brought to the rep's own."""
    hours = _ZONES[match.group(1)]

    def step(scope: Scope) -> None:
        scope.foreign = timedelta(hours=hours)

    return step


_AMPM = r"(?: ?(?:in the )?([ap])(?:\.?m\.?)?(?![a-z]))"
_SEP = r"[-/.]"

TABLE: list[tuple[int, re.Pattern[str], Build]] = [
    (
        4,
        re.compile(
            rf"(?<![\d.])([12]\d{{3}})(?:{_SEP}| )(0?[1-9]|1[0-2])(?:{_SEP}| )(3[01]|[12]\d|0?[1-9])(?=t?\d\d:|\D|$)(?![-/]\d)"
        ),
        _ymd,
    ),
    (4, re.compile(r"(?<!\d)((?:19|20)\d\d)(0[1-9]|1[0-2])(3[01]|[12]\d|0[1-9])(?!\d)"), _ymd),
    (4, re.compile(rf"(?<!\d)([12]\d{{3}})[-/ ]({MONTH})[-/ ](\d{{1,2}})(?!\d)"), _y_mon_d),
    (4, re.compile(rf"(?<!\d)(\d{{1,2}})[-/]({MONTH})[-/]([12]\d{{3}})(?!\d)"), _d_mon_y),
    (4, re.compile(rf"({MONTH})[-/](\d{{1,2}})[-/]([12]\d{{3}})(?!\d)"), _mon_d_y),
    (
        4,
        re.compile(rf"({MONTH})-([12]\d{{3}})-(\d{{1,2}})(?!\d)"),
        lambda m: calendar.full(int(m.group(2)), month_number(m.group(1)), int(m.group(3))),
    ),
    (4, re.compile(rf"(?<!\d)([12]\d{{3}})[-/](\d{{1,2}})[-/]({MONTH})(?!\d)"), _y_d_mon),
    (
        4,
        re.compile(r"(?<![\d/.-])(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?![\d/-])"),
        lambda m: _three_of(m),
    ),
    (
        4,
        re.compile(r"(?<![\d/.-])(\d{1,2})/(\d{1,2})[, ]{1,2}(\d{4})(?![\d/])"),
        lambda m: three(m.group(1), m.group(2), m.group(3), "/"),
    ),
    (
        4,
        re.compile(
            r"(?<![\d/.:,+-])(1[0-2]|0?[1-9]|[12]\d|3[01])/(3[01]|[12]\d|0?[1-9])(?![\d/.:%万]|[a-z])"
        ),
        _month_day,
    ),
    (
        4,
        re.compile(
            r"(?<![\d/.:,+a-z-])(1[0-2]|0?[1-9]|[12]\d|3[01])-(3[01]|[12]\d|0?[1-9])(?![\d/.:%-]| ?[a-z万亿千百台个件套人元块天kw])"
        ),
        _month_day,
    ),
    (2, re.compile(r"(?<![\d/.-])([12]\d{3}) ?[-/.] ?(1[0-2]|0?[1-9])(?![\d/-])"), _year_month),
    (2, re.compile(r"(?<![\d/.-])(1[0-2]|0?[1-9]) ?[-/] ?([12]\d{3})(?![\d/-])"), _month_year),
    (
        6,
        re.compile(
            rf"(?:(?<=\dt)|(?<![\d:.]))([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?{_AMPM}?(?![\d:])"
        ),
        _clock,
    ),
    (6, re.compile(r"(?<=\d\d[-/.]\d\d)(\d\d):(\d\d)()()(?!\d)"), _clock),
    (6, re.compile(rf"(?<![\d.:/,-])(1[0-2]|0?[1-9])(?: ?o'?clock)?{_AMPM}"), _hour),
    (6, re.compile(rf"(?<![\d.:/,-])(1[0-2]|[1-9])[.:]?([0-5]\d){_AMPM}"), _packed),
    (6, re.compile(r"(?<![\d.:/,])([01]?\d|2[0-4])h([0-5]\d)?(?![a-z\d])"), _h),
    (7, re.compile(r"(?<=[\dm] )(gmt|utc|cet|pst|est|bst)(?![a-z])"), zone),
]


def _three_of(match: re.Match[str]) -> Step:
    return three(match.group(1), match.group(3), match.group(4), match.group(2))


def three(first: str, second: str, third: str, mark: str) -> Step:
    """Three short numbers: month/day/year, day.month.year, or year-month-day with two digits."""

    def step(scope: Scope) -> None:
        a, b, c = int(first), int(second), int(third)
        now_year = scope.today.year
        if len(third) == 2 and mark == "-" and a > 12 and c <= 31 and not (b <= 12 < a <= 31 < c):
            calendar.full(short_year(first, now_year), b, c)(scope)
        elif (
            len(third) == 2 and mark == "-" and a <= 12 and c <= 12 and b <= 12 and a > c and b > c
        ):
            calendar.full(short_year(first, now_year), b, c)(scope)
        elif a > 12 and b > 12:
            raise Impossible
        else:
            month, day = (b, a) if a > 12 else (a, b)
            calendar.full(short_year(third, now_year), month, day)(scope)
            scope.ambiguous |= a <= 12 and b <= 12 and a != b

    return step


def leaves(text: str) -> Iterator[Leaf]:
    """Every date or time in figures of folded text, in no order, overlapping."""
    for rank, pattern, build in TABLE:
        for match in pattern.finditer(text):
            step = build(match)
            if step is not None:
                yield Leaf(
                    start=match.start(), end=match.end(), rank=rank, step=step, name=match.group()
                )
