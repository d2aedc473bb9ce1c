"""Numbers without a unit, signed or as a fraction: -5.5, 1 234 567, 1 4/5, 三百五又三分之一, ¾."""

import unicodedata
from collections.abc import Callable
from decimal import Decimal

from bot.language import number_words, numbers
from crm_core import patterns

SIGN = patterns.later(r"^(-|负|minus|negative) ?")
_FRACTION = patterns.later(r"(?:(\d{1,9}) {1,2})?(\d{1,9}) ?/ ?(\d{1,9})$")
_PARTS = patterns.later(r"(?:(.{1,16})又)?(.{1,16})[分份] {0,3}之? {0,3}(.{1,16})$")
_SPACED = patterns.later(r"\d{1,3}(?: \d{3}){1,6}(?:\.\d{1,6})?$")
_COMMA = patterns.later(r"\d{1,9},\d{2}$")
_OVER = patterns.later(r"(\d{1,9}) (?:over|out of) ([a-z -]{2,40}|\d{1,9})$")
_FIGURE = patterns.later(numbers.FIGURE)
_HALVES = {"一半", "半个", "半"}


def read(text: str) -> Decimal | None:
    """The number a whole folded text is, or None when it is more or less than a number."""
    sign = SIGN.match(text)
    if sign:
        rest = read(text[sign.end() :])
        return None if rest is None else -rest
    for reader in _READERS:
        value = reader(text)
        if value is not None:
            return value
    return None


def _figures(text: str) -> Decimal | None:
    if _SPACED.match(text):
        return Decimal(text.replace(" ", ""))
    if _FIGURE.fullmatch(text):
        return Decimal(text.replace(",", ""))
    return Decimal(text.replace(",", ".")) if _COMMA.match(text) else None


def _fraction(text: str) -> Decimal | None:
    match = _FRACTION.match(text)
    if not match or not int(match.group(3)):
        return None
    return Decimal(match.group(1) or 0) + Decimal(match.group(2)) / Decimal(match.group(3))


def _parts(text: str) -> Decimal | None:
    """三百五又三分之一, 16分之2225."""
    match = _PARTS.match(text)
    if not match:
        return None
    whole = read(match.group(1).strip()) if match.group(1) else Decimal(0)
    below, above = read(match.group(2).strip()), read(match.group(3).strip())
    return None if whole is None or above is None or not below else whole + above / below


def _single(text: str) -> Decimal | None:
    """¾, 半个, and 个九, which is one and nine tenths in Cantonese."""
    if text in _HALVES:
        return Decimal("0.5")
    if len(text) == 2 and text[0] == "个" and text[1] in numbers.DIGITS:
        return 1 + Decimal(numbers.DIGITS[text[1]]) / 10
    value = unicodedata.numeric(text, 1) if len(text) == 1 and not text.isdecimal() else 1
    return Decimal(value).quantize(Decimal("1e-12")) if value < 1 and text not in "零〇" else None


def _dozens(text: str) -> Decimal | None:
    count = numbers.read(text[:-1]) if text.endswith("打") else None
    return None if count is None else count * 12


def _over(text: str) -> Decimal | None:
    match = _OVER.match(text)
    below = read(match.group(2)) if match else None
    return Decimal(match.group(1)) / below if match and below else None


def _chinese(text: str) -> Decimal | None:
    return None if text.isascii() or "," in text else numbers.read(text.replace(" ", ""))


def _english(text: str) -> Decimal | None:
    return number_words.read(text) if text[:1].isalpha() and text.isascii() else None


_READERS: tuple[Callable[[str], Decimal | None], ...] = (
    _fraction,
    _figures,
    _parts,
    _single,
    _dozens,
    _over,
    _chinese,
    _english,
)
