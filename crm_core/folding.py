"""One shape of any text for matching, character for character as long as the typed one.

Because no character is added or dropped, a span found in the folded text cuts the same words out
of the text as typed: names, notes and replies keep their own characters.
"""

import unicodedata

from crm_core import traditional

_VARIANTS = {
    "，": ",",
    "；": ";",
    "：": ":",
    "？": "?",
    "！": "!",
    "～": "~",
    "〜": "~",
    "—": "-",
    "–": "-",
    "−": "-",
    "―": "-",
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "＂": '"',
    "（": "(",
    "）": ")",
    "￥": "¥",
    "徵": "征",
    "裏": "里",
    "後": "后",
    "於": "于",
}
_BASIC_PLANE = 0xFFFF
_SPACES = {"Cf", "Cc", "Zl", "Zp", "Zs"}
_EDGE = (
    " \t\r\n\f\v\x00\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2066\u2067\u2068\u2069\ufeff\u3000\u00a0"
)


class _Folding(dict[int, str]):
    """Code point to folded character, learnt as characters are met (the basic plane only)."""

    def __missing__(self, code: int) -> str:
        folded = _folded(chr(code))
        if code <= _BASIC_PLANE:
            self[code] = folded
        return folded


def fold(text: str) -> str:
    """The text in half width, simplified and lower case; same length, so spans carry over."""
    return text.translate(_FOLDING)


def clean(text: str) -> str:
    """The text as typed without surrounding white space, NUL and invisible direction marks."""
    return text.strip(_EDGE)


def _folded(char: str) -> str:
    wide = unicodedata.normalize("NFKC", char)
    if len(wide) != 1:
        wide = char
    lower = wide.lower()
    if len(lower) != 1:
        lower = wide
    if unicodedata.category(lower) in _SPACES:
        return " "
    return lower


_FOLDING = _Folding(
    {
        ord(old): new
        for old, new in zip(traditional.TRADITIONAL, traditional.SIMPLIFIED, strict=True)
    }
)
_FOLDING.update({ord(old): new for old, new in _VARIANTS.items()})
