"""Looking for words: what somebody may see that holds them, the newest first.

Who may see a row is part of every question. The first statement looks among the newest: common
words are found there at once. SQLite then walks on from hit to hit. PostgreSQL either walks on
through the rows, as far as what was seen so far promises to fill the page, or gathers all hits of
a rare word by GIN, whichever costs less; so a search is one statement, two, or seldom three.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql

from crm_core import customers, database, masking, people, search, searchable, tasks, tokens

COUNTED = 1000
"""Up to here what was found is counted; beyond it is "1000+"."""
FTS5_HITS, FTS5_HITS_OF_ALL = 600, 1_000
"""So far back the first look goes on SQLite; further for who sees all: no hit need be judged."""
ROWS = 2_000
"""So far it goes on PostgreSQL, where it is rows and not hits that are walked backwards."""
FURTHEST = 50_000
"""So many rows PostgreSQL walks before it rather gathers all hits."""
WHOLE_NUMBER = 11
"""Digits of a mobile number; who asks for all of them knows it already."""
HIT, STEP = 15.0, 1.5
"""Microseconds for a hit of GIN, whose row is looked up and judged, and for a row walked over."""


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
        return search.moment(self.place)


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


def find(
    session: orm.Session,
    rep: people.Rep,
    asked: str,
    *,
    after: int | None = None,
    limit: int = 20,
) -> Found:
    """Messages, notes, deals and tasks this person may see that hold all these words, newest first.

    Nothing for no words. `after` is `Found.next` of the page before.
    """
    terms = tokens.of_question(asked)
    if not terms:
        return Found(hits=(), count=0, more=False, next=None)
    return _look(session, rep, terms, limit=limit, after=after)


def find_customers(
    session: orm.Session,
    rep: people.Rep,
    asked: str,
    *conditions: sa.ColumnElement[bool],
    apart: bool = False,
    after: int | None = None,
    limit: int = 20,
) -> Found:
    """Customers this person may see that meet all conditions, by a part of a name or number.

    The words are one phrase: found as they stand in a name, alias, contact's name or e-mail, by
    their pinyin, or from three characters on as a part of a word or number. Newest first. With
    `apart` words between spaces are found each by itself, in any order.
    """
    terms = tokens.of_question(asked, whole=not apart)
    if not terms:
        return Found(hits=(), count=0, more=False, next=None)
    allowed = (*conditions, *_unmasked(rep, terms))
    return _look(session, rep, terms, limit=limit, after=after, named=True, conditions=allowed)


def _unmasked(rep: people.Rep, terms: Sequence[tokens.Term]) -> Sequence[sa.ColumnElement[bool]]:
    """Part by part, one could read a masked number off what is found."""
    (digits,) = terms[0].tokens if len(terms[0].tokens) == 1 else ("",)
    part = digits.isdecimal() and len(digits) != masking.TAIL and len(digits) < WHOLE_NUMBER
    if not part or rep.role != people.Role.REP:
        return ()
    return (sa.or_(masking.open_to(rep), customers.Customer.name.contains(digits)),)


def _one(query: sa.Select[Any], table: sa.FromClause) -> sa.ColumnElement[bool]:
    # A value and not a join: the databases would gather all customers to look up a few.
    return query.correlate(table).scalar_subquery().is_not(None)


@dataclass(frozen=True, kw_only=True)
class _Question:
    """What is asked of the index, in the words of the database at hand."""

    lite: bool
    words: str
    rep: people.Rep
    conditions: Sequence[sa.ColumnElement[bool]]
    low: int
    high: int
    limit: int

    def seen(self, table: sa.FromClause) -> sa.ColumnElement[bool]:
        """Whether the row's customer is one that this person may see and that is asked for."""
        number, customer, task = table.c.customer_id, customers.Customer, tasks.Task
        if self.rep.oversees_all and not self.conditions:
            return number.is_not(None)
        known = _one(
            sa.select(customer.id).where(
                customer.id == number, customers.visible(self.rep), *self.conditions
            ),
            table,
        )
        if self.low == search.CUSTOMERS_FROM:
            return known
        own = sa.select(task.id).where(task.id == table.c.record_id, tasks.visible(self.rep))
        return sa.and_(known, sa.or_(table.c.kind != "task", _one(own, table)))

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
    named: bool = False,
    conditions: Sequence[sa.ColumnElement[bool]] = (),
) -> Found:
    # What this very transaction has changed is found as well.
    searchable.settle(session)
    lite = session.get_bind().dialect.name == "sqlite"
    low, high = (search.CUSTOMERS_FROM, search.END) if named else (0, search.CUSTOMERS_FROM)
    question = _Question(
        lite=lite,
        words=_fts5_query(terms) if lite else _tsquery(terms, search.NAMED if named else ""),
        rep=rep,
        conditions=conditions,
        low=low,
        high=high if after is None else min(after, high),
        limit=limit,
    )
    return _look_for(session, question)


