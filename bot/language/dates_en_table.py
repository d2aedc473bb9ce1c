"""The patterns of English date words, in folded text."""

from collections.abc import Iterator

from bot.language import calendar, dates_en, dates_zh, english, holidays, stretches, words
from bot.language.dates_numeric import MONTH, month_number
from bot.language.english import COUNT, DAY, DAY_NUMBER, NTH, UNIT
from bot.language.moments import Leaf, Scope, Step
from bot.language.words import Word, word

_B = "(?<![a-z])"
_N = f"(?P<n>{COUNT})"
_U = f"(?P<u>{UNIT})"
_REL = "(" + "|".join(sorted(dates_en.NEAR, key=len, reverse=True)) + ")"
_HOLIDAYS = "|".join(
    sorted((name.replace(" ", "[ ]") for name in holidays.ENGLISH), key=len, reverse=True)
)
_HOUR = "(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_MINUTE = (
    "(?:o[ -]|oh[ -]|zero[ -])?(?:five|ten|fifteen|(?:twenty|thirty|forty|fifty)"
    "(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|three|eighteen|one|two)"
)
_AMPM = r"(?: ?(?P<half>[ap]) ?\.?m\.?(?![a-z]))"
_TENS = "(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
_LOW = "one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_BELOW = f"(?:{_TENS}(?:[ -](?:{_LOW}))?|{_TEENS}|{_LOW})(?![a-z])"
_SPOKEN = (
    f"two thousand(?:(?: and)? {_BELOW})?(?! and)"
    f"|(?:nineteen|eighteen|twenty)(?: hundred)?(?: and)? (?:{_TENS}(?:[ -](?:{_LOW}))?"
    f"|{_TEENS})(?![a-z])"
    f"|one thousand [a-z]{{3,5}} hundred(?: and)? {_BELOW}"
)
_FOUR = r"((?:1[5-9]|20)\d\d)(?![\d:,.%-]\d|\d)"
_NOT_YEAR = r"(?! ?(?:usd|rmb|cny|eur|dollars|yuan|units|pcs|元|块|台|个|件|万|k\b|w\b))"
_LATER = "(?:next|last|past|previous|coming|following|upcoming)"


def _holiday_name(text: str) -> str:
    return text if text in holidays.ENGLISH else text.removesuffix(" day")


def _this_part(scope: Scope) -> None:
    if scope.start is None:
        calendar.days_away(0)(scope)


