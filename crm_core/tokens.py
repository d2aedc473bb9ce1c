"""The one tokeniser of search: the same pieces for what is stored and for what is asked.

Text is folded (width, traditional, case) and cut into runs. A run of Chinese becomes its
overlapping pairs of characters and its last single one, so that any two neighbours are one token
and a single character begins one; a run of letters and digits is a word. Beside the text stand
keys: whole numbers with their last 8 and 4 digits, and for names pinyin and parts of words. Keys
are no neighbours of the text or of each other, so no phrase runs across them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crm_core import folding, names

TEXT_LIMIT = 8_000
"""So many characters of a text can be found; what stands further back is not looked at."""
WORD_LIMIT = 64
PART_LIMIT = 24
SHORTEST_PART = 3
"""Letters from which on the beginning of a word finds it; one fewer in names."""
SHORTEST_NUMBER = 7
LONGEST_PHONE = 15
TAILS = (8, 4)
TERMS = 8
"""Words of a question that are looked for; more narrow nothing down."""

_CJK = (
    "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_RUN = re.compile(f"[{_CJK}]+|[^\\W_{_CJK}]+")
_IS_CJK = re.compile(f"[{_CJK}]")
_NUMBER = re.compile(r"(?<![0-9a-z])\+?\d(?:[ \-().]{0,2}\d){6,29}(?![0-9a-z])")
_PHONE = re.compile(r"(?:\+|00|86|0|1[3-9]|[48]00)[\d \-().]*")


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """What one row is found by: `texts` hold neighbours in order, `keys` stand alone.

    `named` tells those of names from those of free text.
    """

    texts: tuple[tuple[str, ...], ...]
    keys: tuple[str, ...] = ()
    named: bool = False

    def __bool__(self) -> bool:
        return bool(self.keys) or any(self.texts)


@dataclass(frozen=True, kw_only=True)
class Term:
    """Tokens that must be neighbours in this order; `open` when the last may go on."""

    tokens: tuple[str, ...]
    open: bool = False


def of_text(*texts: str) -> Tokens:
    """The tokens of free texts: a message's subject and words, a note."""
    folded = [folding.fold(text[:TEXT_LIMIT]) for text in texts if text]
    keys = [key for text in folded for number in _numbers(text) for key in _tails(number)]
    return Tokens(
        texts=tuple(tuple(_cut(text)) for text in folded), keys=tuple(dict.fromkeys(keys))
    )


def of_names(spelt: Iterable[str], numbers: Iterable[str] = ()) -> Tokens:
    """The tokens of somebody's names, e-mail addresses and `numbers` (digits, perhaps with a +).

    Parts of words and numbers from three characters on and pinyin from any syllable find them too.
    """
    texts: list[tuple[str, ...]] = []
    keys: list[str] = []
    for name in dict.fromkeys(spelt):
        folded = folding.fold(name[:TEXT_LIMIT])
        texts.append(tuple(_cut(folded)))
        for run in _RUN.findall(folded):
            if not _IS_CJK.match(run):
                keys += _parts(run)
        keys += _sounds(name)
    for number in numbers:
        keys += [key for digits in _spellings(number) for key in _parts(digits)]
    return Tokens(texts=tuple(texts), keys=tuple(dict.fromkeys(keys)), named=True)


def of_question(asked: str, *, whole: bool = False) -> tuple[Term, ...]:
    """What all must be found for these words; empty when nothing in them can be looked for.

    Words between spaces are looked for one by one, or with `whole` as one phrase. Beginnings of
    words find them, numbers only as a whole or (in free text) by their last 4 or 8 digits.
    """
    folded = folding.fold(folding.clean(asked)[:TEXT_LIMIT])
    number = _NUMBER.fullmatch(folded.strip())
    if number and _PHONE.fullmatch(folded.strip()):
        return (Term(tokens=(_spellings(folded)[-1],)),)
    parts = [folded] if whole else folded.split()
    terms = [_term(part, whole) for part in parts]
    return tuple(dict.fromkeys(term for term in terms if term.tokens))[:TERMS]


def _term(part: str, whole: bool) -> Term:
    runs = _RUN.findall(part)
    if not runs:
        return Term(tokens=())
    last = runs[-1]
    if _IS_CJK.match(last):
        # Without the last single character: the run may go on where it is found.
        tokens = list(_cut(part))
        return Term(tokens=tuple(tokens[:-1] or tokens), open=len(tokens) == 1)
    if last.isdigit():
        may_go_on = whole and len(last) >= SHORTEST_PART
    else:
        may_go_on = len(last) >= SHORTEST_PART - whole
    return Term(tokens=tuple(_cut(part)), open=may_go_on)


def _cut(folded: str) -> Iterator[str]:
    for run in _RUN.findall(folded):
        if _IS_CJK.match(run):
            yield from map("".join, itertools.pairwise(run))
            yield run[-1]
        else:
            yield run[:WORD_LIMIT]


def _numbers(folded: str) -> Iterator[str]:
    for found in _NUMBER.finditer(folded):
        number = found[0]
        if number.isdigit() or _PHONE.fullmatch(number):
            yield number
        else:
            yield from (run for run in re.findall(r"\d+", number) if len(run) >= SHORTEST_NUMBER)


def _tails(number: str) -> Iterator[str]:
    for digits in _spellings(number):
        yield digits[:WORD_LIMIT]
    yield from (digits[-size:] for size in TAILS)


def _spellings(number: str) -> list[str]:
    """The digits with the country's number, if it is there, and without it."""
    digits = "".join(re.findall(r"\d", number))
    digits = digits.removeprefix("00") if len(digits) > LONGEST_PHONE - 2 else digits
    national = digits.removeprefix("86") if len(digits) in (11 + 2, 12 + 2) else digits
    return [digits, national] if national != digits else [digits]


def _parts(word: str) -> Iterator[str]:
    for start in range(max(len(word) - SHORTEST_PART + 1, 0)):
        yield word[start : start + PART_LIMIT]


def _sounds(name: str) -> Iterator[str]:
    if not _IS_CJK.search(name):
        return
    for syllables in names.readings(names.without_form(name)):
        for start in range(len(syllables)):
            said = syllables[start:]
            yield "".join(said)[:PART_LIMIT]
            if len(said) > 1:
                yield "".join(part[0] for part in said if part)[:PART_LIMIT]
