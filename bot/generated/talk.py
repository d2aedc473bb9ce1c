"""Putting words into people's mouths: a phrase by lot, what it leaves open filled in by lot."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Mapping, Sequence

from bot.generated import drawing, phrases, words

_PRODUCTS, _ENGLISH = drawing.Bag(words.PRODUCTS, 0.8), drawing.Bag(words.ENGLISH_PRODUCTS, 0.5)
_RARE = drawing.Bag(words.RARE, 1.3)
_DAYS = "明天 下周一 周五 月底 后天 周三 下周 今天 月初 节后".split()
_DAYS_EN = "Friday|Monday|the 15th|the end of the month|Thursday".split("|")
_MONTHS = "January February March April May June July August September October November".split()
_COUNTS = (100, 500, 1000, 200, 50, 2000, 300, 5000, 10, 20)
_TERMS = (30, 60, 45, 90)
_Filling = Callable[[random.Random], str]


def _money(lot: random.Random) -> str:
    amount = lot.randrange(5, 400)
    return f"{amount / 10:g}万" if lot.random() < 0.6 else f"{amount * 250}元"


_FILLINGS: dict[str, _Filling] = {
    "product": _PRODUCTS.draw,
    "english": _ENGLISH.draw,
    "rare": _RARE.draw,
    "day": lambda lot: lot.choice(_DAYS),
    "day_en": lambda lot: lot.choice(_DAYS_EN),
    "month": lambda lot: lot.choice(_MONTHS),
    "count": lambda lot: str(lot.choice(_COUNTS)),
    "small": lambda lot: str(lot.randrange(2, 9)),
    "days": lambda lot: str(lot.choice(_TERMS)),
    "fewer": lambda lot: str(lot.choice((15, 30))),
    "money": _money,
    "money_en": lambda lot: f"USD {lot.randrange(10, 900) * 100:,}",
    "number": lambda lot: f"HT{lot.randrange(10**7, 10**8)}",
    "phone": lambda lot: f"1{lot.choice('35789')}{lot.randrange(10**8, 10**9)}",
    "place": lambda lot: lot.choice(words.PLACES),
    "street": lambda lot: lot.choice(("人民", "解放", "工业", "科技", "创业", "建设")),
    "rival": lambda lot: lot.choice(words.BRAND_FIRST) + lot.choice(words.BRAND_SECOND),
}


class Repertoire:
    """Phrases of one sort, those in Chinese apart from those in English."""

    def __init__(self, written: Sequence[str], skew: float = 0.8) -> None:
        cut = [(each.isascii(), _cut(each)) for each in written]
        self._chinese = drawing.Bag([parts for english, parts in cut if not english], skew)
        self._english = drawing.Bag([parts for english, parts in cut if english], 0.4)

    def say(self, lot: random.Random, known: Mapping[str, str], *, chinese: bool) -> str:
        """One of the phrases; `known` are the person, the company and the rep it is about."""
        bag = self._chinese if chinese else self._english
        return "".join(
            part if not left_open else known[part] if part in known else _FILLINGS[part](lot)
            for left_open, part in bag.draw(lot)
        )


def _cut(phrase: str) -> tuple[tuple[bool, str], ...]:
    """The phrase as (is it left open?, words or what is to be filled in)."""
    parts: list[tuple[bool, str]] = []
    for said, name, _, _ in string.Formatter().parse(phrase):
        parts += [(False, said)] if said else []
        parts += [(True, name)] if name else []
    return tuple(parts)


CUSTOMERS = Repertoire(phrases.FROM_CUSTOMERS)
OURS = Repertoire(phrases.FROM_US)
NOTES = Repertoire(phrases.NOTES, 0.4)
TASKS = Repertoire(phrases.TASKS, 0.4)
DEALS = Repertoire(phrases.DEALS, 0.4)
