"""Channel accounts: what is configured, with the credentials sealed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import audit, database, errors, vault


class ChannelAccount(audit.Tracked, database.Base):
    """One official account, mailbox or phone number; unique by (kind, name)."""

    __tablename__ = "channel_accounts"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    kind: orm.Mapped[str] = orm.mapped_column(database.Text(16))
    name: orm.Mapped[str] = orm.mapped_column(database.Text(80))
    sealed: orm.Mapped[bytes]
    enabled: orm.Mapped[bool] = orm.mapped_column(default=True)
    created_at: orm.Mapped[datetime]

    __table_args__ = (sa.UniqueConstraint("kind", "name"),)


def unseal(kind: str, name: str, sealed: bytes) -> dict[str, Any]:
    """An account's settings as they were given; raises vault.Sealed under another secret key."""
    return vault.open_sealed(_purpose(kind, name), sealed)


def _purpose(kind: str, name: str) -> str:
    return f"channel_accounts/{kind}/{name}"


def put(
    session: orm.Session, kind: str, name: str, settings: dict[str, Any], now: datetime
) -> ChannelAccount:
    """Add the account, or give a known one these settings."""
    account = _find(session, kind, name)
    if account is None:
        account = ChannelAccount(kind=kind, name=name, enabled=True, created_at=now)
        session.add(account)
    elif unseal_or_none(account) == settings:
        return account
    account.sealed = vault.seal(_purpose(kind, name), settings)
    session.flush()
    return account


def unseal_or_none(account: ChannelAccount) -> dict[str, Any] | None:
    """An account's settings, or None when the present key cannot open them."""
    try:
        return unseal(account.kind, account.name, account.sealed)
    except vault.Sealed:
        return None


def _find(session: orm.Session, kind: str, name: str) -> ChannelAccount | None:
    return session.scalar(
        sa.select(ChannelAccount).where(ChannelAccount.kind == kind, ChannelAccount.name == name)
    )


def named(session: orm.Session, kind: str, name: str) -> ChannelAccount:
    """The account of that kind and name; raises NotFound channel.unknown."""
    account = _find(session, kind, name)
    if account is None:
        raise errors.NotFound("channel.unknown", kind=kind, name=name)
    return account


def listed(session: orm.Session) -> Sequence[ChannelAccount]:
    """All accounts, by kind and name."""
    query = sa.select(ChannelAccount).order_by(ChannelAccount.kind, ChannelAccount.name)
    return session.scalars(query).all()
