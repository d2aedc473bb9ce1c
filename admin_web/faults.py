"""What can be wrong with a request, and how the API says it: a status, a code, a sentence.

The sentences are English and meant for whoever writes the calling program; programs go by the code.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from string import Formatter
from typing import Any

from aiohttp import web

from crm_core import errors

TITLES = {
    400: ("malformed", "The request could not be understood."),
    401: ("unauthorized", "A valid bearer token is needed."),
    403: ("forbidden", "This token's rep may not do that."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take that method."),
    408: ("too_slow", "The body of the request did not arrive in time."),
    409: ("conflict", "The request does not fit the present state."),
    413: ("too_large", "The body of the request is larger than 1 MiB."),
    415: ("unsupported_media_type", "Send JSON, with Content-Type: application/json."),
    422: ("invalid", "The request is not valid."),
    429: ("too_many_requests", "Too many requests with this token; wait a little."),
    503: ("unavailable", "The database cannot be reached now; try again soon."),
}

SENTENCES = {
    "customer.unknown": "There is no customer {name} that this token's rep may see.",
    "conversation.unknown": "There is no conversation {name} that this token's rep may see.",
    "deal.unknown": "There is no deal {name} that this token's rep may see.",
    "event.unknown": "There is no event {name}.",
    "event.not-dead": "Event {name} is {state}; only a dead one can be retried.",
    "stage.unknown": "There is no stage {key}; there are {known}.",
    "deal.title-long": "A deal's title has at most {limit} characters.",
    "deal.amount-invalid": "{amount} is no amount for a deal.",
    "deal.not-lost": "Only a lost deal has a lost_reason.",
    "owner.unknown": "There is no active rep {name} to whom this token's rep may give a deal.",
    "window.closed": "The provider takes no more messages to this person now. {route}",
    "address.opted-out": "This person has opted out of messages at {value}. {route}",
    "idempotency.reused": "This Idempotency-Key was used before, for another request.",
    "phone.reveal-limit": "Numbers of no more than {limit} customers are shown within an hour.",
    "admin.only": "Only an admin's token may look at events.",
}
INVALID = frozenset(
    {"stage.unknown", "deal.title-long", "deal.amount-invalid", "deal.not-lost", "owner.unknown"}
    | {"idempotency.reused"}
)
"""Refusals that mean "write it differently" rather than "not now"."""


class Fault(Exception):
    """Something wrong with the request. `more` goes into the answer's error object."""

    def __init__(
        self,
        status: int,
        message: str = "",
        code: str = "",
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        title, sentence = TITLES.get(status, ("error", "The request failed."))
        super().__init__(message or sentence)
        self.status = status
        self.code = code or title
        self.message = message or sentence
        self.headers = dict(headers or {})
        self.more = dict(more or {})


def of_refusal(refusal: errors.Refusal) -> Fault:
    """How the API says that the core will not do it."""
    status = 409
    if refusal.key in INVALID:
        status = 422
    elif isinstance(refusal, errors.NotFound):
        status = 404
    elif isinstance(refusal, errors.Denied):
        status = 403
    next_route = refusal.details.get("next")
    more = {} if next_route is None else {"next": next_route}
    return Fault(status, _sentence(refusal), refusal.key, more=more)


def _sentence(refusal: errors.Refusal) -> str:
    sentence = SENTENCES.get(refusal.key)
    if sentence is None:
        return str(refusal)
    needed = {name for _, name, _, _ in Formatter().parse(sentence) if name}
    shown = {name: refusal.details.get(name, "?") for name in needed}
    for name, value in shown.items():
        if isinstance(value, list | tuple):
            shown[name] = ", ".join(str(part) for part in value)
    return sentence.format_map(shown)


def answer(fault: Fault) -> web.Response:
    """The fault as the API's one error body."""
    body = {"error": {"code": fault.code, "message": fault.message, **fault.more}}
    return web.json_response(
        body,
        status=fault.status,
        headers=fault.headers,
        dumps=lambda value: json.dumps(value, ensure_ascii=False),
    )
