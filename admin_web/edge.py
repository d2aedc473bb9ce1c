"""What happens around every request: a reference number, security headers, and the last resort."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Awaitable, Callable

import sqlalchemy as sa
import structlog
from aiohttp import http_exceptions, web
from aiohttp.typedefs import Handler, Middleware

from admin_web import faults, metrics
from crm_core import database

log = structlog.get_logger("web")

API = "/api/"
REFERENCE = web.RequestKey("reference", str)
# To be told apart, not to be kept secret; asking the system for each would cost a call to it.
_numbers = random.Random()  # noqa: S311
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "huihua",
}
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
PAGE_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
ONE_YEAR = "max-age=31536000"


def securing(public_url: str) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """What puts the security headers on an answer about to leave; a page's own policy stays."""
    everywhere = dict(HEADERS)
    if public_url.startswith("https:"):
        everywhere["Strict-Transport-Security"] = ONE_YEAR

    async def secure(request: web.Request, response: web.StreamResponse) -> None:
        headers = response.headers
        headers.update(everywhere)
        kind = headers.get("Content-Type", "")
        page = kind.startswith("text/html")
        headers.setdefault("Content-Security-Policy", PAGE_POLICY if page else DATA_POLICY)
        if page or kind.startswith("application/json"):
            headers.setdefault("Cache-Control", "no-store")
        if REFERENCE in request:
            headers["X-Request-Id"] = request[REFERENCE]

    return secure


def referencing(metrics: metrics.Metrics) -> Middleware:
    """Gives each request a number that its answer and log lines show; measures and catches."""

    @web.middleware
    async def referenced(request: web.Request, handler: Handler) -> web.StreamResponse:
        reference = request[REFERENCE] = f"{_numbers.getrandbits(48):012x}"
        # The server runs every request in a context of its own: nothing is left bound.
        structlog.contextvars.bind_contextvars(request=reference)
        began, status = time.perf_counter(), 500
        try:
            response = await _caught(request, handler)
            status = response.status
            return response
        except web.HTTPException as answer:
            status = answer.status
            raise
        finally:
            took = time.perf_counter() - began
            method = request.method if request.method in KNOWN_METHODS else "other"
            metrics.requested(method, route(request), status, took)

    return referenced


KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def route(request: web.Request) -> str:
    """The pattern of the route; one word for all that match none: anybody can invent paths."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "none"


async def _caught(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever goes wrong into an answer; what nobody expected leaves only its number."""
    try:
        return await handler(request)
    except faults.Fault as fault:
        return _told(request, fault)
    except web.HTTPException as answer:
        if not request.path.startswith(API):
            raise
        return faults.answer(_of_http(answer))
    except Exception as error:  # noqa: BLE001 - the last resort
        return _last_resort(request, error)


def _told(request: web.Request, fault: faults.Fault) -> web.Response:
    if fault.status in (401, 403, 429):
        log.info("refused", action="refused", status=fault.status, route=route(request))
    return faults.answer(fault)


def _of_http(answer: web.HTTPException) -> faults.Fault:
    kept = {name: answer.headers[name] for name in ("Allow",) if name in answer.headers}
    return faults.Fault(answer.status, headers=kept)


def _last_resort(request: web.Request, error: Exception) -> web.StreamResponse:
    reference = request[REFERENCE]
    if isinstance(error, sa.exc.SQLAlchemyError) and database.is_away(error):
        return _plainly(request, away(error))
    log.error("a request failed", action="request_failed", route=route(request), exc_info=error)
    # A provider that is told 503 tries again, so an event is not lost through a defect of ours.
    status = 503 if request.path.startswith("/hooks/") else 500
    message = f"Something broke on our side; its number is {reference}."
    fault = faults.Fault(status, message, "internal_error", more={"reference": reference})
    return _plainly(request, fault)


def away(error: BaseException) -> faults.Fault:
    """The answer while the database cannot be reached, with one line in the log."""
    log.warning("the database is away", action="database_away", error=type(error).__name__)
    return faults.Fault(503, headers={"Retry-After": "2"})


def _plainly(request: web.Request, fault: faults.Fault) -> web.StreamResponse:
    if request.path.startswith(API):
        return faults.answer(fault)
    return web.Response(status=fault.status, text=fault.message, headers=fault.headers)


def strangers_noise(record: logging.LogRecord) -> bool:
    """A filter for the server's log: broken HTTP and dropped connections are no defect of ours."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, web.RequestPayloadError | http_exceptions.HttpProcessingError | OSError):
        record.exc_info, record.exc_text = None, None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.msg, record.args = "not a request: %s", (type(error).__name__,)
    return True
