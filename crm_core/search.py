"""Search: one index of customers and of all that is said and noted, the newest found first.

A row holds the tokens of one record (see `crm_core.tokens`), not its words; SQLite finds rows by
FTS5, PostgreSQL by a GIN index. A row's number begins with its moment, so that the order of the
numbers is the order of time and "newest first" is a walk along the key. Customers stand in a range
of numbers of their own: each side is looked through without the other.

Who may see a row is part of every question: it is joined with its customer. `find` makes one
statement, or two where what is found among the newest does not fill a page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql

from crm_core import customers, database, people, tokens

CUSTOMER = "customer"
TALK = ("message", "activity", "deal", "task")
"""What is said and noted; the order is that of their codes in a row's number: add at the end."""
COUNTED = 1000
"""Up to here what was found is counted; beyond it is "1000+"."""

_SECOND_BITS, _KIND_BITS, _RECORD_BITS = 33, 2, 27
_CUSTOMERS_FROM = 1 << (_SECOND_BITS + _KIND_BITS + _RECORD_BITS)
_END = (1 << 63) - 1
_GAP = "¦"
"""Stands between texts in FTS5, so that no phrase runs across; no question can hold it."""
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
    """The row's words for PostgreSQL: the texts' with their positions, the keys' without."""
    placed, position = [f"'{key}'" for key in value.keys], 0
    for text in value.texts:
        for token in text[: max(_LONGEST - position, 0)]:
            position += 1
            placed.append(f"'{token}':{position}")
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


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One record found; `place` is its place in the order (see `find`), `at` to the second."""

    kind: str
    record_id: int
    customer_id: int
    place: int

    @property
    def at(self) -> datetime:
        """When it was said, noted or made, in UTC."""
        seconds = self.place % _CUSTOMERS_FROM >> (_KIND_BITS + _RECORD_BITS)
        return datetime.fromtimestamp(seconds, UTC)


@dataclass(frozen=True, kw_only=True)
class Found:
    """A page of hits. `count` are those of this and all further pages, or when there are `more`
    than that were counted, at least so many. `next` is the place to go on after, None at the end.
    """

    hits: tuple[Hit, ...]
    count: int
    more: bool
    next: int | None

    @property
    def counted(self) -> str:
        """The number for people: 7, or 1000+."""
        return f"{self.count}+" if self.more else str(self.count)


def number(kind: str, record_id: int, at: datetime) -> int:
    """The number of a record's row: its second, its kind, its own number; customers further up."""
    second = min(max(int(at.timestamp()), 0), (1 << _SECOND_BITS) - 1)
    own = record_id % (1 << _RECORD_BITS)
    if kind == CUSTOMER:
        return _CUSTOMERS_FROM + (second << (_KIND_BITS + _RECORD_BITS)) + own
    return (((second << _KIND_BITS) + TALK.index(kind)) << _RECORD_BITS) + own


_TABLE = cast(sa.Table, Entry.__table__)


def index(session: orm.Session, row: Row) -> None:
    """Let a new record be found; one statement. For one that is known already: `index_all`."""
    add_all(session, [row])


def add_all(session: orm.Session, rows: Sequence[Row]) -> None:
    """Let new records be found; one statement whatever their number. IntegrityError if known."""
    made = _made(rows)
    if made:
        session.execute(sa.insert(_TABLE), made)


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


def find(
    session: orm.Session,
    rep: people.Rep,
    asked: str,
    *,
    of_customers: bool = False,
    after: int | None = None,
    limit: int = 20,
) -> Found:
    """What this person may see that holds all these words, newest first; nothing for no words.

    Messages, notes, deals and tasks, or `of_customers` the customers of such names, numbers or
    e-mail addresses. `after` is `Found.next` of the page before.
    """
    terms = tokens.of_question(asked)
    if not terms:
        return Found(hits=(), count=0, more=False, next=None)
    return _look(session, rep, terms, limit=limit, after=after, of_customers=of_customers)


