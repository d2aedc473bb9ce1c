"""The table of names' keys, and looking a name up in it: always by an index, never very far.

A word that fits very many names is `common`: then whoever asks looks through the customers that
matter most, one by one, instead of through all that the word fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import orm

from crm_core import audit, database, homes, names

LIMIT = 200
MANY = 300
"""More hits than this make a word common."""
_LAST = "\U0010ffff"
ALIAS = "alias"
SPELLED = (names.NORM, ALIAS)
SOUNDS = (names.PINYIN, names.INITIALS, names.SOFT)


class NameKey(audit.Tracked, database.Base):
    """One key under which a customer is found: see `names.stored` for the kinds, and alias."""

    __tablename__ = "name_keys"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    customer_id: orm.Mapped[int] = orm.mapped_column(
        sa.ForeignKey("customers.id", ondelete="CASCADE"),
        index=True,
        info={"follows": "contact_id"},  # when customers are merged
    )
    contact_id: orm.Mapped[int | None] = orm.mapped_column(
        sa.ForeignKey("contacts.id", ondelete="CASCADE")
    )
    kind: orm.Mapped[str] = orm.mapped_column(database.Text(16))
    value: orm.Mapped[str] = orm.mapped_column(database.Text(LIMIT, ordered=True))

    __table_args__ = (
        sa.Index("ix_name_keys_kind_value_customer_id", "kind", "value", "customer_id"),
    )


_KEYS = cast(sa.Table, NameKey.__table__).c


@dataclass(frozen=True, kw_only=True)
class Range:
    """Keys of these kinds from `start` to `stop`, both included; of people only if asked for."""

    kinds: tuple[str, ...]
    start: str
    stop: str
    people: bool = False


@dataclass(frozen=True, kw_only=True)
class Hits:
    """The customers whose keys are in `range`; not all of them if it is `common`."""

    range: Range
    customer_ids: frozenset[int]
    common: bool = False
    exact: bool = False


def index(session: orm.Session, customer_id: int, contact_id: int | None, name: str) -> None:
    """Let a customer be found under this name, its own or a contact's."""
    rows = [
        {
            "customer_id": customer_id,
            "contact_id": contact_id,
            "kind": key.kind,
            "value": key.value[:LIMIT],
        }
        for key in names.stored(name)
        if key.value
    ]
    if rows:
        session.execute(sa.insert(NameKey), rows)


def reindex(session: orm.Session, customer_id: int, contact_id: int | None, name: str) -> None:
    """Let a customer be found under this name instead of the former one.

    Aliases stay, and so do the names of whoever was merged into it.
    """
    session.execute(
        sa.delete(NameKey).where(
            NameKey.customer_id == customer_id,
            NameKey.contact_id == contact_id if contact_id else NameKey.contact_id.is_(None),
            NameKey.kind != ALIAS,
            ~homes.away(NameKey.__tablename__, NameKey.id),
        )
    )
    index(session, customer_id, contact_id, name)


def is_alias(session: orm.Session, customer_id: int, value: str) -> bool:
    """Whether that customer has that alias already; `value` is normalised."""
    known = sa.select(NameKey.id).where(
        NameKey.customer_id == customer_id, NameKey.kind == ALIAS, NameKey.value == value
    )
    return session.scalar(known.limit(1)) is not None


def steps(session: orm.Session, written: str) -> Iterable[Hits]:
    """Where a name as written leads, best first: itself, its core, its sound, its middle.

    Each step costs a statement only when it is asked for, and may be empty of customers.
    """
    *longer, wanted = names.variants(written) or ("",)
    if not wanted:
        return
    # 康腾电子 first, and only if there is none whatever else is called 康腾.
    yield from _equal(session, SPELLED, [(SPELLED, value[:LIMIT]) for value in longer])
    yield from _spelled(session, wanted)
    sounds = [((key.kind,), key.value[:LIMIT]) for key in names.keys(written) if key.kind in SOUNDS]
    yield from _equal(session, SOUNDS, sounds)
    if len(wanted) > 1:
        yield _within(session, _beginning(wanted, (names.INNER,)))


def surnamed(session: orm.Session, surname: str) -> Hits:
    """Customers with a contact whose name begins so."""
    return _within(session, _beginning(surname, (names.NORM,), people=True))


def _beginning(start: str, kinds: tuple[str, ...], *, people: bool = False) -> Range:
    # A range, since LIKE on SQLite folds case and so leaves the index aside.
    return Range(kinds=kinds, start=start[:LIMIT], stop=start[: LIMIT - 1] + _LAST, people=people)


