"""Reps, managers and admins: who works here, what each may do, and how a person proves to be one.

Secrets (binding codes, API tokens) are stored hashed; the plain text exists once, when it is made.
"""

from __future__ import annotations

import enum
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import audit, database, errors, vault

CODE_LIFE = timedelta(minutes=10)
SENDER_LIMIT = 300
FEW = 3


class Role(enum.StrEnum):
    """What a person is to us; a manager sees the own team, an admin everything."""

    REP = "rep"
    MANAGER = "manager"
    ADMIN = "admin"


class Scope(enum.StrEnum):
    """Whose customers a person sees besides the pool and what is shared with that person."""

    OWN = "own"
    SUBORDINATES = "subordinates"
    TEAM = "team"
    BELOW = "below"
    ALL = "all"


USUAL = {Role.REP: Scope.OWN, Role.MANAGER: Scope.BELOW, Role.ADMIN: Scope.ALL}
"""The scope of a role, for whoever has none of the own: below is the team and those under it."""


class Team(audit.Tracked, database.Base):
    """A team that stands under another one; a team under none needs no row."""

    __tablename__ = "teams"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str] = orm.mapped_column(database.Text(80), unique=True)
    parent_id: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("teams.id"), index=True)


class Rep(audit.Tracked, database.Base):
    """A person of ours who talks to the bot."""

    __tablename__ = "reps"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str] = orm.mapped_column(database.Text(80), unique=True)
    role: orm.Mapped[str] = orm.mapped_column(database.Text(16))
    team: orm.Mapped[str] = orm.mapped_column(database.Text(80), default="", index=True)
    scope: orm.Mapped[str] = orm.mapped_column(database.Text(16), default="")
    manager_id: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("reps.id"), index=True)
    email: orm.Mapped[str] = orm.mapped_column(database.Text(254), default="")
    phone: orm.Mapped[str] = orm.mapped_column(database.Text(32), default="")
    language: orm.Mapped[str] = orm.mapped_column(database.Text(8), default="")
    timezone: orm.Mapped[str] = orm.mapped_column(database.Text(64), default="")
    active: orm.Mapped[bool] = orm.mapped_column(default=True)
    quiet_hours: orm.Mapped[str] = orm.mapped_column(database.Text(11), default="")
    """Every day's hours without notices, 22:00-08:00 in the own zone; see `crm_core.presence`."""
    dnd_until: orm.Mapped[datetime | None]
    leave_until: orm.Mapped[datetime | None]
    deputy_id: orm.Mapped[int | None] = orm.mapped_column(sa.ForeignKey("reps.id"))
    """Who hears customers meanwhile."""
    capacity: orm.Mapped[int | None]
    """With so many leads and active customers this person gets no further ones by turn."""
    created_at: orm.Mapped[datetime]

    @property
    def sees(self) -> Scope:
        """Whose records this person sees: the own scope, or the usual one of the role."""
        return Scope(self.scope) if self.scope else USUAL[Role(self.role)]

    @property
    def oversees_all(self) -> bool:
        """Whether this person may see every record."""
        return self.sees is Scope.ALL

    @property
    def is_admin(self) -> bool:
        """Whether this person runs the system: sees raw events and answers for everybody."""
        return self.role == Role.ADMIN


class BindingCode(database.Base):
    """A short-lived, one-use proof that whoever sends it is this rep."""

    __tablename__ = "binding_codes"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    rep_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("reps.id"), index=True)
    hash: orm.Mapped[bytes] = orm.mapped_column(index=True)
    expires_at: orm.Mapped[datetime]
    used_at: orm.Mapped[datetime | None]


class ApiToken(audit.Tracked, database.Base):
    """A bearer token of the API; acts as its rep, within that rep's scope."""

    __tablename__ = "api_tokens"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    rep_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("reps.id"), index=True)
    hash: orm.Mapped[bytes] = orm.mapped_column(unique=True)
    created_at: orm.Mapped[datetime]
    revoked_at: orm.Mapped[datetime | None]


class WrongCode(database.Base):
    """One failed attempt to bind, kept to lock a guesser out (DESIGN §5.8)."""

    __tablename__ = "wrong_codes"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    sender: orm.Mapped[str] = orm.mapped_column(database.Text(SENDER_LIMIT), index=True)
    at: orm.Mapped[datetime] = orm.mapped_column(index=True)


