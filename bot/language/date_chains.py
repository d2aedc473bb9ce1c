"""Date words of a sentence, picked longest first and chained where they stand together."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.language import (
    calendar,
    dates_en_table,
    dates_numeric,
    dates_zh,
    dates_zh_table,
    english,
    holidays,
    repeats,
)
from bot.language.moments import Leaf, Step
from crm_core import patterns

BARE = "bare"
"""The name of a number that borrows its unit from the date behind it."""


@dataclass(kw_only=True)
class Chain:
    """Neighbouring words that make one date."""

    leaves: list[Leaf]

    @property
    def start(self) -> int:
        """Where the first word begins."""
        return self.leaves[0].start

    @property
    def end(self) -> int:
        """Where the last word ends."""
        return self.leaves[-1].end

    @property
    def rank(self) -> int:
        """The coarsest rank."""
        return min(leaf.rank for leaf in self.leaves)


_GAP = patterns.later(
    r"[ ,]{0,3}(?:的|之)?|,? ?(?:of|in|on|at|@|for|from|the|of the|in the|on the|for the|around"
    r"|about|by|(?:in )?between|也就是)[ ]|\(|\) ?|(?<=\d)t(?=\d)| - "
)
_HAS_LATIN = patterns.later(
    r"\d ?[a-z]|[a-z]\d|day|week|month|year|quarter|decade|fortnight|to[dmn]|yest|tmr|tue|wed|thu"
    r"|mon|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|next|last|coming|eo[dwmqy]"
    r"|bo[dwmqy]|end|now|asap|atm|soon|time|noon|night|morn|even|hour|min|sec|h[12]|q[1-4]|past|to "
    r"|clock|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thousand|teen"
    r"|half|'?\d\ds|midday|lunch|present|ago|later|hence|on |the |at |in |@"
    r"|\d\d\d\d|" + "|".join(sorted({name[:4] for name in holidays.ENGLISH}))
)
"""Letters an English date could have; the many patterns are tried only then."""
_HAS_DIGIT = patterns.later(r"\d")
_SEP = r"(?= ?(?:-|~|到|至|to|and|until|till|through)(?: the)? ?"
_Z = dates_zh.SMALL
_NUM = rf"(\d{{1,2}}(?:st|nd|rd|th)?|{english.ORDINAL})"
_AHEAD: list[tuple[int, re.Pattern[str]]] = [
    (6, patterns.later(rf"(?<![\d.:])({_Z})(?=(?:-|~|到|至){_Z}(?:点|时))")),
    (4, patterns.later(rf"(?<![\d.:])({_Z})(?=(?:-|~|到|至){_Z}(?:号|日))")),
    (2, patterns.later(rf"(?<![\d.:])({_Z})(?=(?:-|~|到|至){_Z}月)")),
    (0, patterns.later(r"(?<![\d.:])(\d{4})(?= ?(?:-|~|到|至) ?\d{4} ?年)")),
    (
        4,
        patterns.later(
            rf"(?<![\w.:/-]){_NUM}{_SEP}{_NUM[1:-1]}"
            rf"(?: of)?(?: {dates_numeric.MONTH}| next month| this month))"
        ),
    ),
    (4, patterns.later(rf"(?<![\w.:/-]){_NUM}{_SEP}{dates_numeric.MONTH} \d{{1,2}})")),
    (
        0,
        patterns.later(
            r"(?<![\d.:/-])((?:1[5-9]|20)\d\d)(?= ?(?:-|~) ?(?:1[5-9]|20)\d\d(?![\d/-]))"
        ),
    ),
]
_AHEAD_CLOCK = patterns.later(
    rf"(?<![\d.:/])(1[0-2]|[1-9])(?::([0-5]\d))?{_SEP}"
    rf"(?:(?:1[0-2]|[1-9])(?::[0-5]\d)? ?(?:in the )?([ap])\.?m|(?:1[0-2]|[1-9]):[0-5]\d))"
)
_YEAR_ONLY = patterns.later(r"(?:1[5-9]|20)\d\d")
_WHOLE_YEAR = patterns.later(r"[= ]{0,3}((?:1[5-9]|20)\d\d) ?$")
_PREPOSITION = patterns.later(
    r"(?:in|of|since|by|until|till|before|after|year|from|between|to|than|through|and|-|~"
    r"|during|cy) ?(?:the )?$"
)


def chains(text: str) -> list[Chain]:
    """The dates of folded text, each as a chain of words, in order."""
    return [chain for chain in _joined(text, _leaves(text)) if not _weak(text, chain)]


def _weak(text: str, chain: Chain) -> bool:
    """2000 alone is no year: it needs a word before it, a range, or the sentence for itself."""
    if len(chain.leaves) > 1 or not _YEAR_ONLY.fullmatch(chain.leaves[0].name.strip()):
        return False
    if chain.leaves[0].rank != 0 or _PREPOSITION.search(text, 0, chain.start):
        return False
    return not _RANGE_AHEAD.match(text, chain.end)


_RANGE_AHEAD = patterns.later(r" ?(?:-|~|to|and|through|till|until) ?(?:[a-z]{3,9} )?\d")


def _leaves(text: str) -> list[Leaf]:
    found: list[Leaf] = []
    whole = _WHOLE_YEAR.match(text)
    if whole:
        step = calendar.year(int(whole.group(1)))
        return [Leaf(start=0, end=len(text), rank=0, step=step, name="whole year")]
    if not text.isascii():
        found += dates_zh_table.leaves(text)
    if _HAS_DIGIT.search(text):
        found += dates_numeric.leaves(text)
    if _HAS_LATIN.search(text):
        found += dates_en_table.leaves(text)
    found += repeats.leaves(text)
    found += _ahead(text)
    return _longest(text, found)


def _longest(text: str, found: list[Leaf]) -> list[Leaf]:
    taken = bytearray(len(text))
    chosen = []
    for leaf in sorted(found, key=lambda leaf: (leaf.start - leaf.end, leaf.start)):
        if not any(taken[leaf.start : leaf.end]):
            taken[leaf.start : leaf.end] = b"\x01" * (leaf.end - leaf.start)
            chosen.append(leaf)
    return sorted(chosen, key=lambda leaf: leaf.start)


def _ahead(text: str) -> Iterator[Leaf]:
    """Bare numbers before 到 or `to` that borrow the unit behind it: 9~12点半, 13 to 15 july."""
    if not _MAY_RANGE.search(text):
        return
    for match in _AHEAD_CLOCK.finditer(text):
        half = {"a": "am", "p": "pm"}.get(match.group(3) or "", "")
        step = calendar.clock(int(match.group(1)), int(match.group(2) or 0), 0, half)
        yield Leaf(start=match.start(), end=match.end(), rank=6, step=step, name=BARE)
    steps: dict[int, Callable[[int], Step]] = {
        6: calendar.clock,
        4: calendar.day,
        2: calendar.month,
        0: calendar.year,
    }
    for rank, pattern in _AHEAD:
        for match in pattern.finditer(text):
            number = english.ordinal(match.group(1)) or dates_zh.number(match.group(1))
            step = steps[rank](number)
            yield Leaf(start=match.start(), end=match.end(), rank=rank, step=step, name=BARE)


_MAY_RANGE = patterns.later(r"[-~到至]| (?:to|and|until|till|through) ")


def _joined(text: str, leaves: list[Leaf]) -> Iterator[Chain]:
    chain: Chain | None = None
    for leaf in leaves:
        if chain and _GAP.fullmatch(text, chain.end, leaf.start) and _fits(chain, leaf):
            chain.leaves.append(leaf)
            continue
        if chain:
            yield chain
        chain = Chain(leaves=[leaf])
    if chain:
        yield chain


def _fits(chain: Chain, leaf: Leaf) -> bool:
    """A second word of the same rank starts a new date, but a weekday may stand beside a day."""
    same = [known for known in chain.leaves if known.rank == leaf.rank]
    if not same:
        return chain.leaves[-1].name != BARE
    if leaf.rank != 4 or len(same) > 1:
        return False
    return leaf.check is not None or same[0].check is not None or _edges(same[0], leaf)


_EDGE = patterns.later(r"(?:the )?(?:end|beginning|start|middle|mid|early|late)(?: in| of|-| )")


def _edges(first: Leaf, second: Leaf) -> bool:
    """`end of` beside a day."""
    return bool(_EDGE.match(first.name) or _EDGE.match(second.name))
