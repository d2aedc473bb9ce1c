"""A table of date words: where each stands from coarse to fine, its pattern, what it says."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from bot.language.moments import Leaf, Step

Build = Callable[[re.Match[str]], Step | None]

YEAR, HALF, MONTH, WEEK, DAY, PART, CLOCK, ZONE = range(8)
"""Ranks of words, coarse to fine (a quarter is a kind of half)."""


@dataclass(frozen=True, kw_only=True)
class Word:
    """One kind of date word. `weekday` tells the weekday of a match that names nothing else."""

    rank: int
    source: str
    build: Build
    weekday: Callable[[str], int | None] | None = None
    rank_of: Callable[[str], int] | None = None

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The pattern, compiled when first needed: all of them at import would take long."""
        return re.compile(self.source)


def word(
    rank: int,
    source: str,
    build: Build,
    *,
    weekday: Callable[[str], int | None] | None = None,
    rank_of: Callable[[str], int] | None = None,
) -> Word:
    """A row of a table."""
    return Word(rank=rank, source=source, build=build, weekday=weekday, rank_of=rank_of)


def leaves(table: Iterable[Word], text: str) -> Iterator[Leaf]:
    """Every word of the table in folded text, in no order, overlapping."""
    for row in table:
        for match in row.pattern.finditer(text):
            found = match.group()
            step = row.build(match) if found else None
            if step is None:
                continue
            yield Leaf(
                start=match.start(),
                end=match.end(),
                rank=row.rank_of(found) if row.rank_of else row.rank,
                step=step,
                name=found,
                check=row.weekday(found) if row.weekday else None,
            )
