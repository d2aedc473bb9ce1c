"""The small types of queries and bodies, each with its limits."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import pydantic
from pydantic_core import PydanticCustomError

from crm_core import deals

LARGEST_ID = 2**63 - 1
MOST_ITEMS = 200
USUAL_ITEMS = 50
MOST_DIGITS = 19


class Query(pydantic.BaseModel):
    """A query string: what it does not know is refused, since a misspelt filter finds too much."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)


class Body(Query):
    """A JSON object likewise."""


def _digits(value: Any) -> Any:
    if isinstance(value, str) and not (
        value.isascii() and value.isdigit() and len(value) <= MOST_DIGITS
    ):
        raise PydanticCustomError("whole_number", "should be a whole number")
    return value


def _whole(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise PydanticCustomError("whole_number", "should be a whole number")
    return int(value)


def _storable(value: str) -> str:
    # PostgreSQL keeps no NUL, and neither database a half of a surrogate pair.
    if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
        raise PydanticCustomError("storable", "holds a character that cannot be stored (NUL)")
    return value


def _told(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("blank", "should not be blank")
    return value


def _money(value: Any) -> Any:
    # A float arrives as its shortest spelling: 0.1 means 0.1.
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise PydanticCustomError("amount", 'should be a decimal string such as "120000.00"')
    return str(value)


def _day(value: Any) -> date:
    try:
        found = datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except (ValueError, TypeError):
        found = None
    if found is None or found.isoformat() != value:
        raise PydanticCustomError("day", "should be a date, YYYY-MM-DD")
    return found


_POSITIVE = pydantic.Field(ge=1, le=LARGEST_ID)
Text = Annotated[str, pydantic.AfterValidator(_storable)]
Words = Annotated[Text, pydantic.AfterValidator(_told)]
QueryId = Annotated[int, _POSITIVE, pydantic.BeforeValidator(_digits)]
BodyId = Annotated[int, _POSITIVE, pydantic.BeforeValidator(_whole)]
Percent = Annotated[int, pydantic.Field(ge=0, le=100), pydantic.BeforeValidator(_whole)]
Cursor = Annotated[Text, pydantic.Field(max_length=200)]
Limit = Annotated[int, pydantic.Field(ge=1, le=MOST_ITEMS), pydantic.BeforeValidator(_digits)]
Currency = Annotated[str, pydantic.Field(pattern=r"^[A-Z]{3}$")]
Key = Annotated[Text, pydantic.Field(min_length=1, max_length=40)]
Day = Annotated[
    date,
    pydantic.PlainValidator(_day),
    pydantic.WithJsonSchema({"type": "string", "format": "date"}),
]
Money = Annotated[
    Decimal,
    pydantic.Field(ge=0, le=deals.LARGEST, decimal_places=2, allow_inf_nan=False),
    pydantic.BeforeValidator(_money),
    pydantic.WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^(0|[1-9][0-9]{0,12})(\.[0-9]{1,2})?$",
            "description": "A decimal string; a JSON number is taken too.",
        }
    ),
]


class Page(Query):
    """What every list takes: how many items, and the `next` of the page before."""

    cursor: Cursor | None = None
    limit: Limit = USUAL_ITEMS
