"""Doors: who hears of a customer, and at which address of theirs.

Whoever is away is passed over for a deputy or a manager, or waited for; who has left for whoever
took over. Nothing goes to a chat that nobody reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from bot import world
from conversations import watching
from crm_core import addresses, clock, customers, handover, people, presence, sharing

KINDS = ("wecom", "wechat")
"""Kinds of address a notice may go to, the better one first."""
Reached = tuple[people.Rep, addresses.Address]


@dataclass(frozen=True, kw_only=True)
class Audience:
    """Who is told of a customer now; without any, `back` is when somebody will be there.

    `watchers` hear it besides.
    """

    listeners: Sequence[Reached] = ()
    watchers: Sequence[Reached] = ()
    back: datetime | None = None


# Built once: for every message, building a statement would cost more than running it. The kind of
# an address is looked at afterwards: else SQLite would go through all addresses of these kinds.
_BOUND = (
    sa.select(people.Rep, addresses.Address)
    .join(addresses.Address, addresses.Address.rep_id == people.Rep.id)
    .where(people.Rep.active)
    .order_by(people.Rep.id, addresses.Address.id.desc())
)
_ALL = _BOUND.where(addresses.Address.kind.in_(KINDS))
_SOME = _BOUND.where(people.Rep.id.in_(sa.bindparam("reps", expanding=True)))
_ASKED: Any = sa.bindparam("customers", expanding=True)
_WATCHED = sa.and_(
    watching.Watch.customer_id.in_(_ASKED), watching.Watch.until > sa.bindparam("now")
)
_OWNERS = sa.select(customers.Customer.owner_id).where(customers.Customer.id.in_(_ASKED))
_WHO: Any = sa.union_all(_OWNERS, sa.select(watching.Watch.rep_id).where(_WATCHED))
_OWNERS_AND_WATCHERS = (
    _BOUND.add_columns(watching.Watch.customer_id)
    .outerjoin(watching.Watch, sa.and_(watching.Watch.rep_id == people.Rep.id, _WATCHED))
    .where(people.Rep.id.in_(_WHO))
)


class Doors:
    """Who hears of these customers. Looked up in one statement unless somebody is away or gone."""

    def __init__(
        self,
        session: orm.Session,
        told: Sequence[customers.Customer],
        setting: world.World,
        now: datetime,
    ) -> None:
        self._session, self._setting, self._now = session, setting, now
        self._owners: dict[int, Reached] = {}
        self._watchers: dict[int, dict[int, Reached]] = {}
        self._all: Mapping[int, Reached] | None = None
        asked = {"customers": [each.id for each in told], "now": now}
        for rep, address, watched in session.execute(_OWNERS_AND_WATCHERS, asked):
            _keep_better(self._owners, rep, address)
            if watched is not None:
                _keep_better(self._watchers.setdefault(watched, {}), rep, address)

    def of(self, customer: customers.Customer) -> Audience:
        """The owner or whoever stands in; without an owner every rep who is there; when nobody of
        them is bound, the managers."""
        owner_id = customer.owner_id
        listeners, back = self._pool() if owner_id is None else self._owner(owner_id)
        for rep, _address in listeners:
            if owner_id is not None and rep.id != owner_id:
                sharing.let_stand_in(self._session, customer, rep, self._now)
        watchers = self._watchers.get(customer.id)
        if not watchers:
            return Audience(listeners=listeners, back=back)
        told = {rep.id for rep, _ in listeners} | {owner_id}
        others = [each for number, each in watchers.items() if number not in told]
        return Audience(listeners=listeners, watchers=others, back=back)

    def _owner(self, owner_id: int) -> tuple[Sequence[Reached], datetime | None]:
        reached = self._owners.get(owner_id)
        if reached is None:
            return instead_of(self._session, owner_id) or self._overseers(), None
        back = back_at(reached[0], self._setting, self._now)
        if back is None:
            return [reached], None
        stand_ins = _while_away(self._session, reached[0], self._setting, self._now)
        return stand_ins, None if stand_ins else back

    def _pool(self) -> tuple[Sequence[Reached], datetime | None]:
        reps = [each for each in self._bound() if each[0].role == people.Role.REP]
        if not reps:
            return self._overseers(), None
        away = {rep.id: back_at(rep, self._setting, self._now) for rep, _ in reps}
        there = [each for each in reps if away[each[0].id] is None]
        return there, None if there else min(back for back in away.values() if back is not None)

    def _overseers(self) -> Sequence[Reached]:
        return [each for each in self._bound() if each[0].role != people.Role.REP]

    def _bound(self) -> Sequence[Reached]:
        if self._all is None:
            self._all = _found(self._session.execute(_ALL))
        return list(self._all.values())


def back_at(rep: people.Rep, setting: world.World, now: datetime) -> datetime | None:
    """When this person may be disturbed again, by the own clock; None when that is now."""
    if not (rep.quiet_hours or rep.dnd_until or rep.leave_until):
        return None
    return presence.back_at(rep, now, clock.zone(rep.timezone or setting.timezone))


def _while_away(
    session: orm.Session, rep: people.Rep, setting: world.World, now: datetime
) -> Sequence[Reached]:
    """The deputy; for somebody on leave without one whoever leads; else nobody: it can wait."""
    zone = clock.zone(rep.timezone or setting.timezone)
    deputy = presence.deputy(session, rep, now, zone)
    reached = door(session, deputy.id) if deputy else None
    if reached is not None:
        return [reached]
    return _doors_of(session, handover.stand_ins(session, rep.id)) if _on_leave(rep, now) else []


def _on_leave(rep: people.Rep, now: datetime) -> bool:
    return presence.on_leave(rep, now)


def instead_of(session: orm.Session, rep_id: int) -> Sequence[Reached]:
    """Where to reach whoever answers for somebody who can not be reached: the heir of one who has
    left, else whoever leads the person."""
    person = session.get_one(people.Rep, rep_id)
    heir = None if person.active else handover.successor(session, person)
    found = _doors_of(session, [heir]) if heir else []
    return found or _doors_of(session, handover.stand_ins(session, rep_id))


def for_rep(
    session: orm.Session, rep_id: int | None, setting: world.World, now: datetime
) -> Sequence[Reached]:
    """Where something that is this person's business goes: to the person, while on leave to the
    deputy, and else to whoever answers for the person."""
    if rep_id is None:
        return []
    reached = door(session, rep_id)
    if reached is None:
        return instead_of(session, rep_id)
    if _on_leave(reached[0], now):
        return _while_away(session, reached[0], setting, now) or [reached]
    return [reached]


def door(session: orm.Session, rep_id: int | None) -> Reached | None:
    """The best address of an active person of ours; None for one who can not be reached."""
    if rep_id is None:
        return None
    return _found(session.execute(_SOME, {"reps": [rep_id]})).get(rep_id)


def _doors_of(session: orm.Session, some: Sequence[people.Rep]) -> Sequence[Reached]:
    asked = {"reps": [each.id for each in some]}
    return list(_found(session.execute(_SOME, asked)).values()) if some else []


def _found(rows: Any) -> dict[int, Reached]:
    best: dict[int, Reached] = {}
    for rep, address in rows:
        _keep_better(best, rep, address)
    return best


def _keep_better(best: dict[int, Reached], rep: people.Rep, address: addresses.Address) -> None:
    held = best.get(rep.id)
    if address.kind not in KINDS:
        return
    if held is None or KINDS.index(address.kind) < KINDS.index(held[1].kind):
        best[rep.id] = (rep, address)