def _fts5_query(terms: Sequence[tokens.Term]) -> str:
    return " AND ".join(f'"{" ".join(term.tokens)}"{" *" if term.open else ""}' for term in terms)


def _tsquery(terms: Sequence[tokens.Term], mark: str) -> str:
    said = []
    for term in terms:
        *first, last = (f"'{mark}{token}'" for token in term.tokens)
        said.append(" <-> ".join([*first, f"{last}:*" if term.open else last]))
    return " & ".join(said)


_TABLE = cast(sa.Table, search.Entry.__table__)
_SHOWN = (_TABLE.c.id, _TABLE.c.kind, _TABLE.c.record_id, _TABLE.c.customer_id)
_WORDS = sa.table("search_words", sa.column("rowid", database.BigInt), sa.column("search_words"))


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """What one look has shown: how many rows (of SQLite: hits) it went through, how many of them
    fit, how many of those may be seen (all counted up to a limit), and the first page of these.

    `rows` is about how many rows there are in all.
    """

    walked: int
    fitting: int
    visible: int
    page: Sequence[Any]
    rows: float


def _look_for(session: orm.Session, question: _Question) -> Found:
    judged = question.conditions or not question.rep.oversees_all
    depth = (FTS5_HITS if judged else FTS5_HITS_OF_ALL) if question.lite else ROWS
    seen = _newest(session, question, depth)
    if seen.walked == depth and len(seen.page) <= question.limit:
        if question.lite:
            return _walk_on(session, question)
        further = _worth_walking(seen, question)
        if not further:
            return _gather(session, question)
        depth, seen = further, _newest(session, question, further)
        if seen.walked == depth and len(seen.page) <= question.limit:
            return _gather(session, question)
    more = seen.walked == depth or seen.visible > COUNTED
    return _found(question, seen.page, seen.visible, more=more)


def _worth_walking(seen: _Seen, question: _Question) -> int:
    """So many rows to walk over for a page, with some to spare; 0 when gathering costs less."""
    rows = int(1.6 * (question.limit + 1) * seen.walked / max(seen.visible, 0.5))
    gathering = HIT * seen.rows * seen.fitting / seen.walked
    # Who has seen nothing yet may walk in vain and gather after all.
    walking = STEP * rows + (0 if seen.visible else gathering / 2)
    return rows if rows <= FURTHEST and walking < gathering else 0


def _newest(session: orm.Session, question: _Question, depth: int) -> _Seen:
    walked, hits = _hits_of_fts5(question, depth) if question.lite else _window(question, depth)
    seen = _visible(question, hits)
    page = sa.select(seen).order_by(seen.c.id.desc()).limit(question.limit + 1).subquery()
    rows = sa.literal_column("0" if question.lite else _ROWS, sa.Float).label("rows")
    counts = sa.select(_count(walked), _count(hits), _count(seen), rows).subquery()
    found = session.execute(sa.select(counts, page).outerjoin_from(counts, page, sa.true())).all()
    return _Seen(
        walked=found[0][0],
        fitting=found[0][1],
        visible=found[0][2],
        rows=found[0][3],
        page=[row[4:] for row in found if row[4] is not None],
    )


