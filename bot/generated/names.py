"""Names of companies and people, as common and as rare as in life."""

from __future__ import annotations

import random
from dataclasses import dataclass

from bot.generated import drawing, words

_PLACES = drawing.Bag(words.PLACES, 0.6)
_FIRST, _SECOND = drawing.Bag(words.BRAND_FIRST, 0.5), drawing.Bag(words.BRAND_SECOND, 0.5)
_THIRD = drawing.Bag(words.BRAND_SECOND[::-1] + words.BRAND_THIRD, 0.2)
_TRADES = drawing.Bag(words.TRADES, 0.7)
_SURNAMES = drawing.Bag(words.SURNAMES, 0.65)
_SHORT, _LONG = drawing.Bag(words.GIVEN_SHORT, 0.7), drawing.Bag(words.GIVEN_LONG, 0.5)
_LONG_SHARE, _COMMON_LONG, _DOUBLE_SURNAME = 0.7, 0.5, 0.006


@dataclass(frozen=True, kw_only=True)
class Company:
    """A company's name, and what it is called in short; `chinese` tells its people's language."""

    name: str
    short: str
    chinese: bool


def company(lot: random.Random) -> Company:
    """A Chinese company."""
    short = _FIRST.draw(lot) + _SECOND.draw(lot)
    if lot.random() < 0.5:
        short += _THIRD.draw(lot)
    place = _PLACES.draw(lot) if lot.random() < 0.75 else ""
    if place and lot.random() < 0.2:
        place += "市"
    name = f"{place}{short}{_TRADES.draw(lot)}{lot.choice(words.FORMS)}"
    return Company(name=name, short=short, chinese=True)


def foreign_company(lot: random.Random) -> Company:
    """A company abroad."""
    short = lot.choice(words.ENGLISH_BRAND)
    if lot.random() < 0.6:
        short += f" {lot.choice(words.ENGLISH_SECOND)}"
    trade, form = lot.choice(words.ENGLISH_TRADES), lot.choice(words.ENGLISH_FORMS)
    return Company(name=f"{short} {trade} {form}", short=short, chinese=False)


def person(lot: random.Random) -> str:
    """A Chinese person's name of two to four characters."""
    surname = _SURNAMES.draw(lot)
    if lot.random() < _DOUBLE_SURNAME:
        surname = lot.choice(words.DOUBLE_SURNAMES)
    if lot.random() > _LONG_SHARE:
        return surname + _SHORT.draw(lot)
    if lot.random() < _COMMON_LONG:
        return surname + _LONG.draw(lot)
    return surname + lot.choice(words.GIVEN_FIRST) + lot.choice(words.GIVEN_SECOND)


def foreign_person(lot: random.Random) -> str:
    """A name from elsewhere."""
    return f"{lot.choice(words.ENGLISH_FIRST)} {lot.choice(words.ENGLISH_LAST)}"
