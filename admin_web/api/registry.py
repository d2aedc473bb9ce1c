"""Declaring the API: a handler's signature says what it takes and gives, everything else derives.

    @operations.get("/deals/{id}")
    def show(session: orm.Session, asked: registry.Asked[registry.Nothing, None]) -> shapes.Deal:

`asked` holds the query and the body as models, already checked. A GET runs on a reading connection,
everything else in a transaction of its own. The OpenAPI document is made from the same declaration.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar, get_args, get_type_hints

import pydantic
from sqlalchemy import orm

from crm_core import denials, people

Q = TypeVar("Q", bound=pydantic.BaseModel)
B = TypeVar("B")
Handler = Callable[[orm.Session, Any], pydantic.BaseModel]
H = TypeVar("H", bound=Callable[..., pydantic.BaseModel])


class Nothing(pydantic.BaseModel):
    """No query at all."""

    model_config = pydantic.ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True)
class Asked(Generic[Q, B]):
    """One request: who asks (within whose scope all is done), when, and for what.

    `id` is the number in the path, 0 where there is none. `language` is the asker's, zh or en.
    """

    rep: people.Rep
    now: datetime
    language: str
    id: int
    query: Q
    body: B
    where: denials.Where
    """For what is put on record: when, by which operation, for which request and token."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one path. `status` is that of its good answer."""

    method: str
    path: str
    name: str
    handler: Handler
    summary: str
    query: type[pydantic.BaseModel]
    body: type[pydantic.BaseModel] | None
    answer: type[pydantic.BaseModel]
    status: int

    @property
    def writes(self) -> bool:
        """Whether it needs a transaction that can write."""
        return self.method != "GET"


class Operations:
    """The operations of one noun, in the order they were declared."""

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self.all: list[Operation] = []

    def get(self, path: str) -> Callable[[H], H]:
        """A reading operation."""
        return self._declare("GET", path, 200)

    def post(self, path: str) -> Callable[[H], H]:
        """A writing operation; answers 201 with the object (DESIGN §5.6)."""
        return self._declare("POST", path, 201)

    def patch(self, path: str) -> Callable[[H], H]:
        """A change of some fields; answers 200 with the whole object."""
        return self._declare("PATCH", path, 200)

    def _declare(self, method: str, path: str, status: int) -> Callable[[H], H]:
        def declare(handler: H) -> H:
            hints = get_type_hints(handler)
            query, body = get_args(hints["asked"])
            self.all.append(
                Operation(
                    method=method,
                    path=path,
                    name=f"{self.noun}.{handler.__name__}",
                    handler=handler,
                    summary=_first_line(handler),
                    query=query,
                    body=None if body is type(None) else body,
                    answer=hints["return"],
                    status=status,
                )
            )
            return handler

        return declare


def _first_line(handler: Callable[..., Any]) -> str:
    words = inspect.getdoc(handler) or ""
    return re.sub(r"\s+", " ", words.split("\n\n", maxsplit=1)[0])
