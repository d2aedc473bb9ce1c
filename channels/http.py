"""HTTP as the channels use it: bodies with a cap, plain answers, and one careful call to a vendor.

Nothing here knows a vendor. `call` turns every way a request can fail into a `DeliveryError` that
says what to do about it; no other exception leaves it.
"""

from __future__ import annotations

import asyncio
import email.utils
import json
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import aiohttp
from aiohttp import ClientSession, web

from channels import contract

MAX_BODY = 64 * 1024
"""Bytes of a callback we read at most (DESIGN §5.8)."""

BODY_WITHIN = 5.0
"""Seconds a sender has to deliver its body; the vendors themselves give up after five."""

MAX_ANSWER = 1024 * 1024
"""Bytes of a vendor's answer we read at most: providers' answers are untrusted too."""

CALL_WITHIN = 4.0
"""Seconds a call to a vendor may take in all (PLATFORMS §3.4)."""

CONNECT_WITHIN = 3.0
"""Seconds to get a connection; less than the whole, so that a failure here is told apart."""

LONGEST_WAIT = timedelta(hours=1)
"""The longest Retry-After we believe."""

_PLAIN = {"Content-Type": "text/plain; charset=utf-8"}

_BAD_REQUEST = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.REQUEST_URI_TOO_LONG,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)


class BodyTooLarge(Exception):
    """The body is larger than the cap."""


class BodyTooSlow(Exception):
    """The body did not arrive in time."""


async def read_body(
    request: web.Request, cap: int = MAX_BODY, within: float = BODY_WITHIN
) -> bytes:
    """Read a request's body, at most `cap` bytes in at most `within` seconds.

    Raises `BodyTooLarge` or `BodyTooSlow`; never holds more than the cap and one chunk in memory.
    """
    if (request.content_length or 0) > cap:
        raise BodyTooLarge
    content = request.content
    if content.is_eof():
        # It came together with its headers, as callbacks do: no timer is needed to read it.
        whole = content.read_nowait()
        if len(whole) > cap:
            raise BodyTooLarge
        return whole
    body = bytearray()
    try:
        async with asyncio.timeout(within):
            async for chunk in content.iter_any():
                body += chunk
                if len(body) > cap:
                    raise BodyTooLarge
    except TimeoutError:
        raise BodyTooSlow from None
    return bytes(body)


def plain(text: str, status: int = 200) -> web.Response:
    """A text/plain answer."""
    # The header as it is written: to have it put together takes longer than all the rest.
    return web.Response(body=text.encode(), status=status, headers=_PLAIN)


def strict_json(raw: bytes) -> dict[str, Any]:
    """Decode one JSON object; raises ValueError for anything else (also NaN and deep nesting)."""
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


async def call(
    session: ClientSession,
    method: str,
    url: str,
    *,
    params: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
    idempotent: bool,
) -> dict[str, Any]:
    """Ask a vendor once and return its JSON object.

    Never retries and never follows a redirect. `idempotent` says whether asking twice does no harm:
    then a lost answer is `RetryLater`, else `OutcomeUnknown`. Nothing sent, 429 and 5xx are
    `RetryLater`; a refusal of the whole request is `CredentialsRejected` or `Refused`.
    """
    headers = {"Content-Type": "application/json; charset=utf-8"} if body is not None else {}
    data = None if body is None else _json_bytes(body)
    limits = aiohttp.ClientTimeout(total=CALL_WITHIN, connect=CONNECT_WITHIN)
    try:
        async with session.request(
            method,
            url,
            params=params,
            data=data,
            headers=headers,
            timeout=limits,
            allow_redirects=False,
        ) as response:
            _judge_status(response, idempotent)
            return strict_json(await _read_answer(response))
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise contract.RetryLater(f"no connection to the provider ({_name(error)})") from None
    except aiohttp.InvalidURL:
        raise contract.CredentialsRejected("the provider's address is not a URL") from None
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise _lost_answer(error, idempotent) from None


def _json_bytes(body: Mapping[str, Any]) -> bytes:
    # Lone surrogates cannot be UTF-8; the vendors do not decode \u escapes everywhere, so the
    # characters themselves are sent.
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


async def _read_answer(response: aiohttp.ClientResponse) -> bytes:
    answer = bytearray()
    async for chunk in response.content.iter_any():
        answer += chunk
        if len(answer) > MAX_ANSWER:
            raise ValueError("the answer is too long")
    return bytes(answer)


def _judge_status(response: aiohttp.ClientResponse, idempotent: bool) -> None:
    status = response.status
    if status == HTTPStatus.OK:
        return
    words = f"the provider answered HTTP {status}"
    if status == HTTPStatus.GATEWAY_TIMEOUT and not idempotent:
        # A gateway gave up waiting: the request behind it may still be carried out.
        raise contract.OutcomeUnknown(words)
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise contract.RetryLater(words, _retry_after(response))
    if status in _BAD_REQUEST:
        raise contract.Refused(words)
    raise contract.CredentialsRejected(words)


def _retry_after(response: aiohttp.ClientResponse) -> timedelta | None:
    """The Retry-After header: seconds, or a date (measured by the provider's own Date header)."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return min(timedelta(seconds=int(value[:9])), LONGEST_WAIT)
    try:
        until = email.utils.parsedate_to_datetime(value)
        told = email.utils.parsedate_to_datetime(response.headers.get("Date", ""))
        return max(timedelta(0), min(until - told, LONGEST_WAIT))
    except (TypeError, ValueError):
        return None


def _lost_answer(error: Exception, idempotent: bool) -> contract.DeliveryError:
    if idempotent:
        return contract.RetryLater(f"no usable answer from the provider ({_name(error)})")
    return contract.OutcomeUnknown(f"the request left, no usable answer came ({_name(error)})")


def _name(error: Exception) -> str:
    # Only the class: the texts of these errors may hold URLs with tokens in them.
    return type(error).__name__
