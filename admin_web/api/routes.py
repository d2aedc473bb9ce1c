"""May we write to this person here, and if not, which way is left?"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from conversations import outbox, threads, windows
from crm_core import addresses, customers, errors, masking, people

OTHER_WAYS = {"wecom": "WeCom", "email": "e-mail", "phone": "phone", "wechat": "WeChat"}
"""In the order in which they are offered."""


def must_be_open(
    session: orm.Session,
    conversation: threads.Conversation,
    address: addresses.Address,
    rep: people.Rep,
    now: datetime,
) -> None:
    """Raises Refusal address.opted-out or window.closed, with the next route: words cannot leave.

    Words that are queued already will use up the window too, so they count.
    """
    if address.state == addresses.State.OPTED_OUT:
        raise errors.Refusal(
            "address.opted-out",
            value=_shown(address, masked=_masked(session, conversation, rep)),
            **_next(session, conversation, address, rep),
        )
    # The ledger's line is locked, so that of two messages for the last place one is refused.
    session.scalars(
        sa.select(windows.Window.id)
        .where(
            windows.Window.address_id == address.id,
            windows.Window.account == conversation.account,
        )
        .with_for_update()
    ).all()
    window = windows.state(session, address.id, conversation.account, now)
    if window is None:
        return
    if not window.open or window.remaining <= _on_the_way(session, address, conversation.account):
        raise errors.Refusal("window.closed", **_next(session, conversation, address, rep))


def _on_the_way(session: orm.Session, address: addresses.Address, account: str) -> int:
    waiting = sa.select(sa.func.count()).where(
        outbox.Delivery.address_id == address.id,
        outbox.Delivery.account == account,
        outbox.Delivery.state.in_(("queued", "sending")),
        outbox.Delivery.answers_event_id.is_(None),
    )
    return session.scalar(waiting) or 0


def _next(
    session: orm.Session,
    conversation: threads.Conversation,
    address: addresses.Address,
    rep: people.Rep,
) -> dict[str, Any]:
    """`route` in words and `next` as data: another address of the same person, or to wait."""
    contact_id = conversation.contact_id
    others = addresses.of_contacts(session, [] if contact_id is None else [contact_id])
    usable = [
        other
        for other in others
        if other.id != address.id and other.kind in OTHER_WAYS and other.state == addresses.State.OK
    ]
    if not usable:
        return {
            "route": "No other way to this person is known: wait until they write again.",
            "next": {"kind": "wait", "value": ""},
        }
    best = min(usable, key=lambda other: list(OTHER_WAYS).index(other.kind))
    value = _shown(best, masked=_masked(session, conversation, rep))
    return {
        "route": f"Reach them by {OTHER_WAYS[best.kind]} instead: {value}",
        "next": {"kind": best.kind, "value": value},
    }


def _masked(session: orm.Session, conversation: threads.Conversation, rep: people.Rep) -> bool:
    if conversation.customer_id is None:
        return False
    customer = customers.get(session, rep, conversation.customer_id)
    return bool(masking.hides(session, rep, [customer]))


def _shown(address: addresses.Address, *, masked: bool) -> str:
    return masking.phone(address.value) if masked and address.kind == "phone" else address.value
