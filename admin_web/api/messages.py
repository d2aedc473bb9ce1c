"""The shape of messages, in conversations and in timelines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import orm

from conversations import log, outbox


def shaped(session: orm.Session, found: Sequence[log.Message]) -> list[dict[str, Any]]:
    """The facts of these entries as the message shapes take them, with how their delivery fared."""
    sent = outbox.of_messages(
        session, [message.id for message in found if message.direction == "out"]
    )
    return [facts(message, sent.get(message.id)) for message in found]


def facts(message: log.Message, delivery: outbox.Delivery | None) -> dict[str, Any]:
    """One entry as the message shapes take it, with its delivery if there is one."""
    author = {
        "kind": message.author_kind,
        "id": message.author_id,
        "name": message.author_name,
    }
    return {
        "id": message.id,
        "conversation_id": message.conversation_id,
        "customer_id": message.customer_id,
        "direction": message.direction,
        "author": author,
        "subject": message.subject,
        "text": message.text,
        "attachments": [],
        "full_text": message.full_text,
        "delivery": delivery.state if delivery else None,
        "maybe_duplicate": delivery.maybe_duplicate if delivery else False,
        "error": (delivery.error or None) if delivery else None,
        "provider_id": (delivery.provider_id if delivery else message.provider_id) or None,
        "at": message.at,
    }
