"""The words of English dates: a table of patterns and what each says about the calendar.

All patterns work on folded text (lower case). Word order does not matter to the reader, so
`first tuesday of october` and `october, first tuesday` are the same leaves.
"""

import re
from collections.abc import Callable, Iterator
from datetime import time

from bot.language import calendar, dates_zh, holidays, number_words
from bot.language.dates_numeric import MONTH, month_number, short_year
from bot.language.moments import Impossible, Leaf, Part, Scope, Step

Build = Callable[[re.Match[str]], Step | None]

_DAYS = {
    name: index
    for index, names in enumerate(
        "monday mon|tuesday tues tue|wednesday wednes wed|thursday thurs thur thu|friday fri"
        "|saturday sat|sunday sun".split("|")
    )
    for name in names.split()
}
_DAY = "(?:" + "|".join(sorted(_DAYS, key=len, reverse=True)) + r")(?:'s|s)?\.?(?![a-z])"
_ORDINALS = {
    **number_words.ORDINALS,
    **{
        f"{ten}-{one}": 10 * t + n
        for t, ten in ((2, "twenty"), (3, "thirty"))
        for one, n in list(number_words.ORDINALS.items())[:9]
    },
}
_TENS = {"twenty": 20, "thirty": 30}
_ORD = (
    "(?:"
    + "|".join(sorted((w.replace("-", "[ -]") for w in _ORDINALS), key=len, reverse=True))
    + ")(?![a-z])"
)
_NTH = rf"(\d{{1,2}}(?:st|nd|rd|th)|{_ORD})"
_DNUM = rf"(3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?![\d:a-z]|\.\d)|{_ORD}"
_CARD = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|ninety"
_COUNT = rf"(?:\d{{1,4}}|a couple(?: of)?|couple(?: of)?|a few|few|several|half an?|an?|{_CARD})"
_UNIT = r"(seconds?|secs?|minutes?|mins?|min|hours?|hrs?|hr|h|days?|workdays?|working days?|business days?|weeks?|wks?|fortnights?|months?|quarters?|qtrs?|years?|yrs?|yr|decades?)(?![a-z])"
_NEAR = {
    "this": 0,
    "current": 0,
    "the current": 0,
    "next": 1,
    "coming": 1,
    "following": 1,
    "the following": 1,
    "upcoming": 1,
    "last": -1,
    "past": -1,
    "previous": -1,
    "this past": -1,
    "this coming": 1,
    "same": 0,
    "the": 0,
    "my": 0,
    "the next": 1,
    "the last": -1,
}
_REL = "(" + "|".join(sorted(_NEAR, key=len, reverse=True)) + ")"

PARTS: dict[str, Part] = {
    **dict.fromkeys(["early morning", "morning", "mornings"], Part(default=time(9), half="am")),
    **dict.fromkeys(["noon", "lunch", "lunchtime", "midday"], Part(default=time(12), half="noon")),
    **dict.fromkeys(["afternoon"], Part(default=time(14), half="pm")),
    **dict.fromkeys(["evening", "night", "tonight"], Part(default=time(19), half="night")),
}


def ordinal(word: str) -> int:
    """first, 21st and twenty-first as numbers."""
    digits = "".join(char for char in word if char.isdigit())
    if digits:
        return int(digits)
    return _ORDINALS.get(word.replace(" ", "-"), 0) or _ORDINALS.get(word, 0)


def count(word: str) -> float:
    """a few, two, half an, 12."""
    word = word.removesuffix(" of")
    if word.isdigit():
        return int(word)
    if word.startswith("half"):
        return 0.5
    if "couple" in word:
        return 2
    if word in {"few", "a few", "several"}:
        return 3
    value = number_words.read(word)
    return float(value) if value is not None else 1