YEARS: list[Word] = [
    word(0, rf"{_B}(?:year |cy ?)?{_FOUR}{_NOT_YEAR}", dates_en.year),
    word(0, rf"(?:(?<=[a-z\d])|^)(?:, ?| |)(?:of |in )?({_SPOKEN})", dates_en.year),
    word(
        0, r"(?<=[a-z]) of '?(\d\d)(?!\d)|(?<=cy)(\d\d)(?!\d)|(?<=')(\d\d)(?![\ds])", dates_en.year
    ),
    word(0, r"(?:the )?year after next", lambda m: calendar.years_away(2)),
    word(0, r"(?:the )?'?((?:1[89]|20)?\d0)s(?![a-z])", dates_en.decade),
    word(
        1,
        r"(?:the )?(?:q([1-4])|([1-4])q)(?![a-z\d])|(?<=\d)[ -]?q([1-4])(?!\d)",
        lambda m: calendar.months(int(m[1] or m[2] or m[3]) * 3 - 2, 3, "quarter"),
    ),
    word(1, rf"(?:the )?({NTH}) (quarter|qtr)(?![a-z])", dates_en.nth_of),
    word(
        1,
        r"h([12])(?![a-z\d])",
        lambda m: calendar.months(int(m[1]) * 6 - 5, 6, "half"),
    ),
]
MONTHS: list[Word] = [
    word(
        2,
        rf"{_B}(?:month of )?(?!may [a-z])({MONTH})(?![a-z])",
        lambda m: calendar.month(month_number(m[1])),
    ),
    word(2, r"(?:the )?month after (?:the )?next", lambda m: calendar.months_away(2)),
    word(3, r"(?:the )?week after next", lambda m: calendar.weeks_away(2)),
    word(
        3,
        rf"{_B}{_REL} ((?:work)?weeks?(?:'s)?(?![a-z-])|fortnight|months?|mth|quarters?|qtr"
        r"|years?|yr"
        rf"|calendar year|decade|day|hour|minute|week-?end|{DAY}|{MONTH})(?![a-z])"
        r"(?! (?:starting|beginning|of))",
        dates_en.near,
        rank_of=dates_en.near_rank,
    ),
    word(3, r"(?<![a-z])week-?end(?![a-z])", lambda m: calendar.weekend(0)),
    word(
        3,
        r"week (\d{1,2})(?!\d)(?: of)?",
        lambda m: calendar.both(calendar.within_year, stretches.nth_week(int(m[1]))),
    ),
    word(
        3,
        r"(?:rest|remaining|remainder) (?:of )?(?:the|this|my|current)? ?(day|week|month|year)",
        dates_en.rest,
    ),
    word(
        5,
        rf"(?:the )?week (?:of|starting|beginning)(?: on)?(?= (?:the )?(?:{MONTH}|\d|{DAY}))",
        lambda m: stretches.whole_week,
    ),
]
DAYS: list[Word] = [
    word(4, rf"{_B}({DAY})", lambda m: _plain_weekday(m[1]), weekday=english.weekday),
    word(
        4,
        rf"({DAY}) after next",
        lambda m: calendar.both(_plain_weekday(m[1]), calendar.days_away(7)),
    ),
    word(
        4,
        rf"{_B}({DAY}),? (?:the )?({DAY_NUMBER})(?! ?(?:am|pm|:|/|o'|to|-|–|{MONTH}|of))",
        dates_en.weekday_day,
    ),
    word(
        4,
        rf"{_B}(?P<m>{MONTH})[ ,./-]{{0,2}}(?:the )?(?P<d>{DAY_NUMBER}|{english.CARDINAL})(?!:)",
        dates_en.month_day,
    ),
    word(
        4,
        rf"(?<![\w.])(?P<d>{DAY_NUMBER}|\d{{1,2}}|{english.CARDINAL})[ -]?(?:day )?(?:of )?"
        rf"(?:the )?(?P<m>{MONTH})(?![a-z])",
        dates_en.month_day,
    ),
    word(
        4,
        r"(?:the )?ides of march",
        lambda m: calendar.both(calendar.month(3), calendar.day(15)),
    ),
    word(
        4,
        rf"(?:(?:on |the ){{1,3}})({DAY_NUMBER})(?! ?(?:{MONTH}|am|pm|:|%|[/-]\d|of (?:jan|feb"
        r"|mar|apr|may"
        r"|jun|jul|aug|sep|oct|nov|dec)|week|month|mon|tue|wed|thu|fri|sat|sun|quarter|qtr|last"
        r"|units|pcs|minute|year))(?: day)?",
        lambda m: calendar.day(english.ordinal(m[1])),
    ),
    word(
        4,
        r"(?<![\w.])(\d{1,2}(?:st|nd|rd|th))(?! (?:week|quarter|qtr|mon|tue|wed|thu|fri|sat|sun"
        r"|last|month|day))",
        lambda m: calendar.day(english.ordinal(m[1])),
    ),
    word(
        4,
        r"(?<![\w.:])(\d{1,2})(?=(?:,| at) \d{1,2}(?::\d\d| ?[ap]m))",
        lambda m: calendar.day(int(m[1])),
    ),
    word(
        4,
        r"(?<![\w.])(\d{1,2})(?= (?:of )?(?:the )?(?:next|this|last|previous|coming) month)",
        lambda m: calendar.day(int(m[1])),
    ),
    word(
        4,
        rf"{_B}(?:the )?({NTH} last|last|{NTH}) ({DAY}|day|week(?![a-z-])|month)"
        rf"(?= (?:of|in|from)|(?:,? {MONTH})|,? (?:1\d|20)\d\d|,? (?:next|last|this))"
        r"(?: (?:of|in) (?:the (?:month|year)(?![a-z]))?)?",
        dates_en.nth_of,
    ),
    word(4, rf"(?:the )?(first|last) ({COUNT}) ({UNIT})(?= of| in)", dates_en.piece),
    word(
        4,
        r"(?:the )?day after (?:tomorrow|tmrw?|tmr)",
        lambda m: calendar.days_away(2),
    ),
    word(4, r"(?:the )?day before yesterday", lambda m: calendar.days_away(-2)),
    word(
        4,
        r"(?<![a-z])(?:today|tdy)(?:'s)?(?![a-z])|(?:the|this) day(?! (?:after|before|of))",
        lambda m: calendar.days_away(0),
    ),
    word(
        4,
        r"(?<![a-z])(?:tomorrows?|tmrw|tmr|tomorow|2moro)(?:'s)?(?![a-z])|the (?:next"
        r"|following) day",
        lambda m: calendar.days_away(1),
    ),
    word(
        4,
        r"(?<![a-z])yesterday(?![a-z])|the (?:day before|previous day)(?! y)",
        lambda m: calendar.days_away(-1),
    ),
    word(
        4,
        r"(?<![a-z])toni(?:ght|te)(?![a-z])",
        lambda m: calendar.both(calendar.days_away(0), calendar.part(dates_en.PARTS["night"])),
    ),
    word(
        4,
        rf"{_B}(?:next |this |the )?({_HOLIDAYS})(?: day)?(?![a-z'])",
        lambda m: dates_zh.holiday(holidays.ENGLISH[_holiday_name(m[1])]),
    ),
    word(4, r"this (?=morning|afternoon|evening|night|noon)", lambda m: calendar.days_away(0)),
    word(4, r"last (?=night|evening)", lambda m: calendar.days_away(-1)),
]
SPANS: list[Word] = [
    word(
        4,
        rf"(?:in|after)(?: about)? {_N}[ -]?(?:more )?{_U}(?! (?:from|ago|before|after)|')"
        r"(?:'?s? time)?",
        dates_en.away,
    ),
    word(4, rf"{_N} {_U}(?: from (?:now|today)| later| hence| from this moment)", dates_en.away),
    word(4, rf"{_N} {_U} (?P<ago>ago|back|earlier)", dates_en.away),
    word(
        4,
        rf"(?:in )?{COUNT} {UNIT}(?:,? (?:and )?{COUNT} {UNIT}){{1,4}} (?:ago|later"
        r"|from now|earlier|back)",
        dates_en.mixed_away,
    ),
    word(
        4,
        rf"(?P<way>within(?: the)?(?: next)?|(?:in |over |for )?(?:the )?{_LATER}) {_N} ?{_U}",
        dates_en.stretch,
    ),
    word(4, rf"{_N} (?P<way>{_LATER}) {_U}", dates_en.stretch),
    word(4, r"(?:the )?(eo|bo)([dwmqy])(?![a-z])", dates_en.edge),
    word(
        4,
        r"(?:the )?(end|beginning|start|middle|mid)(?: of)? (?:the )?(day|week|month"
        r"|quarter|year)(?![a-z])",
        dates_en.edge,
    ),
    word(
        4,
        r"(?:the )?(end|beginning|start|middle|mid|early|late|late in|early in)(?:-| )"
        r"(?:of )?(?:the )?"
        rf"(?=(?:around )?(?:{_LATER}|this|the|current|tomorrow|today|{MONTH}|{DAY}|q[1-4]"
        r"|[12]\d{3}))"
        r"(?:around )?",
        dates_en.inner_edge,
    ),
]
TIMES: list[Word] = [
    word(
        5,
        r"(?<![a-z])(?:in the |early |late |this )?(morning|noon|lunch|midday|afternoon"
        r"|evening|night)s?(?![a-z])",
        lambda m: calendar.part(dates_en.PARTS[m[1]]),
    ),
    word(
        5,
        r"(?<=this )(morning|afternoon|evening)",
        lambda m: calendar.both(_this_part, calendar.part(dates_en.PARTS[m[1]])),
    ),
    word(6, r"(?<![a-z])midnight", lambda m: calendar.clock(0, 0, 0, "24")),
    word(6, rf"{_B}{_HOUR}(?: o'?clock)(?![a-z])(){_AMPM}?", dates_en.clock_words),
    word(6, rf"(?<![a-z\d.])(1[0-2]|[1-9])(?: o'?clock)(?![a-z])(){_AMPM}?", dates_en.clock_words),
    word(
        6,
        r"(?:at|@|around) ?(2[0-3]|1\d|0?[1-9])(?![\d:/.h%]|,\d| ?(?:[ap]m|usd|rmb|%|dollars|yuan"
        rf"|units|pcs|weeks?|days?|past|to |{MONTH}|k\b|w\b))",
        lambda m: calendar.clock(int(m[1])),
    ),
    word(
        6,
        r"(?<![\w.:/])(1[0-2]|[1-9])(?=,? (?:this (?:morning|evening|afternoon)|tonight"
        r"|in the (?:mor|aft|eve)))",
        lambda m: calendar.clock(int(m[1])),
    ),
    word(6, rf"(?:at|@|around) {_HOUR}(?:[ -]({_MINUTE}))?(?![a-z]){_AMPM}?", dates_en.clock_words),
    word(
        6,
        rf"{_B}{_HOUR}[ -]({_MINUTE})(?![a-z]){_AMPM}?(?! ?(?:dollars|percent|units|hundred"
        r"|thousand"
        r"|million|years|days|weeks|months|hours|minutes))",
        dates_en.clock_words,
    ),
    word(
        6,
        r"(?:(?:at|@|around) ?|(?<=tonight ))(1[0-2]|0?[1-9]|2[0-3])([0-5]\d)(?!\d)",
        lambda m: calendar.clock(int(m[1]), int(m[2])),
    ),
    word(
        6,
        r"(?:at|@|around) ?(1[0-2]|0?[1-9])[. ]([0-5]\d)(?!\d| ?[ap]\.?m)",
        lambda m: calendar.clock(int(m[1]), int(m[2])),
    ),
    word(
        6,
        rf"(?:at |for )?(half|a quarter|quarter|5|10|15|20|25|30|\d{{1,2}}(?= min)|five|ten|twenty"
        r"(?:[ -]five)?)(?: ?min(?:ute)?s?)? (past|after|to|before|from|till) "
        rf"(1[0-2]|[1-9]|{_HOUR[1:-1]}|noon|midday|midnight)(?: ?([ap])\.?m?\.?)?(?![a-z\d:])",
        dates_en.past_to,
    ),
    word(
        6,
        r"(?<![a-z])(?:right now|now|at this time|at present|at the minute|atm|asap"
        r"|as soon as possible)(?![a-z])",
        lambda m: calendar.now,
    ),
]


def _plain_weekday(text: str) -> Step:
    return calendar.weekday(english.weekday(text) or 0)


def leaves(text: str) -> Iterator[Leaf]:
    """Every English date word of folded text, in no order, overlapping."""
    for table in (YEARS, MONTHS, DAYS, SPANS, TIMES):
        yield from words.leaves(table, text)
