"""Dates and times written in figures, the same in every language: 2026-12-30 15:30, 6/1, 3pm."""

import re
from collections.abc import Iterator
from datetime import timedelta

from bot.language import calendar, words
from bot.language.moments import Impossible, Leaf, Scope, Step
from bot.language.words import Word, word

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


def _three_of(match: re.Match[str]) -> Step:
    return three(match.group(1), match.group(3), match.group(4), match.group(2))


def three(first: str, second: str, third: str, mark: str) -> Step:
    """Three short numbers: month/day/year, day.month.year, or year-month-day with two digits."""

    def step(scope: Scope) -> None:
        a, b, c = int(first), int(second), int(third)
        now_year = scope.today.year
        if _year_first(a, b, c) and mark == "-" and len(third) < 4:
            calendar.full(short_year(first, now_year), b, c)(scope)
        elif (a > 12 and b > 12) or len(third) == 1:
            raise Impossible
        else:
            month, day = (b, a) if a > 12 else (a, b)
            calendar.full(short_year(third, now_year), month, day)(scope)
            scope.ambiguous |= a <= 12 and b <= 12 and a != b

    return step


def _year_first(a: int, b: int, c: int) -> bool:
    """27-7-3 and 12-11-10 lead with the year, 3-7-07 ends with it."""
    return c <= 31 and (a > 12 or (b <= 12 and a > c and b > c))


_AMPM = r"(?: ?(?:in the )?([ap])(?:\.?m\.?)?(?![a-z]))"
_SEP = r"[-/.]"
_M = r"(1[0-2]|0?[1-9])"
_MD = r"(1[0-2]|0?[1-9]|[12]\d|3[01])"
_D = r"(3[01]|[12]\d|0?[1-9])"
_Y = r"([12]\d{3})"

TABLE: list[Word] = [
    word(4, rf"(?<![\d.]){_Y}(?:{_SEP}| ){_M}(?:{_SEP}| ){_D}(?=t?\d\d:|\D|$)(?![-/]\d)", _ymd),
    word(4, r"(?<!\d)((?:19|20)\d\d)(0[1-9]|1[0-2])(3[01]|[12]\d|0[1-9])(?!\d)", _ymd),
    word(4, rf"(?<!\d){_Y}[-/ ]({MONTH})[-/ ](\d{{1,2}})(?!\d)", _y_mon_d),
    word(4, rf"(?<!\d)(\d{{1,2}})[-/]({MONTH})[-/]{_Y}(?!\d)", _d_mon_y),
    word(4, rf"({MONTH})[-/](\d{{1,2}})[-/]{_Y}(?!\d)", _mon_d_y),
    word(
        4,
        rf"({MONTH})-{_Y}-(\d{{1,2}})(?!\d)",
        lambda m: calendar.full(int(m[2]), month_number(m[1]), int(m[3])),
    ),
    word(4, rf"(?<!\d){_Y}[-/](\d{{1,2}})[-/]({MONTH})(?!\d)", _y_d_mon),
    word(4, r"(?<![\d/.])(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{1,2})(?![\d/])", _three_of),
    word(
        4,
        r"(?<![\d/.-])(\d{1,2})/(\d{1,2})[, ]{1,2}(\d{4})(?![\d/])",
        lambda m: three(m[1], m[2], m[3], "/"),
    ),
    word(4, rf"(?<![\d/.:,+-]){_MD}/{_D}(?![\d/.:%万]|[a-z])", _month_day),
    word(4, rf"^{_MD} / {_D}$", _month_day),
    word(4, r"(?<![\d/.:,+a-z-])(1[0-2]|0[1-9])-(3[01]|[12]\d|0[1-9])(?![\d/.:%-])", _month_day),
    word(
        4,
        rf"(?:(?<=on )|(?<=by )|(?<=day )|^){_MD}-{_D}(?=$|[ ,.?!])(?! ?[\d万亿千百台kw])",
        _month_day,
    ),
    word(2, rf"(?<![\d/.-]){_Y} ?[-/.] ?{_M}(?![\d/-])", _year_month),
    word(2, rf"(?<![\d/.q-]){_M} ?[-/] ?{_Y}(?![\d/-])", _month_year),
    word(
        2,
        rf"({MONTH})[-/]{_Y}(?![\d/-])",
        lambda m: calendar.both(calendar.year(int(m[2])), calendar.month(month_number(m[1]))),
    ),
    word(
        6,
        rf"(?:(?<=\dt)|(?<![\d:.]))([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?{_AMPM}?(?![\d:])",
        _clock,
    ),
    word(6, r"(?<=\d\d[-/.]\d\d)(\d\d):(\d\d)()()(?!\d)", _clock),
    word(6, rf"(?<![\d.:/,-])(1[0-2]|0?[1-9])(?: ?o'?clock)?{_AMPM}", _hour),
    word(6, rf"(?<![\d.:/,-])(1[0-2]|[1-9])[.:]?([0-5]\d){_AMPM}", _packed),
    word(6, r"(?<![\d.:/,])([01]?\d|2[0-4])h([0-5]\d)?(?![a-z\d])", _h),
    word(7, r"(?<=[\dm] )(gmt|utc|cet|pst|est|bst)(?![a-z])", zone),
]


def leaves(text: str) -> Iterator[Leaf]:
    """Every date or time in figures of folded text, in no order, overlapping."""
    return words.leaves(TABLE, text)