def _spelled(session: orm.Session, wanted: str) -> Iterable[Hits]:
    begun = _beginning(wanted, SPELLED)
    very = Range(kinds=SPELLED, start=begun.start, stop=begun.start)
    rows = _rows(session, begun)
    same = [row for row in rows if row.value == begun.start]
    # What is the very word comes first in each kind, so it is complete unless it is all there is.
    yield Hits(range=very, customer_ids=_ids(same), common=len(same) > MANY, exact=True)
    yield Hits(range=begun, customer_ids=_ids(rows), common=_overflows(rows), exact=True)


def _equal(
    session: orm.Session, kinds: tuple[str, ...], wanted: Sequence[tuple[tuple[str, ...], str]]
) -> Iterable[Hits]:
    """What has one of these keys, (kinds, value), in the order of the keys."""
    if not wanted:
        return
    values = list({value for _, value in wanted})
    rows = session.connection().execute(_with_values(kinds), {"values": values}).all()
    cut = {kind for kind in kinds if sum(row.kind == kind for row in rows) > MANY}
    for among_kinds, value in wanted:
        same = [row for row in rows if row.value == value and row.kind in among_kinds]
        yield Hits(
            range=Range(kinds=among_kinds, start=value, stop=value),
            customer_ids=_ids(same),
            common=not cut.isdisjoint(among_kinds),
            exact=kinds == SPELLED,
        )


def _within(session: orm.Session, asked: Range) -> Hits:
    rows = _rows(session, asked)
    return Hits(range=asked, customer_ids=_ids(rows), common=_overflows(rows))


def _rows(session: orm.Session, asked: Range) -> Sequence[Any]:
    query = _in_range(asked.kinds, asked.people)
    found = session.connection().execute(query, {"start": asked.start, "stop": asked.stop})
    return found.all()


def _ids(rows: Sequence[Any]) -> frozenset[int]:
    return frozenset(row.customer_id for row in rows)


def _overflows(rows: Sequence[Any]) -> bool:
    kinds = [row.kind for row in rows]
    return any(kinds.count(kind) > MANY for kind in set(kinds))


# These are built once: building a statement costs more than SQLite takes to run it.
@lru_cache
def _in_range(kinds: tuple[str, ...], people: bool) -> sa.CompoundSelect[Any]:
    parts = []
    for kind in kinds:
        query = sa.select(_KEYS.customer_id, _KEYS.kind, _KEYS.value).where(
            _KEYS.kind == kind,
            _KEYS.value.between(sa.bindparam("start"), sa.bindparam("stop")),
        )
        query = query.where(_KEYS.contact_id.is_not(None)) if people else query
        # Each kind by itself, so that the index gives them in order and a few are read.
        parts.append(query.order_by(_KEYS.value).limit(MANY + 1).subquery())
    return _joined(parts)


@lru_cache
def _with_values(kinds: tuple[str, ...]) -> sa.CompoundSelect[Any]:
    values = _KEYS.value.in_(sa.bindparam("values", expanding=True))
    found = sa.select(_KEYS.customer_id, _KEYS.kind, _KEYS.value)
    return _joined(
        [found.where(_KEYS.kind == kind, values).limit(MANY + 1).subquery() for kind in kinds]
    )


def _joined(parts: Sequence[sa.Subquery]) -> sa.CompoundSelect[Any]:
    return sa.union_all(*(sa.select(part) for part in parts))


def fits(asked: Range, customer_id: Any) -> sa.ColumnElement[bool]:
    """The condition that the customer with that id (a column) has a key in the range.

    It is meant for looking at few customers: worded so that a planner reads the keys of each,
    never all keys that the range holds.
    """
    kind, value = sa.func.coalesce(_KEYS.kind, ""), sa.func.coalesce(_KEYS.value, "")
    found = sa.exists().where(
        _KEYS.customer_id == customer_id,
        kind.in_(asked.kinds),
        value.between(asked.start, asked.stop),
    )
    return found.where(_KEYS.contact_id.is_not(None)) if asked.people else found


def exceeds(session: orm.Session, asked: Range, most: int) -> bool:
    """Whether the range holds more keys than that; it counts no further."""
    counted = sa.select(sa.func.count()).select_from(among(asked, most + 1))
    return (session.scalar(counted) or 0) > most


def among(asked: Range, most: int) -> sa.Subquery:
    """Up to so many `customer_id` of keys in the range, as a table to join."""
    found = sa.select(_KEYS.customer_id).where(
        _KEYS.kind.in_(asked.kinds), _KEYS.value.between(asked.start, asked.stop)
    )
    found = found.where(_KEYS.contact_id.is_not(None)) if asked.people else found
    return found.limit(most).subquery()
