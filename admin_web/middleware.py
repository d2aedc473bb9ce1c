"""The wrapper around every handler of the API.

A handler is a plain function on a session. `serving` finds out who asks, reads and checks what was
sent, runs the handler in one transaction (a GET: on a connection that only reads) and answers after
the commit. What an Idempotency-Key stands for is kept in that same transaction.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pydantic
import sqlalchemy as sa
from aiohttp import web
from sqlalchemy import orm

from admin_web import edge, faults, forms, idempotency, services
from admin_web.api import registry
from crm_core import audit, database, denials, errors, people

TRIES = 5
"""Runs of a write that meets others on the same record, before its caller hears of it."""


@dataclass(frozen=True, kw_only=True)
class _Write:
    """A write that may be run again: everything it needs, read before the transaction."""

    operation: registry.Operation
    asked: registry.Asked[Any, Any]
    token: str
    where: denials.Where
    key: str | None
    request: bytes


@dataclass(frozen=True, kw_only=True)
class _Answer:
    status: int
    body: dict[str, Any]
    replayed: bool = False


def serving(operation: registry.Operation) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The aiohttp handler of an operation."""

    async def serve(request: web.Request) -> web.Response:
        here = services.of(request)
        token = _token(request)
        _must_not_hurry(here, token)
        bearer = await _opened(here.database.read(people.bearer, token))
        if bearer is None:
            raise _unauthorized()
        rep, number = bearer
        where = denials.Where(
            now=here.now(),
            verb=operation.name,
            cause=f"request:{request[edge.REFERENCE]}",
            source=f"api:{number}",
        )
        sent = await forms.body(request) if operation.body is not None else None
        asked = _asked(request, operation, rep, sent, where)
        if not operation.writes:
            asking = here.database.read(operation.handler, asked)
            found = await _opened(_or_denied(here.database, rep, where, asking))
            return _rendered(_Answer(status=operation.status, body=_plain(found)))
        write = _Write(
            operation=operation,
            asked=asked,
            token=token,
            where=where,
            key=_key(request),
            request=_fingerprint(request, sent),
        )
        writing = _settled(here.database, write)
        return _rendered(await _opened(_or_denied(here.database, rep, where, writing)))

    return serve


def _token(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not re.fullmatch(r"[!-~]{1,200}", token.strip()):
        raise _unauthorized()
    return token.strip()


def _unauthorized() -> faults.Fault:
    return faults.Fault(401, headers={"WWW-Authenticate": 'Bearer realm="crm"'})


def _must_not_hurry(here: services.Services, token: str) -> None:
    wait = here.limits.wait(hashlib.sha256(token.encode()).digest())
    if wait:
        raise faults.Fault(429, headers={"Retry-After": str(wait)})


def _key(request: web.Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not re.fullmatch(r"[!-~]{1,255}", key):
        raise faults.Fault(400, "An Idempotency-Key is 1 to 255 visible ASCII characters.")
    return key


def _fingerprint(request: web.Request, sent: Any) -> bytes:
    # What is asked, whatever its spelling: a client may well write its JSON anew for a repeat.
    asked = json.dumps([request.method, request.path, dict(request.query), sent], sort_keys=True)
    return hashlib.sha256(asked.encode()).digest()


def _asked(
    request: web.Request,
    operation: registry.Operation,
    rep: people.Rep,
    sent: Any,
    where: denials.Where,
) -> registry.Asked[Any, Any]:
    here = services.of(request)
    return registry.Asked(
        rep=rep,
        now=where.now,
        where=where,
        language=rep.language or here.language,
        id=forms.number(request) if "{id}" in operation.path else 0,
        query=forms.query(request, operation.query),
        body=None if operation.body is None else forms.validated(operation.body, sent),
    )


async def _opened(asking: Awaitable[Any]) -> Any:
    """What the database answers; refusals and a lost database as faults."""
    try:
        return await asking
    except errors.Refusal as refusal:
        raise faults.of_refusal(refusal) from None
    except faults.Fault:
        raise
    except Exception as error:
        if database.is_away(error):
            raise edge.away(error) from None
        raise


async def _or_denied(
    door: database.Database, rep: people.Rep, where: denials.Where, asking: Awaitable[Any]
) -> Any:
    """What `asking` answers; a denial is written down, since its own transaction is no more."""
    try:
        return await asking
    except (errors.OutOfScope, errors.Denied) as refusal:
        await door.run(denials.note, rep, refusal, where)
        raise


async def _settled(door: database.Database, write: _Write) -> _Answer:
    for _ in range(TRIES):
        try:
            return await door.run(_once, write)
        except (orm.exc.StaleDataError, sa.exc.DBAPIError) as error:
            if not database.is_conflict(error):
                raise
    raise faults.Fault(409, "Others are changing the same record now; try again.")


def _once(session: orm.Session, write: _Write) -> _Answer:
    # Asked again here, so that whoever was disabled a moment ago writes nothing any more.
    rep = people.of_token(session, write.token)
    if rep is None:
        raise _unauthorized()
    now = write.asked.now
    if write.key is not None:
        known = idempotency.claim(session, rep.id, write.key, write.request, now)
        if known is not None:
            return _Answer(status=known.status, body=known.answer, replayed=True)
    body = _performed(session, write, rep, now)
    if write.key is not None:
        idempotency.keep(session, rep.id, write.key, write.operation.status, body)
    return _Answer(status=write.operation.status, body=body)


def _performed(
    session: orm.Session, write: _Write, rep: people.Rep, now: datetime
) -> dict[str, Any]:
    with audit.changing(
        session,
        actor=f"rep:{rep.id}",
        cause=write.where.cause,
        now=now,
        rep_id=rep.id,
        command=write.operation.name,
        source=write.where.source,
    ):
        return _plain(write.operation.handler(session, replace(write.asked, rep=rep)))


def _plain(answer: pydantic.BaseModel) -> dict[str, Any]:
    return answer.model_dump(mode="json")


def _rendered(answer: _Answer) -> web.Response:
    headers = {"Idempotency-Replayed": "true"} if answer.replayed else {}
    text = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":"))
    return web.json_response(text=text, status=answer.status, headers=headers)
