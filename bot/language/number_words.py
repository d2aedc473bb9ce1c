"""Numbers in English words: twenty-one trillion, five and a half million, three quarters."""

import re
from decimal import Decimal

from crm_core import patterns

ONES = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen".split()
    )
} | {"nought": 0, "oh": 0, "o": 0, "a": 1, "an": 1, "couple": 2, "few": 3}
TENS = {
    word: 10 * value
    for value, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
    )
}
SCALES = {
    "thousand": 10**3,
    "lakh": 10**5,
    "million": 10**6,
    "crore": 10**7,
    "koti": 10**7,
    "billion": 10**9,
    "trillion": 10**12,
}
ORDINALS = {
    word: value
    for value, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
        "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth".split(),
        start=1,
    )
} | {"twentieth": 20, "thirtieth": 30}
_PARTS = {**ORDINALS, "half": 2, "quarter": 4, "hundredth": 100, "thousandth": 1000}
_PLURALS = {"halves": "half", "couples": "couple"}

_WORD = "|".join(
    sorted({*ONES, *TENS, *SCALES, "hundred", "dozen", "half", "point", "and"}, key=len)[::-1]
)
_PART = "|".join(sorted((f"{word}s?" for word in _PARTS if word != "half"), key=len)[::-1])
_START = "|".join(
    sorted({*ONES, *TENS, "hundred", "half", "dozen", "a hundred"} - {"o", "oh", "few"}, key=len)[
        ::-1
    ]
)
PHRASE = patterns.later(
    rf"(?<![a-z])(?:{_START})s?(?![a-z])"
    rf"(?:(?:[ -]{{1,3}}(?:of |out of |over )?)(?:{_WORD}|{_PART}|halves)s?(?![a-z])){{0,16}}"
)
"""A run of number words in folded text; whether it is one number is for `read` to say."""


def read(text: str) -> Decimal | None:
    """The value of a run of number words; None when they do not make one number."""
    plain = text.strip().replace("half a ", "half ")
    words = [_PLURALS.get(word, word) for word in re.split(r"[\s-]{1,3}", plain) if word]
    for divider in (["over"], ["out", "of"]):
        found = _divided(words, divider)
        if found is not None:
            return found
    return _mixed(words)


def _divided(words: list[str], divider: list[str]) -> Decimal | None:
    size = len(divider)
    for place in range(1, len(words) - size):
        if words[place : place + size] == divider:
            above, below = _whole(words[:place]), _whole(words[place + size :])
            return above / below if above is not None and below else None
    return None


def _mixed(words: list[str]) -> Decimal | None:
    """A whole number, a fraction, or both joined by `and`; a scale may follow a half."""
    scale = Decimal(1)
    if len(words) > 1 and _scale(words[-1]) and _fraction(words[-2]) and words[-2] != "second":
        scale, words = Decimal(_scale(words[-1]) or 1), words[:-1]
    for place in range(len(words) - 1, 0, -1):
        if words[place] == "and":
            part = _part(words[place + 1 :])
            whole = _whole(words[:place])
            if part is not None and whole is not None:
                return whole + part * scale if whole >= scale > 1 else (whole + part) * scale
    part = _part(words)
    if part is not None:
        return part * scale
    return _whole(words)


def _part(words: list[str]) -> Decimal | None:
    """three quarters, a half, twenty-three fifths, one twenty-fifth, half a ... ."""
    if not words:
        return None
    below = _fraction(words[-1])
    if below is None:
        return None
    above = words[:-1]
    if len(above) > 1 and above[-1] in TENS and below < 10 and _whole(above[:-1]) is not None:
        below, above = below + TENS[above[-1]], above[:-1]
    if above and _scale(above[-1]):
        return None  # one hundred one thousand fifths: which part is the fraction?
    value = Decimal(1) if not above else _whole(above)
    return None if value is None else value / below


def _fraction(word: str) -> int | None:
    return _PARTS.get(word) or _PARTS.get(word.removesuffix("s"))


def _scale(word: str) -> int | None:
    return SCALES.get(word) or SCALES.get(word.removesuffix("s"))


def _whole(words: list[str]) -> Decimal | None:
    if "point" in words:
        return _pointed(words, words.index("point"))
    if not words or words[0] == "and" or words[-1] == "and":
        return None
    if words[0] == "a" and len(words) > 1 and words[1] in {"couple", "few", "dozen"}:
        words = words[1:]
    total, section, last = Decimal(0), Decimal(0), ""
    for word in words:
        if scale := _scale(word):
            total, section = _scaled(total, section, Decimal(scale))
        elif word not in {"and", "of"}:
            grown = _grown(section, word, last)
            if grown is None:
                return None
            section = grown
        last = word
    return total + section


def _grown(section: Decimal, word: str, last: str) -> Decimal | None:
    """The section below a thousand with one more word; None when the word cannot follow."""
    stem = word.removesuffix("s")
    if word.isdigit():
        return section + int(word)
    if word in ONES:
        return None if last in ONES and last != "a" else section + ONES[word]
    if word in TENS:
        return _tens(section, word, last)
    times = {"hundred": 100, "dozen": 12}.get(stem)
    return (section or Decimal(1)) * times if times else None


def _tens(section: Decimal, word: str, last: str) -> Decimal | None:
    if last in TENS:
        return None
    return (section * 100 if last in ONES else section) + TENS[word]


def _scaled(total: Decimal, section: Decimal, scale: Decimal) -> tuple[Decimal, Decimal]:
    if 0 < total < scale:
        return (total + section) * scale, Decimal(0)
    return total + (section or 1) * scale, Decimal(0)


def _pointed(words: list[str], place: int) -> Decimal | None:
    whole = _whole(words[:place]) if place else Decimal(0)
    rest = words[place + 1 :]
    scale = Decimal(1)
    if rest and (power := _scale(rest[-1])):
        scale, rest = Decimal(power), rest[:-1]
    if whole is None or not rest:
        return None
    digits = [ONES.get(word) for word in rest]
    if len(rest) == 1 and digits[0] is not None:
        return (whole + Decimal(f"0.{digits[0]}")) * scale
    if any(digit is None or digit > 9 for digit in digits):
        return None
    return (whole + Decimal("0." + "".join(map(str, digits)))) * scale
