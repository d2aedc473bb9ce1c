"""Reading what a request brings: its query and its JSON body, checked before all else."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Any, TypeVar

import pydantic
import pydantic_core
from aiohttp import http_exceptions, web

from admin_web import faults

Model = TypeVar("Model", bound=pydantic.BaseModel)

LARGEST_BODY = 1 << 20
PATIENCE = 10.0
"""Seconds a body may take to arrive, so that slow senders hold nothing up."""
LARGEST_ID = 2**63 - 1
MOST_PROBLEMS = 10


def number(request: web.Request, name: str = "id") -> int:
    """The record's number in the path; Fault 404 for what no record can have."""
    written = request.match_info.get(name, "")
    if not re.fullmatch(r"[0-9]{1,19}", written) or not 0 < int(written) <= LARGEST_ID:
        raise faults.Fault(404)
    return int(written)


def query(request: web.Request, model: type[Model]) -> Model:
    """The query string as a model; Fault 422 names what is wrong, unknown or given twice."""
    try:
        given = dict(request.query)
    except UnicodeError:
        raise faults.Fault(400) from None
    twice = sorted(name for name in given if len(request.query.getall(name)) > 1)
    if twice:
        raise faults.Fault(422, f"Given more than once: {', '.join(twice)}.")
    return validated(model, given)


def validated(model: type[Model], given: Any) -> Model:
    """The model of it; Fault 422 with every problem in words."""
    try:
        return model.model_validate(given)
    except pydantic.ValidationError as error:
        raise faults.Fault(422, _problems(error.errors(include_url=False))) from None


def _problems(found: Sequence[Any]) -> str:
    shown = [
        f"{'.'.join(str(part) for part in problem['loc']) or 'body'}: {problem['msg']}"
        for problem in found[:MOST_PROBLEMS]
    ]
    return printable("; ".join(shown))


def printable(text: str) -> str:
    """The text with what cannot be encoded or would break a line shown as its escape."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


async def body(request: web.Request) -> Any:
    """The JSON body. Fault 400, 408, 413 or 415."""
    if request.content_type != "application/json" or (request.charset or "utf-8").lower() not in (
        "utf-8",
        "utf8",
    ):
        raise faults.Fault(415)
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise faults.Fault(415, "Send the body as it is, not packed.")
    raw = await _bytes(request)
    try:
        return pydantic_core.from_json(raw, allow_inf_nan=False)
    except ValueError:
        raise faults.Fault(400, "The body is not valid JSON in UTF-8.") from None


async def _bytes(request: web.Request) -> bytes:
    if (request.content_length or 0) > LARGEST_BODY:
        raise faults.Fault(413)
    try:
        async with asyncio.timeout(PATIENCE):
            return await request.read()
    except TimeoutError:
        raise faults.Fault(408, headers={"Connection": "close"}) from None
    except web.HTTPRequestEntityTooLarge:
        raise faults.Fault(413) from None
    except (http_exceptions.HttpProcessingError, web.RequestPayloadError):
        raise faults.Fault(400) from None
