"""Who may be the same: look-alikes among customers, found and kept for a person to decide.

Only a strong key (the same phone, e-mail or unionid) joins by itself, where messages come in. What
is found here never acts: names that are spelled or sound alike, numbers that end alike, words in
which somebody gives a name or number that we know. A pair that somebody refused stays refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import (
    addresses,
    audit,
    customers,
    database,
    errors,
    folding,
    jobs,
    merging,
    name_keys,
    names,
    people,
)

LOOK = "look_alikes"
"""The kind of job that looks for whom somebody resembles."""
COMMON = 5
"""A name that more than so many others bear says nothing about who somebody is."""
SHOWN = 3
HEARD = 500
SOUNDING = 4
"""Letters from which on the same sound is worth asking about: 华美 and 花美, not 李 and 丽."""
PLACEHOLDER = re.compile(r"微信用户·|\+?\d[\d\s-]*$|\S+@\S+$")
_NUMBER = re.compile(r"(?<![\d.])(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)")
_MAIL = re.compile(r"[\w.+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}", re.IGNORECASE)
_CALLED = re.compile(
    r"(?:我是|我叫|这里是|我们是|this is|my name is|i am|i'm)[ :：]{0,2}([\w·&. ]{2,30})",
    re.IGNORECASE,
)


class LookAlike(audit.Tracked, database.Base):
    """Two customers that may be one; `one_id` is the smaller number.

    `reason` is name, script, form, sound, contact, tail, mention or key; `detail` is what they
    share. `state` is open, accepted or refused; a refused pair is not brought up again.
    """

    __tablename__ = "look_alikes"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    one_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("customers.id", ondelete="CASCADE"))
    other_id: orm.Mapped[int] = orm.mapped_column(
        sa.ForeignKey("customers.id", ondelete="CASCADE"), index=True
    )
    reason: orm.Mapped[str] = orm.mapped_column(database.Text(16))
    detail: orm.Mapped[str] = orm.mapped_column(database.Text(200), default="")
    state: orm.Mapped[str] = orm.mapped_column(database.Text(12), default="open")
    decided_by: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("reps.id"))
    created_at: orm.Mapped[datetime]

    __table_args__ = (
        sa.UniqueConstraint("one_id", "other_id"),
        sa.Index(
            "ix_look_alikes_open",
            "id",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        ),
    )


@dataclass(frozen=True, kw_only=True)
class Match:
    """Another customer that may be the same, and why; see `LookAlike` for the reasons."""

    customer_id: int
    reason: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Hints:
    """What somebody's own words say about who they are."""

    numbers: tuple[str, ...] = ()
    mails: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.numbers or self.mails or self.names)


def hints(text: str) -> Hints:
    """The numbers, e-mail addresses and names that somebody gives as the own ones."""
    text = text[:HEARD]
    called = (found.group(1).strip(" .") for found in _CALLED.finditer(text))
    return Hints(
        numbers=tuple(_NUMBER.findall(text)[:SHOWN]),
        mails=tuple(_MAIL.findall(text)[:SHOWN]) if "@" in text else (),
        names=tuple(name for name in called if len(name) > 1)[:SHOWN],
    )


def look_later(session: orm.Session, customer_id: int, now: datetime) -> None:
    """Look for look-alikes of a newcomer soon, not on the way of a message."""
    jobs.enqueue(session, LOOK, {"customer_id": customer_id, "text": ""}, now=now)


def heard(session: orm.Session, customer_id: int, text: str, now: datetime) -> None:
    """Look soon whom a customer's words point at, if they say who somebody is at all."""
    if hints(text):
        payload = {"customer_id": customer_id, "text": text[:HEARD]}
        jobs.enqueue(session, LOOK, payload, now=now)


def tell_later(session: orm.Session, pair: LookAlike, now: datetime) -> None:
    """Ask somebody about a pair soon."""
    jobs.enqueue(session, LOOK, {"pair_id": pair.id}, now=now)


def look(session: orm.Session, customer_id: int, text: str, now: datetime) -> list[LookAlike]:
    """Find and note whom a customer resembles; the pairs that are new, the likeliest first."""
    living = customers.living(session, customers.Customer, customer_id)
    customer = session.get(customers.Customer, living)
    if customer is None:
        return []
    found = matches(session, customer)
    found += said_by(session, customer, hints(text)) if text else []
    return [pair for each in found[:SHOWN] if (pair := note(session, customer, each, now))]


def matches(session: orm.Session, customer: customers.Customer) -> list[Match]:
    """The living customers that may be the same, each once, the likeliest first."""
    found = [*_of_tails(session, customer), *_of_name(session, customer)]
    return list({each.customer_id: each for each in reversed(found)}.values())[::-1]


def _of_name(session: orm.Session, customer: customers.Customer) -> list[Match]:
    if PLACEHOLDER.match(customer.name):
        return []
    return named(session, customer.name, but=customer.id)


