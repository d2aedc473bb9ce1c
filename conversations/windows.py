"""Reply windows: until when, and how many times, a provider lets us write to an address.

The ledger is ours and is checked before sending; the provider's own "closed" is final and
corrects it. Which trigger opens how much is the channel's data (`Capabilities.windows`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql, sqlite

from channels import contract
from crm_core import database


class Window(database.Base):
    """The ledger line of one address on one account."""

    __tablename__ = "windows"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    address_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("addresses.id"))
    account: orm.Mapped[str] = orm.mapped_column(database.Text(80))
    expires_at: orm.Mapped[datetime]
    remaining: orm.Mapped[int]

    __table_args__ = (sa.UniqueConstraint("address_id", "account"),)


@dataclass(frozen=True, kw_only=True)
class State:
    """What is left of a window: `open` is false when time or number is used up."""

    open: bool
    expires_at: datetime
    remaining: int


def opened(
    session: orm.Session, address_id: int, account: str, rule: contract.WindowRule, now: datetime
) -> None:
    """Something the person did opens (or widens) the window. Quotas never add (PLATFORMS §2.2)."""
    opened_all(session, [(address_id, account, rule)], now)


def opened_all(
    session: orm.Session, triggers: Iterable[tuple[int, str, contract.WindowRule]], now: datetime
) -> None:
    """Open the windows of these (address id, account, rule), in one statement."""
    rows = [
        {
            "address_id": address_id,
            "account": account,
            "expires_at": now + rule.lasts,
            "remaining": rule.messages,
            "now": now,
        }
        for address_id, account, rule in triggers
    ]
    if rows:
        # In one order, so that two transactions cannot wait for each other.
        rows.sort(key=lambda row: (row["address_id"], row["account"]))
        session.execute(_opening(session.get_bind().dialect.name), rows)


@cache
def _opening(dialect: str) -> Any:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    lines = cast(sa.Table, Window.__table__)
    given = insert(lines).values(
        {name: sa.bindparam(name) for name in ("address_id", "account", "expires_at", "remaining")}
    )
    over = lines.c.expires_at <= sa.bindparam("now", type_=database.UtcDateTime())

    def widened(name: str) -> sa.ColumnElement[Any]:
        old, new = lines.c[name], given.excluded[name]
        return sa.case((sa.or_(over, old < new), new), else_=old)

    return given.on_conflict_do_update(
        index_elements=[lines.c.address_id, lines.c.account],
        set_={"expires_at": widened("expires_at"), "remaining": widened("remaining")},
    )


# Built once, like all that every message asks; read anew, since `spend` changes lines behind us.
_LINE = (
    sa.select(Window)
    .where(Window.address_id == sa.bindparam("address"), Window.account == sa.bindparam("account"))
    .execution_options(populate_existing=True)
)


_LOCKED_LINE = _LINE.with_for_update()


def _line(session: orm.Session, address_id: int, account: str, *, lock: bool) -> Window | None:
    asked = _LOCKED_LINE if lock else _LINE
    return session.scalar(asked, {"address": address_id, "account": account})


def state(
    session: orm.Session, address_id: int, account: str, now: datetime, *, lock: bool = False
) -> State | None:
    """The window of an address, or None when the ledger has no line for it (no limit is known).

    With `lock` nobody can open or spend it before this transaction ends: for those who hold words
    back because it is closed, and must not miss its opening.
    """
    line = _line(session, address_id, account, lock=lock)
    if line is None:
        return None
    return _state(line, now)


def _state(line: Window, now: datetime) -> State:
    is_open = line.remaining > 0 and line.expires_at > now
    return State(open=is_open, expires_at=line.expires_at, remaining=max(line.remaining, 0))


def states(
    session: orm.Session, address_ids: Sequence[int], now: datetime
) -> dict[tuple[int, str], State]:
    """The windows of these addresses by (address id, account), in one statement."""
    if not address_ids:
        return {}
    lines = session.scalars(sa.select(Window).where(Window.address_id.in_(address_ids)))
    return {(line.address_id, line.account): _state(line, now) for line in lines}


def spend(session: orm.Session, address_id: int, account: str, messages: int = 1) -> None:
    """That many messages went out through the window."""
    session.execute(
        sa.update(Window)
        .where(Window.address_id == address_id, Window.account == account)
        .values(
            remaining=sa.case((Window.remaining > messages, Window.remaining - messages), else_=0)
        )
        .execution_options(synchronize_session=False)
    )


def closed(session: orm.Session, address_id: int, account: str) -> None:
    """The provider says that the window is closed: believe it."""
    spend(session, address_id, account, messages=1_000_000)