def unit(word: str) -> tuple[str, int]:
    """A unit and how many of it one word means: a fortnight is two weeks."""
    for start, found in (
        ("sec", "second"),
        ("min", "minute"),
        ("h", "hour"),
        ("day", "day"),
        ("wor", "workday"),
        ("bus", "workday"),
        ("we", "week"),
        ("wk", "week"),
        ("mo", "month"),
        ("q", "quarter"),
        ("y", "year"),
    ):
        if word.startswith(start):
            return found, 1
    return ("week", 2) if word.startswith("f") else ("year", 10)


def _shift(number: str, word: str, sign: int) -> Step:
    name, times = unit(word)
    return dates_zh.shift(sign * count(number) * times, name)


def _two_shifts(match: re.Match[str]) -> Step:
    sign = -1 if match.group().endswith(("ago", "back", "earlier")) else 1
    pairs = _PAIR.findall(match.group())

    def step(scope: Scope) -> None:
        clock = scope.now
        for number, word in pairs:
            name, times = unit(word)
            if name in {"second", "minute", "hour"}:
                seconds = {"second": 1, "minute": 60, "hour": 3600}[name] * count(number) * sign
                base = scope.start if scope.exact else None
                calendar.away(seconds)(scope)
                if base is not None and scope.start is not None:
                    scope.stamp(base + (scope.start - clock.replace(microsecond=0)))
            else:
                calendar.calendar_away(name, int(count(number) * times) * sign)(scope)
                if _HOURS.search(match.group()) and scope.start is not None:
                    scope.stamp(
                        scope.start.replace(
                            hour=clock.hour, minute=clock.minute, second=clock.second
                        )
                    )
                    scope.grain = "away"

    return step


