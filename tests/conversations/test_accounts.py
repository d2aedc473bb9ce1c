"""Channel accounts: a change of one is on record, without what must stay secret."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from conversations import accounts
from crm_core import audit

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


async def test_a_change_of_credentials_is_on_record_but_not_the_credentials(db):
    def changed(session, secret):
        with audit.changing(session, actor="crm", cause="cli:crm channel add", now=NOW):
            accounts.put(session, "wechat", "main", {"secret": secret}, NOW)

    def recorded(session):
        kept = session.scalars(sa.select(accounts.ChannelAccount.sealed)).one()
        rows = session.execute(sa.select(audit.Change.field, audit.Change.old, audit.Change.new))
        return [tuple(row) for row in rows], kept

    for secret in ("first", "second", "second"):
        await db.run(changed, secret)
    rows, kept = await db.read(recorded)
    assert [field for field, _, _ in rows] == ["*created", "sealed"]
    text = str(rows)
    assert "sha256:" in text
    assert kept.hex() not in text
    assert "first" not in text
    assert "second" not in text