@dataclass(frozen=True, kw_only=True)
class Code:
    """A fresh binding code in plain text, shown once."""

    code: str
    expires_at: datetime


TRIES_PER_SENDER = 5
LOCK = timedelta(hours=1)
TRIES_OF_ALL = 50
TRIES_WINDOW = timedelta(minutes=10)


def add(
    session: orm.Session,
    name: str,
    role: Role,
    *,
    now: datetime,
    team: str = "",
    email: str = "",
    phone: str = "",
) -> Rep:
    """Take on a person. Raises Refusal rep.name-taken (active or not), rep.name-empty."""
    name = name.strip()
    if not name:
        raise errors.Refusal("rep.name-empty")
    if session.scalar(sa.select(Rep.id).where(Rep.name == name)) is not None:
        raise errors.Refusal("rep.name-taken", name=name)
    rep = Rep(
        name=name, role=role, team=team, email=email, phone=phone, active=True, created_at=now
    )
    session.add(rep)
    session.flush()
    return rep


def named(session: orm.Session, name: str) -> Rep:
    """The person of that exact name; raises NotFound rep.unknown."""
    rep = session.scalar(sa.select(Rep).where(Rep.name == name.strip()))
    if rep is None:
        raise errors.NotFound("rep.unknown", name=name)
    return rep


def holding(session: orm.Session, rep: Rep, roles: frozenset[Role]) -> Sequence[Rep]:
    """Who else has one of these roles, for whoever lacks them: the own team's first, a few."""
    near = sa.case((Rep.team == rep.team, 0), else_=1)
    return session.scalars(
        sa.select(Rep)
        .where(Rep.active, Rep.role.in_(roles), Rep.id != rep.id)
        .order_by(near, Rep.id)
        .limit(FEW)
    ).all()


def everyone(session: orm.Session) -> Sequence[Rep]:
    """All people, in the order they were added."""
    return session.scalars(sa.select(Rep).order_by(Rep.id)).all()


def set_scope(rep: Rep, scope: Scope | None) -> None:
    """Let a person see more or less than the role usually does; None for the usual again."""
    rep.scope = scope or ""


def set_manager(session: orm.Session, rep: Rep, manager: Rep | None) -> None:
    """Say who leads this person, for the scope "subordinates". Raises Refusal rep.circle."""
    above, seen = manager, {rep.id}
    while above is not None:
        if above.id in seen:
            raise errors.Refusal("rep.circle", name=rep.name, manager=manager and manager.name)
        seen.add(above.id)
        above = session.get(Rep, above.manager_id) if above.manager_id else None
    rep.manager_id = manager.id if manager else None


def put_under(session: orm.Session, name: str, parent: str) -> Team:
    """Let a team stand under another one, or with an empty `parent` under none.

    Teams are known by their names, as in `Rep.team`. Raises Refusal team.name-empty, team.circle.
    """
    team = _team(session, name)
    upper = above = _team(session, parent) if parent.strip() else None
    seen = {team.id}
    while above is not None:
        if above.id in seen:
            raise errors.Refusal("team.circle", name=team.name, parent=parent)
        seen.add(above.id)
        above = session.get(Team, above.parent_id) if above.parent_id else None
    team.parent_id = upper.id if upper else None
    session.flush()
    return team


def _team(session: orm.Session, name: str) -> Team:
    name = name.strip()
    if not name:
        raise errors.Refusal("team.name-empty")
    team = session.scalar(sa.select(Team).where(Team.name == name))
    if team is None:
        team = Team(name=name, parent_id=None)
        session.add(team)
        session.flush()
    return team


def teams(session: orm.Session) -> dict[str, str]:
    """Every team's name with that of the team it stands under (or ""), by name."""
    rows = {team.id: team for team in session.scalars(sa.select(Team))}
    named = {name: "" for name in session.scalars(sa.select(Rep.team).distinct()) if name}
    for team in rows.values():
        named[team.name] = rows[team.parent_id].name if team.parent_id else ""
    return dict(sorted(named.items()))


