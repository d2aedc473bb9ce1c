"""How Chinese characters are read: from a small table, or by pypinyin where a phrase decides.

pypinyin takes 0.15 s and 50 MB to load, most of it for phrases. The table (`pinyin.txt`, made by
`.ci/pinyin` from pypinyin's data, MIT) holds the reading of each single character and those
phrases in which one is read otherwise; text without such a phrase is read from the table alone,
and exactly as pypinyin reads it. So are words that firms' names are full of (成都, 模具), where
what stands before and behind can not be read together with them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

TABLE = Path(__file__).with_name("pinyin.txt")
PHRASE, WORD = "=", "+"
"""How lines of phrases begin, and lines of a word: its reading, what goes with it on either side.

All others hold a reading and the characters that have it.
"""
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
    words: dict[str, _Word]


@dataclass(frozen=True)
class _Word:
    """A word's reading, and the characters that a longer phrase may join it with."""

    said: tuple[str, ...]
    before: frozenset[str]
    behind: frozenset[str]


def plain(pinyin: str) -> str:
    """A reading as it is kept in keys: lower case, v for ü, without tones or signs."""
    return _LETTERS.sub("", pinyin.lower().replace("ü", "v"))


@lru_cache(maxsize=16_384)
def syllables(text: str) -> tuple[str, ...]:
    """The reading of each character of folded text; other signs that stand together are one."""
    pieces = _PIECE.findall(text)
    words = _words(_table(), text)
    if sum(map(len, pieces)) != len(text) or words is None:
        return by_phrases(text)
    found: list[str] = []
    place = 0
    for piece in pieces:
        reading = words.get(place) or _read(_table(), piece)
        if reading is None:
            return by_phrases(text)
        found.append(reading)
        place += len(piece)
    return tuple(found)


def by_phrases(text: str) -> tuple[str, ...]:
    """The same from pypinyin itself."""
    import pypinyin  # noqa: PLC0415 - see above

    return tuple(plain(part) for part in pypinyin.lazy_pinyin(text, errors=lambda rest: rest))


def _read(known: _Table, piece: str) -> str | None:
    if not FIRST <= piece[0] <= LAST:
        return plain(piece)
    place = 2 * (ord(piece[0]) - ord(FIRST))
    return known.readings[int.from_bytes(known.of[place : place + 2], "big")] or None


def _words(known: _Table, text: str) -> dict[int, str] | None:
    """The readings of characters in well-known words, by place; None if a phrase is in the way."""
    said: dict[int, str] = {}
    for start, head in enumerate(text):
        for length in range(2, known.longest + 1) if head in known.heads else ():
            phrase = text[start : start + length]
            if phrase not in known.phrases:
                continue
            word = known.words.get(phrase)
            around = text[start - 1 : start], text[start + length : start + length + 1]
            if word is None or around[0] in word.before or around[1] in word.behind:
                return None
            said.update(enumerate(word.said, start))
    return said


@cache
def _table() -> _Table:
    readings = [""]
    of = bytearray(2 * (ord(LAST) - ord(FIRST) + 1))
    phrases: list[str] = []
    words: dict[str, _Word] = {}
    for line in TABLE.read_text("utf-8").splitlines():
        head, *rest = line.split()
        if head == PHRASE:
            phrases += rest
            continue
        if head == WORD:
            word, said, before, behind = rest
            words[word] = _Word(tuple(said.split("'")), frozenset(before), frozenset(behind))
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
        words=words,
    )