def named(session: orm.Session, name: str, *, but: int = 0) -> list[Match]:
    """Living customers that go by a like name: spelled, without legal form, or sounding so."""
    spelled = _keyed(session, [key.value for key in names.keys(name) if key.kind == names.NORM])
    sounds = [key.value for key in names.keys(name) if key.kind == names.PINYIN]
    heard = _keyed(session, [each for each in sounds if len(each) >= SOUNDING], (names.PINYIN,))
    found = []
    for rows in (spelled, heard):
        living = [(number, theirs) for number, theirs in rows if number != but]
        if len(living) <= COMMON:
            found += [
                Match(customer_id=number, reason=reason, detail=theirs)
                for number, theirs in living
                if (reason := alike(name, theirs))
            ]
    return sorted({each.customer_id: each for each in reversed(found)}.values(), key=_order)


def _order(match: Match) -> tuple[int, int]:
    return REASONS.index(match.reason), match.customer_id


REASONS = ("key", "name", "tail", "mention", "script", "form", "contact", "sound")
"""Why two may be the same, the likeliest first."""


def _keyed(
    session: orm.Session, values: Sequence[str], kinds: Sequence[str] = name_keys.SPELLED
) -> list[tuple[int, str]]:
    """(number, name) of living customers under these keys, their own names or their contacts'."""
    key, customer, contact = name_keys.NameKey, customers.Customer, customers.Contact
    rows = session.execute(
        sa.select(key.customer_id, customer.name, contact.name)
        .join(customer, customer.id == key.customer_id)
        .outerjoin(contact, contact.id == key.contact_id)
        .where(key.kind.in_(kinds), key.value.in_(values), customer.merged_into_id.is_(None))
        .limit(COMMON * 10)
    )
    return sorted({number: person or name for number, name, person in rows}.items())


def alike(one: str, other: str) -> str:
    """Why two names may stand for the same, one of `REASONS`; empty when they hardly do."""
    one, other = one.strip(), other.strip()
    if one == other:
        return "name"
    if folding.fold(one) == folding.fold(other):
        return "script"
    if _meet(_forms(one), _forms(other)):
        return "form"
    return "sound" if _meet(_heard(_forms(one)), _heard(_forms(other))) else ""


def _forms(name: str) -> tuple[set[str], set[str]]:
    """A name without form and place, and that with all that may be left out besides."""
    own = {names.without_form(name), names.without_place(name)}
    return own, own | set(names.variants(name))


def _sounds(spelled: set[str]) -> set[str]:
    """How these are read; what is too short to mean anything by its sound is left out."""
    read = {"".join(each) for name in spelled for each in names.readings(name)}
    return {each for each in read if len(each) >= SOUNDING}


def _heard(forms: tuple[set[str], set[str]]) -> tuple[set[str], set[str]]:
    return _sounds(forms[0]), _sounds(forms[1])


def _meet(one: tuple[set[str], set[str]], other: tuple[set[str], set[str]]) -> bool:
    # 华美 is 华美电子, but 华美电子 is not 华美物流.
    return bool(one[0] & other[1] or other[0] & one[1])


def _of_tails(session: orm.Session, customer: customers.Customer) -> list[Match]:
    """Customers with a number that ends in the same eight digits, with another code before it."""
    own = addresses.of_contacts(session, [each.id for each in customer.contacts])
    tails = [each.tail for each in own if each.tail and len(each.tail) == addresses.TAIL]
    if not tails:
        return []
    numbers = [each.value for each in own if each.kind == "phone"]
    found = _reached(session, addresses.Address.tail.in_(tails), customer, "tail")
    return [match for match in found if any(_one_line(match.detail, each) for each in numbers)]


def _one_line(one: str, other: str) -> bool:
    """Whether two numbers with one ending may be one: not if both are whole and still differ."""
    whole = one.startswith("+") and other.startswith("+") and len(one) == len(other)
    return one[-addresses.TAIL :] == other[-addresses.TAIL :] and not whole


def said_by(session: orm.Session, customer: customers.Customer, said: Hints) -> list[Match]:
    """Customers that the words of this one point at."""
    values = []
    for kind, given in (("phone", said.numbers), ("email", said.mails)):
        for value in given:
            try:
                values.append((kind, addresses.normalise(kind, value)))
            except errors.Refusal:
                continue
    row, found = addresses.Address, []
    if values:
        same = sa.tuple_(row.kind, row.value).in_(values)
        found = _reached(session, same, customer, "mention")
    for name in said.names:
        found += [
            each
            for each in named(session, name, but=customer.id)
            if each.reason in ("name", "script", "form")
        ]
    return found