def _near(match: re.Match[str]) -> Step | None:
    number, word = _NEAR[match.group(1)], match.group(2)
    if word.startswith("week-end") or word.startswith("weekend"):
        return calendar.weekend(number)
    if word in _DAYS or word.rstrip(".s") in _DAYS:
        return _near_weekday(number, match.group(1), _weekday_of(word))
    if word.rstrip(".") in _MONTHS:
        return _near_month(number, month_number(word))
    name, times = unit(word)
    if name == "day":
        return calendar.days_away(number)
    if name == "week":
        return calendar.weeks_away(number * times)
    if name == "year" and times == 10:

        def decade(scope: Scope) -> None:
            calendar.years(scope.today.year // 10 * 10 + 10 * number, 10)(scope)

        return decade
    steps: dict[str, Callable[[int], Step]] = {
        "month": calendar.months_away,
        "quarter": calendar.quarters_away,
        "year": calendar.years_away,
    }
    if name in steps:
        return steps[name](number)
    return calendar.stretch(name, 1, number > 0) if number else None


_MONTHS = frozenset(MONTH[3:].rstrip(r")\.?").split("|"))


def _weekday_of(word: str) -> int:
    word = word.rstrip(".").removesuffix("'s")
    return _DAYS[word] if word in _DAYS else _DAYS[word.removesuffix("s")]


def _near_weekday(number: int, word: str, day: int) -> Step:
    if word in {"coming", "upcoming", "this coming", "the"}:
        return calendar.weekday(day)
    if word in {"past", "this past"}:

        def past(scope: Scope) -> None:
            calendar.days_away(-((scope.today.weekday() - day - 1) % 7 + 1))(scope)

        return past
    if word == "same":
        number = 0
    return calendar.both(calendar.weeks_away(number), calendar.weekday(day))


def _near_month(number: int, month: int) -> Step:
    def step(scope: Scope) -> None:
        this = scope.today.month
        later = (month <= this) if number > 0 else -(month >= this) if number < 0 else 0
        calendar.year(scope.today.year + later)(scope)
        calendar.month(month)(scope)

    return step


def _stretch(match: re.Match[str]) -> Step | None:
    words = match.group("way").split()
    ahead = not ({"last", "past", "previous"} & set(words))
    number = count(match.group("c"))
    name, times = unit(match.group("u"))
    if name == "workday" or number != int(number):
        return None
    if match.group("way").startswith("within"):
        step = dates_zh.shift(number * times, name)

        def until(scope: Scope) -> None:
            step(scope)
            scope.late = True

        return until
    whole = int(number) * times
    if name in {"week", "month", "quarter", "year"} and "upcoming" not in words:
        return calendar.stretch(name, whole, ahead)
    return calendar.stretch(name, whole, ahead)


def _year(match: re.Match[str]) -> Step | None:
    word = next(group for group in match.groups() if group)
    if word.isdigit() and len(word) > 2:
        return calendar.year(int(word))
    if word.isdigit():
        return lambda scope: calendar.year(short_year(word, scope.today.year))(scope)
    value = _spoken_year(word)
    return calendar.year(value) if value else None


def _spoken_year(word: str) -> int | None:
    century = re.match(
        r"(nineteen|twenty|eighteen|seventeen)(?: hundred)?(?: and)? (.{3,20})$", word
    )
    if century and (rest := number_words.read(century.group(2))) is not None and rest < 100:
        return int(number_words.read(century.group(1)) or 0) * 100 + int(rest)
    value = number_words.read(word)
    return int(value) if value and 1000 <= value <= 2999 else None


def _month_day(match: re.Match[str]) -> Step:
    number = ordinal(match.group("d"))
    return calendar.both(calendar.month(month_number(match.group("m"))), calendar.day(number))


def _weekday_day(match: re.Match[str]) -> Step:
    """friday the 26th, monday 21: the day of the month decides; the weekday picks the month."""
    weekday, number = _weekday_of(match.group(1)), ordinal(match.group(2))

    def step(scope: Scope) -> None:
        first = scope.today.replace(day=1)
        for later in range(0, 14):
            start = calendar.month_start(first.year, first.month + later)
            if number <= 28 or calendar.shift_months(start, 1) - start >= calendar.DAY * number:
                found = start + calendar.DAY * (number - 1)
                if found.weekday() == weekday and (later or found.month == first.month):
                    scope.on(found)
                    return
        raise Impossible

    return step


def _nth_of(match: re.Match[str]) -> Step | None:
    word, what = match.group(1), match.group(2)
    nth = -1 if word == "last" else ordinal(word.removesuffix(" last"))
    if word.endswith(" last") and nth > 0:
        nth = -nth
    if what in _DAYS or what.rstrip(".s") in _DAYS:
        return calendar.nth_weekday(_weekday_of(what), nth)
    name, _ = unit(what)
    steps: dict[str, Callable[[int], Step]] = {
        "day": calendar.nth_day,
        "week": calendar.nth_week,
        "month": calendar.nth_month,
    }
    if name == "quarter" and nth > 0:
        return calendar.months(nth * 3 - 2, 3, "quarter")
    return steps[name](nth) if name in steps else None


def _piece(match: re.Match[str]) -> Step | None:
    name, times = unit(match.group(3))
    if name not in {"day", "week", "month", "quarter"}:
        return None
    return calendar.piece(name, int(count(match.group(2))) * times, match.group(1) == "last")


def _clock_words(match: re.Match[str]) -> Step | None:
    hour = (
        number_words.read(match.group(1)) if not match.group(1).isdigit() else int(match.group(1))
    )
    tail = match.group(2)
    minute = 0
    if tail:
        minute = int(number_words.read(tail.replace("o ", "").replace("oh ", "")) or 0)
    return calendar.clock(int(hour), minute) if hour is not None and hour <= 12 else None


def _past_to(match: re.Match[str]) -> Step | None:
    word, way, hour_word, half = match.groups()
    minutes = {"half": 30.0, "a quarter": 15.0, "quarter": 15.0}.get(word) or count(word)
    noon = {"noon": 12, "midday": 12, "midnight": 24}.get(hour_word)
    hour = noon or (
        int(hour_word) if hour_word.isdigit() else int(number_words.read(hour_word) or 0)
    )
    known = "24" if noon else {"a": "am", "p": "pm"}.get((half or " ").strip()[:1], "")
    if way in {"to", "before", "of", "till"}:
        return calendar.clock((hour - 1) or 12, 60 - int(minutes), 0, known)
    return calendar.clock(hour, int(minutes), 0, known)


def _edge(match: re.Match[str]) -> Step | None:
    where, what = match.group(1), match.group(2)
    side = "end" if where.startswith(("e", "l")) else "middle" if where.startswith("m") else "start"
    grain = {"d": "day", "w": "week", "m": "month", "q": "quarter", "y": "year"}[what[0]]
    if grain == "day":
        return (
            calendar.both(calendar.days_away(0), calendar.clock(18, 0, 0, "24"))
            if side == "end"
            else None
        )
    return calendar.edge(side, grain)


def _inner_edge(match: re.Match[str]) -> Step:
    side = (
        "end"
        if match.group(1).startswith(("e", "l"))
        else "middle"
        if match.group(1).startswith("m")
        else "start"
    )

    def step(scope: Scope) -> None:
        if scope.start is None or scope.end is None or scope.grain == "day":
            return
        start, end = scope.start.date(), scope.end.date()
        middle = start + calendar.DAY * 14 if scope.grain == "month" else start + (end - start) // 2
        scope.on({"start": start, "middle": middle, "end": end - calendar.DAY}[side])

    return step


_PAIR = re.compile(rf"({_COUNT})[ -]?{_UNIT}")
_HOURS = re.compile(r"(?:hour|min|sec|hr)")
_HOLIDAYS = "|".join(sorted((re.escape(name) for name in holidays.ENGLISH), key=len, reverse=True))
_HOURS_WORD = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_MINUTE_WORD = r"(?:o |oh )?(?:five|ten|fifteen|twenty(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|thirty|forty(?:[ -]five)?|fifty|three|eighteen)"
_TENTHS = r"(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
_SPOKEN = rf"two thousand(?: and)? [a-z -]{{3,20}}?(?![a-z])|two thousand(?! and)|(?:nineteen|twenty)(?: hundred)?(?: and)? {_TENTHS}(?:[ -](?:{_CARD}))?"
_BEFORE_YEAR = rf"(?:(?<=[a-z\d]) ?,? ?(?:of |in )?)"

TABLE: list[tuple[int, re.Pattern[str], Build]] = [
    (
        0,
        re.compile(
            r"(?<![\d$¥€£.,/:-])(?:in |year |cy ?|of )?(?:the )?((?:1[5-9]|20)\d\d)(?![\d:,.%-]\d|\d| ?(?:usd|rmb|cny|eur|dollars|yuan|units|pcs|台|元|块|万|k\b|w\b))"
        ),
        _year,
    ),
    (0, re.compile(rf"(?<=[a-z\d])(?:,? (?:of )?)({_SPOKEN})"), _year),
    (0, re.compile(r"(?<=[a-z]) of '?(\d\d)(?!\d)|(?<=cy)(\d\d)(?!\d)|(?<=')(\d\d)(?!\d)"), _year),
    (0, re.compile(r"(?:the )?year after next"), lambda m: calendar.years_away(2)),
    (
        1,
        re.compile(r"(?:the )?(?:q([1-4])|([1-4])q)(?![a-z\d])|(?<=\d)[ -]?q([1-4])(?!\d)"),
        lambda m: calendar.months(
            int(m.group(1) or m.group(2) or m.group(3)) * 3 - 2, 3, "quarter"
        ),
    ),
    (
        1,
        re.compile(r"h([12])(?![a-z\d])"),
        lambda m: calendar.months(int(m.group(1)) * 6 - 5, 6, "half"),
    ),
    (
        2,
        re.compile(rf"(?<![a-z])(?:month of )?({MONTH})(?![a-z])"),
        lambda m: calendar.month(month_number(m.group(1))),
    ),
    (2, re.compile(r"(?:the )?month after (?:the )?next"), lambda m: calendar.months_away(2)),
    (3, re.compile(r"(?:the )?week after next"), lambda m: calendar.weeks_away(2)),
    (
        3,
        re.compile(
            rf"(?<![a-z]){_REL} ((?:work)?weeks?(?![a-z-])|fortnight|months?|mth|quarters?|qtr|years?|yr|calendar year|decade|day|hour|minute|week-?end|{_DAY}|{MONTH})(?![a-z])(?! (?:starting|beginning|of))"
        ),
        lambda m: _near(m),
    ),
    (3, re.compile(r"(?<![a-z])week-?end(?![a-z])"), lambda m: calendar.weekend(0)),
    (
        3,
        re.compile(r"week (\d{1,2})(?!\d)(?: of)?"),
        lambda m: calendar.both(
            lambda s: None if s.grain == "year" else calendar.years_away(0)(s),
            calendar.nth_week(int(m.group(1))),
        ),
    ),
    (4, re.compile(rf"(?<![a-z])({_DAY})"), lambda m: calendar.weekday(_weekday_of(m.group(1)))),
    (
        4,
        re.compile(rf"({_DAY}) after next"),
        lambda m: calendar.both(calendar.weekday(_weekday_of(m.group(1))), calendar.days_away(7)),
    ),
    (
        4,
        re.compile(rf"(?<![a-z])({_DAY}),? (?:the )?({_DNUM})(?! ?(?:am|pm|:|o'|to|-|{MONTH}|of))"),
        _weekday_day,
    ),
    (4, re.compile(rf"(?<![a-z])(?P<m>{MONTH})[ ,./-]{{0,2}}(?:the )?(?P<d>{_DNUM})"), _month_day),
    (
        4,
        re.compile(rf"(?<![\w.])(?P<d>{_DNUM})[ -]?(?:day )?(?:of )?(?P<m>{MONTH})(?![a-z])"),
        _month_day,
    ),
    (
        4,
        re.compile(r"(?:the )?ides of march"),
        lambda m: calendar.both(calendar.month(3), calendar.day(15)),
    ),
    (
        4,
        re.compile(
            rf"(?:(?:on |the )+|on )({_DNUM})(?! ?(?:{MONTH}|am|pm|:|\d|%|of (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|week|month|mon|tue|wed|thu|fri|sat|sun|quarter|day|last|units|pcs))(?: day)?"
        ),
        lambda m: calendar.day(ordinal(m.group(1))),
    ),
    (
        4,
        re.compile(
            r"(?<![\w.])(\d{1,2}(?:st|nd|rd|th))(?! (?:week|quarter|mon|tue|wed|thu|fri|sat|sun|last|month|day))"
        ),
        lambda m: calendar.day(ordinal(m.group(1))),
    ),
    (
        4,
        re.compile(
            rf"(?<![a-z])(?:the )?({_NTH} last|last|{_NTH}) ({_DAY}|day|week(?![a-z-])|month|quarter|qtr)(?= (?:of|in|from)|(?:,? {MONTH})|,? (?:1\d|20)\d\d|,? (?:next|last|this))(?: (?:of|in) (?:the (?:month|year)(?![a-z]))?)?".replace(
                rf"({_NTH} last|last|{_NTH})",
                rf"((?:\d{{1,2}}(?:st|nd|rd|th)|{_ORD}) last|last|\d{{1,2}}(?:st|nd|rd|th)|{_ORD})",
            )
        ),
        _nth_of,
    ),
    (4, re.compile(rf"(?:the )?(first|last) ({_COUNT}) {_UNIT}(?= of| in)"), _piece),
    (4, re.compile(r"(?:the )?day after (?:tomorrow|tmrw?|tmr)"), lambda m: calendar.days_away(2)),
    (4, re.compile(r"(?:the )?day before yesterday"), lambda m: calendar.days_away(-2)),
    (
        4,
        re.compile(
            r"(?<![a-z])(?:today|tdy)(?:'s)?(?![a-z])|(?:the|this) day(?! (?:after|before|of))"
        ),
        lambda m: calendar.days_away(0),
    ),
    (
        4,
        re.compile(
            r"(?<![a-z])(?:tomorrows?|tmrw|tmr|tom|tomorow|2moro)(?:'s)?(?![a-z])|the (?:next|following) day"
        ),
        lambda m: calendar.days_away(1),
    ),
    (
        4,
        re.compile(r"(?<![a-z])yesterday(?![a-z])|the (?:day before|previous day)(?! y)"),
        lambda m: calendar.days_away(-1),
    ),
    (
        4,
        re.compile(r"(?<![a-z])toni(?:ght|te)(?![a-z])"),
        lambda m: calendar.both(calendar.days_away(0), calendar.part(PARTS["night"])),
    ),
    (
        4,
        re.compile(rf"(?<![a-z])(?:({_HOLIDAYS}))(?: day)?(?![a-z])"),
        lambda m: dates_zh.holiday(holidays.ENGLISH[m.group(1)]),
    ),
    (
        4,
        re.compile(
            rf"(?:in|after)(?: about)? ({_COUNT})[ -]?(?:more )?{_UNIT}(?! (?:from|ago|before|after)|')(?:'?s? time)?"
        ),
        lambda m: _shift(m.group(1), m.group(2), 1),
    ),
    (
        4,
        re.compile(rf"({_COUNT}) {_UNIT}(?: from (?:now|today)| later| hence| from this moment)"),
        lambda m: _shift(m.group(1), m.group(2), 1),
    ),
    (
        4,
        re.compile(rf"({_COUNT}) {_UNIT} (?:ago|back|earlier)"),
        lambda m: _shift(m.group(1), m.group(2), -1),
    ),
    (
        4,
        re.compile(
            rf"(?:in )?{_COUNT} {_UNIT}(?:,? (?:and )?{_COUNT} {_UNIT}){{1,4}} (?:ago|later|from now|earlier|back)"
        ),
        _two_shifts,
    ),
    (
        4,
        re.compile(
            rf"(?P<way>within(?: the)?(?: next)?|(?:in |over |for )?(?:the )?(?:next|last|past|previous|coming|following|upcoming)) (?P<c>{_COUNT}) (?P<u>{_UNIT[1 : -len('(?![a-z])')]}(?![a-z])".replace(
                "(?P<u>seconds", "(?P<u>seconds"
            )
        ),
        _stretch,
    ),
    (
        4,
        re.compile(
            rf"(?P<c>\d{{1,2}}|{_CARD}) (?P<way>next|last|past|previous|coming|following|upcoming) (?P<u>{_UNIT[1 : -len('(?![a-z])')]}(?![a-z])"
        ),
        _stretch,
    ),
    (4, re.compile(r"(?:the )?(eo|bo)([dwmqy])(?![a-z])"), lambda m: _edge(m)),
    (
        4,
        re.compile(
            r"(?:the )?(end|beginning|start|middle|mid)(?: of)? (?:the )?(day|week|month|quarter|year)(?![a-z])"
        ),
        lambda m: _edge(m),
    ),
    (
        4,
        re.compile(
            r"(?:the )?(end|beginning|start|middle|mid|early|late|late in|early in)(?:-| )(?:of )?(?:the )?(?=(?:next|this|last|coming|the following|following|previous|past|current|around|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|q[1-4]|[12]\d{3}))(?:around )?"
        ),
        lambda m: _inner_edge(m),
    ),
    (
        5,
        re.compile(
            r"(?<![a-z])(?:in the |early |late |this )?(morning|noon|lunch|lunchtime|midday|afternoon|evening|night)s?(?![a-z])"
        ),
        lambda m: calendar.part(PARTS[m.group(1)]),
    ),
    (
        5,
        re.compile(r"(?<=this )(morning|afternoon|evening)"),
        lambda m: calendar.both(
            lambda s: None if s.start else calendar.days_away(0)(s),
            calendar.part(PARTS[m.group(1)]),
        ),
    ),
    (
        4,
        re.compile(r"(?:this )(?=morning|afternoon|evening|night|noon)"),
        lambda m: calendar.days_away(0),
    ),
    (4, re.compile(r"(?:last )(?=night|evening)"), lambda m: calendar.days_away(-1)),
    (6, re.compile(r"(?<![a-z])midnight"), lambda m: calendar.clock(0, 0, 0, "24")),
    (6, re.compile(rf"(?<![a-z])({_HOURS_WORD})(?: o'?clock)(?![a-z])()"), _clock_words),
    (6, re.compile(rf"(?<![a-z\d.])(1[0-2]|[1-9])(?: o'?clock)(?![a-z])()"), _clock_words),
    (
        6,
        re.compile(
            rf"(?:at|@|around) ?(2[0-3]|1\d|0?[1-9])()(?![\d:/.h%]|,\d| ?(?:am|pm|usd|rmb|%|dollars|yuan|units|pcs|weeks?|days?|{MONTH}|k\b|w\b))"
        ),
        lambda m: calendar.clock(int(m.group(1))),
    ),
    (
        6,
        re.compile(rf"(?:at|@|around) ({_HOURS_WORD})(?: ({_MINUTE_WORD}))?(?![a-z])"),
        _clock_words,
    ),
    (
        6,
        re.compile(
            rf"(?<![a-z])({_HOURS_WORD})[ -]({_MINUTE_WORD})(?![a-z])(?! ?(?:dollars|percent|units|hundred|thousand|million|years|days))"
        ),
        _clock_words,
    ),
    (
        6,
        re.compile(r"(?:at|@|tonight) ?(1[0-2]|0?[1-9]|2[0-3])([0-5]\d)(?!\d)"),
        lambda m: calendar.clock(int(m.group(1)), int(m.group(2))),
    ),
    (
        6,
        re.compile(r"(?:at|@|around) ?(1[0-2]|0?[1-9])\.([0-5]\d)(?!\d)"),
        lambda m: calendar.clock(int(m.group(1)), int(m.group(2))),
    ),
    (
        6,
        re.compile(
            rf"(half|a quarter|quarter|\d{{1,2}}|five|ten|twenty(?:[ -]five)?)(?: ?min(?:ute)?s?)? (past|after|to|before|from|till) (\d{{1,2}}|{_HOURS_WORD}|noon|midday|midnight)(?![a-z\d:]| (?:am|a|days?|weeks?|months?|hours?|min))(?: ?([ap])\.?m?\.?(?![a-z]))?"
        ),
        _past_to,
    ),
    (
        6,
        re.compile(
            r"(?<![a-z])(?:right now|now|at this time|at present|at the minute|asap|as soon as possible)(?![a-z])"
        ),
        lambda m: calendar.now,
    ),
]
_BARE = re.compile(_DAY)
HINT = re.compile(r"[a-z]{2}")


def leaves(text: str) -> Iterator[Leaf]:
    """Every English date word of folded text, in no order, overlapping."""
    for rank, pattern, build in TABLE:
        for match in pattern.finditer(text):
            if match.end() == match.start():
                continue
            step = build(match)
            if step is None:
                continue
            depth = 4 if rank == 3 and _ends_in_day(match.group()) else rank
            yield Leaf(
                start=match.start(),
                end=match.end(),
                rank=depth,
                step=step,
                name=match.group(),
                check=_bare(match.group()),
            )


_DAY_END = re.compile(rf"(?:{_DAY}| day)$")


def _ends_in_day(text: str) -> bool:
    return _DAY_END.search(text) is not None


def _bare(text: str) -> bool:
    return _BARE.fullmatch(text) is not None
