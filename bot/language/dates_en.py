"""What the words of English dates mean; the patterns that find them are in dates_en_table.

Word order does not matter to the reader: `first tuesday of october` and `october, first tuesday`
are the same words.
"""

import re
from collections.abc import Callable
from datetime import time

from bot.language import calendar, dates_zh, english, number_words, stretches
from bot.language.dates_numeric import MONTHS, month_number, short_year
from bot.language.moments import Impossible, Part, Scope, Step
from crm_core import patterns

NEAR = {
    **dict.fromkeys(["this", "current", "the current", "same", "the same", "the", "my"], 0),
    **dict.fromkeys(["next", "coming", "following", "upcoming", "the following", "the next"], 1),
    **dict.fromkeys(["the coming", "this coming"], 1),
    **dict.fromkeys(["last", "past", "previous", "this past", "the last", "the previous"], -1),
    "the past": -1,
}
PARTS: dict[str, Part] = {
    **dict.fromkeys(["morning", "mornings"], Part(default=time(9), half="am")),
    **dict.fromkeys(["noon", "lunch", "midday"], Part(default=time(12), half="noon")),
    "afternoon": Part(default=time(14), half="pm"),
    **dict.fromkeys(["evening", "night"], Part(default=time(19), half="night")),
}


def away(match: re.Match[str]) -> Step:
    """in 2 weeks, 3 days ago, half an hour from now: groups n, u and an optional ago."""
    name, times = english.unit(match.group("u"))
    sign = -1 if match.groupdict().get("ago") else 1
    return dates_zh.shift(sign * english.count(match.group("n")) * times, name)


_PAIR = patterns.later(rf"({english.COUNT})[ -]?({english.UNIT})")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600}


def mixed_away(match: re.Match[str]) -> Step:
    """1 day 2 hours later: days and hours together keep the time of day."""
    sign = -1 if match.group().endswith(("ago", "back", "earlier")) else 1
    pairs = _PAIR.findall(match.group())

    def step(scope: Scope) -> None:
        seconds = 0.0
        for number, word in pairs:
            name, times = english.unit(word)
            if name in _SECONDS:
                seconds += sign * _SECONDS[name] * english.count(number)
            else:
                stretches.calendar_away(name, int(english.count(number) * times) * sign)(scope)
        if seconds:
            stretches.from_here(seconds)(scope)

    return step


def near(match: re.Match[str]) -> Step | None:
    """next week, last october, this friday, coming quarter."""
    said, word = match.group(1), match.group(2)
    day = english.weekday(word)
    if day is not None:
        return near_weekday(said, day)
    if word.rstrip(".") in MONTHS:
        return _near_month(NEAR[said], month_number(word))
    if word.startswith(("week-end", "weekend")):
        return calendar.weekend(NEAR[said])
    return _near_unit(NEAR[said], word)


_NEAR_UNITS: dict[str, Callable[[int], Step]] = {
    "day": calendar.days_away,
    "week": calendar.weeks_away,
    "month": calendar.months_away,
    "quarter": calendar.quarters_away,
    "year": calendar.years_away,
}


