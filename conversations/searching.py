"""Messages among what search finds: making their rows anew, and the words of what was found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from conversations import log, threads
from crm_core import activities, deals, looking, search, searchable, tasks

KIND = "message"
RECORDS: dict[str, Any] = {
    KIND: log.Message,
    "activity": activities.Activity,
    "deal": deals.Deal,
    "task": tasks.Task,
}


def _rows(session: orm.Session, ids: Sequence[int]) -> list[search.Row]:
    query = (
        sa.select(log.Message)
        .join(threads.Conversation, threads.Conversation.id == log.Message.conversation_id)
        .where(log.Message.id.in_(ids), threads.Conversation.rep_id.is_(None))
    )
    return [log.found_by(entry) for entry in session.scalars(query)]


searchable.sources[KIND] = searchable.Source(ids=log.Message.id, rows=_rows)


def records(session: orm.Session, hits: Iterable[looking.Hit]) -> dict[tuple[str, int], Any]:
    """The messages, notes, deals and tasks that were found, by (kind, number): one look a kind."""
    wanted: dict[str, list[int]] = {}
    for hit in hits:
        if hit.kind in RECORDS:
            wanted.setdefault(hit.kind, []).append(hit.record_id)
    return {
        (kind, record.id): record
        for kind, ids in wanted.items()
        for record in session.scalars(sa.select(RECORDS[kind]).where(RECORDS[kind].id.in_(ids)))
    }