_ROWS = "(SELECT reltuples FROM pg_class WHERE oid = 'search_entries'::regclass)"


def _walk_on(session: orm.Session, question: _Question) -> Found:
    """SQLite: from hit to hit, until the page is full."""
    fits = _WORDS.c.search_words.op("MATCH")(question.words)
    walk = (
        sa.select(*_SHOWN)
        .join_from(_WORDS, _TABLE, _TABLE.c.id == _WORDS.c.rowid)
        .where(fits, question.within(_WORDS.c.rowid), question.seen(_TABLE))
        .order_by(_WORDS.c.rowid.desc())
        .limit(question.limit + 1)
    )
    rows = session.execute(walk).all()
    count = min(len(rows), question.limit)
    return _found(question, rows, count, more=len(rows) > question.limit)


def _gather(session: orm.Session, question: _Question) -> Found:
    """PostgreSQL: all hits by the index, then the newest of them."""
    # The place is hidden from the planner: by the key it would read all rows, not those that fit.
    place = _TABLE.c.id + sa.literal_column("0", sa.BigInteger)
    hits = _cte(sa.select(*_SHOWN).where(question.matching(_TABLE), question.within(place)))
    seen = _visible(question, hits)
    newest = sa.select(seen, _count(seen)).order_by(seen.c.id.desc()).limit(question.limit + 1)
    rows = session.execute(newest).all()
    count = rows[0][4] if rows else 0
    return _found(question, [row[:4] for row in rows], count, more=count > COUNTED)


def _found(question: _Question, rows: Sequence[Any], count: int, *, more: bool) -> Found:
    hits = tuple(
        Hit(place=place, kind=kind, record_id=record_id, customer_id=customer_id)
        for place, kind, record_id, customer_id in rows[: question.limit]
    )
    further = hits[-1].place if len(rows) > question.limit else None
    return Found(hits=hits, count=min(count, COUNTED), more=more, next=further)


def _cte(query: sa.Select[Any]) -> sa.CTE:
    # Computed once and as it stands: that is the point of every step here.
    return query.cte().prefix_with("MATERIALIZED")


def _count(table: sa.CTE) -> sa.Label[int]:
    return sa.select(sa.func.count()).select_from(table).scalar_subquery().label(None)


def _visible(question: _Question, hits: sa.CTE) -> sa.CTE:
    """Those of the hits that this person may see, the newest first, as many as are counted."""
    rows: sa.FromClause = hits
    known: sa.ColumnElement[bool] = sa.true()
    if question.lite:
        # IN and not a join: SQLite would rather walk all rows than look these up.
        rows, known = _TABLE, _TABLE.c.id.in_(sa.select(hits.c.id))
    shown = (rows.c.id, rows.c.kind, rows.c.record_id, rows.c.customer_id)
    found = sa.select(*shown).where(known, question.seen(rows))
    return _cte(found.order_by(rows.c.id.desc()).limit(COUNTED + 1))


def _hits_of_fts5(question: _Question, depth: int) -> tuple[sa.CTE, sa.CTE]:
    fits = _WORDS.c.search_words.op("MATCH")(question.words)
    hits = _cte(
        sa.select(_WORDS.c.rowid.label("id"))
        .where(fits, question.within(_WORDS.c.rowid))
        .order_by(_WORDS.c.rowid.desc())
        .limit(depth)
    )
    return hits, hits


def _window(question: _Question, depth: int) -> tuple[sa.CTE, sa.CTE]:
    # Whether a row fits is found out where it is read: its tokens are not carried any further.
    fits = question.matching(_TABLE).label("fits")
    window = _cte(
        sa.select(*_SHOWN, fits)
        .where(question.within(_TABLE.c.id))
        .order_by(_TABLE.c.id.desc())
        .limit(depth)
    )
    shown = (window.c.id, window.c.kind, window.c.record_id, window.c.customer_id)
    return window, _cte(sa.select(*shown).where(window.c.fits))
