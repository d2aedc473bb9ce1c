"""How Chinese characters are read: from a small table, or by pypinyin where a phrase decides.

pypinyin takes 0.15 s and 50 MB to load, most of it for phrases. The table (`pinyin.txt`, made by
`.ci/pinyin` from pypinyin's data, MIT) holds the reading of each single character and those
phrases in which one is read otherwise; text without such a phrase is read from the table alone,
and exactly as pypinyin reads it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

TABLE = Path(__file__).with_name("pinyin.txt")
PHRASE = "="
"""How lines of phrases begin; all others hold a reading and the characters that have it."""
FIRST, LAST = "\u4e00", "\u9fa5"
_PIECE = re.compile(rf"[{FIRST}-{LAST}]|[ -~]+")
_LETTERS = re.compile(r"[^a-z0-9]")


@dataclass(frozen=True)
class _Table:
    """`of` has the place in `readings` for each character from FIRST on."""

    readings: tuple[str, ...]
    of: bytes
    phrases: frozenset[str]
    heads: frozenset[str]
    longest: int


def plain(pinyin: str) -> str:
    """A reading as it is kept in keys: lower case, v for ü, without tones or signs."""
    return _LETTERS.sub("", pinyin.lower().replace("ü", "v"))


@lru_cache(maxsize=16_384)
def syllables(text: str) -> tuple[str, ...]:
    """The reading of each character of folded text; other signs that stand together are one."""
    pieces = _PIECE.findall(text)
    known = _table()
    if sum(map(len, pieces)) != len(text) or _holds_phrase(known, text):
        return by_phrases(text)
    found = tuple(reading for piece in pieces if (reading := _read(known, piece)) is not None)
    return found if len(found) == len(pieces) else by_phrases(text)


def by_phrases(text: str) -> tuple[str, ...]:
    """The same from pypinyin itself."""
    import pypinyin  # noqa: PLC0415 - see above

    return tuple(plain(part) for part in pypinyin.lazy_pinyin(text, errors=lambda rest: rest))


def _read(known: _Table, piece: str) -> str | None:
    if not FIRST <= piece[0] <= LAST:
        return plain(piece)
    place = 2 * (ord(piece[0]) - ord(FIRST))
    return known.readings[int.from_bytes(known.of[place : place + 2], "big")] or None


def _holds_phrase(known: _Table, text: str) -> bool:
    return any(
        text[start : start + length] in known.phrases
        for start, head in enumerate(text)
        if head in known.heads
        for length in range(2, known.longest + 1)
    )


@cache
def _table() -> _Table:
    readings = [""]
    of = bytearray(2 * (ord(LAST) - ord(FIRST) + 1))
    phrases: list[str] = []
    for line in TABLE.read_text("utf-8").splitlines():
        head, *rest = line.split()
        if head == PHRASE:
            phrases += rest
            continue
        number = len(readings).to_bytes(2, "big")
        readings.append(head)
        for char in rest[0]:
            place = 2 * (ord(char) - ord(FIRST))
            of[place : place + 2] = number
    return _Table(
        readings=tuple(readings),
        of=bytes(of),
        phrases=frozenset(phrases),
        heads=frozenset(phrase[0] for phrase in phrases),
        longest=max(map(len, phrases)),
    )