def _near_unit(number: int, word: str) -> Step | None:
    name, times = english.unit(word)
    if name == "year" and times > 1:
        return lambda scope: calendar.years(scope.today.year // 10 * 10 + 10 * number, 10)(scope)
    if name in _NEAR_UNITS:
        return _NEAR_UNITS[name](number * times)
    return stretches.stretch(name, 1, number > 0) if number else None


def near_rank(text: str) -> int:
    """How fine `this …` is: a year, a quarter, a month, a week or a day."""
    last = text.rsplit(" ", maxsplit=1)[-1]
    if english.weekday(last) is not None or last.startswith("day"):
        return 4
    if last.rstrip(".") in MONTHS or last.startswith("mo"):
        return 2
    return {"year": 0, "quarter": 1, "month": 2}.get(english.unit(last)[0], 3)


def near_weekday(said: str, day: int) -> Step:
    """next friday is in the next calendar week, coming friday the next one to come."""
    if said in {"coming", "upcoming", "this coming", "the", "the coming"}:
        return calendar.weekday(day)
    if said in {"past", "this past", "the past"}:
        return lambda scope: scope.on(
            scope.today - calendar.DAY * ((scope.today.weekday() - day - 1) % 7 + 1)
        )
    return calendar.both(calendar.weeks_away(NEAR[said]), calendar.weekday(day))


def _near_month(number: int, month: int) -> Step:
    def step(scope: Scope) -> None:
        this = scope.today.month
        later = (month <= this) if number > 0 else -(month >= this) if number < 0 else 0
        calendar.year(scope.today.year + later)(scope)
        calendar.month(month)(scope)

    return step


def stretch(match: re.Match[str]) -> Step | None:
    """last 3 months, next few days, within 2 weeks: groups way, n and u."""
    words = set(match.group("way").split())
    number = english.count(match.group("n"))
    name, times = english.unit(match.group("u"))
    if "within" in words:
        return dates_zh.until(dates_zh.shift(number * times, name))
    if name == "workday" or number != int(number):
        return None
    ahead = not ({"last", "past", "previous"} & words)
    return stretches.stretch(name, int(number) * times, ahead, from_next=True)


def year(match: re.Match[str]) -> Step | None:
    """2018, '18, two thousand and eighteen, nineteen eighty six."""
    word = next(group for group in match.groups() if group)
    if word.isdigit() and len(word) > 2:
        return calendar.year(int(word))
    if word.isdigit():
        return lambda scope: calendar.year(short_year(word, scope.today.year))(scope)
    value = spoken_year(word)
    return calendar.year(value) if value else None


_CENTURY = patterns.later(
    r"(nineteen|twenty|eighteen|seventeen)(?: hundred)?(?: and)? ([a-z -]{3,20})$"
)


def spoken_year(text: str) -> int | None:
    """A year in words."""
    century = _CENTURY.match(text)
    rest = number_words.read(century.group(2)) if century else None
    if century and rest is not None and rest < 100:
        return int(number_words.read(century.group(1)) or 0) * 100 + int(rest)
    value = number_words.read(text)
    return int(value) if value and 1000 <= value <= 2999 else None


def month_day(match: re.Match[str]) -> Step:
    """july 4th, 4th of july: groups m and d."""
    number = english.ordinal(match.group("d"))
    return calendar.both(calendar.month(month_number(match.group("m"))), calendar.day(number))


def weekday_day(match: re.Match[str]) -> Step:
    """friday the 26th, monday 21: the next month where the two agree."""
    day, number = english.weekday(match.group(1)), english.ordinal(match.group(2))

    def step(scope: Scope) -> None:
        first = scope.today.replace(day=1)
        for later in range(14):
            start = calendar.month_start(first.year, first.month + later)
            found = start + calendar.DAY * (number - 1)
            if found.month == start.month and found.weekday() == day:
                scope.on(found)
                return
        raise Impossible

    return step


def nth_of(match: re.Match[str]) -> Step | None:
    """first tuesday, last day, second last week of what is named beside it."""
    word, what = match.group(1), match.group(2)
    nth = -1 if word == "last" else english.ordinal(word.removesuffix(" last"))
    if word.endswith(" last"):
        nth = -nth
    day = english.weekday(what)
    if day is not None:
        return stretches.nth_weekday(day, nth)
    name, _ = english.unit(what)
    if name == "quarter" and nth > 0:
        return calendar.months(nth * 3 - 2, 3, "quarter")
    steps: dict[str, Callable[[int], Step]] = {
        "day": stretches.nth_day,
        "week": stretches.iso_week,
        "month": stretches.nth_month,
    }
    return steps[name](nth) if name in steps else None


def piece(match: re.Match[str]) -> Step | None:
    """first ten days of, last two weeks of."""
    name, times = english.unit(match.group(3))
    if name not in {"day", "week", "month", "quarter"}:
        return None
    whole = int(english.count(match.group(2))) * times
    return stretches.piece(name, whole, match.group(1) == "last")


def clock_words(match: re.Match[str]) -> Step | None:
    """seven, ten thirty, twelve oh three, three am."""
    words = match.group(1)
    hour = int(words) if words.isdigit() else english.CARDINALS.get(words, 99)
    tail = match.group(2)
    minute = (
        number_words.read(
            tail.replace("-", " ").removeprefix("oh ").removeprefix("o ").removeprefix("zero ")
        )
        if tail
        else 0
    )
    half = {"a": "am", "p": "pm"}.get((match.groupdict().get("half") or " ")[0], "")
    return calendar.clock(hour, int(minute or 0), 0, half) if hour <= 12 else None


def past_to(match: re.Match[str]) -> Step | None:
    """half past 3, a quarter to five, 20 minutes past 3pm."""
    word, way, hour_word, half = match.groups()
    named = {"half": 30, "a quarter": 15, "quarter": 15}.get(word)
    minutes = named or int(english.count(word.replace("-", " ")))
    noon = {"noon": 12, "midday": 12, "midnight": 24}.get(hour_word)
    hour = noon or (int(hour_word) if hour_word.isdigit() else english.CARDINALS[hour_word])
    known = "24" if noon else {"a": "am", "p": "pm"}.get((half or " ").strip()[:1], "")
    if way in {"to", "before", "of", "till"}:
        if known == "pm" and hour < 12:
            hour, known = hour + 12, "24"
        return calendar.clock((hour - 1) or 12, 60 - minutes, 0, known)
    return calendar.clock(hour, minutes, 0, known)


_SIDES = {"end": "end", "eo": "end", "late": "end", "mid": "middle", "middle": "middle"}


def edge(match: re.Match[str]) -> Step | None:
    """eom, the end of the month, beginning of year; the end of a day is 18:00."""
    side = _SIDES.get(match.group(1), "start")
    grain = {"d": "day", "w": "week", "m": "month", "q": "quarter", "y": "year"}[match.group(2)[0]]
    if grain != "day":
        return stretches.edge(side, grain)
    return calendar.end_of_day if side == "end" else None


def inner_edge(match: re.Match[str]) -> Step:
    """The end of, mid, early: the edge of the stretch named beside it."""
    side = _SIDES.get(match.group(1).split(" ")[0], "start")

    def step(scope: Scope) -> None:
        if scope.start is None or scope.end is None:
            return
        if scope.grain == "day":
            if side == "end":
                calendar.end_of_day(scope)
            return
        start, end = scope.start.date(), scope.end.date()
        middle = start + calendar.DAY * 14 if scope.grain == "month" else start + (end - start) / 2
        scope.on({"start": start, "middle": middle, "end": end - calendar.DAY}[side])

    return step


def rest(match: re.Match[str]) -> Step:
    """rest of the week: from today to its end."""
    name, _ = english.unit(match.group(1))

    def step(scope: Scope) -> None:
        whole = {"week": calendar.weeks_away, "month": calendar.months_away}.get(
            name, calendar.years_away
        )
        if name == "day":
            scope.stamp(scope.now, scope.now.replace(hour=23, minute=59, second=59))
            return
        whole(0)(scope)
        if scope.end is not None:
            scope.cover(scope.today, scope.end.date(), "span")

    return step


def decade(match: re.Match[str]) -> Step:
    """the 1990s, the 70s."""
    number = int(match.group(1))
    return calendar.years(number if number > 100 else 1900 + number, 10)
