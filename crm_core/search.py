"""Search: one index of customers and of all that is said and noted, the newest found first.

A row holds the tokens of one record (see `crm_core.tokens`), not its words; SQLite finds rows by
FTS5, PostgreSQL by a GIN index. A row's number begins with its moment, so that the order of the
numbers is the order of time and "newest first" is a walk along the key. Customers stand in a range
of numbers of their own: each side is looked through without the other.

Here is what puts records in and takes them out; `crm_core.looking` asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql

from crm_core import database, tokens

CUSTOMER = "customer"
TALK = ("message", "activity", "deal", "task")
"""What is said and noted; the order is that of their codes in a row's number: add at the end."""
_SECOND_BITS, _KIND_BITS, _RECORD_BITS = 33, 2, 27
CUSTOMERS_FROM = 1 << (_SECOND_BITS + _KIND_BITS + _RECORD_BITS)
END = (1 << 63) - 1
_GAP = "¦"
"""Stands between texts in FTS5, so that no phrase runs across; no question can hold it."""
NAMED = "@"
"""Begins every token of a name in PostgreSQL."""
_LONGEST = 16_000
"""PostgreSQL keeps positions up to 16,383."""


class TokenList(sa.types.TypeDecorator[tokens.Tokens]):
    """Tokens as the database's own full-text search takes them; they are never read back."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """Text for FTS5, tsvector for PostgreSQL."""
        lite = dialect.name == "sqlite"
        return dialect.type_descriptor(sa.Text() if lite else postgresql.TSVECTOR())

    def process_bind_param(self, value: tokens.Tokens | None, dialect: sa.Dialect) -> str | None:
        if value is None:
            return None
        return for_fts5(value) if dialect.name == "sqlite" else for_tsvector(value)


def for_fts5(value: tokens.Tokens) -> str:
    """The row's words for FTS5, those that are no neighbours apart."""
    texts = [" ".join(text) for text in value.texts if text]
    return f" {_GAP} ".join([*texts, *value.keys])


def for_tsvector(value: tokens.Tokens) -> str:
    """The row's words for PostgreSQL: the texts' with their positions, the keys' without.

    Those of names are marked: GIN knows no ranges, so nobody need read customers to find talk.
    """
    mark = NAMED if value.named else ""
    placed, position = [f"'{mark}{key}'" for key in value.keys], 0
    for text in value.texts:
        for token in text[: max(_LONGEST - position, 0)]:
            position += 1
            placed.append(f"'{mark}{token}':{position}")
        position += 1
    return " ".join(placed)


class Entry(database.Base):
    """What one record is found by. `customer_id` says who may see it; None: nobody finds it."""

    __tablename__ = "search_entries"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True, autoincrement=False)
    kind: orm.Mapped[str] = orm.mapped_column(database.Text(16))
    record_id: orm.Mapped[int]
    customer_id: orm.Mapped[int | None] = orm.mapped_column(index=True)
    tokens: orm.Mapped[tokens.Tokens] = orm.mapped_column(TokenList())

    __table_args__ = (
        sa.UniqueConstraint("kind", "record_id"),
        sa.Index("ix_search_entries_tokens", "tokens", postgresql_using="gin").ddl_if(
            dialect="postgresql"
        ),
    )


@dataclass(frozen=True, kw_only=True)
class Row:
    """One record to be found: `at` is the moment it is sorted by and must never change."""

    kind: str
    record_id: int
    customer_id: int | None
    at: datetime
    tokens: tokens.Tokens


def number(kind: str, record_id: int, at: datetime) -> int:
    """The number of a record's row: its second, its kind, its own number; customers further up."""
    second = min(max(int(at.timestamp()), 0), (1 << _SECOND_BITS) - 1)
    own = record_id % (1 << _RECORD_BITS)
    if kind == CUSTOMER:
        return CUSTOMERS_FROM + (second << (_KIND_BITS + _RECORD_BITS)) + own
    return (((second << _KIND_BITS) + TALK.index(kind)) << _RECORD_BITS) + own


_TABLE = cast(sa.Table, Entry.__table__)
# Built once: for every message, building a statement would cost more than running it.
_ADD = sa.insert(_TABLE)


def moment(place: int) -> datetime:
    """When the record of the row of that number was said, noted or made: in UTC, to the second."""
    return datetime.fromtimestamp(place % CUSTOMERS_FROM >> (_KIND_BITS + _RECORD_BITS), UTC)


def index(session: orm.Session, row: Row) -> None:
    """Let a new record be found; one statement. For one that is known already: `index_all`."""
    add_all(session, [row])


def add_all(session: orm.Session, rows: Sequence[Row]) -> None:
    """Let new records be found; one statement whatever their number. IntegrityError if known."""
    made = _made(rows)
    if made:
        session.execute(_ADD, made)


def index_all(session: orm.Session, rows: Sequence[Row]) -> None:
    """Let these records, known or new, be found by these tokens and by no others."""
    made = _made(rows)
    if not made:
        return
    statement = database.insert(session, _TABLE)
    names = ("id", "customer_id", "tokens")
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["kind", "record_id"],
            set_={name: statement.excluded[name] for name in names},
        ),
        made,
    )


def _made(rows: Sequence[Row]) -> list[dict[str, Any]]:
    made = [
        {
            "id": number(row.kind, row.record_id, row.at),
            "kind": row.kind,
            "record_id": row.record_id,
            "customer_id": row.customer_id,
            "tokens": row.tokens,
        }
        for row in rows
        if row.tokens
    ]
    # FTS5 writes what it has gathered to disk whenever a number is smaller than the one before.
    return sorted(made, key=lambda each: each["id"])


def forget(session: orm.Session, kind: str, record_ids: Iterable[int]) -> None:
    """These records are found no longer."""
    ids = list(record_ids)
    if ids:
        session.execute(sa.delete(_TABLE).where(_TABLE.c.kind == kind, _TABLE.c.record_id.in_(ids)))


def move(
    session: orm.Session, kind: str, record_ids: Iterable[int], customer_id: int | None
) -> None:
    """These records belong to another customer now, and so to whoever sees that one."""
    ids = list(record_ids)
    if ids:
        session.execute(
            sa.update(_TABLE)
            .where(_TABLE.c.kind == kind, _TABLE.c.record_id.in_(ids))
            .values(customer_id=customer_id)
        )


Paused = tuple[str, ...]


def pause(session: orm.Session) -> Paused:
    """Let rows be added without being found yet, which is several times quicker.

    For filling a database that nobody else uses. Returns what `resume` needs.
    """
    lite = session.get_bind().dialect.name == "sqlite"
    known = session.execute(sa.text(_TRIGGERS if lite else _GIN)).all()
    for name, _ in known:
        session.execute(sa.text(f"DROP {'TRIGGER' if lite else 'INDEX'} {name}"))
    return tuple(made for _, made in known)


def resume(session: orm.Session, paused: Paused) -> None:
    """Let all rows be found, those added meanwhile too; minutes for millions."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(sa.text("INSERT INTO search_words (search_words) VALUES ('rebuild')"))
    else:
        session.execute(sa.text("SET LOCAL maintenance_work_mem = '256MB'"))
    for made in paused:
        session.execute(sa.text(made))


_TRIGGERS = (
    "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'search_entries'"
)
_GIN = "SELECT indexname, indexdef FROM pg_indexes WHERE indexname = 'ix_search_entries_tokens'"
