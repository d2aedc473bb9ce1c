"""The people of the generated company: an admin, and teams of reps under a manager each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.generated import drawing, identifiers, names, sizes

TEAMS = ("华东", "华南")
ADMIN = "周总"
MANAGERS = ("陈静", "林涛")
KNOWN_REPS = ("王丽", "李强", "赵敏", "孙浩")
"""The first reps of both teams, whatever the seed."""
HIRED_BEFORE = timedelta(days=760)


@dataclass(frozen=True, kw_only=True)
class Member:
    """One of ours, with the number the database will know him or her by."""

    id: int
    name: str
    role: str
    team: str


@dataclass(frozen=True, kw_only=True)
class Staff:
    """Everybody; customers belong to the reps."""

    everybody: tuple[Member, ...]

    @property
    def reps(self) -> tuple[Member, ...]:
        """Those who have customers."""
        return tuple(member for member in self.everybody if member.role == "rep")


def hired(size: sizes.Size, seed: int) -> Staff:
    """All people of ours, the admin first; reps of the teams in turn."""
    lot = drawing.lot(seed, "staff")
    called = [*KNOWN_REPS]
    while len(called) < size.reps_per_team * len(TEAMS):
        name = names.person(lot)
        if name not in (*called, *MANAGERS, ADMIN):
            called.append(name)
    called = called[: size.reps_per_team * len(TEAMS)]
    roles = [(ADMIN, "admin", "")]
    roles += [(name, "manager", team) for name, team in zip(MANAGERS, TEAMS, strict=True)]
    roles += [(name, "rep", TEAMS[n % len(TEAMS)]) for n, name in enumerate(called)]
    return Staff(
        everybody=tuple(
            Member(id=n, name=name, role=role, team=team)
            for n, (name, role, team) in enumerate(roles, 1)
        )
    )


def rows(staff: Staff, seed: int, now: datetime) -> Iterator[dict[str, Any]]:
    """A row for each, hired before the first customer came."""
    for member in staff.everybody:
        yield {
            "id": member.id,
            "name": member.name,
            "role": member.role,
            "team": member.team,
            "phone": identifiers.phone(seed, identifiers.PHONES - member.id),
            "active": True,
            "created_at": now - HIRED_BEFORE,
        }


def addresses(staff: Staff, seed: int, now: datetime, account: str) -> Iterator[dict[str, Any]]:
    """A WeChat address for each, bound."""
    for member in staff.everybody:
        yield {
            "id": member.id,
            "kind": "wechat",
            "account": account,
            "value": identifiers.openid(seed, "rep", member.id),
            "contact_id": None,
            "rep_id": member.id,
            "created_at": now - HIRED_BEFORE,
        }
