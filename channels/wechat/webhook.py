"""The callback of one official account: verify, decrypt, record, answer.

Before an event is durably recorded every fault of ours answers 503, so that the vendor tries again;
afterwards the answer is `success` or words for the person, whatever happens (PLATFORMS §2.1).
"""

from __future__ import annotations

import asyncio
import functools
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from channels import contract, http, messages
from channels.wechat import crypto, parse, rules, text, wire
from channels.wechat.settings import Settings, aes_key

log = logging.getLogger(__name__)


class _Rejected(Exception):
    """This request is not taken: the HTTP status and the word it is counted under."""

    def __init__(self, status: int, outcome: str) -> None:
        super().__init__(outcome)
        self.status = status
        self.outcome = outcome


_FORGED = (403, "forged")
_STALE = (403, "stale")
_MALFORMED = (400, "malformed")


@dataclass(frozen=True)
class _Push:
    """A verified push: its plain bytes, and the key that opened it (none if it came in plain)."""

    raw: bytes
    key: crypto.Key | None


async def _give_back(reply: contract.PassiveReply) -> None:
    await reply.release()


class Webhook:
    """Receives what the vendor pushes for one account."""

    def __init__(self, name: str, settings: Settings, tools: contract.Tools) -> None:
        self._name = name
        self._tools = tools
        self._mode = settings.mode
        self._app_id = settings.app_id
        self._token = settings.token.get_secret_value()
        keys = (settings.encoding_aes_key, settings.previous_aes_key)
        self._keys = [
            crypto.Key(aes_key(k.get_secret_value())) for k in keys if k.get_secret_value()
        ]

    async def verify(self, request: web.Request) -> web.StreamResponse:
        """Answer the vendor's GET by which it checks that this address is ours."""
        query = request.query
        try:
            self._check_signature(query.get("signature", ""), query)
            echo = query["echostr"]
        except _Rejected as rejected:
            return self._reject(rejected)
        except KeyError:
            return self._reject(_Rejected(*_MALFORMED))
        self._count("verified")
        return http.plain(echo)

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """Take one push; see the module's docstring for what is answered when."""
        started = asyncio.get_running_loop().time()
        try:
            push, event = await self._understood(request)
            receipt = await self._recorded(event)
        except _Rejected as rejected:
            return self._reject(rejected)
        reply = await self._words(receipt, started) if event.takes_reply else None
        if reply is None:
            return http.plain("success")
        return await self._answer(request, push, reply)

    async def _understood(self, request: web.Request) -> tuple[_Push, messages.RawEvent]:
        """Read, verify, decrypt and look at a push; raises `_Rejected` and nothing else."""
        try:
            push = self._open(request, await http.read_body(request))
            return push, parse.event(push.raw, self._name)
        except http.BodyTooLarge:
            raise _Rejected(413, "oversized") from None
        except http.BodyTooSlow:
            raise _Rejected(408, "malformed") from None
        except _Rejected:
            raise
        except Exception as error:  # noqa: BLE001
            # Bytes of a stranger: whatever they break is their fault, and never a stack trace.
            self._log("malformed callback", error)
            raise _Rejected(*_MALFORMED) from None

    async def _recorded(self, event: messages.RawEvent) -> contract.Receipt:
        """Have the event stored; raises `_Rejected` so that the vendor tries again."""
        try:
            receipt = await self._tools.record(event)
        except Exception as error:  # noqa: BLE001
            # Any fault at all means that nothing is certain to be stored.
            self._log("not recorded", error)
            raise _Rejected(503, "failed") from None
        self._count("accepted" if receipt.new else "repeat")
        return receipt

    # Verifying

    def _open(self, request: web.Request, body: bytes) -> _Push:
        """Check the signature and freshness of a push and decrypt it; raises `_Rejected`."""
        query = request.query
        how = query.get("encrypt_type", "raw").lower()
        if how not in ("aes", "raw", ""):
            raise _Rejected(*_MALFORMED)
        if how != "aes" or self._mode == "plain":
            if self._mode == "safe":
                # Plain text in safe mode is an attempt to get round the cipher.
                raise _Rejected(*_FORGED)
            self._check_signature(query.get("signature", ""), query)
            return _Push(body, None)
        sealed = wire.envelope(body)
        self._check_signature(query.get("msg_signature", ""), query, sealed)
        try:
            return _Push(*crypto.open_with(self._keys, sealed, self._app_id))
        except crypto.Unreadable:
            raise _Rejected(*_FORGED) from None

    def _check_signature(self, given: str, query: Mapping[str, str], *sealed: str) -> None:
        """Signature first, then age: `timestamp` is believed only when it is signed."""
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        if not crypto.signed(given, self._token, timestamp, nonce, *sealed):
            raise _Rejected(*_FORGED)
        if not (timestamp.isascii() and timestamp.isdigit()):
            raise _Rejected(*_STALE)
        age = self._tools.now().timestamp() - int(timestamp[:15])
        if abs(age) > self._tools.freshness.total_seconds():
            raise _Rejected(*_STALE)

    # Answering

    async def _words(
        self, receipt: contract.Receipt, started: float
    ) -> contract.PassiveReply | None:
        """The words meant for the response, if there are any in time."""
        spent = asyncio.get_running_loop().time() - started
        within = max(0.0, min(rules.REPLY_WAIT, rules.REPLY_BUDGET - spent))
        try:
            return await receipt.reply(within)
        except Exception as error:  # noqa: BLE001 (recorded: the vendor hears success)
            self._log("no reply", error)
            return None

    async def _answer(
        self, request: web.Request, push: _Push, reply: contract.PassiveReply
    ) -> web.StreamResponse:
        """Put the words into the response and say how that went."""
        try:
            body = self._rendered(push, reply.message)
        except Exception as error:  # noqa: BLE001 (recorded: the vendor hears success)
            self._log("reply not rendered", error)
            body = None
        if body is None:
            await self._quietly(functools.partial(_give_back, reply))
            return http.plain("success")
        kind = "application/json" if wire.is_json(push.raw) else "application/xml"
        response = web.Response(text=body, content_type=kind, charset="utf-8")
        written = False
        try:
            await response.prepare(request)
            await response.write_eof()
            written = True
        except (OSError, RuntimeError) as error:
            self._log("reply not written", error)
        finally:
            await self._quietly(functools.partial(reply.settle, written=written))
        return response

    def _rendered(self, push: _Push, message: messages.OutboundMessage) -> str | None:
        """The response's body; None when the words do not fit into one."""
        words = text.outgoing(message)
        if not words or text.size(words) > rules.TEXT_BYTES:
            return None
        as_json = wire.is_json(push.raw)
        at = int(self._tools.now().timestamp())
        answer = wire.text_answer(wire.read(push.raw), words, at, as_json)
        if push.key is None:
            return answer
        nonce = secrets.token_hex(8)
        sealed = push.key.seal(answer, self._app_id)
        signature = crypto.signature(self._token, str(at), nonce, sealed)
        return wire.sealed_answer(sealed, signature, at, nonce, as_json)

    async def _quietly(self, report: Callable[[], Awaitable[None]]) -> None:
        # The event is recorded: no fault may change what the vendor hears.
        try:
            await report()
        except Exception as error:  # noqa: BLE001 (recorded: the vendor hears success)
            self._log("reply's fate not reported", error)

    def _reject(self, rejected: _Rejected) -> web.Response:
        self._count(rejected.outcome)
        return http.plain(rejected.outcome, rejected.status)

    def _count(self, outcome: str) -> None:
        self._tools.count("wechat", self._name, outcome)

    def _log(self, what: str, error: BaseException) -> None:
        # The texts of other errors may hold people's words or secrets; only their class is named.
        why = str(error) if isinstance(error, wire.Malformed) else type(error).__name__
        log.warning("wechat %s: %s (%s)", self._name, what, why)
