"""The small change of English dates: weekdays, ordinals, counts and units."""

from bot.language import number_words

WEEKDAYS = {
    name: index
    for index, names in enumerate(
        "monday mon|tuesday tues tue|wednesday wednes wed|thursday thurs thur thu|friday fri"
        "|saturday sat|sunday sun".split("|")
    )
    for name in names.split()
}
DAY = "(?:" + "|".join(sorted(WEEKDAYS, key=len, reverse=True)) + r")(?:'s|s)?\.?(?![a-z])"
_LOW = list(number_words.ORDINALS.items())[:9]
ORDINALS = {
    **number_words.ORDINALS,
    **{f"twenty-{word}": 20 + value for word, value in _LOW},
    **{f"thirty-{word}": 30 + value for word, value in _LOW},
}
_CARDINALS = {
    word: value for word, value in number_words.ONES.items() if 1 <= value <= 19 and len(word) > 2
}
_CARDINALS = {word: value for word, value in _CARDINALS.items() if word not in {"few", "couple"}}
CARDINALS = {
    **_CARDINALS,
    **number_words.TENS,
    **{
        f"{ten}-{one}": tens + ones
        for ten, tens in number_words.TENS.items()
        for one, ones in _CARDINALS.items()
        if ones < 10
    },
}


def _either(words: dict[str, int]) -> str:
    spelled = (word.replace("-", "[ -]") for word in sorted(words, key=len, reverse=True))
    return "(?:" + "|".join(spelled) + ")(?![a-z])"


ORDINAL = _either(ORDINALS)
CARDINAL = _either({word: value for word, value in CARDINALS.items() if value <= 31})
NTH = rf"(?:\d{{1,2}}(?:st|nd|rd|th)|{ORDINAL})"
DAY_NUMBER = rf"(?:(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?![\da-z]|\.\d)|{ORDINAL})"
COUNT = (
    r"(?:\d{1,4}|a couple(?: of)?|couple(?: of)?|a few|few|several|half an?|an?"
    r"|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty"
    r"|forty|fifty|sixty|ninety)"
)
UNIT = (
    r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|hr|h|days?|workdays?|working days?"
    r"|business days?|weeks?|wks?|fortnights?|months?|quarters?|qtrs?|years?|yrs?"
    r"|decades?)(?![a-z])"
)
_UNITS = (
    ("sec", "second"),
    ("min", "minute"),
    ("h", "hour"),
    ("day", "day"),
    ("workd", "workday"),
    ("working", "workday"),
    ("bus", "workday"),
    ("we", "week"),
    ("workw", "week"),
    ("wk", "week"),
    ("mo", "month"),
    ("q", "quarter"),
    ("y", "year"),
    ("calendar y", "year"),
)


def weekday(word: str) -> int | None:
    """The number of a weekday (Monday 0), however it is written."""
    word = word.rstrip(".").removesuffix("'s")
    return WEEKDAYS.get(word, WEEKDAYS.get(word.removesuffix("s")))


def ordinal(word: str) -> int:
    """first, 21st, twenty-first and twenty one as numbers."""
    digits = "".join(char for char in word if char.isdigit())
    if digits:
        return int(digits)
    joined = word.replace(" ", "-")
    return ORDINALS.get(joined) or CARDINALS.get(joined) or 0


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
    for start, found in _UNITS:
        if word.startswith(start):
            return found, 1
    return ("week", 2) if word.startswith("f") else ("year", 10)