def find_customers(
    session: orm.Session,
    rep: people.Rep,
    asked: str,
    *conditions: sa.ColumnElement[bool],
    after: int | None = None,
    limit: int = 20,
) -> Found:
    """Customers this person may see that meet all conditions, by a part of a name or number.

    The words are one phrase: found as they stand in a name, alias, contact's name or e-mail, by
    their pinyin, or from three characters on as a part of a word or number. Newest first.
    """
    terms = tokens.of_question(asked, whole=True)
    if not terms:
        return Found(hits=(), count=0, more=False, next=None)
    return _look(session, rep, terms, limit=limit, after=after, conditions=conditions)


NEWEST = {"sqlite": 2_000, "postgresql": 4_000}
"""So far the first look goes: hits on SQLite (FTS5 walks them backwards), rows on PostgreSQL."""
FREQUENT = 80
"""Among so many of PostgreSQL's newest rows: 2 %, from where on walking is quicker than GIN."""


@dataclass(frozen=True, kw_only=True)
class _Question:
    """What is asked of the index, in the words of the database at hand."""

    lite: bool
    words: str
    seen: sa.ColumnElement[bool]
    low: int
    high: int
    limit: int

    def matching(self, table: sa.FromClause) -> sa.ColumnElement[bool]:
        return table.c.tokens.op("@@")(sa.cast(self.words, postgresql.TSQUERY))

    def within(self, column: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
        return sa.and_(column >= self.low, column < self.high)


def _look(
    session: orm.Session,
    rep: people.Rep,
    terms: Sequence[tokens.Term],
    *,
    limit: int,
    after: int | None,
    of_customers: bool = True,
    conditions: Sequence[sa.ColumnElement[bool]] = (),
) -> Found:
    lite = session.get_bind().dialect.name == "sqlite"
    low, high = (_CUSTOMERS_FROM, _END) if of_customers else (0, _CUSTOMERS_FROM)
    question = _Question(
        lite=lite,
        words=_fts5_query(terms) if lite else _tsquery(terms),
        seen=_seen(rep, conditions),
        low=low,
        high=high if after is None else min(after, high),
        limit=limit,
    )
    found, hits = _newest(session, question)
    return found or _further(session, question, hits)


def _fts5_query(terms: Sequence[tokens.Term]) -> str:
    return " AND ".join(f'"{" ".join(term.tokens)}"{" *" if term.open else ""}' for term in terms)


def _tsquery(terms: Sequence[tokens.Term]) -> str:
    said = []
    for term in terms:
        *first, last = (f"'{token}'" for token in term.tokens)
        said.append(" <-> ".join([*first, f"{last}:*" if term.open else last]))
    return " & ".join(said)


def _seen(rep: people.Rep, conditions: Sequence[sa.ColumnElement[bool]]) -> sa.ColumnElement[bool]:
    customer = customers.Customer
    if rep.oversees_all and not conditions:
        return _TABLE.c.customer_id.is_not(None)
    # A value and not a join: the databases would rather gather all customers than look up a few.
    known = (
        sa.select(sa.literal_column("1"))
        .select_from(customer)
        .where(customer.id == _TABLE.c.customer_id, customers.visible(rep), *conditions)
        .correlate(_TABLE)
        .scalar_subquery()
    )
    return known == sa.literal_column("1")


_SHOWN = (_TABLE.c.id, _TABLE.c.kind, _TABLE.c.record_id, _TABLE.c.customer_id)
_WORDS = sa.table("search_words", sa.column("rowid", database.BigInt), sa.column("search_words"))


def _newest(session: orm.Session, question: _Question) -> tuple[Found | None, int]:
    """What is found among the newest, and how many fit; None when more is wanted from further back.

    Those that fit are counted before it is asked who may see them.
    """
    depth = NEWEST["sqlite" if question.lite else "postgresql"]
    walked, hits = _hits_of_fts5(question, depth) if question.lite else _window(question, depth)
    seen = _cte(_of(hits).where(question.seen).order_by(_TABLE.c.id.desc()).limit(COUNTED + 1))
    page = sa.select(seen).order_by(seen.c.id.desc()).limit(question.limit + 1).subquery()
    counts = sa.select(_count(walked), _count(hits), _count(seen)).subquery()
    rows = session.execute(sa.select(counts, page).outerjoin_from(counts, page, sa.true())).all()
    deep, fitting, count = rows[0][:3]
    found = [row[3:] for row in rows if row[3] is not None]
    if deep == depth and len(found) <= question.limit:
        return None, fitting
    more = deep == depth or count > COUNTED
    return _found(question, found, min(count, COUNTED), more=more), fitting


def _further(session: orm.Session, question: _Question, fitting: int) -> Found:
    """What is found, however far back it is."""
    if question.lite or fitting >= FREQUENT:
        walk = _walk_of_fts5(question) if question.lite else _walk(question)
        rows = session.execute(walk.where(question.seen).limit(question.limit + 1)).all()
        count = min(len(rows), question.limit)
        return _found(question, rows, count, more=len(rows) > question.limit)
    hits = _cte(sa.select(*_SHOWN).where(question.matching(_TABLE), question.within(_TABLE.c.id)))
    seen = _cte(_of(hits).where(question.seen).order_by(_TABLE.c.id.desc()).limit(COUNTED + 1))
    newest = sa.select(seen, _count(seen)).order_by(seen.c.id.desc()).limit(question.limit + 1)
    rows = session.execute(newest).all()
    count = rows[0][4] if rows else 0
    found = [row[:4] for row in rows]
    return _found(question, found, min(count, COUNTED), more=count > COUNTED)


def _found(question: _Question, rows: Sequence[Any], count: int, *, more: bool) -> Found:
    hits = tuple(
        Hit(place=place, kind=kind, record_id=record_id, customer_id=customer_id)
        for place, kind, record_id, customer_id in rows[: question.limit]
    )
    further = hits[-1].place if len(rows) > question.limit else None
    return Found(hits=hits, count=count, more=more, next=further)


def _cte(query: sa.Select[Any]) -> sa.CTE:
    # Computed once and as it stands: that is the point of every step here.
    return query.cte().prefix_with("MATERIALIZED")


def _count(table: sa.CTE) -> sa.Label[int]:
    return sa.select(sa.func.count()).select_from(table).scalar_subquery().label(None)


def _of(hits: sa.CTE) -> sa.Select[Any]:
    return sa.select(*_SHOWN).join_from(hits, _TABLE, _TABLE.c.id == hits.c.id)


def _hits_of_fts5(question: _Question, depth: int) -> tuple[sa.CTE, sa.CTE]:
    fits = _WORDS.c.search_words.op("MATCH")(question.words)
    hits = _cte(
        sa.select(_WORDS.c.rowid.label("id"))
        .where(fits, question.within(_WORDS.c.rowid))
        .order_by(_WORDS.c.rowid.desc())
        .limit(depth)
    )
    return hits, hits


def _walk_of_fts5(question: _Question) -> sa.Select[Any]:
    fits = _WORDS.c.search_words.op("MATCH")(question.words)
    return (
        sa.select(*_SHOWN)
        .join_from(_WORDS, _TABLE, _TABLE.c.id == _WORDS.c.rowid)
        .where(fits, question.within(_WORDS.c.rowid))
        .order_by(_WORDS.c.rowid.desc())
    )


def _window(question: _Question, depth: int) -> tuple[sa.CTE, sa.CTE]:
    window = _cte(
        sa.select(_TABLE.c.id, _TABLE.c.tokens)
        .where(question.within(_TABLE.c.id))
        .order_by(_TABLE.c.id.desc())
        .limit(depth)
    )
    return window, _cte(sa.select(window.c.id).where(question.matching(window)))


def _walk(question: _Question) -> sa.Select[Any]:
    # Behind a CASE, which no index serves: PostgreSQL must not gather all that fit.
    fits = sa.case((question.matching(_TABLE), 1), else_=0) == 1
    return sa.select(*_SHOWN).where(fits, question.within(_TABLE.c.id)).order_by(_TABLE.c.id.desc())