def disable(session: orm.Session, rep: Rep, now: datetime) -> None:
    """End a person's access at once: commands, codes and tokens. Records stay."""
    rep.active = False
    session.execute(
        sa.update(ApiToken)
        .where(ApiToken.rep_id == rep.id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    _void_codes(session, BindingCode.rep_id == rep.id, now)


def must_be_active(session: orm.Session, rep: Rep) -> None:
    """Refusal rep.disabled for a person whose access has ended; it can not end before we do.

    Whoever disables somebody waits for those who are just giving that person something.
    """
    active = sa.select(Rep.active).where(Rep.id == rep.id).with_for_update(read=True)
    if not session.scalar(active):
        raise errors.Refusal("rep.disabled", name=rep.name)


def issue_code(session: orm.Session, rep: Rep, now: datetime) -> Code:
    """A new six-digit binding code for ten minutes and one use; voids the rep's earlier ones."""
    if not rep.active:
        raise errors.Refusal("rep.disabled", name=rep.name)
    _void_codes(session, BindingCode.rep_id == rep.id, now)
    code = _unused_code(session, now)
    expires_at = now + CODE_LIFE
    session.add(
        BindingCode(rep_id=rep.id, hash=vault.fingerprint("binding", code), expires_at=expires_at)
    )
    session.flush()
    return Code(code=code, expires_at=expires_at)


def _unused_code(session: orm.Session, now: datetime) -> str:
    while True:
        code = f"{secrets.randbelow(900_000) + 100_000}"
        if _open_code(session, code, now) is None:
            return code


def _open_code(session: orm.Session, code: str, now: datetime) -> BindingCode | None:
    return session.scalar(
        sa.select(BindingCode)
        .where(
            BindingCode.hash == vault.fingerprint("binding", code),
            BindingCode.used_at.is_(None),
            BindingCode.expires_at > now,
        )
        .with_for_update()
    )


def _void_codes(session: orm.Session, which: sa.ColumnElement[bool], now: datetime) -> None:
    session.execute(
        sa.update(BindingCode).where(which, BindingCode.used_at.is_(None)).values(used_at=now)
    )


def redeem_code(session: orm.Session, code: str, sender: str, now: datetime) -> Rep | None:
    """The rep whose code this is, using it up; None when it is wrong, used or too old.

    A wrong code counts against `sender`; five lock that sender for an hour (Refusal
    binding.locked), fifty from everybody within ten minutes void all open codes.
    """
    sender = sender[-SENDER_LIMIT:]
    if _wrong(session, WrongCode.sender == sender, now - LOCK) >= TRIES_PER_SENDER:
        raise errors.Refusal("binding.locked")
    found = _open_code(session, code, now)
    if found is not None:
        found.used_at = now
        rep = session.get_one(Rep, found.rep_id)
        return rep if rep.active else None
    session.add(WrongCode(sender=sender, at=now))
    session.flush()
    if _wrong(session, sa.true(), now - TRIES_WINDOW) >= TRIES_OF_ALL:
        _void_codes(session, sa.true(), now)
    return None


def _wrong(session: orm.Session, who: sa.ColumnElement[bool], since: datetime) -> int:
    count = sa.select(sa.func.count()).select_from(WrongCode).where(who, WrongCode.at > since)
    return session.scalar(count) or 0


def issue_token(session: orm.Session, rep: Rep, now: datetime) -> str:
    """A new API token that acts as this rep; only its hash is kept."""
    if not rep.active:
        raise errors.Refusal("rep.disabled", name=rep.name)
    token = f"crm_{secrets.token_urlsafe(32)}"
    session.add(ApiToken(rep_id=rep.id, hash=vault.fingerprint("token", token), created_at=now))
    session.flush()
    return token


def of_token(session: orm.Session, token: str) -> Rep | None:
    """The active rep a bearer token acts as, or None."""
    found = bearer(session, token)
    return found[0] if found else None


def bearer(session: orm.Session, token: str) -> tuple[Rep, int] | None:
    """The active rep a bearer token acts as, and the token's own number; or None."""
    row = session.execute(
        sa.select(Rep, ApiToken.id)
        .join(ApiToken, ApiToken.rep_id == Rep.id)
        .where(
            ApiToken.hash == vault.fingerprint("token", token),
            ApiToken.revoked_at.is_(None),
            Rep.active,
        )
    ).one_or_none()
    return (row[0], row[1]) if row else None
