"""Pages of a list: the place after which the next one begins, as an opaque word.

A page is asked for with one item more than wanted; its presence says that there is another page.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from admin_web import faults
from admin_web.api import fields

T = TypeVar("T")
Place = tuple[Any, ...]
"""The values of the sort columns of one item: whole numbers and aware moments."""


def after(asked: fields.Page, *kinds: type) -> Place | None:
    """The place to continue from, None at the beginning; Fault 422 for no cursor of ours."""
    if asked.cursor is None:
        return None
    try:
        padded = asked.cursor + "=" * (-len(asked.cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(values, list) or len(values) != len(kinds):
            raise ValueError
        return tuple(_read(value, kind) for value, kind in zip(values, kinds, strict=True))
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise faults.Fault(422, "cursor: is not one that this list has given") from None


def _read(value: Any, kind: type) -> Any:
    if kind is datetime:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC)
    if type(value) is not int or not -fields.LARGEST_ID <= value <= fields.LARGEST_ID:
        raise ValueError
    return value


def cut(
    found: Sequence[T], limit: int, place: Callable[[T], Place]
) -> tuple[Sequence[T], str | None]:
    """At most `limit` of what was found, and the cursor of the next page if there is one."""
    if len(found) <= limit:
        return found, None
    shown = found[:limit]
    return shown, _written(place(shown[-1]))


def _written(place: Place) -> str:
    values = [value.isoformat() if isinstance(value, datetime) else value for value in place]
    packed = json.dumps(values, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def beyond(
    columns: Sequence[sa.SQLColumnExpression[Any]], place: Place | None, *, ascending: bool = False
) -> sa.ColumnElement[bool]:
    """The condition for what comes after `place` when sorted by these columns."""
    if place is None:
        return sa.true()
    alternatives = []
    for n, column in enumerate(columns):
        equal = [earlier == value for earlier, value in zip(columns[:n], place, strict=False)]
        further = column > place[n] if ascending else column < place[n]
        alternatives.append(sa.and_(*equal, further))
    return sa.or_(*alternatives)
