"""A batch of arrivals on its way into the database: a few statements, however many there are.

Every provider waits for this commit, so it is written for speed: SQL by hand for either database,
and nothing done here for each event that the database can do (rows spelled out as parameters cost
ten times as much of this process's time). The rows travel as one JSON text and their raw bytes,
which cannot stand in JSON, as one blob that is cut up again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, get_type_hints

import pydantic_core
import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import sqlite

from crm_core import database

TRIES = 5
"""Runs of the statement while other programs commit the same keys during it; two are enough."""


class Row(NamedTuple):
    """One event to store, with its job; its raw bytes are `size` bytes of the blob from `cut` on.

    `asked_…` is the address of whoever is answered in the response if it is a rep's; empty ones are
    nobody's. `surely_answered` is, whoever it may be.
    """

    n: int
    channel: str
    account: str
    dedup_key: str
    sender: str
    asked_kind: str
    asked_account: str
    asked_value: str
    surely_answered: bool
    cut: int
    size: int


class Stored(NamedTuple):
    """What is stored under the key of row `n`; `new` when this transaction put it there."""

    n: int
    event_id: int
    awaits_reply: bool
    new: bool


_KINDS = {int: "integer", str: "text", bool: "boolean"}
_EVENTS = (
    "events (channel, account, dedup_key, sender, raw, state, attempts, error, awaits_reply, "
    "received_at)"
)
# Not EXISTS, for which PostgreSQL may read all addresses of reps.
_ANSWERED = """surely_answered OR coalesce((
    SELECT addresses.rep_id IS NOT NULL FROM addresses WHERE addresses.kind = asked_kind
    AND addresses.account = asked_account AND addresses.value = asked_value), false)"""
_ONCE = "ON CONFLICT (channel, account, dedup_key) DO NOTHING"
_JOBS = "jobs (kind, key, payload, state, attempts, last_error, run_at, created_at)"
_JOB_KEY = "|| '|' || channel || ':' || account || ':' || sender"
_SAME = "{0}.channel = {1}.channel AND {0}.account = {1}.account AND {0}.dedup_key = {1}.dedup_key"

_LITE_ROWS = "SELECT {} FROM json_each(:rows)".format(
    ", ".join(f"json_extract(value, '$[{i}]') AS {name}" for i, name in enumerate(Row._fields))
)
_LITE_LAST = "SELECT coalesce(max(id), 0) FROM events"
_LITE_EVENTS = f"""
    INSERT INTO {_EVENTS}
    SELECT channel, account, dedup_key, sender, substr(:blob, cut, size), 'new', 0, '', {_ANSWERED},
        :now
    FROM ({_LITE_ROWS}) WHERE true ORDER BY n {_ONCE}"""
_LITE_JOBS = f"""
    INSERT INTO {_JOBS}
    SELECT :kind, :kind {_JOB_KEY}, json_object('event_id', id), 'ready', 0, '', :now, :now
    FROM events WHERE id > :last ORDER BY id"""
# In one row: between two of them the thread of the event loop may take its turn.
_LITE_FRESH = """
    SELECT json_group_array(json_array(channel, account, dedup_key, id, awaits_reply))
    FROM events WHERE id > :last"""
_LITE_KNOWN = f"""
    SELECT n, id, awaits_reply FROM ({_LITE_ROWS}) AS arrived
    JOIN events ON {_SAME.format("events", "arrived")}"""
_LITE = sqlite.dialect()
_MOMENT = database.UtcDateTime().bind_processor(_LITE)


def _on_sqlite(
    connection: sa.Connection, kind: str, rows: Sequence[Row], blob: bytes, now: datetime
) -> list[Stored]:
    moment = _MOMENT(now) if _MOMENT else now
    # The one writer is ours until the commit: what is above the last id, we have put there.
    last = connection.exec_driver_sql(_LITE_LAST).scalar_one()
    given = {"rows": _packed(rows), "blob": blob, "now": moment}
    connection.exec_driver_sql(_LITE_EVENTS, given)
    connection.exec_driver_sql(_LITE_JOBS, {"kind": kind, "now": moment, "last": last})
    fresh = connection.exec_driver_sql(_LITE_FRESH, {"last": last}).scalar_one()
    others = {row[1:4]: row for row in rows}
    found = [
        Stored(others.pop(tuple(key)).n, number, bool(awaits), True)
        for *key, number, awaits in json.loads(fresh)
    ]
    if others:
        known = connection.exec_driver_sql(_LITE_KNOWN, {"rows": _packed(others.values())})
        found += [Stored(n, number, bool(awaits), False) for n, number, awaits in known]
    return found


_GREAT_ROWS = "SELECT {} FROM json_array_elements($1::json)".format(
    ", ".join(
        f"(value->>{i})::{_KINDS[kind]} AS {name}"
        for i, (name, kind) in enumerate(get_type_hints(Row).items())
    )
)
# Sorted, so that two programs recording the same repeats cannot deadlock. What is known already is
# looked up key by key: a join would be planned once, for the empty table of the first day.
_GREAT = f"""
    WITH arrived AS ({_GREAT_ROWS}),
    stored AS (
        INSERT INTO {_EVENTS}
        SELECT channel, account, dedup_key, sender, substr($2::bytea, cut, size), 'new', 0, '',
            {_ANSWERED}, $3::timestamptz
        FROM arrived ORDER BY channel, account, dedup_key {_ONCE}
        RETURNING id, channel, account, dedup_key, awaits_reply
    ),
    fresh AS (
        SELECT arrived.*, stored.id, stored.awaits_reply
        FROM stored JOIN arrived ON {_SAME.format("stored", "arrived")}
    ),
    queued AS (
        INSERT INTO {_JOBS}
        SELECT $4::text, $4::text {_JOB_KEY}, json_build_object('event_id', id), 'ready', 0, '',
            $3::timestamptz, $3::timestamptz
        FROM fresh ORDER BY n
    )
    SELECT n, id, awaits_reply, true FROM fresh
    UNION ALL
    SELECT n, known.id, known.awaits_reply, false FROM arrived CROSS JOIN LATERAL (
        SELECT id, awaits_reply FROM events WHERE {_SAME.format("events", "arrived")} LIMIT 1
    ) AS known"""


def _on_postgresql(
    connection: sa.Connection, kind: str, rows: Sequence[Row], blob: bytes, now: datetime
) -> list[Stored]:
    found = connection.exec_driver_sql(_GREAT, (_packed(rows), blob, now, kind))
    return [Stored(*one) for one in found]


def _packed(rows: Iterable[Row]) -> str:
    return pydantic_core.to_json(list(rows)).decode()


def alone(session: orm.Session) -> None:
    """Promise that `store` is all that this transaction does; call it first.

    On PostgreSQL its one statement is then its own transaction, as atomic and as durable, which
    saves the trips to the server and back that BEGIN and COMMIT are.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})


def store(
    session: orm.Session, kind: str, rows: Sequence[Row], raws: Sequence[bytes], now: datetime
) -> list[Stored]:
    """Store the events whose keys are new, and a job of `kind` for each, in the order of the rows.

    The keys must differ. Says for each row what is stored under its key.
    """
    connection = session.connection()
    work = _on_sqlite if connection.dialect.name == "sqlite" else _on_postgresql
    # Not empty, since of an empty blob SQLite cuts no empty blobs.
    blob = b"".join(raws) or b" "
    stored: dict[int, Stored] = {}
    for _ in range(TRIES):
        missing = [row for row in rows if row.n not in stored]
        if not missing:
            break
        stored |= {one.n: one for one in work(connection, kind, missing, blob, now)}
    return [stored[row.n] for row in rows]
