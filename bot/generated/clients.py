"""Customers with their contacts, addresses and name keys, in the order in which they came."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from bot.generated import drawing, identifiers, names, staff, words
from crm_core import names as keys

SPAN = timedelta(days=730)
"""So far back the first customer came."""
_KEY_LIMIT = 200
_INDUSTRIES = drawing.Bag(words.INDUSTRIES, 0.6)
_SOURCES = drawing.Bag(words.SOURCES, 0.6)
_TITLES = drawing.Bag(words.TITLES, 0.8)
_TAGS = drawing.Bag(words.TAGS, 0.6)
_CONTACTS = (1, 1, 1, 1, 1, 2, 2, 3, 3, 4)
_STATUS_OWNED = drawing.Bag(("active", "lead", "won", "dormant", "lost"), 0.9)
_STATUS_POOL = drawing.Bag(("lead", "dormant", "lost"), 1.2)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """One way in which somebody at a customer is talked with."""

    contact_id: int
    address_id: int
    kind: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What the rest of the story needs to know of a customer."""

    id: int
    short: str
    chinese: bool
    owner: staff.Member | None
    created_at: datetime
    reached: tuple[Reached, ...]


class Clients:
    """Makes customers one after the other; `rows` holds what belongs to those made so far."""

    def __init__(self, seed: int, now: datetime, account: str, ours: staff.Staff) -> None:
        self._seed, self._now, self._account = seed, now, account
        self._owners = drawing.Bag(ours.reps, 0.25)
        self._contact_ids = itertools.count(1)
        self._address_ids = itertools.count(len(ours.everybody) + 1)
        self._key_ids = itertools.count(1)
        self._mail_taken: set[str] = set()
        self.rows: dict[str, list[Row]] = {}
        self.taken()

    def taken(self) -> dict[str, list[Row]]:
        """The rows made since the last time, by table; what refers to others comes after them."""
        rows = self.rows
        self.rows = {name: [] for name in ("customers", "contacts", "addresses", "name_keys")}
        return rows

    def made(self, number: int, of: int, fates: tuple[str, ...]) -> Client:
        """Customer `number` of so many, with deals of these fates (won, lost, open)."""
        lot = drawing.lot(self._seed, "customer", number)
        created = self._now - SPAN * (1 - (number - lot.random()) / of) ** 1.1
        company, person, kind = self._named(lot)
        owner = self._owners.draw(lot) if fates or lot.random() < 0.7 else None
        name = company.name if company else person
        chinese = company.chinese if company else not person.isascii()
        self.rows["customers"].append(
            {
                "id": number,
                "name": name,
                "kind": kind,
                "status": _status(lot, owner, fates),
                "owner_id": owner.id if owner else None,
                "level": lot.choice("ABC") if owner and lot.random() < 0.5 else "",
                "source": _SOURCES.draw(lot),
                "industry": _INDUSTRIES.draw(lot) if company else "",
                "currency": "CNY" if chinese else "USD",
                "tags": sorted({_TAGS.draw(lot) for _ in range(int(lot.expovariate(1.5)))}),
                "created_at": created,
                "updated_at": created,
                "version": 1,
            }
        )
        core = self._keyed(number, None, name)
        reached: list[Reached] = []
        for n in range(lot.choice(_CONTACTS) if company else 1):
            called = person if n == 0 else self._colleague(lot, chinese)
            reached += self._contact(lot, number, called, core if company else "", created)
        return Client(
            id=number,
            short=company.short if company else person,
            chinese=chinese,
            owner=owner,
            created_at=created,
            reached=tuple(reached),
        )

    def _named(self, lot: random.Random) -> tuple[names.Company | None, str, str]:
        """The company if it is one, the first contact's name, and the kind of customer."""
        what = lot.random()
        if what < 0.64:
            return names.company(lot), names.person(lot), "company"
        if what < 0.76:
            return names.foreign_company(lot), names.foreign_person(lot), "company"
        if what < 0.79:
            return None, names.foreign_person(lot), "person"
        if what < 0.86:
            return None, f"微信用户·{lot.randrange(16**4):04x}", "person"
        return None, names.person(lot), "person"

    def _colleague(self, lot: random.Random, chinese: bool) -> str:
        return names.person(lot) if chinese else names.foreign_person(lot)

    def _contact(
        self, lot: random.Random, customer: int, name: str, core: str, created: datetime
    ) -> Iterator[Reached]:
        number = next(self._contact_ids)
        self.rows["contacts"].append(
            {
                "id": number,
                "customer_id": customer,
                "name": name,
                "title": _TITLES.draw(lot) if core else "",
                "created_at": created,
            }
        )
        said = self._keyed(customer, number, name)
        for kind, account, value in self._ways(lot, number, said, core):
            address = next(self._address_ids)
            self.rows["addresses"].append(
                {
                    "id": address,
                    "kind": kind,
                    "account": account,
                    "value": value,
                    "state": "ok" if lot.random() < 0.985 else "unreachable",
                    "contact_id": number,
                    "created_at": created,
                }
            )
            if kind != "unionid":
                yield Reached(contact_id=number, address_id=address, kind=kind, name=name)

    def _ways(
        self, lot: random.Random, contact: int, said: str, core: str
    ) -> Iterator[tuple[str, str, str]]:
        """(kind, account, value) of each address: about three for a person, one at least."""
        writes = lot.random() < 0.9
        if writes:
            yield "wechat", self._account, identifiers.openid(self._seed, contact)
        if lot.random() < 0.92 or not writes:
            yield "phone", "", identifiers.phone(self._seed, contact)
        if lot.random() < 0.3:
            yield "unionid", "", identifiers.unionid(self._seed, contact)
        if lot.random() < (0.85 if core else 0.5):
            yield "email", "", self._mail(said, core)
        if lot.random() < 0.1:
            yield "wecom", self._account, f"wm{identifiers.openid(self._seed, 'wecom', contact)}"

    def _mail(self, said: str, core: str) -> str:
        local, domain = said[:24] or "info", f"{core[:24]}.example" if core else "mail.example"
        taken, n = f"{local}@{domain}", 2
        while taken in self._mail_taken:
            taken, n = f"{local}{n}@{domain}", n + 1
        self._mail_taken.add(taken)
        return taken

    def _keyed(self, customer: int, contact: int | None, name: str) -> str:
        """Make the name findable; gives its core as one would write it in an e-mail address."""
        said = ""
        for key in _keys(name):
            said = key.value if key.kind == keys.PINYIN else said
            self.rows["name_keys"].append(
                {
                    "id": next(self._key_ids),
                    "customer_id": customer,
                    "contact_id": contact,
                    "kind": key.kind,
                    "value": key.value[:_KEY_LIMIT],
                }
            )
        return said


@lru_cache(maxsize=30_000)
def _keys(name: str) -> tuple[keys.NameKey, ...]:
    # Kept, since many people have the same name and reading one aloud takes a while.
    return tuple(key for key in keys.stored(name) if key.value)


def _status(lot: random.Random, owner: staff.Member | None, fates: tuple[str, ...]) -> str:
    """Where a customer stands, in step with its deals."""
    if "won" in fates:
        return "won"
    if "open" in fates:
        return "active"
    if fates:
        return "lost"
    return _STATUS_OWNED.draw(lot) if owner else _STATUS_POOL.draw(lot)
