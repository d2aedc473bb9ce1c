"""The whole generated company as rows, table after table, in an order in which they can be stored.

Who the customers are comes first; what happened with each is only noted as a moment and a sort.
Then all these moments are put in order, and the story is told from the first to the last: so
numbers grow with time, and what belongs to one customer lies scattered, as in a company that has
lived.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.generated import chats, clients, dealings, drawing, sizes, staff
from crm_core import search, tokens

CHUNK = 5_000
_SKEW, _LONGEST = 1.15, 8_500.0
_SILENT = 0.25
"""So many customers have never said a word."""
_CLAIMED = 0.1
_CLAIM = len(search.TALK)
_KIND_BITS, _REF_BITS = 3, 30
NUMBERED = ("phone",)
SPELLED = ("email",)

TABLES = (
    "reps", "customers", "contacts", "addresses", "name_keys", "conversations", "windows",
    "messages", "deliveries", "activities", "deals", "tasks", "change_sets", "changes",
    "search_entries",
)  # fmt: skip
"""All tables that get rows."""

Row = dict[str, Any]
Rows = tuple[str, list[Row]]


@dataclass(frozen=True, kw_only=True)
class Company:
    """What decides everything: the same four make the same company."""

    size: sizes.Size
    seed: int
    now: datetime
    account: str

    def rows(self) -> Iterator[Rows]:
        """(table, rows): never a row before those it refers to."""
        ours = staff.hired(self.size, self.seed)
        yield "reps", list(staff.rows(ours, self.seed, self.now))
        yield "addresses", list(staff.addresses(ours, self.seed, self.now, self.account))
        told = _Story(self, ours)
        yield from told.customers()
        yield from told.conversations()
        yield from told.happenings()


class _Story:
    """What the parts of the company tell each other."""

    def __init__(self, company: Company, ours: staff.Staff) -> None:
        self._seed, self._now, self._size = company.seed, company.now, company.size
        self._ours = ours
        self._clients = clients.Clients(company.seed, company.now, company.account, ours)
        self._account = company.account
        self._chats: list[chats.Chat] = []
        self._about: dict[int, dealings.About] = {}
        self._fates: dict[int, tuple[str, ...]] = {}
        self._agenda: list[int] = []
        """What happens, as whole numbers that sort by moment, sort and then customer or chat."""

    def customers(self) -> Iterator[Rows]:
        """Customers with all that hangs on them alone, and the index that finds them."""
        said, sold = self._shares()
        for number in range(1, self._size.customers + 1):
            lot = drawing.lot(self._seed, "story", number)
            fates = tuple(dealings.fate(lot) for _ in range(sold[number - 1]))
            client = self._clients.made(number, self._size.customers, fates)
            last = self._lives(lot, client, said[number - 1], fates)
            row = self._clients.rows["customers"][-1]
            row["updated_at"] = max(last, row["created_at"])
            if number % CHUNK == 0 or number == self._size.customers:
                made = self._clients.taken()
                yield from made.items()
                yield "search_entries", _found_by_names(made)

    def _shares(self) -> tuple[list[int], list[int]]:
        """How many messages and deals each customer has: some very many, many none."""
        lot, number = drawing.lot(self._seed, "shares"), self._size.customers
        talking = [
            0.0 if lot.random() < _SILENT else min(lot.paretovariate(_SKEW), _LONGEST)
            for _ in range(number)
        ]
        buying = [0.0 if lot.random() < 0.8 else lot.expovariate(1) for _ in range(number)]
        talking[0] = buying[0] = 1.0
        return (
            sizes.shared_out(self._size.messages, talking),
            sizes.shared_out(self._size.deals, buying),
        )

    def _lives(
        self, lot: random.Random, client: clients.Client, said: int, fates: tuple[str, ...]
    ) -> datetime:
        """Note when what happened; gives the last moment of all."""
        rep, first = client.owner or lot.choice(self._ours.reps), client.reached[0]
        self._about[client.id] = dealings.About(
            customer_id=client.id,
            short=client.short,
            chinese=client.chinese,
            person=first.name,
            contact_id=first.contact_id,
            rep=rep,
        )
        moments = [self._talks(lot, client, rep, said)] if said else []
        if fates:
            self._fates[client.id] = fates
        owned = client.owner is not None
        notes = int(lot.expovariate(0.6 if owned else 4))
        plans = int(lot.expovariate(1.5)) if owned else 0
        counts = {"activity": notes, "deal": len(fates), "task": plans}
        for kind, count in counts.items():
            for at in drawing.moments(lot, count, client.created_at, self._now):
                self._note(at, search.TALK.index(kind), client.id)
                moments.append(at)
        if owned and lot.random() < _CLAIMED:
            at = drawing.moments(lot, 1, client.created_at, self._now)[0]
            self._note(at, _CLAIM, client.id)
        return max(moments, default=client.created_at)

    def _talks(
        self, lot: random.Random, client: clients.Client, rep: staff.Member, number: int
    ) -> datetime:
        """Begin the customer's conversations; gives the moment of the last word."""
        ways, last = chats.partners(lot, client, number), client.created_at
        weights = [3.0, *(1.0 for _ in ways[1:])]
        for way, share in zip(ways, sizes.shared_out(number, weights), strict=True):
            if not share:
                continue
            owned = client.owner is not None
            said = chats.dialogue(lot, share, client.created_at, self._now, owned=owned)
            at, theirs = said[-1]
            chat = chats.Chat(
                id=len(self._chats) + 1,
                customer_id=client.id,
                short=client.short,
                chinese=client.chinese,
                reached=way,
                account=chats.ACCOUNTS.get(way.kind, self._account),
                rep=rep,
                owned=owned,
                began=said[0][0],
                last=at,
                last_in=max((when for when, heard in said if heard), default=None),
                waits=theirs and self._now - at < chats.WAITING,
            )
            self._chats.append(chat)
            for when, heard in said:
                self._note(when, 0, chat.id * 2 + heard)
            last = max(last, at)
        return last

    def _note(self, at: datetime, kind: int, ref: int) -> None:
        second = int(at.timestamp())
        self._agenda.append((second << _KIND_BITS | kind) << _REF_BITS | ref)

    def conversations(self) -> Iterator[Rows]:
        """All conversations, once it is known which message is the last of each."""
        self._agenda.sort()
        number = 0
        for entry in self._agenda:
            if not entry >> _REF_BITS & (1 << _KIND_BITS) - 1:
                number += 1
                self._chats[(entry & (1 << _REF_BITS) - 1) // 2 - 1].last_message_id = number
        for begin in range(0, len(self._chats), CHUNK):
            some = self._chats[begin : begin + CHUNK]
            yield "conversations", [chats.row(chat, self._now) for chat in some]
            yield "windows", [row for chat in some if (row := chats.window(chat)) is not None]

    def happenings(self) -> Iterator[Rows]:
        """Everything said, noted, offered, planned and changed, from the first to the last."""
        telling = _Telling(self._seed, self._now)
        for n, entry in enumerate(self._agenda, 1):
            at = datetime.fromtimestamp(entry >> _KIND_BITS + _REF_BITS, UTC)
            kind, ref = entry >> _REF_BITS & (1 << _KIND_BITS) - 1, entry & (1 << _REF_BITS) - 1
            if kind == 0:
                telling.said(self._chats[ref // 2 - 1], at, theirs=bool(ref & 1))
            elif kind == search.TALK.index("deal"):
                fate, *later = self._fates[ref]
                self._fates[ref] = tuple(later)
                telling.offered(self._about[ref], at, fate)
            else:
                telling.other(kind, self._about[ref], at)
            if n % (2 * CHUNK) == 0:
                yield from telling.taken().items()
        yield from telling.taken().items()


class _Telling:
    """Rows of what happens, with numbers that grow with time."""

    TABLES = ("messages", "deliveries", "activities", "deals", "tasks", "change_sets", "changes")

    def __init__(self, seed: int, now: datetime) -> None:
        self._lot, self._now = drawing.lot(seed, "happenings"), now
        self._numbers = {name: itertools.count(1) for name in self.TABLES}
        self._rows: dict[str, list[Row]] = {}
        self.taken()

    def taken(self) -> dict[str, list[Row]]:
        """The rows made since the last time, by table."""
        rows = self._rows
        self._rows = {name: [] for name in (*self.TABLES, "search_entries")}
        return rows

    def said(self, chat: chats.Chat, at: datetime, *, theirs: bool) -> None:
        """One message, and if it is ours its delivery."""
        number = next(self._numbers["messages"])
        made = chats.message(self._lot, chat, number, at, theirs)
        self._rows["messages"].append(made)
        if not theirs:
            self._rows["deliveries"].append(chats.delivery(self._lot, chat, number, at))
        self._found_by("message", made, at, made["text"])

    def offered(self, about: dealings.About, at: datetime, fate: str) -> None:
        """One deal; every other one was opened by a command on record."""
        number = next(self._numbers["deals"])
        made = dealings.deal(self._lot, about, number, at, now=self._now, end=fate)
        self._rows["deals"].append(made)
        self._found_by("deal", made, at, made["title"])
        if self._lot.random() < 0.5:
            self._changed(about, at, "new_deal", dealings.opened(made))

    def other(self, kind: int, about: dealings.About, at: datetime) -> None:
        """One note, task or claim."""
        if kind == _CLAIM:
            self._changed(about, at, "claim", dealings.claimed(about))
        elif kind == search.TALK.index("activity"):
            noted = dealings.activity(self._lot, about, next(self._numbers["activities"]), at)
            self._rows["activities"].append(noted)
            self._found_by("activity", noted, at, noted["text"])
        else:
            planned = dealings.task(self._lot, about, next(self._numbers["tasks"]), at, self._now)
            self._rows["tasks"].append(planned)
            self._found_by("task", planned, at, planned["text"])

    def _changed(self, about: dealings.About, at: datetime, command: str, what: Row) -> None:
        number = next(self._numbers["change_sets"])
        made = dealings.change_set(about, number, at, command, what)
        self._rows["changes"].append(made.pop("change"))
        self._rows["change_sets"].append(made)

    def _found_by(self, kind: str, made: Row, at: datetime, words: str) -> None:
        self._rows["search_entries"].append(
            _entry(kind, made["id"], made["customer_id"], at, tokens.of_text(words))
        )


def _entry(kind: str, number: int, customer: int, at: datetime, found_by: tokens.Tokens) -> Row:
    return {
        "id": search.number(kind, number, at),
        "kind": kind,
        "record_id": number,
        "customer_id": customer,
        "tokens": found_by,
    }


def _found_by_names(made: dict[str, list[Row]]) -> list[Row]:
    """What these customers are found by: their own names, their contacts', mail and phones."""
    spelled: dict[int, list[str]] = {row["id"]: [row["name"]] for row in made["customers"]}
    numbers: dict[int, list[str]] = {}
    whose: dict[int, int] = {}
    for contact in made["contacts"]:
        whose[contact["id"]] = contact["customer_id"]
        spelled[contact["customer_id"]].append(contact["name"])
    for address in made["addresses"]:
        customer = whose[address["contact_id"]]
        if address["kind"] in SPELLED:
            spelled[customer].append(address["value"])
        elif address["kind"] in NUMBERED:
            numbers.setdefault(customer, []).append(address["value"])
    return [
        _entry(
            search.CUSTOMER, row["id"], row["id"], row["created_at"],
            tokens.of_names(spelled[row["id"]], numbers.get(row["id"], ())),
        )
        for row in made["customers"]
    ]  # fmt: skip