def _reached(
    session: orm.Session, which: sa.ColumnElement[bool], customer: customers.Customer, reason: str
) -> list[Match]:
    row, contact = addresses.Address, customers.Contact
    rows = session.execute(
        sa.select(contact.customer_id, row.value)
        .join(contact, contact.id == row.contact_id)
        .where(which, contact.customer_id.is_not(None), contact.customer_id != customer.id)
        .order_by(row.id)
        .limit(COMMON)
    )
    return [
        Match(customer_id=number, reason=reason, detail=value)
        for number, value in rows
        if number is not None
    ]


def note(
    session: orm.Session, customer: customers.Customer, match: Match, now: datetime
) -> LookAlike | None:
    """Keep a pair for somebody to decide; None when it is known already, decided or not."""
    one_id, other_id = sorted((customer.id, match.customer_id))
    row = database.insert(session, LookAlike).values(
        one_id=one_id,
        other_id=other_id,
        reason=match.reason,
        detail=match.detail[:200],
        state="open",
        created_at=now,
    )
    made = session.scalar(row.on_conflict_do_nothing().returning(LookAlike.id))
    return None if made is None else session.get(LookAlike, made)


def open_pairs(session: orm.Session, rep: people.Rep, limit: int = 20) -> list[LookAlike]:
    """Undecided pairs of living customers that this person may see both of, the newest first."""
    pair = LookAlike
    found = sa.select(pair).where(pair.state == sa.literal_column("'open'"))
    for number in (pair.one_id, pair.other_id):
        seen = customers.Customer
        found = found.where(sa.exists().where(seen.id == number, customers.visible(rep)))
    return list(session.scalars(found.order_by(pair.id.desc()).limit(limit)))


def between(session: orm.Session, one_id: int, other_id: int) -> LookAlike | None:
    """What is noted about these two, in whatever order."""
    one_id, other_id = sorted((one_id, other_id))
    pair = LookAlike
    return session.scalar(sa.select(pair).where(pair.one_id == one_id, pair.other_id == other_id))


def settle(
    session: orm.Session, rep: people.Rep, numbers: tuple[int, int], state: str, now: datetime
) -> LookAlike:
    """Somebody decided about two customers: accepted or refused. Remembered also if nobody asked.

    Raises NotFound customer.unknown for one this person may not see.
    """
    for number in numbers:
        customers.get(session, rep, number)
    pair = between(session, *numbers)
    if pair is None:
        one_id, other_id = sorted(numbers)
        pair = LookAlike(one_id=one_id, other_id=other_id, reason="name", detail="", created_at=now)
        session.add(pair)
    pair.state, pair.decided_by = state, rep.id
    session.flush()
    return pair


def direction(session: orm.Session, pair: LookAlike) -> tuple[int, int]:
    """(loser, survivor): the one that is looked after lives on, then one with a name, the older."""
    one = session.get_one(customers.Customer, pair.one_id)
    other = session.get_one(customers.Customer, pair.other_id)
    loser, survivor = sorted((one, other), key=_weight)
    return loser.id, survivor.id


def _weight(customer: customers.Customer) -> tuple[bool, bool, int]:
    named = PLACEHOLDER.match(customer.name) is None
    return customer.owner_id is not None, named, -customer.id


def watchers(session: orm.Session, pair: LookAlike) -> list[people.Rep]:
    """Who is to be asked about a pair: an owner who sees both, or else managers, then admins.

    Of two owners it is that of the one who would live on.
    """
    _, survivor_id = direction(session, pair)
    both = [session.get_one(customers.Customer, each) for each in (pair.one_id, pair.other_id)]
    both.sort(key=lambda each: each.id != survivor_id)
    owners = [session.get(people.Rep, each.owner_id) for each in both if each.owner_id]
    for rep in owners:
        if rep is not None and rep.active and _sees_all(session, rep, both):
            return [rep]
    roles = (people.Role.MANAGER, people.Role.ADMIN)
    above = [each for each in people.everyone(session) if each.active and each.role in roles]
    return sorted((each for each in above if _sees_all(session, each, both)), key=_rank)


def _rank(rep: people.Rep) -> tuple[bool, int]:
    return rep.role == people.Role.ADMIN, rep.id


def _sees_all(session: orm.Session, rep: people.Rep, both: Iterable[customers.Customer]) -> bool:
    numbers = [each.id for each in both]
    count = sa.select(sa.func.count()).where(
        customers.Customer.id.in_(numbers), customers.visible(rep)
    )
    return session.scalar(count) == len(numbers)


def accept(
    session: orm.Session, rep: people.Rep, loser_id: int, survivor_id: int, now: datetime
) -> merging.Merge:
    """Merge two customers and remember that somebody found them the same; see `merging`."""
    merge = merging.merge_customers(session, rep, loser_id, survivor_id, now)
    pair = between(session, merge.loser_id, merge.survivor_id)
    if pair is not None:
        pair.state, pair.decided_by = "accepted", rep.id
    return merge
